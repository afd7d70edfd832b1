"""The numbers that fingerprints are made of, and fingerprints: the reference for the engine's compiled code.

Every (slot, value) has a random 64-bit number, and belongs to a group: 0 is what all ids have in common, each id of a
class that mixes has a group of its own. Of one row

    fingerprint = mixed(G + sum of mixed(g)), G the xor of the numbers of group 0, each g that of another group

where all ids of a class have the same numbers: each is counted as if it were the first one. Where
other classes are permuted, each renaming of them has its own numbers, and

    fingerprint = mixed(sum of mixed(fingerprint of the renamed row))

Without groups besides 0 the fingerprint of a row is G itself, and with one renaming nothing is summed up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.orbits.merging import Merging, ids_in_paths, ids_named
from clusterproof.checker.learned.vectorised.orbits import folded, mixed
from clusterproof.checker.renaming import Renamer, id_types_of_values
from clusterproof.compiled import Compiled

_SALT = 0x9E3779B97F4A7C15
_WIDTH = 32  # bits for the value in the key of a (slot, value): more values than that no slot may take


@define(eq=False)
class Numbers:
    """Group and numbers of each (slot, value), growing as values appear.

    The number of value v (its character's code point) of slot s is at place `first[s] + v` of the arrays.

    seed: other seeds give other numbers, e.g. for the second half of a 128-bit fingerprint.
    groups: how many groups there are, group 0 included.
    first: int64, shape (slots,), the place of a slot's value 0. Changes when a slot outgrows its places.
    group: int32, shape (places,), the group; it is the same under every renaming.
    number: uint64, shape (renamings, places), the number under each renaming; 0 where no value is yet, and in slots
    that a slice does not have.
    """

    compiled: Compiled
    merging: Merging
    seed: int = 0
    groups: int = field(init=False)
    first: NDArray[np.int64] = field(init=False)
    group: NDArray[np.int32] = field(init=False)
    number: NDArray[np.uint64] = field(init=False)
    _known: list[int] = field(init=False)  # per slot: of how many values the numbers are there
    _places: list[int] = field(init=False)  # per slot: for how many values there is room
    _renamers: list[Renamer | None] = field(init=False)  # None changes nothing
    _group_of: dict[tuple[int, Any], int] = field(init=False)  # per class that mixes, and id
    _to_first: list[Renamer | None] = field(init=False)  # per group: its id takes the place of the first of its class
    _in_path: list[int] = field(init=False)  # per slot: the group that its path speaks of

    def __attrs_post_init__(self) -> None:
        compiled, mixing = self.compiled, self.merging.mixing
        self._renamers = [Renamer(compiled, each) if i else None for i, each in enumerate(self.merging.renamings)]
        listed = [(number, identity) for number, each in enumerate(mixing) for identity in each.ids]
        self._group_of = {named: group for group, named in enumerate(listed, start=1)}
        self._to_first = [None]
        for number, identity in listed:
            leader = mixing[number].ids[0]
            exchange = mixing[number].exchange(leader, identity)
            self._to_first.append(None if identity == leader else Renamer(compiled, exchange))
        self.groups = len(self._to_first)
        paths = ids_in_paths(compiled, mixing)
        self._in_path = [next((self._group_of[named] for named in path), 0) for path in paths]
        self._known = [0] * len(paths)
        self._places = [0] * len(paths)
        self.first = np.zeros(len(paths), np.int64)
        self.group = np.zeros(0, np.int32)
        self.number = np.zeros((len(self._renamers), 0), np.uint64)
        self.update()

    @property
    def known(self) -> int:
        """How many (slot, value) have their numbers."""
        return sum(self._known)

    # ---------------------------------------------------------------- growing
    def update(self) -> bool:
        """Take in the values that have appeared. True when `first` has changed, or the arrays are new ones.

        The images of a value under renaming become values, too.
        """
        keys: list[tuple[int, int, int, list[int]]] = []
        decode, cut = self.compiled.schema.decode, self.compiled.cut
        grown = True
        while grown:  # naming the images of one value makes new values of other slots
            grown = False
            for slot, values in enumerate(decode):
                known, self._known[slot] = self._known[slot], len(values)
                for value in range(known, self._known[slot]):
                    grown = True
                    if slot not in cut:
                        keys.append((slot, value, *self._keys(slot, value)))
        moved = any(known > places for known, places in zip(self._known, self._places, strict=True))
        if moved:
            self._make_room()
        if keys:
            places = [self.first[slot] + value for slot, value, _, _ in keys]
            salt = np.uint64((self.seed + 1) * _SALT % 2**64)
            self.group[places] = [group for _, _, group, _ in keys]
            self.number[:, places] = mixed(mixed(np.array([each for *_, each in keys], np.uint64)) + salt).T
        return moved

    def _keys(self, slot: int, value: int) -> tuple[int, list[int]]:
        """The group of a (slot, value), and per renaming which (slot, value) it counts as."""
        group = self._in_path[slot] or self._in_value(slot, value)
        found: list[int] = []
        for renamer in self._renamers:
            there, character = slot, chr(value)
            for each in (renamer, self._to_first[group]):
                if each is not None:
                    there, character = each.moved[there], each.character(there, character)
            found.append(there << _WIDTH | ord(character))
        return group, found

    def _in_value(self, slot: int, value: int) -> int:
        types = id_types_of_values(self.compiled, slot)
        if not types:
            return 0
        named = ids_named(self.compiled.schema.decode[slot][value], types, self.merging.mixing)
        return next((self._group_of[each] for each in named), 0)

    def _make_room(self) -> None:
        """New arrays with room for all values: for a power of two of them per slot."""
        first, group, number, old = self.first, self.group, self.number, self._places
        self._places = [max(places, _room(known)) for known, places in zip(self._known, old, strict=True)]
        ends = np.cumsum(self._places, dtype=np.int64)
        self.first = ends - np.array(self._places, np.int64)
        self.group = np.zeros(sum(self._places), np.int32)
        self.number = np.zeros((len(self._renamers), sum(self._places)), np.uint64)
        for slot, places in enumerate(old):
            here, there = slice(self.first[slot], self.first[slot] + places), slice(first[slot], first[slot] + places)
            self.group[here] = group[there]
            self.number[:, here] = number[:, there]

    # ---------------------------------------------------------------- fingerprints
    def fingerprints(self, rows: NDArray[Any]) -> NDArray[np.uint64]:
        """The fingerprint of each row.

        rows: integers, shape (rows, slots), the values' numbers. Returns uint64, shape (rows,). Values that appeared
        since the last `update` have no numbers yet.
        """
        nothing = np.zeros((len(self.number), self.groups), np.uint64)
        return folded(self.first + rows, self.group, self.number, nothing)


def _room(known: int) -> int:
    return 1 << (known - 1).bit_length() if known else 0


def values_of(rows: Sequence[str]) -> NDArray[np.uint32]:
    """Rows as the numbers of their values, shape (rows, slots)."""
    text = "".join(rows).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(text, np.dtype("<u4")).reshape(len(rows), -1)
