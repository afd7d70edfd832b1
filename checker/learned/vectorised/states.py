"""Judging states, whole levels at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.kernel import Misses
from clusterproof.checker.learned.kernel_states import StateTrees
from clusterproof.checker.learned.vectorised.walking import DISABLED, HOLE, first_met, holes_of, put_off, walk

WALKS = 1 << 16
"""How many walks are made at once; more would only take more memory."""


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
    """See kernel_states.judge_states."""
    size = max(WALKS // max(len(asked), 1), 1)
    for start in range(0, len(todo), size):
        block = todo[start : start + size]
        at = np.repeat(np.arange(len(block)), len(asked))
        tree = np.tile(asked.astype(np.int64), len(block))
        child, hole = walk(rows, block[at].astype(np.int64), trees.nodes, trees.roots[tree], tree)
        put_off(holes_of(at, tree, child, hole), block, misses, counts)
        met = np.flatnonzero(child != HOLE)
        leaf = DISABLED - child[met]
        values[tree[met], block[at[met]]] = trees.value[leaf]
        leaves, index = first_met(trees.seen, leaf)
        trees.places[leaves, 0] = first_number + block[at[met[index]]].astype(np.int64)
