"""Graphs for Graphviz: the path of a trace with what changed, and a small state space.

Every label is an HTML-like one, built here from escaped text, so no name can reach Graphviz' own syntax; no attribute
that takes an address is ever set. Colours have six digits: some versions of `dot` draw shorter ones black.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping, Sequence
from textwrap import wrap

import graphviz  # type: ignore[import-untyped]

from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.phrases import (
    WITNESS_KINDS,
    ChangeCells,
    change_cells,
    ending,
    headline_parts,
    loop_steps,
    mark,
    since_text,
    starved_text,
    step_text,
    time_text,
)
from clusterproof.checker.trace import Trace

MAX_NODES = 500
MAX_ROWS = 8
MAX_SIBLINGS = 3
WRAP_LETTERS = 52

INK, GREY, PALE, LINE, WHITE = "#1f2933", "#7b8794", "#f0f4f8", "#9aa5b1", "#ffffff"
RED, PALE_RED = "#c81e1e", "#fde8e8"
AMBER, PALE_AMBER = "#92600a", "#fff3c4"
GREEN, PALE_GREEN = "#1b7f4b", "#e3f9e5"
# One name only: a renderer without a font library measures a list of names as Times. SVG gets sans-serif after it.
FONT = "Helvetica"


class GraphTooLarge(ValueError):
    """The graph has more nodes than anybody can read."""

    def __init__(self, nodes: int) -> None:
        super().__init__(
            f"a graph of {nodes} nodes cannot be read, the limit is {MAX_NODES}: "
            "check a smaller scope, or draw one trace of it"
        )


def trace_graph(trace: Trace, siblings: Mapping[int, Sequence[str]] | None = None) -> graphviz.Digraph:
    """Draw a trace as a spine of states, the action on the edge and what it changed in the node.

    siblings: for the index of a state, the steps that were possible there and not taken; they become grey stubs.
    Raises GraphTooLarge above 500 nodes.
    """
    siblings = siblings or {}
    stubs = {index: _stubs(labels) for index, labels in siblings.items() if 0 <= index <= len(trace.steps)}
    _refuse_above_limit(len(trace.steps) + 2 + sum(map(len, stubs.values())))
    graph = _new_graph(headline_parts(trace))
    last = len(trace.steps)
    for index in range(last + 1):
        graph.node(f"s{index}", label=_state_label(trace, index), group="spine")
        if index:
            step = trace.steps[index - 1]
            colour = RED if step.fault else INK
            label = _edge_label([step_text(step)], colour, bold=step.fault)
            width = "2.2" if step.fault else "1.4"
            graph.edge(f"s{index - 1}", f"s{index}", label=label, color=colour, penwidth=width, weight="20")
    for index, labels in sorted(stubs.items()):
        _add_stubs(graph, index, labels)
    _add_ending(graph, trace)
    _add_why(graph, trace)
    return graph


def state_space_graph(
    nodes: Sequence[Sequence[str]],
    edges: Iterable[tuple[int, int, str, bool]],
    *,
    initial: Collection[int] = (),
    bad: Collection[int] = (),
    title: str = "",
) -> graphviz.Digraph:
    """Draw a whole state space, if it is small enough.

    nodes: the lines of each state; edges: (from, to, label, whether it is a fault); initial and bad: indices of states
    to mark. Steps between the same two states share one arrow. Raises GraphTooLarge above 500 nodes.
    """
    _refuse_above_limit(len(nodes))
    graph = _new_graph([title] if title else [])
    for index, lines in enumerate(nodes):
        line, fill = (RED, PALE_RED) if index in bad else (LINE, WHITE)
        if index in initial and index not in bad:
            line, fill = GREEN, PALE_GREEN
        head = [str(index), *(word for word, held in (("initial", initial), ("bad", bad)) if index in held)]
        rows = [_row(_font(_text(" ".join(head)), line if line != LINE else GREY, 9))]
        rows += [_row(_font(_text(text), INK, 11)) for text in _limited(list(lines))]
        graph.node(f"s{index}", label=_table(rows, line, fill, border=2 if line != LINE else 1))
    merged: dict[tuple[int, int, bool], list[str]] = {}
    for source, target, text, fault in edges:
        if not (0 <= source < len(nodes) and 0 <= target < len(nodes)):
            raise ValueError(f"an edge leads from state {source} to {target}, but there are {len(nodes)} states")
        merged.setdefault((source, target, fault), []).append(text)
    for (source, target, fault), texts in merged.items():
        colour = RED if fault else INK
        label = _edge_label(_limited(texts), colour, size=10)
        graph.edge(f"s{source}", f"s{target}", label=label, color=colour, penwidth="1.6" if fault else "1")
    return graph


def _refuse_above_limit(nodes: int) -> None:
    if nodes > MAX_NODES:
        raise GraphTooLarge(nodes)


def _new_graph(title: Sequence[str]) -> graphviz.Digraph:
    graph = graphviz.Digraph("clusterproof")
    graph.attr("graph", rankdir="TB", fontname=FONT, bgcolor=WHITE, pad="0.3", nodesep="0.35", ranksep="0.4")
    graph.attr("node", shape="plain", fontname=FONT, fontsize="11", fontcolor=INK)
    graph.attr("edge", fontname=FONT, fontsize="11", fontcolor=INK, arrowsize="0.8")
    if title:
        first, *rest = (_text(part) for part in title)
        label = f"<B>{_font(first, INK, 14)}</B>"
        if rest:
            label += f"<BR/>{_font('', GREY, 5)}<BR/>{_font(' &#160;&#183;&#160; '.join(rest), GREY, 11)}"
        graph.attr("graph", label=_markup(f"{label}<BR/>{_font('', GREY, 12)}"), labelloc="t")
    return graph


def _state_label(trace: Trace, index: int) -> str:
    """Draw a state by what its step changed; where a witness of the claim begins, an amber line says so."""
    last = index == len(trace.steps)
    marked = mark(trace) if last else ""
    line, fill = LINE, WHITE
    if marked:
        line, fill = (GREEN, PALE_GREEN) if trace.kind in WITNESS_KINDS else (RED, PALE_RED)
    elif index in loop_steps(trace):
        fill = PALE
    head, rows = _state_rows(trace, index)
    if marked:
        head.append(marked.removeprefix("<- "))
    title = "&#160;&#160;".join(map(_text, head))
    lines = [_row(f"<B>{_font(title, line if marked else GREY, 9)}</B>"), *rows]
    begun = [item for item in (trace.why.witnesses if trace.why else ()) if item.since_step == index]
    lines += [_row(_font(f"since here: {_text(item.text)}", AMBER, 10), PALE_AMBER) for item in begun]
    return _table(lines, line, fill, border=2 if marked else 1)


def _state_rows(trace: Trace, index: int) -> tuple[list[str], list[str]]:
    """Give the parts of a state's heading, and its rows."""
    if index == 0:
        return ["0", "initial"], [_row(_font(_text(part), INK, 11)) for part in _limited(trace.initial)]
    step = trace.steps[index - 1]
    cells = [change_cells(change) for change in step.changes]
    shown = cells if len(cells) <= MAX_ROWS else cells[: MAX_ROWS - 1]
    rows = [_change_row(cell) for cell in shown]
    if len(shown) < len(cells):
        rows.append(_row(_font(f"and {len(cells) - len(shown)} more changes", GREY, 10)))
    return [str(index), *filter(None, [time_text(step.at_seconds)])], rows


def _change_row(cells: ChangeCells) -> str:
    parts = [f"<B>{_text(cells.object_name)}</B>" if cells.path or cells.value else _text(cells.object_name)]
    if cells.path:
        parts.append(_font(_text(cells.path), GREY, 11))
    text = " ".join(parts)
    if cells.value:
        long = len(str(cells)) > WRAP_LETTERS
        text += ('<BR ALIGN="LEFT"/>&#160;&#160;&#160;' if long else "&#160;&#160;") + _text(cells.value)
    return _row(_font(text, INK, 11))


def _stubs(labels: Sequence[str]) -> list[str]:
    if len(labels) <= MAX_SIBLINGS:
        return [*labels]
    return [*labels[: MAX_SIBLINGS - 1], f"and {len(labels) - MAX_SIBLINGS + 1} more"]


def _add_stubs(graph: graphviz.Digraph, index: int, labels: Sequence[str]) -> None:
    for place, text in enumerate(labels):
        name = f"s{index}_{place}"
        graph.node(name, label=_markup(_font(_text(text), GREY, 10)), margin="0.06,0.03")
        graph.edge(f"s{index}", name, color=LINE, arrowsize="0.5", penwidth="0.8", weight="1")


def _add_ending(graph: graphviz.Digraph, trace: Trace) -> None:
    """Close the lasso, by a dashed arrow from the last state to the one it is the same as."""
    text = ending(trace)
    if not text:
        return
    last = len(trace.steps)
    target = trace.loop_from if trace.loop_from is not None else last
    words = f"back to state {target}, for ever" if target != last else text.removeprefix("and then ")
    label = _edge_label([words], RED)
    graph.edge(f"s{last}", f"s{target}", label=label, color=RED, style="dashed", penwidth="1.6", constraint="false")


def _add_why(graph: graphviz.Digraph, trace: Trace) -> None:
    says = trace.why.says if trace.why else trace.says
    if not says and not trace.starved:
        return
    rows = [_row(f"<B>{_font(f'why &#160; {_text(says)}', AMBER, 12)}</B>")] if says else []
    for witness in trace.why.witnesses if trace.why else ():
        since = _font(_text(since_text(witness)), GREY, 11)
        rows.append(_row(_font(f"<B>{_text(witness.text)}</B>&#160;&#160; {since}", INK, 11)))
    notes = [*map(starved_text, trace.starved), *(trace.why.notes if trace.why else ())]
    rows += [_row(_font(_text(note), INK, 11)) for note in notes]
    graph.node("why", label=_table(rows, AMBER, PALE_AMBER, border=1), group="spine")
    graph.edge(f"s{len(trace.steps)}", "why", style="dotted", color=AMBER, arrowhead="none", weight="20")


def _limited(lines: Sequence[str]) -> list[str]:
    if len(lines) <= MAX_ROWS:
        return [*lines]
    return [*lines[: MAX_ROWS - 1], f"and {len(lines) - MAX_ROWS + 1} more"]


def _text(text: str) -> str:
    """Escape text for an HTML-like label, on lines of readable length."""
    lines = wrap(printable(text), WRAP_LETTERS, break_on_hyphens=False) or [""]
    # Graphviz expands \N, \G and others in HTML-like labels too, after the entities; a doubled backslash stays one.
    return '<BR ALIGN="LEFT"/>'.join(html.escape(line).replace("\\", "&#92;&#92;") for line in lines)


def _font(markup: str, colour: str, size: int) -> str:
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{markup or "&#160;"}</FONT>'


def _row(markup: str, fill: str = "") -> str:
    background = f' BGCOLOR="{fill}"' if fill else ""
    return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT"{background}>{markup}</TD></TR>'


def _table(rows: Sequence[str], line: str, fill: str, border: int) -> str:
    attributes = f'COLOR="{line}" BGCOLOR="{fill}" BORDER="{border}" STYLE="ROUNDED"'
    return _markup(f'<TABLE {attributes} CELLBORDER="0" CELLSPACING="1" CELLPADDING="3">{"".join(rows)}</TABLE>')


def _edge_label(lines: Sequence[str], colour: str, *, size: int = 11, bold: bool = False) -> str:
    words = '<BR ALIGN="LEFT"/>'.join(_font(_text(line), colour, size) for line in lines)
    row = _row(f"<B>{words}</B>" if bold else words)
    # A table keeps the label clear of its edge.
    return _markup(f'<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="4">{row}</TABLE>')


def _markup(markup: str) -> str:
    return f"<{markup}>"
