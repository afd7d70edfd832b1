"""The states that a search has found, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.columns import Columns


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
        there = sorted(column for slot in slots if (column := self.columns.column_of[slot]) >= 0)
        seen = np.zeros(0, np.uint64)
        found: list[str] = []
        for level in self.levels:
            fingerprints, firsts = np.unique(self._fingerprints(level, there), return_index=True)
            new = np.isin(fingerprints, seen, assume_unique=True, invert=True)
            seen = np.concatenate([seen, fingerprints[new]])
            found += self.columns.rows(level[np.sort(firsts[new])])
        return found

    def _fingerprints(self, level: NDArray[Any], there: Sequence[int]) -> NDArray[np.uint64]:
        """The numbers of the values in some columns, xored: those of a constant are 0."""
        found = np.zeros(len(level), np.uint64)
        for column in there:
            if column < level.shape[1]:
                first = self.columns.offset[column]
                numbers = self.columns.numbers[0, first : first + self.columns.capacity[column]]
                found ^= numbers.take(level[:, column])
        return found
