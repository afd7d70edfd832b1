"""The table of fingerprints, many looked up or put in at once: round by round, each round one place further."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.kernel import Table
from clusterproof.checker.learned.vectorised.walking import Indices

SLICE = 1 << 16
"""How many are put in at once; more would only take more memory."""


def nonzero(first: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Fingerprints as the table has them, where 0 stands for a free place."""
    return np.maximum(first, np.uint64(1))


def find(table: Table, first: NDArray[np.uint64], second: NDArray[np.uint64]) -> Indices:
    """The place of each state, by its fingerprints; a free one for what is not there."""
    mask, wide = len(table.first) - 1, len(table.second) > 1
    place = (first & np.uint64(mask)).astype(np.int64)
    searching = np.arange(len(first))
    while len(searching):
        here = place[searching]
        there = table.first[here]
        same = there == first[searching]
        if wide:
            same &= table.second[here] == second[searching]
        searching = searching[~same & (there != 0)]
        place[searching] = (place[searching] + 1) & mask
    return place


def distinct(table: Table, first: NDArray[np.uint64], second: NDArray[np.uint64]) -> tuple[Indices, Indices]:
    """Which states differ, by the index where each is met first; and per state which of these it is."""
    keys = np.stack([second, first] if len(table.second) > 1 else [first])
    order = np.lexsort(keys)
    begins = np.ones(len(order), np.bool_)
    begins[1:] = np.any(keys[:, order[1:]] != keys[:, order[:-1]], axis=0)
    met = order[begins]  # the sort is stable
    rank = np.empty(len(met), np.int64)
    rank[np.argsort(met)] = np.arange(len(met))
    which = np.empty(len(first), np.int64)
    which[order] = rank[np.cumsum(begins) - 1]
    return np.sort(met), which


def put(
    table: Table,
    first: NDArray[np.uint64],
    second: NDArray[np.uint64],
    state: NDArray[np.uint32],
    plain: NDArray[np.uint64],
) -> None:
    """Put states that differ, and are not there, into the table; first: not 0."""
    for start in range(0, len(first), SLICE):
        piece = slice(start, start + SLICE)
        _put(table, first[piece], second[piece], state[piece], plain[piece])


def _put(
    table: Table,
    first: NDArray[np.uint64],
    second: NDArray[np.uint64],
    state: NDArray[np.uint32],
    plain: NDArray[np.uint64],
) -> None:
    mask = len(table.first) - 1
    place = (first & np.uint64(mask)).astype(np.int64)
    waiting = np.arange(len(first))
    while len(waiting):
        free = np.flatnonzero(table.first[place[waiting]] == 0)
        places, index = np.unique(place[waiting[free]], return_index=True)
        placed = waiting[free[index]]  # of several that want a place one gets it
        table.first[places] = first[placed]
        if len(table.second) > 1:
            table.second[places] = second[placed]
        if len(table.state) > 1:
            table.state[places] = state[placed]
        if len(table.plain) > 1:
            table.plain[places] = plain[placed]
        waiting = np.delete(waiting, free[index])
        place[waiting] = (place[waiting] + 1) & mask


def insert(table: Table, hashes: NDArray[np.uint64], plain: NDArray[np.uint64], first_number: int) -> None:
    """See kernel_states.insert."""
    numbers = np.arange(first_number, first_number + len(hashes), dtype=np.uint32)
    put(table, nonzero(hashes[:, 0]), hashes[:, 1], numbers, plain[:, 0])


def move(old: Table, new: Table) -> None:
    """See kernel_states.move."""
    used = np.flatnonzero(old.first)
    second = old.second[used] if len(old.second) > 1 else old.first[used]
    state = old.state[used] if len(old.state) > 1 else np.zeros(len(used), np.uint32)
    plain = old.plain[used] if len(old.plain) > 1 else old.first[used]
    put(new, old.first[used], second, state, plain)
