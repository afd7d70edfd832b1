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


class WayArrays(NamedTuple):
    """Leaves and ways for compiled code.

    leaf_first: int32, leaf -> its first way; the ways of leaf n end where those of leaf n + 1 begin.
    leaf_flags: uint8, leaf -> EXHAUSTED and KEEPS_CLOCK. leaf_seen: uint8, leaf -> 1 once a state had it.
    delta: uint64[2, ways], what a way changes of the two fingerprints by writes to columns it has read.
    first, sure, end: int32, way -> its writes: from `first` on to columns that were not read (they may change nothing
    there), from `sure` on changes for sure. column, value: int32, write -> where and what.
    raw_first: int32, way -> where its values begin that step properties see instead; raw_column, raw_value: int32.
    flags: uint8, way -> AWAITED and RENUMBERS. label: int32, way -> number of the instance. seen: uint8, way -> STEPPED
    and CHANGED once it did.
    """

    leaf_first: NDArray[np.int32]
    leaf_flags: NDArray[np.uint8]
    leaf_seen: NDArray[np.uint8]
    delta: NDArray[np.uint64]
    first: NDArray[np.int32]
    sure: NDArray[np.int32]
    end: NDArray[np.int32]
    column: NDArray[np.int32]
    value: NDArray[np.int32]
    raw_first: NDArray[np.int32]
    raw_column: NDArray[np.int32]
    raw_value: NDArray[np.int32]
    flags: NDArray[np.uint8]
    label: NDArray[np.int32]
    seen: NDArray[np.uint8]


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
    _leaf_first: Growing = field(init=False)
    _leaf_flags: Growing = field(init=False)
    _leaf_seen: Growing = field(init=False)
    _delta: tuple[Growing, Growing] = field(init=False)
    _spans: tuple[Growing, Growing, Growing, Growing] = field(init=False)
    _writes: tuple[Growing, Growing, Growing, Growing] = field(init=False)
    _flags: Growing = field(init=False)
    _label: Growing = field(init=False)
    _seen: Growing = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._leaf_first, self._leaf_flags, self._leaf_seen = Growing(np.int32), Growing(np.uint8), Growing(np.uint8)
        self._delta = Growing(np.uint64), Growing(np.uint64)
        self._spans = Growing(np.int32), Growing(np.int32), Growing(np.int32), Growing(np.int32)
        self._writes = Growing(np.int32), Growing(np.int32), Growing(np.int32), Growing(np.int32)
        self._flags, self._label, self._seen = Growing(np.uint8), Growing(np.int32), Growing(np.uint8)
        self._leaf_first.append(0)
        self._close_leaf(0)

    def leaf(self, instance: Instance, transition: Transition, row: str) -> int:
        """The number of the leaf for a transition from a row; transitions of the same effect share one."""
        if not transition.ways and not transition.exhausted:
            return DISABLED
        read = set(transition.reads)
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
        first, sure, end, raw_first = (growing.array for growing in self._spans)
        column, value, raw_column, raw_value = (growing.array for growing in self._writes)
        ways = self._label.size
        return WayArrays(
            leaf_first=self._leaf_first.array,
            leaf_flags=self._leaf_flags.array,
            leaf_seen=self._leaf_seen.array,
            delta=np.stack([growing.array[: max(ways, 1)] for growing in self._delta]),
            first=first,
            sure=sure,
            end=end,
            column=column,
            value=value,
            raw_first=raw_first,
            raw_column=raw_column,
            raw_value=raw_value,
            flags=self._flags.array,
            label=self._label.array,
            seen=self._seen.array,
        )

    @property
    def leaves_seen(self) -> NDArray[np.uint8]:
        """Per leaf whether some state had it."""
        return self._leaf_seen.items

    @property
    def seen(self) -> NDArray[np.uint8]:
        """Per way whether it ever stepped, and changed something."""
        return self._seen.items

    def _close_leaf(self, flags: int) -> int:
        self._leaf_first.append(self._label.size)
        self._leaf_seen.append(0)
        return self._leaf_flags.append(flags)

    def _add(self, instance: Instance, transition: Transition, row: str, read: set[int]) -> int:
        for way in transition.ways:
            self._add_way(instance, way, row, read)
        self.most[instance] = max(self.most.get(instance, 0), len(transition.ways))
        flags = EXHAUSTED * bool(transition.exhausted) + KEEPS_CLOCK * bool(transition.exhausted and instance.urgent)
        leaf = self._close_leaf(flags)
        if transition.exhausted:
            self.exhausted[leaf] = instance, transition.exhausted
        return leaf

    def _add_way(self, instance: Instance, way: Way, row: str, read: set[int]) -> None:
        columns = self.columns
        column, _, raw_column, raw_value = self._writes
        first, sure, end, raw_first = self._spans
        blind, certain = _changes(way, row, read)
        first.append(column.size)
        self._write(blind)
        sure.append(column.size)
        self._write(certain)
        end.append(column.size)
        for which, growing in enumerate(self._delta):
            delta = 0
            for slot, character in certain:
                delta ^= columns.number(which, slot, ord(row[slot])) ^ columns.number(which, slot, ord(character))
            growing.append(delta)
        if not raw_first.size:
            raw_first.append(0)
        raw_column.extend([columns.column_of[slot] for slot, _ in way.raw])
        raw_value.extend([ord(character) for _, character in way.raw])
        raw_first.append(raw_column.size)
        renumbers = any(row[slot] != character for slot, character in way.raw)
        self._flags.append(AWAITED * way.awaited + RENUMBERS * renumbers)
        self._label.append(instance.number)
        self._seen.append(0)
        self.taken.append((instance, way))

    def _write(self, writes: Writes) -> None:
        column, value, _, _ = self._writes
        column.extend([self.columns.column_of[slot] for slot, _ in writes])
        value.extend([ord(character) for _, character in writes])


def _changes(way: Way, row: str, read: set[int]) -> tuple[Writes, Writes]:
    """The writes to slots that were not read, and those of the others that change something."""
    blind = tuple((slot, character) for slot, character in way.writes if slot not in read)
    certain = tuple((slot, character) for slot, character in way.writes if slot in read and row[slot] != character)
    return blind, certain


def _before(way: Way, row: str, read: set[int]) -> str:
    """What the written slots that were read held before: fingerprints change by the difference."""
    return "".join(row[slot] for slot, _ in way.writes if slot in read)
