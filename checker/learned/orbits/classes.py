"""Which ids are interchangeable: those that the system declares, and those of pools, as far as renaming them commutes.

A pool hands out its first free id, so renaming commutes with that only up to which of the free ids is taken. That is
sound as long as free ids are equal in everything: such an exchange of two ids changes nothing in a state in which both
are free. Hence the conditions on classes of pool ids below.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import cycle, pairwise
from typing import Any

from attrs import evolve, frozen

from clusterproof.checker.learned.orbits.commuting import commutes
from clusterproof.checker.memo import Memo
from clusterproof.checker.renaming import Renamer, Renaming, id_types_in, id_types_of_values
from clusterproof.checker.symmetry import sampled_rows
from clusterproof.compiled import Compiled
from clusterproof.errors import SpecError

Pool = tuple[str, Any, tuple[Any, ...]]
"""What an action drew an id from: the path of the Table, the id type, the ids."""

WALKED_STATES, FEWEST_WALKED = 500, 40
ASKED = 200_000
"""On walks so many instances are asked at most, where that leaves a few states."""
CHECKED_STATES = 8
SHUFFLED = 4


class SymmetryLost(Exception):
    """Ids that were taken for interchangeable are not; what was merged by them says nothing.

    hints: their types; none where they may be interchangeable in another way. Explore again, with what `find_classes`
    finds without them.
    """

    def __init__(self, hints: frozenset[Any], why: str) -> None:
        super().__init__(why)
        self.hints = hints


@frozen(kw_only=True)
class IdClass:
    """Ids of one type that are interchangeable, two at least.

    declared: by the system, so that a function that tells them apart is a mistake in it. pooled: actions draw from
    them.
    """

    hint: Any
    ids: tuple[Any, ...]
    declared: bool
    pooled: bool

    def to(self, ids: Iterable[Any]) -> Renaming:
        """The renaming that turns the ids into these, in their order."""
        return {self.hint: dict(zip(self.ids, ids, strict=True))}

    def exchange(self, one: Any, other: Any) -> Renaming:
        """The renaming that exchanges two ids."""
        return {self.hint: {one: other, other: one}}

    def exchanges(self) -> list[Renaming]:
        """Exchanges of neighbours, which make up every renaming of the class."""
        return [self.exchange(one, other) for one, other in pairwise(self.ids)]

    def __str__(self) -> str:
        return f"{len(self.ids)} {name_of(self.hint)}s"


@frozen(kw_only=True)
class Classes:
    """The classes of interchangeable ids, what they rest on, and one line for each type that had to be left out."""

    of: tuple[IdClass, ...]
    pools: frozenset[Pool] = frozenset()
    left_out: tuple[str, ...] = ()

    @property
    def hints(self) -> frozenset[Any]:
        """The types that have interchangeable ids."""
        return frozenset(each.hint for each in self.of)

    def without(self, hints: Collection[Any]) -> Classes:
        """The classes of other types only."""
        return evolve(self, of=tuple(each for each in self.of if each.hint not in hints))

    def split(self, kind: Callable[[IdClass, Any], object]) -> Classes:
        """Finer classes: ids stay together when they are of one kind, and neighbours in every pool as before."""
        finer = [part for each in self.of for part in _parts(each, partial(kind, each))]
        return evolve(self, of=_unbroken(finer, self.pools))


def name_of(hint: Any) -> str:
    """An id type, for messages."""
    return getattr(hint, "__name__", str(hint))


def find_classes(compiled: Compiled, *, walked: int | None = None, without: Collection[Any] = ()) -> Classes:
    """The interchangeable ids of a system, or of a slice of it.

    walked: on how many states of random walks pools are looked for; of large systems on few unless told. without: id
    types that shall not count. Raises UserCodeError or SpecError when a function does on such a state.

    Pools that no walk drew from are not among the classes; `drew_elsewhere` tells whether to ask again.
    """
    walker = _remembering(compiled)
    most = ASKED // max(len(compiled.instances), 1)
    walked = walked or max(FEWEST_WALKED, min(WALKED_STATES, most))
    rows = list(sampled_rows(walker, walked, random.Random(0)))  # noqa: S311  (a sample, not a secret)
    checked = rows[:: max(1, len(rows) // CHECKED_STATES)]
    pools = frozenset(compiled.evaluator.recorder.pools)
    kept: list[IdClass] = []
    left_out: list[str] = []
    for candidate in (
        *_drawn_or_declared(compiled, pools, without),
        *_never_drawn(walker, pools, without, checked[::2]),
    ):
        why = _unsuited(compiled, candidate) or ("" if candidate.declared else _tells_apart(walker, candidate, checked))
        if why:
            left_out.append(f"{candidate}: {why}")
        else:
            kept.append(candidate)
    return Classes(of=tuple(kept), pools=pools, left_out=tuple(left_out))


def drew_elsewhere(compiled: Compiled, classes: Classes) -> bool:
    """Whether actions have drawn ids from pools that were not known when the classes were found."""
    return not classes.pools.issuperset(compiled.evaluator.recorder.pools)


def _remembering(compiled: Compiled) -> Compiled:
    """The same system with a memory in front, for looking at many states."""
    kept = (slot for slot in range(len(compiled.schema.slots)) if slot not in compiled.cut)
    walker = compiled.sliced(kept, compiled.instances, compiled.nameless)
    memo = Memo(walker)
    walker.evaluate_with, walker.enabled_with = memo.evaluate, memo.enabled
    return walker


def _drawn_or_declared(compiled: Compiled, pools: frozenset[Pool], without: Collection[Any]) -> tuple[IdClass, ...]:
    """Ids that are declared symmetric, or that actions drew from the same pools."""
    schema = compiled.schema
    found: list[IdClass] = []
    for hint, universe in schema.universes.items():
        if hint in without or hint in schema.ambiguous:
            continue
        drawn = [ids for _, of, ids in pools if of is hint]
        declared = hint in compiled.system.symmetric
        ids = universe if declared else tuple(i for i in universe if any(i in pool for pool in drawn))
        whole = IdClass(hint=hint, ids=ids, declared=declared, pooled=False)
        in_pools = {identity: tuple(identity in pool for pool in drawn) for identity in ids}
        found += [evolve(part, pooled=any(in_pools[part.ids[0]])) for part in _parts(whole, in_pools.get)]
    return _unbroken(found, pools)


def _never_drawn(
    walker: Compiled, pools: frozenset[Pool], without: Collection[Any], rows: Sequence[str]
) -> list[IdClass]:
    """Ids of Tables that no action drew, as far as nothing tells neighbours apart on some states."""
    schema, found = walker.schema, []
    tables = {shape.key_type for shape in schema.root.walk() if shape.kind == "table"}
    for hint in schema.universes:
        if hint not in tables or hint in schema.ambiguous or hint in (*walker.system.symmetric, *without):
            continue
        drawn = {identity for _, of, ids in pools if of is hint for identity in ids}
        rest = tuple(identity for identity in schema.universes[hint] if identity not in drawn)
        runs = dict.fromkeys(rest, 0)
        for one, other in pairwise(rest):
            pair = IdClass(hint=hint, ids=(one, other), declared=False, pooled=False)
            runs[other] = runs[one] + bool(_unsuited(walker, pair) or _tells_apart(walker, pair, rows))
        whole = IdClass(hint=hint, ids=rest, declared=False, pooled=False)
        found += _parts(whole, runs.get)
    return found


def _parts(whole: IdClass, kind: Callable[[Any], object]) -> list[IdClass]:
    """The class cut into ids of one kind; who is alone is in no class."""
    kinds: dict[object, list[Any]] = {}
    for identity in whole.ids:
        kinds.setdefault(kind(identity), []).append(identity)
    return [evolve(whole, ids=tuple(ids)) for ids in kinds.values() if len(ids) > 1]


def _unbroken(classes: Iterable[IdClass], pools: Iterable[Pool]) -> tuple[IdClass, ...]:
    """Classes cut where a pool has another id between two of theirs.

    With that one free as well, handing out the first free id would depend on which of the two is free.
    """
    done = list(classes)
    for _, hint, pool in sorted(pools, key=str):
        cut: list[IdClass] = []
        for each in done:
            cut += _parts(each, runs_in(pool, each.ids).get) if each.hint is hint else [each]
        done = cut
    return tuple(done)


def runs_in(pool: tuple[Any, ...], ids: tuple[Any, ...]) -> dict[Any, int]:
    """For each of some ids that a pool has, in which unbroken run of them it is there."""
    runs: dict[Any, int] = {}
    run = 0
    for identity in pool:
        if identity in ids:
            runs[identity] = run
        else:
            run += 1
    return runs


def _unsuited(compiled: Compiled, candidate: IdClass) -> str:
    """Why a class cannot be used whatever its functions do, or "" if it can."""
    schema = compiled.schema
    try:
        for exchange in candidate.exchanges():
            if sorted(Renamer(compiled, exchange).moved) != list(range(len(schema.slots))):
                return "the slice does not have all of them"
    except SpecError as error:
        return str(error).partition("\n")[0]
    if not candidate.pooled:
        return ""
    for shape in schema.root.walk():
        map_of_ids = shape.kind == "map" or shape.key_type is not candidate.hint
        below = [each.slot for each in shape.walk() if each.slot >= 0 and each.slot not in compiled.cut]
        if candidate.hint in id_types_in(shape.key_type) and map_of_ids and below:
            return f"{shape.path} remembers what is about an id after it went back to its pool"
    for slot, hints in schema.ids_in.items():
        named = candidate.hint in id_types_of_values(compiled, slot)
        if named and candidate.hint not in hints and slot not in compiled.cut:
            return f"{schema.slots[slot].path} holds ids under another type, which keeps none from being recycled"
    return ""


def _tells_apart(walker: Compiled, candidate: IdClass, rows: Sequence[str]) -> str:
    """Who tells apart ids that nobody declared to be interchangeable, as some states show; "" if they show nothing."""
    chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
    shuffled = {tuple(chance.sample(candidate.ids, len(candidate.ids))) for _ in range(SHUFFLED)} - {candidate.ids}
    renamers = [Renamer(walker, candidate.to(ids)) for ids in sorted(shuffled, key=str) or [candidate.ids[::-1]]]
    for row, renamer in zip(rows, cycle(renamers), strict=False):
        for instance in walker.instances:
            if not commutes(renamer, row, instance, walker.evaluate_with(row, instance)):
                return f"{instance} tells them apart"
    return ""
