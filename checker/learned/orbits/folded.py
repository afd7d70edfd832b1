"""Whether folds do not tell interchangeable ids apart: every id counts under its new name as under its own.

Rows that share a leaf may differ in what was folded. So it is not enough that a renaming commutes with the function on
one of these rows. It has to commute with every look at an id; these were all evaluated on some row.
"""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from attrs import frozen

from clusterproof.checker.renaming import Renamer
from clusterproof.evaluation import Evaluation, Judgement
from clusterproof.folds import Fold


@frozen
class Compared:
    """What came of comparing an evaluation with that of renamed ids.

    besides: what is read under the new names only, as slots of the row: what was found holds for rows that are equal
    there, too. folds_alike: every look at an id in a fold was compared. Where that is not so, the way of reading holds
    for the values that were folded, and for no others.
    """

    besides: tuple[int, ...] = ()
    folds_alike: bool = True


def compare_reads(renamer: Renamer, known: Evaluation | Judgement, renamed: Evaluation | Judgement) -> Compared:
    """Compare what was read; of a step, of both rows side by side."""
    exact, folds = _exact(known)
    exact_there, folds_there = _exact(renamed)
    alike = True
    left = list(folds_there)
    for fold in folds:
        partner = next((other for other in left if _is_renamed(renamer, fold, other)), None)
        if partner is not None and _is_alike(renamer, fold, partner):
            left.remove(partner)
        else:
            alike = False
    known_slots = frozenset(exact)
    there = [*exact_there, *(slot for fold in left for part in fold.parts for slot in part.slots)]
    return Compared(tuple(dict.fromkeys(s for s in _back(renamer, there) if s not in known_slots)), alike)


def _exact(known: Evaluation | Judgement) -> tuple[tuple[int, ...], tuple[Fold, ...]]:
    return (known.reads, ()) if known.folds is None else (known.folds.exact, known.folds.each)


def _back(renamer: Renamer, renamed: Iterable[int]) -> Iterator[int]:
    """Slots of a renamed row as slots of the row."""
    slots = len(renamer.back)
    return (slot - slot % slots + renamer.back[slot % slots] for slot in renamed)


def _is_renamed(renamer: Renamer, fold: Fold, other: Fold) -> bool:
    """Whether one fold is the other under new names."""
    if not (fold.complete and other.complete and fold.where is other.where and fold.collects == other.collects):
        return False
    hints = _hints(fold.where)[1:]
    renamed = tuple(
        renamer.value(argument, hints[n] if n < len(hints) else None) for n, argument in enumerate(fold.arguments)
    )
    ids = Counter(_named(renamer, fold, part.identity) for part in fold.parts)
    return renamed == other.arguments and ids == Counter(part.identity for part in other.parts)


def _is_alike(renamer: Renamer, fold: Fold, other: Fold) -> bool:
    """Whether every id counts under its new name as it does under its own, looking at nothing else."""
    there = {part.identity: part for part in other.parts}
    for part in fold.parts:
        renamed = there[_named(renamer, fold, part.identity)]
        if renamed.amount != part.amount or not set(part.slots).issuperset(_back(renamer, renamed.slots)):
            return False
    return True


def _named(renamer: Renamer, fold: Fold, identity: Any) -> Any:
    return renamer.value(identity, fold.id_type or next(iter(_hints(fold.where)), None))


@lru_cache(maxsize=1024)
def _hints(where: Callable[..., int]) -> tuple[Any, ...]:
    """The types of the parameters, in order; None for what is not annotated."""
    try:
        hints = typing.get_type_hints(where)
    except (NameError, TypeError):
        hints = {}
    code = where.__code__
    return tuple(hints.get(name) for name in code.co_varnames[: code.co_argcount])
