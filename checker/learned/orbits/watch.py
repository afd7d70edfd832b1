"""Whether functions really do not tell interchangeable ids apart, looked at whenever one is evaluated.

A renaming must commute with the function: evaluated with renamed arguments on the renamed row, it must do the renamed
thing. That is a test, not a proof: it sees the states that are evaluated, which are some of each orbit.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from math import factorial
from typing import Any

from attrs import define, evolve, field

from clusterproof.checker.learned.orbits.classes import Classes, IdClass, SymmetryLost, name_of, runs_in
from clusterproof.checker.learned.orbits.commuting import compared
from clusterproof.checker.learned.orbits.folded import Compared, compare_reads
from clusterproof.checker.learned.orbits.merging import together
from clusterproof.checker.renaming import Renamer, Renaming, hints_of, id_types_in
from clusterproof.checker.symmetry import told_apart
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation, Judgement
from clusterproof.schema import refers

_OF_ALL = 8
"""So many renamings of all classes at once are tried on every evaluation."""

_EXCHANGES = 12
"""Exchanges of neighbours that are tried at most."""

_AT_RANDOM = 4
"""Renamings tried besides exchanges of neighbours, of classes with too many to try all."""


@define(eq=False)
class SymmetryWatch:
    """Looks whether the classes of a compiled system are what they seem to be.

    most_renamings: classes with no more permutations are tried with all of them, others with a part that makes up the
    rest. thorough: how many evaluations of each action and of each property are tried with all these. Every one is
    tried with each id in the place of each other one, going round all classes at once; of large classes with some.
    unfolded: actions and properties with folds that could not be compared; they count as reading one by one.
    thorough_looks: how many evaluations were tried with all these.
    """

    compiled: Compiled
    classes: Classes
    most_renamings: int = 24
    thorough: int = 50
    unfolded: set[object] = field(init=False, factory=set)
    thorough_looks: int = field(init=False, default=0)
    _renamers: list[tuple[IdClass, Renamer]] = field(init=False)
    _of_all: list[Renamer] = field(init=False)
    _seen: Counter[object] = field(init=False, factory=Counter)
    _pools: int = field(init=False, default=-1)
    _in_use: dict[tuple[Any, Any], dict[int, bool]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._renamers = [
            (each, Renamer(self.compiled, renaming))
            for each in self.classes.of
            for renaming in _renamings(each, self.most_renamings)
        ]
        self._of_all = [Renamer(self.compiled, renaming) for renaming in _going_round(self.classes)]
        self._in_use = _signs_of_use(self.compiled, self.classes)

    # ---------------------------------------------------------------- actions
    def watched(self, evaluate: Callable[[str, Instance], Evaluation]) -> Callable[[str, Instance], Evaluation]:
        """The same evaluations, each of them checked."""

        def evaluate_and_check(row: str, instance: Instance) -> Evaluation:
            evaluation = evaluate(row, instance)
            more = self.check(row, instance, evaluation)
            if instance.action in self.unfolded:
                evaluation = evolve(evaluation, folds=None)
            return evaluation.also_reading(more) if more else evaluation

        return evaluate_and_check

    def check(self, row: str, instance: Instance, evaluation: Evaluation | None = None) -> tuple[int, ...]:
        """Compare an evaluation with that of the renamed instance on the renamed row.

        Returns the slots that are looked at besides under other names: only for rows that are equal there, too, the
        comparison holds. Always in the same order for rows that are equal in what is read.
        Raises SpecError when ids that are declared symmetric are told apart, SymmetryLost when those of a pool are.
        """
        if instance.action is None or not self.classes.of:
            return ()
        besides: dict[int, None] = {}
        with _unobserved(self.compiled):
            known = evaluation or self.compiled.evaluate(row, instance)
            self._check_pools()
            self._check_deadline(row, instance, known)

            def passes(renamer: Renamer) -> bool:
                return self._note(instance.action, compared(renamer, row, instance, known), besides)

            self._refuse(f"{instance}", self._failing(instance.action, passes, besides))
        return tuple(besides)

    def _note(self, function: object, found: Compared | None, besides: dict[int, None]) -> bool:
        """Note what came of comparing; whether the renaming commutes."""
        if found is not None:
            besides.update(dict.fromkeys(found.besides))
            if not found.folds_alike:
                self.unfolded.add(function)
        return found is not None

    def _refuse(self, who: str, failing: Sequence[tuple[IdClass, Renamer]]) -> None:
        pooled = {each.hint for each, _ in failing if not each.declared}
        if not failing:
            return
        if not pooled:
            raise SpecError(told_apart(who, failing[0][1].renaming))
        names = " and ".join(sorted(f"{name_of(hint)}s" for hint in pooled))
        raise SymmetryLost(frozenset(pooled), f"{who} tells apart {names} of one pool")

    def _failing(
        self, function: object, passes: Callable[[Renamer], bool], besides: dict[int, None]
    ) -> list[tuple[IdClass, Renamer]]:
        """The renamings that a look at a function does not pass, among those that are due, with their classes.

        besides: what the looks add to; of those that are not taken at every function it is forgotten.
        """
        self._seen[function] += 1
        failing = [one for one in self._of_all if not passes(one)]
        always = dict(besides)
        if failing:
            alone = [(each, one) for each, one in self._renamers if not passes(one)]
            return alone or [(each, failing[0]) for each in self.classes.of]
        alone = []
        if self._seen[function] <= self.thorough:
            self.thorough_looks += 1
            alone = [(each, one) for each, one in self._renamers if not passes(one)]
        besides.clear()
        besides.update(always)
        return alone

    # ---------------------------------------------------------------- pools
    def _check_pools(self) -> None:
        """Raise SymmetryLost when an action drew from a pool that nobody had seen, and that cuts a class."""
        pools = self.compiled.evaluator.recorder.pools
        if len(pools) == self._pools:
            return
        self._pools = len(pools)
        for path, hint, pool in sorted(pools, key=str):
            for each in self.classes.of:
                runs = runs_in(pool, each.ids) if each.hint is hint else {}
                whole = each.pooled and len(runs) == len(each.ids) and len(set(runs.values())) == 1
                if runs and not whole:
                    known = (path, hint, pool) in self.classes.pools
                    raise SymmetryLost(frozenset({hint} if known else ()), f"{path} has a pool that cuts {each} apart")

    def _check_deadline(self, row: str, instance: Instance, known: Evaluation) -> None:
        """Raise SymmetryLost when a deadline may run for an id that is free: free ids must be equal in everything."""
        if instance.deadline_slot < 0 or instance.action is None or not known.outcomes:
            return
        value_at = self.compiled.schema.value_at
        for argument, hint in zip(instance.arguments, hints_of(instance.action), strict=True):
            for of in id_types_in(hint):
                signs = self._in_use.get((of, argument))
                if signs is None:
                    continue
                looked_at = [(value_at(row, slot), holds) for slot, holds in signs.items() if slot in known.reads]
                if not any(refers(value, argument, holds_id=holds) for value, holds in looked_at):
                    raise SymmetryLost(frozenset({of}), f"{instance} has a deadline, although {argument} may be free")

    # ---------------------------------------------------------------- properties
    def check_property(
        self, about: PropertyInstance, row: str, after: str | None = None, step: Instance | None = None
    ) -> tuple[frozenset[Any], tuple[int, ...]]:
        """The id types that a property tells apart here: it must not be judged on states merged by them.

        Also the slots that it looks at besides under other names, see `check`.
        after, step: of a step property, the row after the step (with true serial numbers), and who took it.
        """
        besides: dict[int, None] = {}
        if not self.classes.of:
            return frozenset(), ()
        with _unobserved(self.compiled):
            known = self.compiled.judge(about, row, after, step.info if step else None)

            def passes(renamer: Renamer) -> bool:
                return self._note(about.judged, self._said(renamer, about, known, row, after, step), besides)

            failing = self._failing(about.judged, passes, besides)
        return frozenset(each.hint for each, _ in failing), tuple(besides)

    def _said(
        self,
        renamer: Renamer,
        about: PropertyInstance,
        known: Judgement,
        row: str,
        after: str | None,
        step: Instance | None,
    ) -> Compared | None:
        """None where a property does not say the same of renamed rows; else what it reads there."""
        try:
            target = renamer.property_instance(about)
            by = renamer.instance(step).info if step else None
            there = renamer.row(row)
            renamed = self.compiled.judge(target, there, None if after is None else renamer.row(after), by)
        except (SpecError, UserCodeError, ImpureError):
            return None
        if known.response != renamed.response or _claims(known, renamer.renaming) != _claims(renamed, {}):
            return None
        return compare_reads(renamer, known, renamed)


def _claims(judgement: Judgement, renaming: Renaming) -> Counter[object]:
    """The claims, in no order, with the renamed objects to blame; which of two types an id is of nobody says."""
    to = {(one.__class__, one): other for ids in renaming.values() for one, other in ids.items()}
    return Counter(
        (made.holds, made.says, frozenset(Counter(_named(part, to) for part in made.about).items()))
        for made, _ in judgement.claims
    )


def _named(part: Any, to: dict[Any, Any]) -> Any:
    if isinstance(part, tuple):
        return tuple(_named(inside, to) for inside in part)
    try:
        return to.get((part.__class__, part), part)
    except TypeError:  # nothing that can be an id
        return repr(part)


def _renamings(each: IdClass, most: int) -> list[Renaming]:
    """Permutations of a class: all of them, or exchanges of neighbours, which make up all, and some at random."""
    ids = each.ids
    if factorial(len(ids)) <= most:
        return [each.to(to) for to in permutations(ids) if to != ids]
    chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
    at_random = (chance.sample(ids, len(ids)) for _ in range(_AT_RANDOM))
    return [*each.exchanges()[:_EXCHANGES], *map(each.to, at_random)]


def _going_round(classes: Classes) -> list[Renaming]:
    """Renamings of all classes at once that take each id to each other one of its class."""
    found: list[Renaming] = []
    most = max((len(each.ids) for each in classes.of), default=1)
    for places in range(1, min(most, _OF_ALL + 1)):
        starts = ((each, (places - 1) % (len(each.ids) - 1) + 1) for each in classes.of)
        found.append(together(each.to((*each.ids[start:], *each.ids[:start])) for each, start in starts))
    return found


def _signs_of_use(compiled: Compiled, classes: Classes) -> dict[tuple[Any, Any], dict[int, bool]]:
    """Per id of a pool the slots that may show that it is in use, with whether they hold it; see `Shape.references`."""
    pooled = {(each.hint, identity) for each in classes.of if each.pooled for identity in each.ids}
    signs: dict[tuple[Any, Any], dict[int, bool]] = {named: {} for named in pooled}
    for shape in compiled.schema.root.walk():
        for key, kid in shape.kids.items() if shape.kind == "table" else ():
            if (shape.key_type, key) in signs:
                signs[shape.key_type, key] |= {kid.slot: False, **dict(kid.references)}
    return signs


@contextmanager
def _unobserved(compiled: Compiled) -> Iterator[None]:
    """Evaluations inside are nobody's business: they may be of rows that never occur."""
    observe, compiled.observe = compiled.observe, None
    try:
        yield
    finally:
        compiled.observe = observe
