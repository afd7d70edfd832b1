"""Two smaller loops, compiled: judge new states, and move fingerprints to a larger table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.kernel import Misses, Table, note_miss, walk
from clusterproof.checker.learned.machine_code import compiled


class StateTrees(NamedTuple):
    """The trees of properties of states.

    nodes, roots: as in Forest, one root per property. value: uint8, leaf -> what to note of a state (see judging).
    seen: uint8, leaf -> met. places: int64[leaves, 2], number of the state where a leaf was first met; the second
    column is for trees of steps.
    """

    nodes: NDArray[np.int64]
    roots: NDArray[np.int64]
    value: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    places: NDArray[np.int64]


@compiled
def judge_states(
    rows: NDArray[np.uint8],
    todo: NDArray[np.int32],
    first_number: int,
    trees: StateTrees,
    asked: NDArray[np.int32],
    values: NDArray[np.uint8],
    misses: Misses,
    counts: NDArray[np.int64],
) -> None:
    """Let every asked property look at the rows in `todo`, until the room for misses is used up.

    asked: int32, the roots to walk. values: uint8[roots, rows], gets the values of the leaves.
    """
    for index in range(todo.shape[0]):
        r = todo[index]
        missed = False
        for root in asked:
            child, hole = walk(rows, r, trees.nodes, int(trees.roots[root]), -1 - root)
            if child == -1:
                note_miss(misses, counts, r, root, hole, -1)
                missed = True
                continue
            leaf = -2 - child
            values[root, r] = trees.value[leaf]
            if not trees.seen[leaf]:
                trees.seen[leaf] = 1
                trees.places[leaf, 0] = first_number + r
        if missed:
            misses.deferred[counts[1]] = r
            counts[1] += 1


@compiled
def move(old: Table, new: Table) -> None:
    """Put everything into a larger table."""
    mask, one = np.uint64(new.first.shape[0] - 1), np.uint64(1)
    wide, graph, merged = old.second.shape[0] > 1, old.state.shape[0] > 1, old.plain.shape[0] > 1
    for index in range(old.first.shape[0]):
        fingerprint = old.first[index]
        if fingerprint != 0:
            place = fingerprint & mask
            while new.first[place] != 0:
                place = (place + one) & mask
            new.first[place] = fingerprint
            if wide:
                new.second[place] = old.second[index]
            if graph:
                new.state[place] = old.state[index]
            if merged:
                new.plain[place] = old.plain[index]


@compiled
def insert(table: Table, hashes: NDArray[np.uint64], plain: NDArray[np.uint64], first_number: int) -> None:
    """Put states that differ into the table, by their fingerprints.

    hashes: uint64[states, 2], those they are looked up by. plain: the same where no states are merged, see Table.
    """
    mask, one = np.uint64(table.first.shape[0] - 1), np.uint64(1)
    for index in range(hashes.shape[0]):
        fingerprint = hashes[index, 0]
        if fingerprint == 0:
            fingerprint = one
        place = fingerprint & mask
        while table.first[place] != 0:
            place = (place + one) & mask
        table.first[place] = fingerprint
        if table.second.shape[0] > 1:
            table.second[place] = hashes[index, 1]
        if table.state.shape[0] > 1:
            table.state[place] = first_number + index
        if table.plain.shape[0] > 1:
            table.plain[place] = plain[index, 0]
