"""A slice: the part of a system that some properties depend on, found by what functions read, and proved to be enough.

    slice_, run = explore_slice(slice_for(compiled, properties), search, lambda run: run.rows)

A slice has the slots that the properties read, the instances that change those, the slots these read, and so on. It is
explored like any system (`compiled`); `verify` then shows, on the states that were found, that nothing left out ever
changes what is kept, or lets the cone grow, and the larger slice is explored anew. docs/adr says why that is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from attrs import Factory, define, field

from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.memo import Memo
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.domains import Domains
from clusterproof.checker.slicing.footprints import Footprints, Limits
from clusterproof.checker.slicing.left_out import Dropped, LeftOut
from clusterproof.checker.slicing.names_taken import NameWatch
from clusterproof.checker.slicing.seconds import SecondsWatch
from clusterproof.checker.slicing.unseen_steps import UnseenSteps
from clusterproof.compiled import Compiled, Instance, PropertyInstance, text_of
from clusterproof.components import Fairness
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Evaluation, Judgement, Outcome
from clusterproof.recorder import CutRead

Found = TypeVar("Found")


@define(eq=False)
class Slice:
    """A part of a system to explore instead of the whole.

    compiled: what engines explore; every evaluation must go through its `evaluate`, once per way of reading at least.
    kept: its slots. verified: whether `verify` accepted it. said_of_unseen: the step properties that made claims (which
    hold) about steps that the slice does not show, and so were not silent. hurry_was_shown: nothing urgent was left out.
    """

    cone: Cone
    compiled: Compiled = field(init=False)
    kept: frozenset[int] = field(init=False)
    verified: bool = field(init=False, default=False)
    said_of_unseen: frozenset[PropertyInstance] = field(init=False, default=frozenset())
    hurry_was_shown: bool = field(init=False, default=False)
    _dropped: dict[Dropped, None] = field(init=False, factory=dict)
    _unseen: dict[Instance, set[int]] = field(init=False, factory=dict)
    _demanded: set[int] = field(init=False, factory=set)
    _names: NameWatch = field(init=False)
    _seconds: SecondsWatch = field(init=False)
    _pools: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        cone = self.cone
        slots = range(len(cone.whole.schema.slots))
        self.kept = frozenset(cone.kept)
        kept: Iterable[int] = self.kept
        chosen: Iterable[Instance] = (i for i in cone.whole.instances if i.number in cone.relevant)
        if len(self.kept) == len(slots):
            kept, chosen = slots, cone.whole.instances
        nameless = cone.nameless
        self.compiled = cone.whole.sliced(kept, chosen, frozenset(nameless))
        self.compiled.observe = self._observe
        self._names = NameWatch(cone, self.compiled, nameless)
        self._seconds = SecondsWatch(self.compiled, cone.shadow)
        self._pools = len(cone.whole.evaluator.recorder.pools)

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The instances that the slice keeps."""
        return self.compiled.instances

    @property
    def left_out(self) -> list[Instance]:
        """The instances that the slice leaves out."""
        there = set(self.instances)
        return [instance for instance in self.cone.whole.instances if instance not in there]

    @property
    def whole(self) -> bool:
        """Whether nothing was cut away."""
        return not self.compiled.cut and not self.left_out

    @property
    def symmetric(self) -> tuple[Any, ...]:
        """The id types that are interchangeable in the slice, too."""
        return tuple(self.cone.symmetric())

    @property
    def cut_away(self) -> list[str]:
        """What was left out, action by action, for people."""
        total: dict[str, list[Instance]] = {}
        for instance in self.cone.whole.instances:
            total.setdefault(f"{instance.component}.{instance.name}", []).append(instance)
        out = set(self.left_out)
        lines = []
        for name, instances in total.items():
            gone = [instance for instance in instances if instance in out]
            if len(gone) == len(instances):
                lines.append(name)
            elif gone:
                arguments = ", ".join(f"({', '.join(map(text_of, i.arguments))})" for i in gone[:4])
                lines.append(f"{name}: {len(gone)} of {len(instances)}, {arguments}{', ...' if gone[4:] else ''}")
        return lines

    @property
    def assumptions(self) -> list[str]:
        """What the slice rests on beyond the proof, for people."""
        if self.whole or not _has_time(self.compiled) or self.hurry_was_shown:
            return []
        seen = len(self.cone.footprints.rows)
        return [f"what the slice leaves out does not keep time from passing (in {seen:,} states of the whole it did not)"]

    # ---------------------------------------------------------------- while it is explored
    def _observe(self, row: str, instance: Instance | PropertyInstance, evaluation: Evaluation | Judgement) -> None:
        """Note what an evaluation of the slice would have done to cut slots."""
        self._seconds.observe(row, instance, evaluation)
        if not isinstance(instance, Instance) or not isinstance(evaluation, Evaluation):
            return
        for outcome in evaluation.outcomes:
            if outcome.dropped:
                self._dropped[outcome.dropped] = None
                if not _surely_a_step(row, evaluation, outcome):
                    slots = {slot for slot, _ in outcome.dropped}
                    self._unseen.setdefault(instance, set()).update(slots)
                    if self._is_waited_for(instance, evaluation):
                        self._demanded |= slots
            self._names.observe(row, evaluation, outcome)

    def _is_waited_for(self, instance: Instance, evaluation: Evaluation) -> bool:
        """Whether it matters that an outcome is a step in the whole and none in the slice.

        Weak fairness is about what is enabled all the time: only other outcomes of the same evaluation can be in doubt.
        """
        cone = self.cone
        if cone.fairness(instance) is Fairness.WEAK and len(evaluation.outcomes) > 1:
            return True
        if cone.fairness(instance) is Fairness.STRONG:
            return True
        hurried = cone.whole.evaluator.timed and instance.deadline_slot >= 0
        return hurried or (instance.budget_slot >= 0 and cone.waits_for(instance))

    # ---------------------------------------------------------------- afterwards
    def verify(self, rows: Iterable[str]) -> bool:
        """Show that what is left out does not matter; else let the cone grow, and say False.

        rows: all states of the slice; after a search that was cut short those that were found, and then the slice is
        right as far as that. None need be given, and nothing is verified, where every answer is UNDETERMINED.
        """
        cone, size = self.cone, self.cone.size
        if self.whole:
            self.verified = True
            return True
        found = [row for row in rows if row]
        if not found:
            return True
        cone.keep(self._demanded)
        if self._seconds.wanted():
            cone.keep_time()
        for hint in self._names.taken(found):
            cone.name(hint)
        if cone.size == size:
            self._prove(found)
        if cone.size == size and _has_time(self.compiled):
            cone.join(numbers := cone.footprints.livelocked(i.number for i in self.left_out))
            for number in numbers:
                cone.keep(cone.footprints.changes[number])
        no_new_pools = self._pools == len(cone.whole.evaluator.recorder.pools)
        self.verified = cone.size == size and no_new_pools
        return self.verified

    def _prove(self, rows: Sequence[str]) -> None:
        cone = self.cone
        pools = {**cone.symmetric(), **cone.nameless}
        domains = Domains(cone.whole, cone.shadow, self.compiled.cut, pools, cone.limits.values)
        proof = LeftOut(
            domains=domains,
            instances=self.left_out,
            kept=self.kept,
            spends={instance for instance in self.left_out if cone.waits_for(instance)},
            evaluations=cone.limits.evaluations,
            footprints={i: (cone.footprints.touches(i) | cone.looked_at.get(i, set())) & self.kept for i in self.left_out},
        )
        intrusions = proof.prove(rows, self._dropped)
        cone.looked_at |= proof.footprints
        for instance, intrusion in intrusions.items():
            cone.join([instance.number])
            cone.keep(intrusion.reads)
        if intrusions:
            return
        self.hurry_was_shown = not any(instance.urgent for instance in proof.may_step)
        unseen = UnseenSteps(cone=cone, compiled=self.compiled, left_out=proof, hidden=self._unseen)
        self.said_of_unseen = frozenset(unseen.judge(rows))


def _has_time(compiled: Compiled) -> bool:
    deadlines = any(instance.deadline_slot >= 0 for instance in compiled.instances)
    return compiled.evaluator.timed and (bool(compiled.timer_slots) or deadlines)


def _surely_a_step(row: str, evaluation: Evaluation, outcome: Outcome) -> bool:
    """Whether an outcome changes a kept slot on every row that is read like this one."""
    reads = set(evaluation.reads)
    return any(slot in reads and row[slot] != character for slot, character in outcome.writes)


@define(eq=False)
class Slicer:
    """Finds slices of one system. What was seen of the whole is shared by all of them."""

    compiled: Compiled
    limits: Limits = Factory(Limits)
    _footprints: Footprints = field(init=False)
    _shadow: Compiled = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._footprints = Footprints(self.compiled)
        self._footprints.sample(self.limits)
        self._shadow = Compiled(self.compiled.system)
        self._shadow.initial_rows()  # gives every slot a value

    def slice_for(self, properties: Sequence[PropertyInstance]) -> Slice:
        """The part of the system that some properties depend on, as far as its first states can tell.

        Whether anything at all can happen depends on everything: for that the slice is the whole.
        """
        return self._slice(properties, None)

    def groups(self, properties: Iterable[PropertyInstance]) -> list[tuple[Slice, list[PropertyInstance]]]:
        """A slice for each property; those that need the same one share it, and are to be explored together."""
        slices: dict[object, Slice] = {}
        sharing: dict[object, list[PropertyInstance]] = {}
        for about in properties:
            slice_ = self.slice_for([about])
            key = slice_.compiled.cut, slice_.instances
            slices.setdefault(key, slice_)
            sharing.setdefault(key, []).append(about)
        alone = {key for key, abouts in sharing.items() if len(abouts) == 1}
        return [
            (slice_ if key in alone else self._slice(sharing[key], slice_), sharing[key])
            for key, slice_ in slices.items()
        ]

    def _slice(self, properties: Sequence[PropertyInstance], seed: Slice | None) -> Slice:
        """The smaller one of two: it matters which free id is handed out, or it does not."""
        free = _rehearsed(self._cone(properties, seed))
        if not free.compiled.nameless:
            return free
        strict = self._cone(properties, seed)
        for hint in self._footprints.interchangeable():
            strict.name(hint)
        return min(_rehearsed(strict), free, key=lambda slice_: len(slice_.kept))

    def _cone(self, properties: Sequence[PropertyInstance], seed: Slice | None) -> Cone:
        cone = Cone(self.compiled, properties, self.limits, self._footprints, self._shadow)
        if any(about.judged is NO_DEADLOCK for about in properties):
            cone.keep(range(len(self.compiled.schema.slots)))
        if seed is not None:
            cone.keep(seed.kept)
            cone.join(instance.number for instance in seed.instances)
        return cone


def slice_for(compiled: Compiled, properties: Sequence[PropertyInstance], *, limits: Limits | None = None) -> Slice:
    """The part of a system that some properties depend on, as far as its first states can tell."""
    return Slicer(compiled, limits or Limits()).slice_for(properties)


def enlarged(slice_: Slice, slot: int | None = None) -> Slice:
    """The next larger slice: after `verify` said False, or after a cut slot was read."""
    if slot is not None:
        slice_.cone.keep([slot])
    return _rehearsed(slice_.cone)


def explore_slice(
    slice_: Slice, search: Callable[[Compiled], Found], rows: Callable[[Found], Iterable[str]]
) -> tuple[Slice, Found]:
    """Explore a slice, or a larger one where it turns out to be too small. Returns that slice and what was found.

    search: explores a compiled system; it may raise CutRead, and is called again for a larger slice. rows: the states
    that a search found.
    """
    while True:
        try:
            found = search(slice_.compiled)
        except CutRead as read:
            slice_ = enlarged(slice_, read.slot)
            continue
        if slice_.verify(rows(found)):
            return slice_, found
        slice_ = enlarged(slice_)


# ---------------------------------------------------------------- a rehearsal
def _rehearsed(cone: Cone) -> Slice:
    """A slice that its first states do not make larger."""
    while True:
        slice_ = Slice(cone)
        if slice_.whole:
            return slice_
        rows: dict[str, None] = {}
        try:
            with suppress(UserCodeError, ImpureError):  # the search meets it, too, and says after which steps
                _rehearse(slice_.compiled, cone, rows)
        except CutRead as read:
            cone.keep([read.slot])
            continue
        if slice_.verify(rows):
            slice_.verified = False
            return slice_


def _rehearse(compiled: Compiled, cone: Cone, rows: dict[str, None]) -> None:
    """Explore and judge the first states of a slice."""
    memo = Memo(compiled)
    part = compiled.sliced(set(range(len(compiled.schema.slots))) - compiled.cut, compiled.instances, compiled.nameless)
    part.evaluate_with, part.enabled_with = memo.evaluate, memo.enabled
    states = [about for about in cone.properties if about.judged.kind != "step"]
    stepping = [(about, about.judged.wants_step) for about in cone.properties if about.judged.kind == "step"]
    frontier = part.initial_rows()
    rows |= dict.fromkeys(frontier)
    for row in frontier:  # grows while it is read
        for about in states:
            memo.judge(about, row)
        for step in part.steps(row).steps if len(rows) < cone.limits.rehearsed_states else ():
            for about, wants_step in stepping:
                memo.judge(about, row, step.raw, step.instance.info if wants_step else None)
            if step.row not in rows:
                rows[step.row] = None
                frontier.append(step.row)
