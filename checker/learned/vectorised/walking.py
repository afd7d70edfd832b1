"""Walks down many trees at once, and what they fall off."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.forest import COLUMN_BITS, COLUMN_MASK
from clusterproof.checker.learned.kernel import Misses

Indices = NDArray[np.int64]

HOLE, DISABLED = -1, -2
"""Children that are no inner nodes: what is not learned, and leaf 0; leaf n is DISABLED - n."""


class Holes(NamedTuple):
    """Where walks ended at a hole; all int64.

    at: index of the row. tree: the root. hole: place of the hole in the array of nodes, -1 - tree where it is the root.
    way: the step for a tree of a step property, else -1.
    """

    at: Indices
    tree: Indices
    hole: Indices
    way: Indices

    def before(self, end: int) -> Holes:
        """Those of the rows before a row."""
        return Holes(*(part[self.at < end] for part in self))


def spread(first: NDArray[Any], end: NDArray[Any]) -> tuple[Indices, Indices]:
    """The items of some ranges one after the other: the index of the range, and the item."""
    sizes = end.astype(np.int64) - first
    owner = np.repeat(np.arange(len(sizes)), sizes)
    before = np.cumsum(sizes) - sizes
    return owner, np.arange(len(owner)) + (first - before)[owner]


def walk(
    rows: NDArray[np.uint8], at: Indices, nodes: NDArray[np.int64], child: Indices, tree: Indices
) -> tuple[Indices, Indices]:
    """From roots to leaves or holes: the children found, and their places as in Holes.

    rows: uint8, uint16 or uint32 [rows, columns]. at: which row each walk looks at. child: where it begins, as in
    Forest. tree: its root, for those that have no inner node.
    """
    cells = np.ascontiguousarray(rows).reshape(-1)
    ended, hole = child.copy(), -1 - tree
    walking = np.flatnonzero(ended >= 0)
    node, base = ended[walking], at[walking] * rows.shape[1]
    while len(walking):
        place = (node >> COLUMN_BITS) + cells[base + (node & COLUMN_MASK)]
        node = nodes[place]
        ended[walking], hole[walking] = node, place
        inner = node >= 0
        walking, node, base = walking[inner], node[inner], base[inner]
    return ended, hole


def holes_of(at: Indices, tree: Indices, child: Indices, hole: Indices, way: Indices | None = None) -> Holes:
    """Those of some walks that ended at a hole."""
    fell = np.flatnonzero(child == HOLE)
    return Holes(at[fell], tree[fell], hole[fell], np.full(len(fell), -1) if way is None else way[fell])


def together(*parts: Holes) -> Holes:
    """All holes in the order of their rows; those of one row in the order of the parts."""
    joined = Holes(*(np.concatenate(of_parts) for of_parts in zip(*parts, strict=True)))
    order = np.argsort(joined.at, kind="stable")
    return Holes(*(part[order] for part in joined))


def put_off(holes: Holes, block: NDArray[np.int32], misses: Misses, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Write the holes down, while there is room, and all of their rows; returns which rows of the block have none."""
    start = int(counts[kernel.MISSES])
    end = min(start + len(holes.at), len(misses.holes))
    written = np.stack((block[holes.at], *holes[1:]), axis=1)
    misses.holes[start:end] = written[: end - start]
    counts[kernel.MISSES] = end
    whole = np.ones(len(block), np.bool_)
    whole[holes.at] = False
    deferred = block[~whole]
    start = int(counts[kernel.DEFERRED])
    misses.deferred[start : start + len(deferred)] = deferred
    counts[kernel.DEFERRED] += len(deferred)
    return whole


def first_met(seen: NDArray[np.uint8], leaf: Indices) -> tuple[Indices, Indices]:
    """Which leaves are met for the first time, and at which index each; they count as seen from now on."""
    fresh = np.flatnonzero(seen[leaf] == 0)
    leaves, index = np.unique(leaf[fresh], return_index=True)
    seen[leaves] = 1
    return leaves, fresh[index]
