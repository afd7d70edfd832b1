"""Which way each instance goes on each row of a block, and whether the clock may pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.forest import DIRECT
from clusterproof.checker.learned.kernel import MOST_DIRECT, Level, Trees
from clusterproof.checker.learned.vectorised.steps import changes, writes_unseen
from clusterproof.checker.learned.vectorised.walking import (
    DISABLED,
    Holes,
    Indices,
    holes_of,
    spread,
    together,
    walk,
)
from clusterproof.checker.learned.ways import AWAITED, EXHAUSTED, FLAGS, KEEPS_CLOCK, WayArrays


class Leaves(NamedTuple):
    """The leaves of rows, in their order. at: int64, index of the row in the block. leaf: int64."""

    at: Indices
    leaf: Indices

    def chosen(self, those: NDArray[np.bool_]) -> Leaves:
        """Some of them."""
        return Leaves(self.at[those], self.leaf[those])


def find_leaves(level: Level, block: NDArray[np.int32], trees: Trees, ways: WayArrays) -> tuple[Leaves, Holes]:
    """The leaves of all instances that have a way, the clock's last; of rows without a hole."""
    leaves, holes = _of_instances(level, block, trees)
    if trees.clock < 0:
        return leaves, holes
    free = np.ones(len(block), np.bool_)
    free[holes.at] = False
    free[_held_up(level, block, leaves, ways)] = False
    of_clock, more = _of_clock(level, block, np.flatnonzero(free), trees)
    holes = together(holes, more)
    whole = np.ones(len(block), np.bool_)
    whole[holes.at] = False
    at, leaf = (np.concatenate(both) for both in zip(leaves, of_clock, strict=True))
    order = np.argsort(at, kind="stable")
    order = order[whole[at[order]]]
    return Leaves(at[order], leaf[order]), holes


def _of_instances(level: Level, block: NDArray[np.int32], trees: Trees) -> tuple[Leaves, Holes]:
    """The leaves of all instances but the clock."""
    first = trees.roots[trees.first : trees.end]
    child = np.repeat(first[np.newaxis], len(block), axis=0)
    direct = np.flatnonzero(first < DIRECT + MOST_DIRECT)
    if len(direct):
        child[:, direct] = level.told[first[direct] - DIRECT][:, block].T
    at = np.repeat(np.arange(len(block)), len(first))
    tree = np.tile(np.arange(trees.first, trees.end), len(block))
    found, hole = walk(level.rows, block[at].astype(np.int64), trees.nodes, child.reshape(-1), tree)
    holes = holes_of(at, tree, found, hole)
    whole = np.ones(len(block), np.bool_)
    whole[holes.at] = False
    enabled = (found < DISABLED) & whole[at]
    return Leaves(at[enabled], DISABLED - found[enabled]), holes


def _of_clock(level: Level, block: NDArray[np.int32], at: Indices, trees: Trees) -> tuple[Leaves, Holes]:
    """The leaf of the clock on some rows of the block."""
    tree = np.full(len(at), trees.clock)
    found, hole = walk(level.rows, block[at].astype(np.int64), trees.nodes, trees.roots[tree], tree)
    enabled = found < DISABLED
    return Leaves(at[enabled], DISABLED - found[enabled]), holes_of(at, tree, found, hole)


def _held_up(level: Level, block: NDArray[np.int32], leaves: Leaves, ways: WayArrays) -> Indices:
    """The rows on which the clock may not pass, for something is awaited; some of them more than once."""
    kept = leaves.at[ways.leaves[leaves.leaf, 1] & KEEPS_CLOCK > 0]
    owner, way = ways_of(leaves, ways)
    awaited = ways.ways[way, FLAGS] & AWAITED > 0
    at, way = leaves.at[owner[awaited]], way[awaited]
    changed = changes(way, ways, writes_unseen(level.rows, block[at], way, ways))
    return np.concatenate([kept, at[changed]])


def ways_of(leaves: Leaves, ways: WayArrays) -> tuple[Indices, Indices]:
    """All ways of some leaves: the index of the leaf among these, and the way."""
    return spread(ways.leaves[leaves.leaf, 0], ways.leaves[leaves.leaf + 1, 0])


def rows_that_fit(leaves: Leaves, rows: int, ways: WayArrays, room: int) -> int:
    """How many of the rows, at least one, have no more steps together than there is room for."""
    each = ways.leaves[leaves.leaf + 1, 0] - ways.leaves[leaves.leaf, 0]
    sums = np.cumsum(each + (ways.leaves[leaves.leaf, 1] & EXHAUSTED), dtype=np.int64)
    fitting = int(np.searchsorted(sums, room, side="right"))
    return rows if fitting == len(sums) else max(int(leaves.at[fitting]), 1)
