"""The arrays that the compiled loops write into, and how they grow."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.backend import Backend
from clusterproof.checker.learned.kernel import Found, Misses, Scratch, Table

ROOM = 8192
"""How many candidates are collected before they are looked up; more where one row may have more steps."""

MISSES = 1 << 16
"""How many holes are written down in one go."""

FIRST_TABLE = 1 << 15
"""How many places the first table of fingerprints has; a power of two."""

GRAPH_BYTES = 28
"""What an edge takes while the graph is searched, besides the place where it was put aside."""

SMALL_TABLE = 1 << 21
"""Below so many places a table grows fourfold: moving what it holds is what costs, and not yet the memory."""

FULL_TENTHS = 7
"""A table grows before so many tenths of it are used."""


@define(eq=False)
class Rooms:
    """Table, new rows, edges and working memory of one search.

    wide: whether two fingerprints of a state are compared. graph: whether numbers of states and edges are kept.
    merging: whether states are known by their orbits.
    """

    wide: bool
    graph: bool
    merging: bool
    backend: Backend
    table: Table = field(init=False)
    found: Found = field(init=False)
    edges: NDArray[np.uint32] = field(init=False)
    misses: Misses = field(init=False)
    scratch: Scratch = field(init=False)
    counts: NDArray[np.int64] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.counts = np.zeros(8, np.int64)
        self.table = self._table(FIRST_TABLE)
        self.found = _found(ROOM * 2, 0, np.uint8)
        self.misses = Misses(np.zeros((MISSES, 4), np.int32), np.zeros(MISSES, np.int32))
        self.scratch = _scratch(ROOM, 1, 0, np.uint8)
        self.edges = np.zeros((0, 3), np.uint32)

    def table_bytes_after_growth(self, states: int) -> int:
        """How much memory the tables take while one of them grows to hold so many states; 0 where it need not."""
        size = self._size_for(states)
        if size == len(self.table.first):
            return 0
        each = 8 + 8 * self.wide + (4 + 8 * self.merging) * self.graph
        return each * size

    def growth_bytes(self, states: int, more: int, findings: int, edges: int) -> int:
        """How much memory is used at most until so many new rows more are found and became the next level.

        states: how many there are without the new ones. findings: how many properties note something of each.
        edges: how many were put aside; what is made of them in the end takes memory as well.
        """
        new, found = int(self.counts[2]), self.found
        each = int(found.rows.shape[1]) * int(found.rows.itemsize) + 16 + 8
        copied = new * each if new + more > len(found.origins) else 0
        next_level = (new + more) * (each + 1 + 2 * findings)
        return copied + next_level + self.table_bytes_after_growth(states + new + more) + edges * GRAPH_BYTES

    def make_table(self, states: int) -> None:
        """Let the table grow until so many states fit."""
        size = self._size_for(states)
        if size > len(self.table.first):
            larger = self._table(size)
            self.backend.move(self.table, larger)
            self.table = larger

    def make_found(self, more: int, columns: int, kind: Any) -> None:
        """Make room for so many new rows more, of so many columns of a type."""
        used, old = int(self.counts[2]), self.found
        fits = old.rows.shape[1] == columns and old.rows.dtype == kind
        if fits and used + more <= len(old.origins):
            return
        size = len(old.origins) if used + more <= len(old.origins) else max(used + more, len(old.origins) * 3 // 2)
        new = _found(size, columns, kind)
        new.rows[:used, : old.rows.shape[1]] = old.rows[:used]
        new.hashes[:used], new.origins[:used] = old.hashes[:used], old.origins[:used]
        self.found = new

    def restore(self, rows: NDArray[Any], found: int, edges: int, candidates: int) -> None:
        """Make room again as a search had it, for rows such as these: where it pauses depends on that."""
        if not (0 < found < 1 << 40 and 0 <= edges < 1 << 40 and 0 < candidates < 1 << 40):
            raise ValueError("rooms of no size")
        self.found = _found(found, rows.shape[1], rows.dtype)
        self.scratch = _scratch(candidates, 1, 0, np.uint8)
        self.make_edges(edges)

    def make_scratch(self, candidates: int, leaves: int, columns: int, kind: Any) -> None:
        """Make working memory for so many candidates, leaves of one row, and columns."""
        old = self.scratch
        if (
            len(old.candidates) < candidates
            or len(old.leaves) < leaves
            or old.pair.shape[1] != 2 * columns
            or old.pair.dtype != kind
        ):
            self.scratch = _scratch(max(candidates, len(old.candidates)), leaves, columns, kind)

    def make_edges(self, more: int) -> None:
        """Make room for so many edges."""
        if len(self.edges) < more:
            self.edges = np.zeros((more, 3), np.uint32)

    def _size_for(self, states: int) -> int:
        size = len(self.table.first)
        while states * 10 > size * FULL_TENTHS:
            size *= 4 if size < SMALL_TABLE else 2
        return size

    def _table(self, size: int) -> Table:
        return Table(
            np.zeros(size, np.uint64),
            np.zeros(size if self.wide else 1, np.uint64),
            np.zeros(size if self.graph else 1, np.uint32),
            np.zeros(size if self.graph and self.merging else 1, np.uint64),
        )


def _found(size: int, columns: int, kind: Any) -> Found:
    return Found(
        np.zeros((size, columns), kind),
        np.zeros((size, 2), np.uint64),
        np.zeros((size, 2), np.uint32),
    )


def _scratch(candidates: int, leaves: int, columns: int, kind: Any) -> Scratch:
    return Scratch(
        np.zeros((candidates, 2), np.int32),
        np.zeros((candidates, 2), np.uint64),
        np.zeros((leaves, 2), np.int32),
        np.zeros(leaves, np.int32),
        np.zeros((1, 2 * columns), kind),
    )
