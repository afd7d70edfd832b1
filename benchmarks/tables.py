"""Tables of what was measured, for the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rows import GrowthRow, Number, Row, WorkersRow, times

Cells = list[str]
RIGHT_OF = 2
"""Columns from this one on hold numbers."""

RATIOS = {"spin-bfs": "x Spin BFS", "minicheck": "x minicheck", "reference": "x reference"}
SIDE_BY_SIDE = ["model", "peer", "CPU s", "wall s", "peak MiB", "B/state", "states/s", "generated/s", *RATIOS.values()]
GROWTH = ["what grows", "manner", "to", "states", "transitions", "CPU s", "wall s", "peak MiB"]
GROWTH += ["proved", "refuted", "undetermined"]
WORKERS = ["property", "faults", "workers", "states", "CPU s", "peak MiB", "verdict"]


def side_by_side(rows: Sequence[Row], titles: Mapping[str, str]) -> list[Cells]:
    """The headings, and a line for each row; states and generated steps are per CPU second."""
    lines = [SIDE_BY_SIDE]
    for row in rows:
        measures = [
            number(row.cpu_seconds, 2),
            number(row.wall_seconds, 2),
            number(row.peak_mib, 0),
            number(row.bytes_per_state, 0),
            number(row.per_cpu_second(row.states), 0),
            number(row.per_cpu_second(row.generated), 0),
            *(number(times(rows, row, peer), 2) for peer in RATIOS),
        ]
        lines.append([row.model, titles.get(row.peer, row.peer), *_or_note(row.note, measures)])
    return lines


def growth(rows: Sequence[GrowthRow]) -> list[Cells]:
    """The headings, and a line for each row; the last columns count verdicts."""
    lines = [GROWTH]
    for row in rows:
        measures = [
            f"{row.states:,}",
            f"{row.transitions:,}",
            number(row.cpu_seconds, 1),
            number(row.wall_seconds, 1),
            number(row.peak_mib, 0),
            *(str(count) for count in (row.proved, row.refuted, row.undetermined)),
        ]
        lines.append([row.curve, row.manner, str(row.value), *_or_note(row.note, measures)])
    return lines


def workers(rows: Sequence[WorkersRow]) -> list[Cells]:
    """The headings, and a line for each row."""
    lines = [WORKERS]
    for row in rows:
        measures = [f"{row.states:,}", number(row.cpu_seconds, 1), number(row.peak_mib, 0), row.verdicts]
        lines.append([row.property, row.faults, str(row.workers), *_or_note(row.note, measures)])
    return lines


def _or_note(note: str, measures: Cells) -> Cells:
    return [note, *[""] * (len(measures) - 1)] if note else measures


def number(value: Number, digits: int) -> str:
    """A number with so many digits after the point, or a dash."""
    return "-" if value is None else f"{value:,.{digits}f}"


def as_text(lines: Sequence[Cells]) -> str:
    """The lines in columns; a note runs over the numbers that are missing."""
    widths = [max(len(line[i]) for line in lines if line[-1] or i < RIGHT_OF) for i in range(len(lines[0]))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: Cells, widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if i < RIGHT_OF or not line[-1] else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def as_markdown(lines: Sequence[Cells]) -> str:
    """The lines as a table of Markdown."""
    rule = ["---" if i < RIGHT_OF else "---:" for i in range(len(lines[0]))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])
