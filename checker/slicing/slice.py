"""A slice: the part of a system that some properties depend on, found by what functions read, and proved to be enough.

    slice_, run = explore_slice(slice_for(compiled, properties), search, lambda run: run.rows)

A slice has the slots that the properties read, the instances that change those, the slots these read, and so on. It is
explored like any system (`compiled`); `verify` then shows, on the states that were found, that nothing left out ever
changes what is kept, or lets the cone grow, and the larger slice is explored anew. docs/adr says why that is sound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from attrs import define, field

from clusterproof.checker.rows import RememberedRows, Rows
from clusterproof.checker.slicing.companions import companions
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.domains import Domains
from clusterproof.checker.slicing.left_out import Dropped, LeftOut
from clusterproof.checker.slicing.names_taken import NameWatch
from clusterproof.checker.slicing.seconds import SecondsWatch
from clusterproof.checker.slicing.unseen_steps import UnseenSteps
from clusterproof.compiled import Compiled, Instance, PropertyInstance, text_of
from clusterproof.components import Fairness
from clusterproof.evaluation import Evaluation, Judgement, Outcome
from clusterproof.recorder import CutRead


@define(eq=False)
class Slice:
    """A part of a system to explore instead of the whole.

    compiled: what engines explore; every evaluation must go through its `evaluate`, once per way of reading at least.
    kept: its slots. verified: whether `verify` accepted it. said_of_unseen: the silent properties that made claims,
    which hold, about steps that the slice does not show, and so were not silent. hurry_was_shown: nothing urgent was
    left out.
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
        self.compiled.observe, self.compiled.recall = self._observe, cone.footprints.recall
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
        return [
            f"what the slice leaves out does not keep time from passing (in {seen:,} states of the whole it did not)"
        ]

    # ---------------------------------------------------------------- while it is explored
    def _observe(self, row: str, instance: Instance | PropertyInstance, evaluation: Evaluation | Judgement) -> None:
        """Note what an evaluation of the slice would have done to cut slots."""
        self._seconds.observe(row, instance, evaluation)
        self.cone.footprints.note(row, instance, evaluation)
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
    def verify(self, rows: Rows, silent: Collection[PropertyInstance] | None = None) -> bool:
        """Show that what is left out does not matter; else let the cone grow, and say False.

        rows: all states of the slice; after a search that was cut short those that were found, and then the slice is
        right as far as that. None need be given, and nothing is verified, where every answer is UNDETERMINED.
        silent: the step properties that made no claim about what the slice shows, all unless told.
        """
        if self.whole:
            self.verified = True
            return True
        if not len(rows):
            return True
        try:
            return self._verify(RememberedRows(rows), silent)
        except CutRead as read:  # in a state that was found, and not looked at by everybody
            self.cone.keep([read.slot])
            return False

    def _verify(self, rows: Rows, silent: Collection[PropertyInstance] | None) -> bool:
        cone, size = self.cone, self.cone.size
        cone.keep(self._demanded)
        if self._seconds.wanted():
            cone.keep_time()
        for hint in self._names.taken(rows):
            cone.name(hint)
        if cone.size == size:
            self._prove(rows, silent)
        if cone.size == size and _has_time(self.compiled):
            cone.join(numbers := cone.footprints.livelocked(i.number for i in self.left_out))
            for number in numbers:
                cone.keep(cone.footprints.changes[number])
        no_new_pools = self._pools == len(cone.whole.evaluator.recorder.pools)
        self.verified = cone.size == size and no_new_pools
        return self.verified

    def _prove(self, rows: Rows, silent: Collection[PropertyInstance] | None) -> None:
        cone = self.cone
        proof = self._proof()
        proof.prove(rows, self._dropped)
        if not proof.intrusions:
            self.hurry_was_shown = not any(instance.urgent for instance in (*proof.may_step, *proof.trusted))
            unseen = UnseenSteps(cone=cone, compiled=self.compiled, left_out=proof, hidden=self._unseen, rows=rows)
            self.said_of_unseen = frozenset(unseen.judge(cone.properties if silent is None else silent))
        cone.looked_at |= proof.footprints
        for instance, intrusion in proof.intrusions.items():
            cone.footprints.reads[instance.number] |= intrusion.reads
            cone.footprints.changes[instance.number] |= intrusion.changes
            cone.join([instance.number, *companions(cone.whole, cone.relevant, instance)])
            cone.keep(intrusion.reads)

    def _proof(self) -> LeftOut:
        cone = self.cone
        pools = {**cone.symmetric(), **cone.footprints.interchangeable()}
        left_out = self.left_out
        spends = {i for i in left_out if i.budget_slot in self.kept and cone.waits_for(i)}
        writable = {i: slots for i in left_out if i not in spends and (slots := cone.whole.writable(i)) is not None}
        return LeftOut(
            domains=Domains(cone.whole, cone.shadow, self.compiled.cut, pools, cone.limits.values),
            instances=left_out,
            kept=self.kept,
            declared={i: slots for i, slots in writable.items() if slots.isdisjoint(self.kept)},
            spends=spends,
            evaluations=cone.limits.evaluations,
            footprints={i: (cone.footprints.touches(i) | cone.looked_at.get(i, set())) & self.kept for i in left_out},
        )


def _has_time(compiled: Compiled) -> bool:
    deadlines = any(instance.deadline_slot >= 0 for instance in compiled.instances)
    return compiled.evaluator.timed and (bool(compiled.timer_slots) or deadlines)


def _surely_a_step(row: str, evaluation: Evaluation, outcome: Outcome) -> bool:
    """Whether an outcome changes a kept slot on every row that is read like this one."""
    reads = set(evaluation.reads)
    return any(slot in reads and row[slot] != character for slot, character in outcome.writes)
