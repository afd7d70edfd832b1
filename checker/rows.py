"""The states of an exploration, as far as anybody asks to tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Protocol

from attrs import field, frozen


class Rows(Protocol):
    """Many states; an engine may keep them in any form."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[str]:
        """All of them."""
        ...

    def distinct(self, slots: Collection[int]) -> list[str]:
        """One of those that agree in some slots, for each way in which they do."""
        ...

    def narrowed(self, slots: Collection[int]) -> Rows:
        """The same, to be told apart by some of these slots in turn; alike ones may still be among them."""
        ...


@frozen
class ListedRows:
    """States in a list."""

    rows: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def distinct(self, slots: Collection[int]) -> list[str]:
        """One of those that agree in some slots, for each way in which they do."""
        return distinct(self.rows, slots)

    def narrowed(self, slots: Collection[int]) -> Rows:
        """The same, to be told apart by some of these slots in turn."""
        return ListedRows(self.distinct(slots))


@frozen
class JoinedRows:
    """The states of several explorations."""

    parts: Sequence[Rows]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.parts)

    def distinct(self, slots: Collection[int]) -> list[str]:
        """One of those that agree in some slots, for each way in which they do."""
        found = [part.distinct(slots) for part in self.parts]
        return found[0] if len(found) == 1 else distinct(chain.from_iterable(found), slots)

    def narrowed(self, slots: Collection[int]) -> Rows:
        """The same, to be told apart by some of these slots in turn; the parts still have some in common."""
        return JoinedRows([part.narrowed(slots) for part in self.parts])


@frozen
class RememberedRows:
    """States of which it is remembered how they were told apart."""

    rows: Rows
    _known: dict[frozenset[int], list[str]] = field(init=False, factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def distinct(self, slots: Collection[int]) -> list[str]:
        """One of those that agree in some slots, for each way in which they do."""
        key = frozenset(slots)
        if key not in self._known:
            self._known[key] = self.rows.distinct(key)
        return self._known[key]

    def narrowed(self, slots: Collection[int]) -> Rows:
        """The same, to be told apart by some of these slots in turn."""
        return RememberedRows(self.rows.narrowed(slots))


def distinct(rows: Iterable[str], slots: Collection[int]) -> list[str]:
    """One of the rows that agree in some slots, for each way in which they do."""
    look = looking_at(slots)
    return list({look(row): row for row in rows}.values())


def told_apart(rows: Rows, slots: set[int], look: Callable[[str], Iterable[int]]) -> list[str]:
    """One of the rows that agree in all that somebody looks at, for each way in which they do.

    slots: those that are known to be looked at; grows. look: the slots looked at in a row.
    """
    while True:
        found = rows.distinct(slots)
        seen = {slot for row in found for slot in look(row)}
        if seen <= slots:
            return found
        slots |= seen


def looking_at(slots: Collection[int]) -> Callable[[str], object]:
    """What of a row lies in these slots."""
    return itemgetter(*sorted(slots)) if slots else len
