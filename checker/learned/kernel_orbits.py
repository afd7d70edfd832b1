"""Fingerprints of orbits, compiled: equal for states that differ by the names of interchangeable ids only.

orbits/numbers.py says what such a fingerprint is. Here it is changed by what a step writes, and changed back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.machine_code import part
from clusterproof.checker.learned.ways import END, FIRST, WayArrays


class Orbits(NamedTuple):
    """What values contribute to the fingerprints of orbits.

    first: int64[columns], where the values of a column begin. group: int32[places], and number: uint64[fingerprints,
    renamings, places], see orbits/numbers.py. rest: uint64[fingerprints, renamings, groups], what the slots contribute
    that have no column.
    The others are working memory. groups: like rest, for one row the numbers of each group put together. sums:
    uint64[fingerprints, renamings], the sum of what becomes of all groups but the first. found: uint64[room, 2], the
    fingerprints of the orbits that steps lead to, beside `Scratch.candidates`.
    """

    first: NDArray[np.int64]
    group: NDArray[np.int32]
    number: NDArray[np.uint64]
    rest: NDArray[np.uint64]
    groups: NDArray[np.uint64]
    sums: NDArray[np.uint64]
    found: NDArray[np.uint64]


@part
def mixed(bits: np.uint64) -> np.uint64:
    """See orbits/numbers.py."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@part
def exchange(place: int, orbits: Orbits) -> None:
    """Add a value to the groups, or take it out again."""
    groups, sums = orbits.groups, orbits.sums
    group = orbits.group[place]
    for which in range(groups.shape[0]):
        for renaming in range(groups.shape[1]):
            before = groups[which, renaming, group]
            after = before ^ orbits.number[which, renaming, place]
            groups[which, renaming, group] = after
            if group > 0:
                sums[which, renaming] += mixed(after) - mixed(before)


@part
def begin_orbit(rows: NDArray[np.uint8], r: int, orbits: Orbits) -> None:
    """Put the groups of a row together."""
    groups, sums = orbits.groups, orbits.sums
    for which in range(groups.shape[0]):
        for renaming in range(groups.shape[1]):
            for group in range(groups.shape[2]):
                groups[which, renaming, group] = orbits.rest[which, renaming, group]
            for column in range(rows.shape[1]):
                place = orbits.first[column] + rows[r, column]
                groups[which, renaming, orbits.group[place]] ^= orbits.number[which, renaming, place]
            sums[which, renaming] = 0
            for group in range(1, groups.shape[2]):
                sums[which, renaming] += mixed(groups[which, renaming, group])


@part
def exchange_writes(rows: NDArray[np.uint8], r: int, way: int, ways: WayArrays, orbits: Orbits) -> None:
    """Put what a way writes into the groups of a row in the place of what was there, or the other way round."""
    for write in range(ways.ways[way, FIRST], ways.ways[way, END]):
        column, value = ways.writes[write, 0], ways.writes[write, 1]
        old = int(rows[r, column])
        if old != value:
            exchange(orbits.first[column] + old, orbits)
            exchange(orbits.first[column] + value, orbits)


@part
def orbit_of_step(rows: NDArray[np.uint8], r: int, way: int, candidate: int, ways: WayArrays, orbits: Orbits) -> None:
    """Note the fingerprint of the orbit that a way leads to from the row that was begun with."""
    groups, sums = orbits.groups, orbits.sums
    exchange_writes(rows, r, way, ways, orbits)
    for which in range(groups.shape[0]):
        total, found = np.uint64(0), np.uint64(0)
        for renaming in range(groups.shape[1]):
            found = groups[which, renaming, 0]
            if groups.shape[2] > 1:
                found = mixed(found + sums[which, renaming])
            total += mixed(found)
        orbits.found[candidate, which] = found if groups.shape[1] == 1 else mixed(total)
    exchange_writes(rows, r, way, ways, orbits)
