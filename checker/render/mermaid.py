"""A trace as a Mermaid sequence diagram, one lane per component, for pull requests and step summaries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.phrases import (
    change_cells,
    counted,
    ending,
    is_api_object,
    loop_steps,
    mark,
    since_text,
    starved_text,
    step_text,
    time_text,
    title,
)
from clusterproof.checker.trace import Trace, TraceStep

API_SERVER = "kube-apiserver"
# More messages than this cannot be read as lanes.
MAX_MESSAGES = 25
MAX_LINES = 6
_SAFE = re.compile(r"[^A-Za-z0-9 _.,/()='*+\[\]-]")
_WORD_END = re.compile(r"\b([eE])(?=nd\b)", re.IGNORECASE)
_MARKDOWN = re.compile(r"[\\`*_\[<&|~$@#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FAULT_COLOUR = "rgb(253, 226, 226)"


class SequenceDiagram:
    """A Mermaid sequence diagram in the making: lanes, messages between them, notes over them.

    Lanes appear in the order of their first use. Text is escaped here and nowhere else.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, str] = {}
        self._body: list[str] = []
        self._depth = 0

    def lane(self, name: str) -> str:
        """Declare a lane, if need be, and give its identifier."""
        return self._lanes.setdefault(name, f"L{len(self._lanes)}")

    def message(self, source: str, target: str, lines: Iterable[str]) -> None:
        """Draw an arrow from lane to lane."""
        self._add(f"{self.lane(source)}->>{self.lane(target)}: {_text(lines)}")

    def note(self, lane: str, lines: Iterable[str]) -> None:
        """Write a note over a lane."""
        self._add(f"Note over {self.lane(lane)}: {_text(lines)}")

    def note_over_all(self, lines: Iterable[str]) -> None:
        """Write a note over all the lanes declared so far."""
        lanes = [*self._lanes.values()] or [self.lane("system")]
        across = lanes[0] if len(lanes) == 1 else f"{lanes[0]},{lanes[-1]}"
        self._add(f"Note over {across}: {_text(lines)}")

    def begin_loop(self, text: str) -> None:
        """Open a box around what repeats."""
        self._add(f"loop {escaped(text)}")
        self._depth += 1

    def begin_highlight(self) -> None:
        """Open a red background."""
        self._add(f"rect {_FAULT_COLOUR}")
        self._depth += 1

    def close(self) -> None:
        """Close the box or the background opened last."""
        self._depth -= 1
        self._add("end")

    def __str__(self) -> str:
        lanes = [f"    participant {key} as {escaped(name) or '-'}" for name, key in self._lanes.items()]
        return "\n".join(["sequenceDiagram", *lanes, *self._body]) + "\n"

    def _add(self, line: str) -> None:
        self._body.append("    " * (self._depth + 1) + line)


def sequence_diagram(trace: Trace, api_lane: str = API_SERVER) -> str:
    """Draw a trace as a Mermaid sequence diagram.

    A step that changes an object of the API is a message to `api_lane`, any other a note over its own lane. A trace of
    more than 25 steps is only named, in one note: its place is `step_table`.
    """
    diagram = SequenceDiagram()
    if len(trace.steps) > MAX_MESSAGES:
        diagram.note("system", [title(trace), f"{len(trace.steps)} steps are too many for a diagram, see the table"])
        return str(diagram)
    for step in trace.steps:
        diagram.lane(step.lane)
    if any(map(is_api_object, (change for step in trace.steps for change in step.changes))):
        diagram.lane(api_lane)
    diagram.note_over_all([title(trace), *trace.initial])
    repeated = loop_steps(trace)
    for number, step in enumerate(trace.steps, start=1):
        if number in repeated[:1]:
            diagram.begin_loop("for ever")
        _add_step(diagram, number, step, mark(trace) if number == len(trace.steps) else "", api_lane)
    if repeated:
        diagram.close()
    last = [ending(trace), *map(starved_text, trace.starved), *why_lines(trace)]
    if any(last):
        diagram.note_over_all([line for line in last if line])
    return str(diagram)


def _add_step(diagram: SequenceDiagram, number: int, step: TraceStep, marked: str, api_lane: str) -> None:
    lines = [f"{number} {time_text(step.at_seconds)} {_action(step)}".replace("  ", " ")]
    changes = [str(change_cells(change)) for change in step.changes]
    lines += _shortened(changes)
    if marked:
        lines.append(marked)
    if step.fault:
        diagram.begin_highlight()
    if any(map(is_api_object, step.changes)) and not step.fault:
        diagram.message(step.lane, api_lane, lines)
    else:
        diagram.note(step.lane, lines)
    if step.fault:
        diagram.close()


def _action(step: TraceStep) -> str:
    """The lane says who, so the text is the step without it."""
    text = step_text(step)
    return text if step.fault else text.removeprefix(printable(step.lane) + ".")


def _shortened(lines: Sequence[str]) -> list[str]:
    if len(lines) <= MAX_LINES:
        return [*lines]
    return [*lines[: MAX_LINES - 1], f"and {len(lines) - MAX_LINES + 1} more changes"]


def why_lines(trace: Trace) -> list[str]:
    """Say why, in lines: the claim, its witnesses, the notes."""
    if not trace.why:
        return [f"why: {trace.says}"] if trace.says else []
    witnesses = [f"{witness.text}, {since_text(witness)}" for witness in trace.why.witnesses]
    return [f"why: {trace.why.says}", *witnesses, *trace.why.notes]


def step_table(trace: Trace) -> str:
    """Write the steps of a trace as a Markdown table."""
    rows = [("0", "", "initial", printable(", ".join(trace.initial)))]
    for number, step in enumerate(trace.steps, start=1):
        changes = [str(change_cells(change)) for change in step.changes]
        if number == len(trace.steps) and mark(trace):
            changes = [f"{changes[0]} {mark(trace)}", *changes[1:]] if changes else [mark(trace)]
        rows.append((str(number), time_text(step.at_seconds), step_text(step), "\n".join(changes)))
    timed = any(time for _, time, _, _ in rows)
    kept = [row if timed else (row[0], row[2], row[3]) for row in rows]
    heading = ("step", "time", "action", "change") if timed else ("step", "action", "change")
    lines = ["| " + " | ".join(heading) + " |", "|" + " --- |" * len(heading)]
    lines += ["| " + " | ".join(map(_markdown, row)) + " |" for row in kept]
    return "\n".join(lines) + "\n"


def trace_markdown(trace: Trace) -> str:
    """Write a trace as Markdown: a fenced sequence diagram where it can be read, else a table, and why in both."""
    if len(trace.steps) <= MAX_MESSAGES:
        return f"```mermaid\n{sequence_diagram(trace)}```\n"
    last = [ending(trace), *map(starved_text, trace.starved), *why_lines(trace)]
    after = "".join(f"- {_markdown(line)}\n" for line in last if line)
    head = f"**{_markdown(title(trace))}**, {counted(len(trace.steps), 'step')}, {counted(trace.faults, 'fault')}"
    return f"{head}\n\n{step_table(trace)}\n{after}"


def _text(lines: Iterable[str]) -> str:
    # An empty message is a syntax error.
    return "<br/>".join(escaped(line) for line in lines) or "-"


def escaped(text: str) -> str:
    """Escape text for Mermaid, by entity codes; the word `end` would close a block."""
    coded = _SAFE.sub(lambda found: f"#{ord(found.group())};", printable(text))
    return _WORD_END.sub(lambda found: f"#{ord(found.group())};", coded)


def _markdown(text: str) -> str:
    """Escape text for a cell of a Markdown table: bars, emphasis, links, mentions and HTML are shown as they are."""
    lines = [_MARKDOWN.sub(lambda found: f"&#{ord(found.group())};", printable(line)) for line in text.split("\n")]
    return "<br/>".join(lines)
