"""Fingerprints of orbits, of many rows at a time; orbits/numbers.py says what they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.kernel_orbits import Orbits

BLOCK = 1024
"""Rows that are looked at together; bounds the memory that fingerprints take."""


def mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A one-to-one shuffle of 64-bit numbers without any pattern left (the finalizer of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def orbit_fingerprints(rows: NDArray[Any], orbits: Orbits) -> NDArray[np.uint64]:
    """The fingerprints of the orbits of some rows: uint64[rows, 2], the second one 0 where nobody asks.

    rows: integers, [rows, columns].
    """
    found = np.zeros((len(rows), 2), np.uint64)
    for which in range(orbits.number.shape[0]):
        found[:, which] = folded(orbits.first + rows, orbits.group, orbits.number[which], orbits.rest[which])
    return found


def full_states(rows: NDArray[Any], orbits: Orbits, classes: NDArray[np.int32], permutations: int) -> int:
    """See kernel_orbits.full_states."""
    total = 0
    for start in range(0, len(rows), BLOCK):
        places = orbits.first + rows[start : start + BLOCK]
        groups = orbits.group[places]
        unchanged = np.ones(len(places), np.int64)
        parts = _groups(orbits.number[0, 0][places], groups, orbits.rest[0, 0])
        for first, end in pairwise(classes.tolist()):
            for group in range(first, end):
                unchanged *= sum(
                    (parts[before] == parts[group] for before in range(first, group)), np.ones(1, np.int64)
                )
        renamed = [
            _of_one(number[places], groups, rest) for number, rest in zip(orbits.number[0], orbits.rest[0], strict=True)
        ]
        same = np.sum([each == renamed[0] for each in renamed], axis=0)
        total += int(np.sum(permutations // (unchanged * same)))
    return total


def folded(
    places: NDArray[np.int64], group: NDArray[np.int32], number: NDArray[np.uint64], rest: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """What the numbers of rows are put together to: uint64[rows].

    places: int64[rows, columns]. group: int32[places], number: uint64[renamings, places], see Numbers. rest:
    uint64[renamings, groups], what is in each group whatever the row says.
    """
    parts = [_folded(places[start : start + BLOCK], group, number, rest) for start in range(0, len(places), BLOCK)]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def _folded(
    places: NDArray[np.int64], group: NDArray[np.int32], number: NDArray[np.uint64], rest: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    groups = group[places]
    renamed = [_of_one(each[places], groups, its_rest) for each, its_rest in zip(number, rest, strict=True)]
    if len(renamed) == 1:
        return renamed[0]
    return mixed(_summed([mixed(each) for each in renamed]))


def _of_one(number: NDArray[np.uint64], group: NDArray[np.int32], rest: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The fingerprint under one renaming."""
    xors = _groups(number, group, rest)
    if len(xors) == 1:
        common: NDArray[np.uint64] = xors[0]
        return common
    return mixed(_summed([xors[0], *(mixed(each) for each in xors[1:])]))


def _groups(number: NDArray[np.uint64], group: NDArray[np.int32], rest: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """The numbers of each group put together."""
    nothing = np.uint64(0)
    return [
        np.bitwise_xor.reduce(np.where(group == g, number, nothing), axis=1) ^ its_rest
        for g, its_rest in enumerate(rest)
    ]


def _summed(parts: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    total: NDArray[np.uint64] = np.sum(np.stack(parts), axis=0, dtype=np.uint64)
    return total
