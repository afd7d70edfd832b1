"""How well learning went: what each function was called for, and which of them defeats it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen


@frozen(kw_only=True)
class FunctionStatistics:
    """One action with its arguments, or one property.

    calls: how often its function was called. ways_to_read: how many ways of reading the state are known of it. slots:
    the paths of what it reads. called_directly: learning was given up, and it is called for every state.
    """

    name: str
    calls: int
    ways_to_read: int = 0
    slots: tuple[str, ...] = ()
    called_directly: bool = False


def joined_statistics(parts: Iterable[FunctionStatistics]) -> tuple[FunctionStatistics, ...]:
    """The statistics of several explorations, one per name, those called most often first."""
    known: dict[str, FunctionStatistics] = {}
    for part in parts:
        before = known.get(part.name)
        known[part.name] = (
            part
            if before is None
            else evolve(
                part,
                calls=part.calls + before.calls,
                ways_to_read=max(part.ways_to_read, before.ways_to_read),
                slots=tuple(dict.fromkeys((*before.slots, *part.slots))),
                called_directly=part.called_directly or before.called_directly,
            )
        )
    return tuple(sorted(known.values(), key=lambda one: -one.calls))


def statistics_rows(statistics: Sequence[FunctionStatistics], most: int = 12) -> list[str]:
    """The functions called most often, and all that are called directly with the slots they read, for people."""
    shown = [one for number, one in enumerate(statistics) if number < most or one.called_directly]
    rows = [f"{one.calls:,} calls of {one.name}, {one.ways_to_read:,} ways to read" for one in shown]
    for number, one in enumerate(shown):
        if one.called_directly:
            rows[number] = (
                f"{one.calls:,} calls of {one.name}, directly for every state: it reads {', '.join(one.slots)}"
            )
    rest = statistics[len(shown) :]
    if rest:
        rows.append(f"{sum(one.calls for one in rest):,} calls of {len(rest):,} others")
    return rows
