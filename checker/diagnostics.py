"""What is worth saying about an explored graph whatever the verdicts: cycles, and livelocks in zero time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clusterproof.compiled import Compiled

MOST_LIVELOCKS = 3
"""How many livelocks are told."""


def recurrence_line(sizes: Sequence[int]) -> list[str]:
    """That states recur: how many strongly connected components there are, and how large the largest is."""
    return [f"states that recur: {len(sizes):,} groups, the largest of {max(sizes):,}"] if sizes else []


def livelock_line(compiled: Compiled, states: int, labels: Iterable[int]) -> str:
    """That urgent steps may go on for ever while the clock stands still.

    labels: numbers of the instances that take part.
    """
    names = {instance.number: instance for instance in compiled.instances}
    shown = ", ".join(str(names[label]) for label in sorted(labels)[:6])
    return f"livelock in zero time: {states:,} states, around and around by {shown}"
