"""Folds: what an evaluation has counted, and in which order it looked at what.

A function that goes through ids in a loop of its own depends on all that it read there. Of `count`, `total` and
`matching` it gets to know the result only. So what it does next depends on what it read before the fold, on how far the
fold is, and on what was found so far; the values that were read on the way may be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from attrs import frozen


class Part(NamedTuple):
    """One id of a fold: the slots that were looked at for it, in order, and whether it counts, or how much it is."""

    identity: Any
    slots: tuple[int, ...]
    amount: int


class Join(NamedTuple):
    """A place on the way through a tree where different values lead to the same.

    What comes after `position` reads is the same for equal `found`, for the same number of ids done, and for the same
    way to the beginning of the fold, where `done` is 0. fold: its number on the way.
    """

    position: int
    fold: int
    done: int
    found: Any


@frozen
class Fold:
    """One call of `count`, `total` or `matching`.

    at: how many slots had been read one by one before it. id_type: of the ids, where that is known. arguments: those of
    the function, the state itself as the number of its first slot. collects: its result is the ids that count, and not
    a sum. complete: it was not ended by an exception; what had been read for the id under way counts as read one
    by one then.
    """

    at: int
    id_type: Any
    where: Callable[..., int]
    arguments: tuple[Any, ...]
    collects: bool
    complete: bool
    parts: tuple[Part, ...]

    def found(self, done: int) -> Any:
        """What is known after so many ids: how many of them count, how much they are together, or which count."""
        if self.collects:
            return tuple(number for number, part in enumerate(self.parts[:done]) if part.amount)
        return sum(part.amount for part in self.parts[:done])


@frozen
class Folds:
    """What an evaluation read one by one, in order, and what it folded in between."""

    exact: tuple[int, ...]
    each: tuple[Fold, ...]

    def all_reads(self) -> tuple[int, ...]:
        """Every slot that was looked at, in the order of the first look."""
        reads: dict[int, None] = {}
        done = 0
        for fold in self.each:
            reads.update(dict.fromkeys(self.exact[done : fold.at]))
            reads.update((slot, None) for part in fold.parts for slot in part.slots)
            done = fold.at
        reads.update(dict.fromkeys(self.exact[done:]))
        return tuple(reads)

    def trail(self) -> tuple[tuple[int, ...], tuple[Join, ...]]:
        """The slots on the way through a tree, some of them in several folds, and the joins between them."""
        slots: list[int] = []
        joins: list[Join] = []
        done = 0
        for number, fold in enumerate(self.each):
            slots += self.exact[done : fold.at]
            done, known = fold.at, frozenset(self.exact[: fold.at])
            joins.append(Join(len(slots), number, 0, None))
            for count, part in enumerate(fold.parts, start=1):
                slots += (slot for slot in part.slots if slot not in known)
                joins.append(Join(len(slots), number, count, fold.found(count)))
        slots += self.exact[done:]
        return tuple(slots), tuple(joins)


def folds_of(exact: Sequence[int], each: Sequence[Fold]) -> Folds | None:
    """The folds of an evaluation; None where it made none."""
    return Folds(tuple(exact), tuple(each)) if each else None
