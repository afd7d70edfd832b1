"""What walks learn about each property: claims made, claims broken, and where.

States (and steps) that are alike in all that the properties about an object read are judged once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from attrs import Factory, define, field, frozen

from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK
from clusterproof.checker.memo import Projection
from clusterproof.claims import Kind, StepInfo
from clusterproof.compiled import Instance, PropertyInstance, Step
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Judgement

JudgeFunction = Callable[..., Judgement]


@frozen(kw_only=True)
class Broken:
    """A claim that does not hold (or, of `reachable`, that holds) where a walk has come to."""

    about: PropertyInstance
    says: str


@define(eq=False)
class Opinion:
    """What is known about one property and object. said: the claims made so far. broken: those found broken."""

    about: PropertyInstance
    said: set[str] = Factory(set)
    broken: set[str] = Factory(set)
    given: bool = False
    error: Exception | None = None

    @property
    def kind(self) -> Kind:
        """The kind of the property."""
        return self.about.judged.kind

    @property
    def settled(self) -> bool:
        """Whether more walks can show nothing new."""
        if self.error is not None or self.kind in LIVENESS:
            return self.error is not None or bool(self.broken)
        return bool(self.said) and self.said == self.broken


@define(eq=False)
class _Group:
    """Opinions about the same object, and the states or steps known to bring nothing new."""

    opinions: list[Opinion]
    seen: Projection = Factory(Projection)
    known: set[object] = Factory(set)
    wants_step: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.wants_step = any(opinion.about.judged.wants_step for opinion in self.opinions)


@define(eq=False)
class Judges:
    """All opinions on one system. judge: what a property says of a row, or of a step. slots: how many a row has."""

    opinions: Sequence[Opinion]
    judge: JudgeFunction
    slots: int
    of_states: list[_Group] = field(init=False)
    of_steps: list[_Group] = field(init=False)
    _readers: dict[int, set[int]] = field(init=False, factory=dict)
    _infos: dict[Instance, StepInfo] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        of_states = [
            o for o in self.opinions if o.kind in ("always", "reachable") and o.about.judged is not NO_DEADLOCK
        ]
        self.of_states = _grouped(of_states)
        self.of_steps = _grouped([o for o in self.opinions if o.kind == "step"])
        for opinion in self.opinions:
            if opinion.about.judged is NO_DEADLOCK:
                opinion.said.add("some step is possible")

    def slots_read(self) -> set[int]:
        """The slots of a state that some property is known to read."""
        groups = (*self.of_states, *self.of_steps)
        return {slot % self.slots for group in groups for slot in group.seen.slots}

    def look(self, row: str, changed: Collection[int] | None) -> list[Broken]:
        """Judge a state. changed: the slots in which it may differ from a state that was judged, if there is one."""
        if changed is None:
            numbers: Iterable[int] = range(len(self.of_states))
        else:
            stale: set[int] = set()
            for slot in changed:
                stale |= self._readers.get(slot, _NOBODY)
            numbers = sorted(stale)
        found: list[Broken] = []
        for number in numbers:
            group = self.of_states[number]
            if group.seen.of(row) not in group.known:
                reads = self._hear(group, found, lambda about: self.judge(about, row))
                for slot in reads - group.seen.slots:
                    self._readers.setdefault(slot, set()).add(number)
                if group.seen.widen(reads):
                    group.known.clear()
                group.known.add(group.seen.of(row))
        return found

    def look_at_step(self, before: str, step: Step) -> list[Broken]:
        """Judge a step."""
        found: list[Broken] = []
        info: StepInfo | None = None
        both = before + step.raw
        for group in self.of_steps:
            if group.wants_step and info is None:
                info = self._info_of(step.instance)
            by = info if group.wants_step else None
            if (group.seen.of(both), by) not in group.known:
                reads = self._hear(group, found, partial(self._judge_step, before, step.raw, info))
                if group.seen.widen(reads):
                    group.known.clear()
                group.known.add((group.seen.of(both), by))
        return found

    def _judge_step(self, before: str, after: str, info: StepInfo | None, about: PropertyInstance) -> Judgement:
        return self.judge(about, before, after, info if about.judged.wants_step else None)

    def _hear(self, group: _Group, found: list[Broken], judge: Callable[[PropertyInstance], Judgement]) -> set[int]:
        """What the properties of a group say now; returns the slots they read."""
        reads: set[int] = set()
        for opinion in group.opinions:
            if opinion.error is not None:
                continue
            try:
                judgement = judge(opinion.about)
            except (UserCodeError, ImpureError) as error:
                opinion.error = error
                found.append(Broken(about=opinion.about, says=""))
                continue
            reads.update(judgement.reads)
            wanted = opinion.kind == "reachable"
            for made, _ in judgement.claims:
                opinion.said.add(made.says)
                if made.holds is wanted and made.says not in opinion.broken:
                    opinion.broken.add(made.says)
                    found.append(Broken(about=opinion.about, says=made.says))
        return reads

    def _info_of(self, instance: Instance) -> StepInfo:
        info = self._infos.get(instance)
        if info is None:
            info = self._infos[instance] = instance.info
        return info


def _grouped(opinions: Iterable[Opinion]) -> list[_Group]:
    by_object: dict[object, list[Opinion]] = {}
    for opinion in opinions:
        by_object.setdefault(opinion.about.arguments[-1:], []).append(opinion)
    return [_Group(of_object) for of_object in by_object.values()]


_NOBODY: frozenset[int] = frozenset()
