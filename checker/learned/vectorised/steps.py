"""The steps from the rows of a block: what each changes, where it leads, and what step properties say of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.kernel import Level, Numbers, StepTrees
from clusterproof.checker.learned.vectorised.walking import (
    DISABLED,
    HOLE,
    Holes,
    Indices,
    first_met,
    holes_of,
    spread,
    walk,
)
from clusterproof.checker.learned.ways import END, FIRST, FLAGS, LABEL, RAW, RENUMBERS, SURE, WayArrays


class Steps(NamedTuple):
    """Steps in the order of their rows.

    at: int64, index of the row in the block. way: int64. changed: bool, whether the row changes. fingerprints:
    uint64[steps, 2], of the state after the step.
    """

    at: Indices
    way: Indices
    changed: NDArray[np.bool_]
    fingerprints: NDArray[np.uint64]

    def chosen(self, those: NDArray[np.bool_] | Indices) -> Steps:
        """Some of them."""
        return Steps(self.at[those], self.way[those], self.changed[those], self.fingerprints[those])


class Unseen(NamedTuple):
    """Writes to columns that were not read, so that the row tells whether they change anything.

    step: int64, the steps that have such writes. start: int64, per such step its first write. column: int32, old,
    value: int64, per write where, and what was and will be there.
    """

    step: Indices
    start: Indices
    column: NDArray[np.int32]
    old: Indices
    value: Indices


def writes_unseen(rows: NDArray[np.uint8], row: NDArray[np.int32], way: Indices, ways: WayArrays) -> Unseen:
    """The writes of some steps, each of a row and a way, to columns that were not read."""
    step = np.flatnonzero(ways.ways[way, FIRST] < ways.ways[way, SURE])
    owner, write = spread(ways.ways[way[step], FIRST], ways.ways[way[step], SURE])
    column, value = ways.writes[write].T
    old = rows[row[step[owner]], column].astype(np.int64)
    start = np.flatnonzero(np.diff(owner, prepend=-1))
    return Unseen(step, start, column, old, value.astype(np.int64))


def changes(way: Indices, ways: WayArrays, unseen: Unseen) -> NDArray[np.bool_]:
    """Whether each step changes something in its row."""
    changed: NDArray[np.bool_] = ways.ways[way, SURE] < ways.ways[way, END]
    if len(unseen.step):
        changed[unseen.step] |= np.logical_or.reduceat(unseen.old != unseen.value, unseen.start)
    return changed


def steps_of(
    level: Level, row: NDArray[np.int32], at: Indices, way: Indices, ways: WayArrays, numbers: Numbers
) -> Steps:
    """Every step, by its row, the index of that in the block, and its way."""
    unseen = writes_unseen(level.rows, row, way, ways)
    fingerprints = level.hashes[row] ^ ways.delta[way]
    if len(unseen.step):
        place = numbers.offset[unseen.column]
        difference = numbers.numbers[:, place + unseen.old] ^ numbers.numbers[:, place + unseen.value]
        fingerprints[unseen.step] ^= np.bitwise_xor.reduceat(difference, unseen.start, axis=1).T
    return Steps(at, way, changes(way, ways, unseen), fingerprints)


def take(rows: NDArray[Any], way: Indices, ways: WayArrays) -> None:
    """Turn rows into those after a way each."""
    step, write = spread(ways.ways[way, FIRST], ways.ways[way, END])
    rows[step, ways.writes[write, 0]] = ways.writes[write, 1]


def judge_steps(level: Level, block: NDArray[np.int32], steps: Steps, ways: WayArrays, trees: StepTrees) -> Holes:
    """Let the step properties look at every step that changes what they see."""
    looked_at = steps.changed | (ways.ways[steps.way, FLAGS] & RENUMBERS > 0)
    at, way, properties = steps.at[looked_at], steps.way[looked_at], len(trees.asked)
    before = level.rows[block[at]]
    after = before.copy()
    take(after, way, ways)
    step, raw = spread(ways.ways[way, RAW], ways.ways[way + 1, RAW])
    after[step, ways.raw[raw, 0]] = ways.raw[raw, 1]

    pairs = np.repeat(np.arange(len(way)), properties)
    tree = (trees.asked[:, 0] + np.outer(ways.ways[way, LABEL], trees.asked[:, 1])).reshape(-1).astype(np.int64)
    child, hole = walk(np.hstack([before, after]), pairs, trees.nodes, trees.roots[tree], tree)
    met = np.flatnonzero(child != HOLE)
    leaves, index = first_met(trees.seen, DISABLED - child[met])
    first = pairs[met[index]]
    trees.places[leaves, 0] = level.first_number + block[at[first]].astype(np.int64)
    trees.places[leaves, 1] = way[first]
    return holes_of(at[pairs], tree, child, hole, way[pairs])
