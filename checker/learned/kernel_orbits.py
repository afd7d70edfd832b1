"""Fingerprints of orbits, compiled: equal for states that differ by the names of interchangeable ids only.

orbits/numbers.py says what such a fingerprint is. Here it is changed by what a step writes, and changed back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.machine_code import compiled, part
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
def orbit_of_step(
    rows: NDArray[np.uint8], r: int, way: int, candidate: int, ways: WayArrays, orbits: Orbits
) -> np.uint64:
    """Note the fingerprints of the orbit that a way leads to from the row that was begun with; returns the first."""
    groups = orbits.groups
    exchange_writes(rows, r, way, ways, orbits)
    for which in range(groups.shape[0]):
        total, found = np.uint64(0), np.uint64(0)
        for renaming in range(groups.shape[1]):
            found = of_renamed(which, renaming, orbits)
            total += mixed(found)
        orbits.found[candidate, which] = found if groups.shape[1] == 1 else mixed(total)
    exchange_writes(rows, r, way, ways, orbits)
    key: np.uint64 = orbits.found[candidate, 0]
    return key


@part
def of_renamed(which: int, renaming: int, orbits: Orbits) -> np.uint64:
    """What the groups are put together to under one renaming."""
    common = orbits.groups[which, renaming, 0]
    return mixed(common + orbits.sums[which, renaming]) if orbits.groups.shape[2] > 1 else common


@compiled
def full_states(rows: NDArray[np.uint8], orbits: Orbits, classes: NDArray[np.int32], permutations: int) -> int:
    """How many states the orbits of some rows have, all together.

    classes: int32[classes + 1], the first group of each class that mixes; the last number is that of all groups.
    permutations: how many renamings there are. Those that change nothing in a row make its orbit smaller.
    """
    total = 0
    groups = orbits.groups
    for r in range(rows.shape[0]):
        begin_orbit(rows, r, orbits)
        unchanged, alike = 1, 0
        for one in range(classes.shape[0] - 1):
            for group in range(classes[one], classes[one + 1]):
                alike = 1
                for before in range(classes[one], group):
                    alike += int(groups[0, 0, before] == groups[0, 0, group])
                unchanged *= alike
        same = 0
        for renaming in range(groups.shape[1]):
            same += int(of_renamed(0, renaming, orbits) == of_renamed(0, 0, orbits))
        total += permutations // (unchanged * same)
    return total
