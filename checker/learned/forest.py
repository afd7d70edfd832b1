"""Decision trees in one array of integers: what functions were seen to read, and what came of it.

A tree belongs to one instance. Its inner nodes name the column that the function reads next, with one child per value;
its leaves stand for what the function does there. A hole is a way of reading that was not met yet.
Where a function counts (see spec/folds.py), branches join: the tree is a graph without circles, and walked in the same
way.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.columns import Columns
from clusterproof.errors import ImpureError
from clusterproof.folds import Folds, Join

HOLE = -1
"""A child that was not met yet. A leaf number n is stored as -2 - n, an inner node as its position and its column."""

COLUMN_BITS = 20
"""An inner node is stored as its position, shifted by so many bits, plus the column that it looks at."""

COLUMN_MASK = (1 << COLUMN_BITS) - 1
"""What is the column in an inner node."""

DIRECT = -(2**31)
"""DIRECT + n is stored for the root of the n-th tree that was given up: its function is called for every row."""


@frozen
class Path:
    """One way of reading: the tree, the slots in order with the values (code points) found there, and the leaf.

    Slots from the number of slots on are those of the state after a step. joins: see Join.
    """

    root: int
    slots: tuple[int, ...]
    values: tuple[int, ...]
    leaf: int
    joins: tuple[Join, ...] = ()


def path_of(root: int, reads: tuple[int, ...], folds: Folds | None, row: str, leaf: int) -> Path:
    """The way of reading of one evaluation of a row, or of two rows side by side."""
    slots, joins = (reads, ()) if folds is None else folds.trail()
    return Path(root, slots, tuple(ord(row[slot]) for slot in slots), leaf, joins)


@define(eq=False)
class Forest:
    """A tree per root, all in one array.

    columns: which slots have columns; the others are constants, and no node asks for them.
    rows: how many rows lie side by side under a walk, 2 for trees about a step (before, after).
    nodes: int64; an inner node at position p has its child for value v at p + v: HOLE, a leaf, or an inner node.
    roots: int64, per root a child as above. names: per root who is behind it, for messages. paths: everything learned.
    direct: the roots whose trees were given up. layout: how often the trees were laid out: places may differ since.
    """

    columns: Columns
    names: Sequence[str]
    rows: int = 1
    nodes: NDArray[np.int64] = field(init=False)
    roots: NDArray[np.int64] = field(init=False)
    paths: list[Path] = field(init=False, factory=list)
    direct: list[int] = field(init=False, factory=list)
    layout: int = field(init=False, default=0)
    _used: int = field(init=False, default=0)
    _joined: dict[object, int] = field(init=False, factory=dict)
    _cells: memoryview = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.roots = np.full(len(self.names), HOLE, np.int64)
        self.clear()

    def clear(self) -> None:
        """Forget the trees, not the paths."""
        self.roots[:] = HOLE
        self.roots[self.direct] = DIRECT + np.arange(len(self.direct))
        self.nodes = np.full(4096, HOLE, np.int64)
        self._cells = memoryview(self.nodes)  # type: ignore[arg-type]
        self._used = 0
        self._joined = {}
        self.layout += 1

    def add(self, path: Path) -> None:
        """Learn one more way of reading. Raises ImpureError when the function read otherwise before."""
        self.paths.append(path)
        self._insert(path)

    def rebuild(self) -> None:
        """Lay the trees out anew, after columns came or grew."""
        self.clear()
        for path in self.paths:
            self._insert(path)

    def give_up(self, root: int) -> None:
        """Forget the tree of a root for good: its function is to be called for every row."""
        self.direct.append(root)
        self.forget({root})

    def forget(self, roots: Container[int]) -> None:
        """Forget what was learned of some roots."""
        self.paths = [path for path in self.paths if path.root not in roots]
        self.rebuild()

    def _insert(self, path: Path) -> None:
        """Walk down from the root, adding the nodes that are missing."""
        columns, slots = self.columns, len(self.columns.column_of)
        width = len(columns.slots)
        self._reserve(self._most_room(path))
        cells, joins = self._cells, iter(path.joins)
        begins: dict[int, int] = {}
        join = next(joins, None)
        child, place = int(self.roots[path.root]), -1
        for position, (slot, value) in enumerate(zip(path.slots, path.values, strict=True)):
            while join is not None and join.position == position:
                child, place = self._join(path.root, join, begins, child, place)
                join = next(joins, None)
            after, inside = divmod(slot, slots)
            column = columns.column_of[inside]
            if column < 0:
                continue
            shown = column + after * width
            if child == HOLE:
                child = self._new_node(shown, columns.capacity[column])
                self._set(path.root, place, child)
            elif child < HOLE or child & COLUMN_MASK != shown:
                raise self._impure(path.root)
            place = (child >> COLUMN_BITS) + value
            child = cells[place]
        while join is not None:
            child, place = self._join(path.root, join, begins, child, place)
            join = next(joins, None)
        if child == HOLE:
            self._set(path.root, place, -2 - path.leaf)
        elif child != -2 - path.leaf:
            raise self._impure(path.root)

    def _join(self, root: int, join: Join, begins: dict[int, int], child: int, place: int) -> tuple[int, int]:
        """Go on where the first way to this join went on, so that what stands there stands here, too.

        begins: per fold the place where it begins; two ways to the same place have begun as many folds before.
        """
        if join.done == 0:
            begins[join.fold] = place
            return child, place
        first = self._joined.setdefault((root, begins[join.fold], *join[1:]), place)
        if first == place:
            return child, place
        there = int(self.roots[root]) if first < 0 else self._cells[first]
        if child == HOLE:
            self._set(root, place, there)
        elif child != there:
            raise self._impure(root)
        return there, first

    def _most_room(self, path: Path) -> int:
        """How many cells a path needs at most."""
        capacity = self.columns.capacity
        if path.joins:  # the same column may be looked at in several folds
            return len(path.slots) * max(capacity, default=0)
        return sum(capacity) * self.rows

    def _set(self, root: int, place: int, child: int) -> None:
        if place < 0:
            self.roots[root] = child
        else:
            self._cells[place] = child

    def _new_node(self, column: int, capacity: int) -> int:
        position = self._used
        self._used += capacity
        return position << COLUMN_BITS | column

    def _reserve(self, more: int) -> None:
        if self._used + more > len(self.nodes):
            larger = np.full(max(2 * len(self.nodes), self._used + more), HOLE, np.int64)
            larger[: self._used] = self.nodes[: self._used]
            self.nodes = larger
            self._cells = memoryview(larger)  # type: ignore[arg-type]

    def _impure(self, root: int) -> ImpureError:
        message = f"{self.names[root]} read something else in an equal state: it depends on more than the state.\n"
        return ImpureError(message + "  look for random numbers, the wall clock, globals, or the order of a set")
