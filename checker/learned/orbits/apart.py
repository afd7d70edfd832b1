"""Properties about single objects: which ids they tell apart, and which of them have one answer.

What a property says of pod a in one state it says of pod b in the renamed one. So on states that are merged by
symmetry all instances of a template are judged together, as a *family*. If all hold everywhere, each is proved. If one
fails, its trace is real; what that says of the others depends on the family.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any

from attrs import frozen

from clusterproof.checker.learned.orbits.classes import Classes, IdClass
from clusterproof.checker.learned.orbits.merging import ids_named
from clusterproof.checker.renaming import Renamer, Renaming, hints_of, id_types_in
from clusterproof.compiled import Compiled, PropertyInstance


@frozen(kw_only=True)
class Family:
    """Instances of one property that are images of each other.

    uniform: what can happen to one can happen to the others, in as many steps, so that they have one verdict, and
    `renamed_trace` turns the trace of one into theirs. Else a refutation of one leaves the others open; explore those
    with the classes that `told_apart_by` gives.
    """

    members: tuple[PropertyInstance, ...]
    uniform: bool


def told_apart_by(abouts: Collection[PropertyInstance], classes: Classes) -> Classes:
    """Classes without the ids that some instances of properties are about: each is judged rightly by itself then.

    A pool hands out what comes before such an id first, and what comes after it later; that is told apart, too.
    """
    named = {(classes.of[number].hint, identity) for about in abouts for number, identity in _ids(about, classes)}
    return classes.split(lambda each, identity: (identity,) if (each.hint, identity) in named else ())


def alike(compiled: Compiled, abouts: Collection[PropertyInstance], classes: Classes) -> Classes:
    """Classes in which every id that an instance is about starts like the others, so that families are uniform.

    Those of pools are left as they are: what happens to their ids depends on which one is handed out first. Ids that
    nobody hands out, nor declares, never take each other's place unless they start alike. Ids inside of tuples are told
    apart: no family is found for them.
    """
    classes = told_apart_by([about for about in abouts if _names_inside(about, classes)], classes)
    named = {number for about in abouts for number, _ in _ids(about, classes)}
    named |= {number for number, each in enumerate(classes.of) if not (each.pooled or each.declared)}
    starts = set(compiled.initial_rows())
    first = {classes.of[number]: _alike_at_the_start(compiled, classes.of[number], starts) for number in named}
    return classes.split(lambda each, identity: first[each][identity] if each in first and not each.pooled else ())


def absent(compiled: Compiled, abouts: Collection[PropertyInstance], classes: Classes) -> list[PropertyInstance]:
    """The members of families that are not among some instances.

    What may happen to an id that is asked about may show on merged states as happening to one that is not.
    """
    there = {(about.judged, about.arguments) for about in abouts}
    kinds = {_kind(about, classes) for about in abouts if _ids(about, classes)}
    judged = dict.fromkeys(about.judged for about in abouts if _ids(about, classes))
    return [
        other
        for each in judged
        for other in compiled.property_instances(each)
        if (each, other.arguments) not in there and _kind(other, classes) in kinds
    ]


def _names_inside(about: PropertyInstance, classes: Classes) -> bool:
    """Whether an argument of an instance is no id, but holds one."""
    named = {identity for _, identity in _ids(about, classes)}
    return any(argument not in about.arguments for argument in named)


def names_ids(about: PropertyInstance, classes: Classes) -> bool:
    """Whether an instance is about interchangeable ids."""
    return bool(_ids(about, classes))


def renaming_between(one: PropertyInstance, other: PropertyInstance, classes: Classes) -> Renaming:
    """A renaming that turns an instance into another one of its family."""
    named = zip(one.arguments, other.arguments, hints_of(one.judged), strict=True)
    found: dict[Any, dict[Any, Any]] = {}
    for argument, target, hint in named:
        for number, _ in ids_named(argument, id_types_in(hint), classes.of) if argument != target else ():
            found.setdefault(classes.of[number].hint, {})[argument] = target
    for to in found.values():
        left = [identity for identity in to if identity not in to.values()]
        to |= dict(zip([identity for identity in to.values() if identity not in to], left, strict=True))
    return found


def families(compiled: Compiled, abouts: Sequence[PropertyInstance], classes: Classes) -> list[Family]:
    """The families of some instances of properties, in the order of their first members."""
    starts = set(compiled.initial_rows())
    alike = {number: _alike_at_the_start(compiled, each, starts) for number, each in enumerate(classes.of)}
    found: dict[object, list[PropertyInstance]] = {}
    for about in abouts:
        found.setdefault(_kind(about, classes), []).append(about)
    made: list[Family] = []
    for members in found.values():
        named = [each for about in members for each in _ids(about, classes)]
        uniform = all(
            not classes.of[number].pooled and len({alike[number][i] for n, i in named if n == number}) == 1
            for number in {number for number, _ in named}
        )
        made.append(Family(members=tuple(members), uniform=uniform))
    return made


def _ids(about: PropertyInstance, classes: Classes) -> list[tuple[int, Any]]:
    """The interchangeable ids that an instance is about, with the numbers of their classes."""
    arguments = zip(about.arguments, hints_of(about.judged), strict=True)
    return [named for argument, hint in arguments for named in ids_named(argument, id_types_in(hint), classes.of)]


def _kind(about: PropertyInstance, classes: Classes) -> object:
    """What is equal for instances that differ by interchangeable ids only: of an id its class, and where it recurs."""
    kinds: list[object] = []
    seen: dict[Any, int] = {}
    for argument, hint in zip(about.arguments, hints_of(about.judged), strict=True):
        named = list(ids_named(argument, id_types_in(hint), classes.of))
        if named == [(named[0][0], argument)] if named else False:
            kinds.append((named[0][0], seen.setdefault(named[0], len(seen))))
        else:
            kinds.append((hint, argument))
    return about.judged, tuple(kinds)


def _alike_at_the_start(compiled: Compiled, each: IdClass, starts: set[str]) -> dict[Any, Any]:
    """Per id of a class the first one that may take its place in all initial states at once."""
    first: dict[Any, Any] = {identity: identity for identity in each.ids}
    if each.pooled:  # never asked for
        return first
    for one, other in combinations(each.ids, 2):
        if first[one] == one and first[other] == other:
            renamer = Renamer(compiled, each.exchange(one, other))
            if {renamer.row(row) for row in starts} == starts:
                first[other] = one
    return first
