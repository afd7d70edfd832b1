"""The states that a search has found, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned import machine_code
from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.machine_code import compiled


@frozen(eq=False)
class KeptRows:
    """States level by level: each [rows, columns there were then]."""

    columns: Columns
    levels: Sequence[NDArray[Any]]

    def __len__(self) -> int:
        return sum(map(len, self.levels))

    def __iter__(self) -> Iterator[str]:
        for level in self.levels:
            yield from self.columns.rows(level)

    def distinct(self, slots: Collection[int]) -> list[str]:
        """One of those that agree in some slots, for each way in which they do.

        They are told apart by 64-bit fingerprints of these slots, as the search tells states apart.
        """
        return [row for level in self._distinct(slots) for row in self.columns.rows(level)]

    def narrowed(self, slots: Collection[int]) -> KeptRows:
        """The same, to be told apart by some of these slots in turn."""
        return KeptRows(self.columns, list(self._distinct(slots)))

    def _distinct(self, slots: Collection[int]) -> Iterator[NDArray[Any]]:
        """Level by level those that do not agree in these slots with one that came before."""
        there = np.array(sorted(c for slot in slots if (c := self.columns.column_of[slot]) >= 0), np.int32)
        seen = np.zeros(1 << (2 * len(self) + 1).bit_length(), np.uint64)
        for level in self.levels:
            columns = there[there < level.shape[1]]  # the others were constants then
            firsts = np.zeros(len(level), np.int32)
            first = first_rows if machine_code.AVAILABLE else first_rows_in_numpy
            count = first(level, columns, self.columns.offset[columns], self.columns.numbers[0], seen, firsts)
            if count:
                yield level[firsts[:count]]


@compiled
def first_rows(
    level: NDArray[np.uint8],
    columns: NDArray[np.int32],
    offsets: NDArray[np.int32],
    numbers: NDArray[np.uint64],
    seen: NDArray[np.uint64],
    firsts: NDArray[np.int32],
) -> int:
    """Find the rows whose values in some columns were not seen before; returns how many.

    numbers: a random one per column and value; those of a column begin at its offset. seen: the fingerprints met so
    far, a table with room for all rows, 0 where there is none. firsts: gets the rows.
    """
    mask, one = np.uint64(seen.shape[0] - 1), np.uint64(1)
    count = 0
    for r in range(level.shape[0]):
        fingerprint = one  # 0 says that a place is free
        for index in range(columns.shape[0]):
            fingerprint ^= numbers[offsets[index] + level[r, columns[index]]]
        if fingerprint == 0:
            fingerprint = one
        place = fingerprint & mask
        while seen[place] != 0 and seen[place] != fingerprint:
            place = (place + one) & mask
        if seen[place] == 0:
            seen[place] = fingerprint
            firsts[count] = r
            count += 1
    return count


def first_rows_in_numpy(
    level: NDArray[Any],
    columns: NDArray[np.int32],
    offsets: NDArray[np.int32],
    numbers: NDArray[np.uint64],
    seen: NDArray[np.uint64],
    firsts: NDArray[np.int32],
) -> int:
    """The same without machine code; what was seen is kept at the end of the table, in order."""
    fingerprints = np.ones(len(level), np.uint64)
    for column, offset in zip(columns.tolist(), offsets.tolist(), strict=True):
        fingerprints ^= numbers[offset + level[:, column].astype(np.int64)]
    fingerprints[fingerprints == 0] = 1
    kinds, where = np.unique(fingerprints, return_index=True)
    new = np.isin(kinds, seen, invert=True)
    there = seen[seen != 0]
    seen[-len(there) - int(new.sum()) :] = np.sort(np.concatenate([there, kinds[new]]))
    found = np.sort(where[new])
    firsts[: len(found)] = found
    return len(found)
