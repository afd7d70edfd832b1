"""Completion indexes of a Job: which are done, which are still to be started.

They are kept as intervals, first and last included, in order and apart from each other.
Source: pkg/controller/job/indexed_job_utils.go
"""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]


def parse_completion_index(text: str) -> int | None:
    """The index in a pod's annotation; None for what is none. Source: getCompletionIndex."""
    return int(text) if text.isascii() and text.isdecimal() else None


def intervals_have_index(intervals: Iterable[Interval], index: int) -> bool:
    """Whether an index is in one of the intervals. Source: orderedIntervals.has."""
    return any(first <= index <= last for first, last in intervals)


def total(intervals: Iterable[Interval]) -> int:
    """How many indexes there are. Source: orderedIntervals.total."""
    return sum(last - first + 1 for first, last in intervals)


def with_ordered_indexes(intervals: Iterable[Interval], indexes: Iterable[int]) -> Intervals:
    """The intervals with further indexes. Source: orderedIntervals.withOrderedIndexes, merge."""
    merged: list[Interval] = []
    for first, last in sorted([*intervals, *((index, index) for index in indexes)]):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def parse_indexes_from_string(text: str, completions: int) -> Intervals:
    """What status.completedIndexes says, such as "1,3-5"; what is no interval, or beyond the end, is left out.

    Source: parseIndexesFromString
    """
    found: list[Interval] = []
    for part in text.split(",") if text else ():
        limits = part.split("-")
        first, last = _integer(limits[0]), _integer(limits[1] if len(limits) > 1 else limits[0])
        if first is not None and first >= completions:
            break
        if first is not None and last is not None:
            found.append((first, min(last, completions - 1)))
    return with_ordered_indexes(found, ())


def _integer(text: str) -> int | None:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if digits.isascii() and digits.isdecimal() else None


def indexes_text(intervals: Iterable[Interval]) -> str:
    """The intervals as status.completedIndexes has them; two neighbours are no range. Source: String."""
    parts = []
    for first, last in intervals:
        parts.append(str(first) if first == last else f"{first},{last}" if last == first + 1 else f"{first}-{last}")
    return ",".join(parts)


def calculate_succeeded_indexes(
    completed_indexes: str, completions: int, succeeded: Iterable[int | None]
) -> tuple[Intervals, Intervals]:
    """(before, now): the indexes that have succeeded, by the status, and with those of pods that have since.

    succeeded: the indexes of pods in phase Succeeded. Source: calculateSucceededIndexes
    """
    before = parse_indexes_from_string(completed_indexes, completions)
    new = {index for index in succeeded if index is not None and index < completions}
    return before, with_ordered_indexes(before, new)


def first_pending_indexes(
    active: Iterable[int | None],
    succeeded: Iterable[Interval],
    failed: Iterable[Interval],
    count: int,
    completions: int,
) -> list[int]:
    """The lowest indexes without an active pod that have not ended, so many of them. Source: firstPendingIndexes."""
    known = sorted({index for index in active if index is not None})
    taken = with_ordered_indexes([*succeeded, *failed], known)
    pending: list[int] = []
    index = 0
    for first, last in (*taken, (completions, completions)):
        pending += range(index, min(first, completions))
        index = max(index, last + 1)
    return pending[:count]
