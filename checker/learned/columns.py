"""Which slots a row of the engine has: those that vary, as small integers.

Most slots of a large system never change. A row has a column for a slot only from the moment on when some state holds
another value there than the first state does, or an action assigns to it unseen; until then the slot is a constant, and
costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

_MASK = 2**64 - 1
FIRST_CAPACITY = 4
"""How many values a new column has room for."""

DECODED_AT_ONCE = 4096
"""How many rows become text in one go."""


def scrambled(number: int) -> int:
    """64 bits that look random, from a number: the finaliser of splitmix64.

    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


@define(eq=False)
class Columns:
    """The slots that vary, in the order in which they were found to.

    first_row: the state that constants are taken from. slots: per column its slot. column_of: per slot its column, -1
    for a constant. capacity: per column how many values there is room for, a power of two. offset: per column where its
    values begin in `numbers`. numbers: uint64[2, values], two random numbers per column and value, 0 for the value of
    the first row, so that a constant contributes nothing to a fingerprint.
    """

    first_row: str
    slots: list[int] = field(init=False, factory=list)
    column_of: list[int] = field(init=False)
    capacity: list[int] = field(init=False, factory=list)
    offset: NDArray[np.int32] = field(init=False)
    numbers: NDArray[np.uint64] = field(init=False)
    _known: dict[tuple[int, int], NDArray[np.uint64]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.column_of = [-1] * len(self.first_row)
        self._number()

    def fit(self, values: Iterable[tuple[int, str]]) -> bool:
        """Give slots columns with room for these values, (slot, character). True when columns came or grew."""
        changed = False
        for slot, character in values:
            column, value = self.column_of[slot], ord(character)
            if column < 0:
                column = self.column_of[slot] = len(self.slots)
                self.slots.append(slot)
                self.capacity.append(FIRST_CAPACITY)
                value = max(value, ord(self.first_row[slot]))
                changed = True
            while value >= self.capacity[column]:
                self.capacity[column] *= 2
                changed = True
        if changed:
            self._number()
        return changed

    @property
    def kind(self) -> type[np.unsignedinteger[Any]]:
        """The smallest type that holds every value."""
        most = max(self.capacity, default=0)
        return np.uint8 if most <= 2**8 else np.uint16 if most <= 2**16 else np.uint32

    def values(self, row: str) -> list[int]:
        """The row as the engine has it."""
        return [ord(row[slot]) for slot in self.slots]

    def row(self, values: Sequence[int]) -> str:
        """The row that such values stand for."""
        characters = list(self.first_row)
        for slot, value in zip(self.slots, values, strict=False):  # columns may have come since
            characters[slot] = chr(value)
        return "".join(characters)

    def rows(self, values: NDArray[Any]) -> Iterator[str]:
        """The rows that many of these, [rows, columns], stand for."""
        slots = len(self.first_row)
        first = np.frombuffer(self.first_row.encode("utf-32-le", "surrogatepass"), "<u4")
        for start in range(0, len(values), DECODED_AT_ONCE):
            part = values[start : start + DECODED_AT_ONCE]
            characters = np.tile(first, (len(part), 1))
            characters[:, self.slots[: part.shape[1]]] = part  # columns may have come since
            text = characters.tobytes().decode("utf-32-le", "surrogatepass")
            yield from (text[at : at + slots] for at in range(0, len(text), slots))

    def first_values(self, start: int) -> list[int]:
        """What the columns from `start` on held before they were columns."""
        return [ord(self.first_row[slot]) for slot in self.slots[start:]]

    def number(self, which: int, slot: int, value: int) -> int:
        """What a value contributes to the first (0) or second (1) fingerprint of a state."""
        if value == ord(self.first_row[slot]):
            return 0
        return scrambled(scrambled((which << 60) | (slot << 32) | value))

    def _number(self) -> None:
        """Lay the numbers out anew."""
        ends = np.cumsum(np.array([0, *self.capacity], np.int64))
        self.offset = ends[:-1].astype(np.int32)
        self.numbers = np.zeros((2, max(int(ends[-1]), 1)), np.uint64)
        for column, slot in enumerate(self.slots):
            key = slot, self.capacity[column]
            if key not in self._known:
                size = range(self.capacity[column])
                self._known[key] = np.array([[self.number(w, slot, v) for v in size] for w in (0, 1)], np.uint64)
            self.numbers[:, self.offset[column] : self.offset[column] + self.capacity[column]] = self._known[key]
