"""A trace as text for the terminal: headline, steps with their diffs, why, and the line that replays it."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from attrs import evolve, frozen

from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.phrases import (
    ChangeCells,
    change_cells,
    ending,
    headline_parts,
    loop_steps,
    mark,
    scope_text,
    since_text,
    starved_text,
    step_text,
    time_text,
)
from clusterproof.checker.trace import Change, Trace

MIN_WIDTH = 60
# Below this width the diff of a step stands under it, not beside it.
BESIDE_WIDTH = 90
GAP = "  "


@frozen
class Columns:
    """Where the columns of a trace begin, so that every line of it agrees."""

    width: int
    number_width: int
    step_at: int
    step_width: int
    object_width: int
    target_width: int

    @property
    def change_at(self) -> int:
        """Where the diff begins: beside the step, or under it on a narrow terminal."""
        return self.step_at + (self.step_width + len(GAP) + 1 if self.step_width else len(GAP))

    def target(self, cells: ChangeCells) -> str:
        """Put the object and the path side by side."""
        return f"{cells.object_name:<{self.object_width}} {cells.path}" if cells.path else cells.object_name


def trace_text(trace: Trace, replay_command: str, width: int = 120) -> str:
    """Write a trace as text, no line of it wider than `width` except the command that replays it.

    replay_command: what a user types to run the trace again; it stays on one line so that it can be copied. Empty where
    there is nothing to type.
    """
    columns = _measure(trace, max(width, MIN_WIDTH))
    lines = [*_wrapped("   ".join(headline_parts(trace)), columns.width, "", " " * 8)]
    lines += _step_lines(trace, columns)
    lines += _ending_lines(trace, columns)
    lines += _why_lines(trace, columns.width)
    if scope_text(trace):
        lines += _wrapped(scope_text(trace), columns.width, "  scope   ", " " * 10)
    if replay_command:
        lines.append(f"  replay  {printable(replay_command)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _measure(trace: Trace, width: int) -> Columns:
    number_width = len(str(len(trace.steps)))
    times = [len(time_text(step.at_seconds)) for step in trace.steps]
    step_at = 2 + number_width + len(GAP) + (max(times) + 3 if any(times) else 0)
    steps = [len(step_text(step)) for step in trace.steps]
    # One very long step must not push the diffs of all the others to the right edge.
    step_limit = width * 2 // 5
    step_width = max([len("initial"), *(length for length in steps if length <= step_limit)])
    aligned = [cells for step in trace.steps for cells in map(change_cells, step.changes) if cells.path]
    objects = [len(cells.object_name) for cells in aligned if len(cells.object_name) <= width // 6]
    columns = Columns(
        width=width,
        number_width=number_width,
        step_at=step_at,
        step_width=step_width if width >= BESIDE_WIDTH else 0,
        object_width=max(objects, default=0),
        target_width=0,
    )
    targets = [len(columns.target(cells)) for cells in map(change_cells, _changes(trace)) if cells.value]
    limit = (width - columns.change_at) * 3 // 4
    return evolve(columns, target_width=max((length for length in targets if length <= limit), default=0))


def _changes(trace: Trace) -> list[Change]:
    return [change for step in trace.steps for change in step.changes]


def _step_lines(trace: Trace, columns: Columns) -> Iterator[str]:
    broken_by = len(trace.steps)
    start = f"  {0:>{columns.number_width}}"
    initial = [ChangeCells(printable(", ".join(trace.initial)), "", "")] if trace.initial else []
    yield from _line(start, "initial", initial, mark(trace) if broken_by == 0 else "", columns)
    repeated = loop_steps(trace)
    for number, step in enumerate(trace.steps, start=1):
        edge = " "
        if number in repeated:
            edge = "+" if number in (repeated[0], repeated[-1]) else "|"
        start = f"{edge} {number:>{columns.number_width}}{GAP}{time_text(step.at_seconds)}"
        cells = [change_cells(change) for change in step.changes]
        yield from _line(start, step_text(step), cells, mark(trace) if number == broken_by else "", columns)


def _line(start: str, text: str, changes: list[ChangeCells], marked: str, columns: Columns) -> Iterator[str]:
    """Write one step: its text, and its diff beside or under it."""
    bar = start[0] if start[0] == "|" else " "
    details = [*_change_lines(changes, marked, columns)]
    head = f"{start:<{columns.step_at}}"
    if columns.step_width and len(text) <= columns.step_width and details:
        yield f"{head}{text:<{columns.change_at - columns.step_at}}{details.pop(0)}"
    else:
        yield from _wrapped(head + text, columns.width, "", " " * (columns.step_at + 4))
    for detail in details:
        yield f"{bar}{' ' * (columns.change_at - 1)}{detail}"


def _change_lines(changes: list[ChangeCells], marked: str, columns: Columns) -> Iterator[str]:
    """Write the diff of one step, without its indentation; the mark stands at the end of the first change."""
    room = columns.width - columns.change_at
    if not changes and marked:
        yield marked
    for place, cells in enumerate(changes):
        target = columns.target(cells)
        tail = marked if place == 0 else ""
        value = "   ".join(filter(None, [cells.value, tail]))
        line = f"{target:<{columns.target_width}}   {value}" if value else target
        if len(line) <= room:
            yield line
            continue
        yield from _wrapped(target, room, "", "    ")
        yield from _wrapped(cells.value, room, "    ", "    ")
        if tail:
            yield f"    {tail}"


def _ending_lines(trace: Trace, columns: Columns) -> Iterator[str]:
    indent = " " * columns.step_at
    if ending(trace):
        yield from _wrapped(ending(trace), columns.width, indent, indent + "    ")
    for starved in trace.starved:
        yield from _wrapped(starved_text(starved), columns.width, indent, indent + "    ")


def _why_lines(trace: Trace, width: int) -> Iterator[str]:
    says = trace.why.says if trace.why else trace.says
    if says:
        yield from _wrapped(printable(says), width, "  why  ", " " * 7)
    if not trace.why:
        return
    indent = " " * 9
    names = [printable(witness.text) for witness in trace.why.witnesses]
    name_width = max((len(name) for name in names if len(name) <= width // 2), default=0)
    for name, witness in zip(names, trace.why.witnesses, strict=True):
        yield from _wrapped(f"{name:<{name_width}}   {since_text(witness)}", width, indent, indent + "    ")
    for note in trace.why.notes:
        yield from _wrapped(printable(note), width, indent, indent + "    ")


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    if len(first) + len(text) <= width:
        return [first + text] if text else []
    return wrap(text, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
