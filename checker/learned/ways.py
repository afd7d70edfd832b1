"""The leaves of the action trees: which ways an instance may go, in arrays for compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.growing import Growing
from clusterproof.checker.learned.transitions import Transition, Way, Writes
from clusterproof.compiled import Instance

DISABLED = 0
"""The leaf without a way."""

EXHAUSTED = 1
"""Leaf flag: a pool had no id left."""

KEEPS_CLOCK = 2
"""Leaf flag: the clock may not pass, whatever else is possible."""

AWAITED = 1
"""Way flag: the clock may not pass before it, if it changes something."""

RENUMBERS = 2
"""Way flag: step properties see a change, even where no slot of the row changes."""

STEPPED = 1
"""Mark of a way that changed what step properties see."""

CHANGED = 2
"""Mark of a way that changed the row."""


FIRST, SURE, END, RAW, FLAGS, LABEL = range(6)
"""The columns of WayArrays.ways."""


class WayArrays(NamedTuple):
    """Leaves and ways for compiled code.

    leaves: int32[leaves + 1, 2], leaf -> its first way (the last one is before the first of the next leaf), and its
    flags EXHAUSTED and KEEPS_CLOCK. leaf_seen: uint8, leaf -> 1 once a state had it.
    ways: int32[ways + 1, 6], way -> where its writes begin; from where on they change something for sure, for their
    columns were read (those before may change nothing); where they end; where its raw values begin (they end where
    those of the next way begin); its flags AWAITED and RENUMBERS; and the number of its instance.
    writes, raw: int32[writes, 2], column and value. raw is what step properties see instead.
    delta: uint64[ways, 2], what the sure writes change of the two fingerprints. seen: uint8, way -> STEPPED and CHANGED
    once it did. most: how many ways there are at most out of one state.
    """

    leaves: NDArray[np.int32]
    leaf_seen: NDArray[np.uint8]
    ways: NDArray[np.int32]
    writes: NDArray[np.int32]
    raw: NDArray[np.int32]
    delta: NDArray[np.uint64]
    seen: NDArray[np.uint8]
    most: int


@define(eq=False)
class Ways:
    """All leaves and ways met so far.

    taken: per way the instance and the way itself, for traces, labels and marks. most: the most ways of one leaf, per
    instance.
    """

    columns: Columns
    taken: list[tuple[Instance, Way]] = field(init=False, factory=list)
    exhausted: dict[int, tuple[Instance, tuple[str, ...]]] = field(init=False, factory=dict)
    most: dict[Instance, int] = field(init=False, factory=dict)
    _leaves: dict[object, int] = field(init=False, factory=dict)
    _leaf: Growing = field(init=False)
    _leaf_seen: Growing = field(init=False)
    _way: Growing = field(init=False)
    _writes: Growing = field(init=False)
    _raw: Growing = field(init=False)
    _delta: Growing = field(init=False)
    _seen: Growing = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._leaf, self._leaf_seen = Growing(np.int32, 2), Growing(np.uint8)
        self._way, self._delta, self._seen = Growing(np.int32, 6), Growing(np.uint64, 2), Growing(np.uint8)
        self._writes, self._raw = Growing(np.int32, 2), Growing(np.int32, 2)
        self._close_leaf(0)

    def leaf(self, instance: Instance, transition: Transition, row: str) -> int:
        """The number of the leaf for a transition from a row; transitions of the same effect share one."""
        if not transition.ways and not transition.exhausted:
            return DISABLED
        read = transition.exact
        key = (
            instance.number,
            transition.exhausted,
            tuple((way, *_changes(way, row, read), _before(way, row, read)) for way in transition.ways),
        )
        known = self._leaves.get(key)
        if known is None:
            known = self._leaves[key] = self._add(instance, transition, row, read)
        return known

    def arrays(self) -> WayArrays:
        """Everything for compiled code; to be asked for anew after every new leaf."""
        self._leaf.reserve(1)
        self._way.reserve(1)
        self._leaf.array[self._leaf.size] = self._way.size, 0
        self._way.array[self._way.size] = (*[self._writes.size] * 3, self._raw.size, 0, 0)
        return WayArrays(
            leaves=self._leaf.array,
            leaf_seen=self._leaf_seen.array,
            ways=self._way.array,
            writes=self._writes.array,
            raw=self._raw.array,
            delta=self._delta.array,
            seen=self._seen.array,
            most=sum(self.most.values()),
        )

    @property
    def leaves_seen(self) -> NDArray[np.uint8]:
        """Per leaf whether some state had it."""
        return self._leaf_seen.items

    @property
    def seen(self) -> NDArray[np.uint8]:
        """Per way whether it ever stepped, and changed something."""
        return self._seen.items

    def _close_leaf(self, flags: int, first_way: int = 0) -> int:
        self._leaf_seen.append(0)
        return self._leaf.append((first_way, flags))

    def _add(self, instance: Instance, transition: Transition, row: str, read: frozenset[int]) -> int:
        first = self._way.size
        for way in transition.ways:
            self._add_way(instance, way, row, read)
        self.most[instance] = max(self.most.get(instance, 0), len(transition.ways))
        flags = EXHAUSTED * bool(transition.exhausted) + KEEPS_CLOCK * bool(transition.exhausted and instance.urgent)
        leaf = self._close_leaf(flags, first)
        if transition.exhausted:
            self.exhausted[leaf] = instance, transition.exhausted
        return leaf

    def _add_way(self, instance: Instance, way: Way, row: str, read: frozenset[int]) -> None:
        columns, start, raw = self.columns, self._writes.size, self._raw.size
        blind, certain = _changes(way, row, read)
        for slot, character in (*blind, *certain):
            self._writes.append((columns.column_of[slot], ord(character)))
        for slot, character in way.raw:
            self._raw.append((columns.column_of[slot], ord(character)))
        self._delta.append([self._difference(which, row, certain) for which in (0, 1)])
        renumbers = any(row[slot] != character for slot, character in way.raw)
        flags = AWAITED * way.awaited + RENUMBERS * renumbers
        self._way.append((start, start + len(blind), self._writes.size, raw, flags, instance.number))
        self._seen.append(0)
        self.taken.append((instance, way))

    def _difference(self, which: int, row: str, writes: Writes) -> int:
        """What writes change of the first (0) or second (1) fingerprint of a row."""
        delta = 0
        for slot, character in writes:
            delta ^= self.columns.number(which, slot, ord(row[slot]))
            delta ^= self.columns.number(which, slot, ord(character))
        return delta


def _changes(way: Way, row: str, read: frozenset[int]) -> tuple[Writes, Writes]:
    """The writes to slots that were not read, and those of the others that change something."""
    blind = tuple((slot, character) for slot, character in way.writes if slot not in read)
    certain = tuple((slot, character) for slot, character in way.writes if slot in read and row[slot] != character)
    return blind, certain


def _before(way: Way, row: str, read: frozenset[int]) -> str:
    """What the written slots that were read held before: fingerprints change by the difference."""
    return "".join(row[slot] for slot, _ in way.writes if slot in read)
