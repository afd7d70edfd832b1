"""Steps that a slice does not show: of instances it leaves out, and those that change cut slots only.

A step property is judged on the steps of the slice. An unseen step changes nothing the property reads, but the property
may still have something to say about it, by who took it. So it is judged with the same state before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from attrs import define, field

from clusterproof.checker.memo import Memo
from clusterproof.checker.rows import Rows, looking_at, told_apart
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.left_out import LeftOut
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Judgement
from clusterproof.recorder import CutRead

WITNESSES = 50
"""On how many rows a step is looked for that a property makes a claim about."""

MayStepOn = Callable[[list[str]], bool | None]
"""Whether a step is possible on some of these rows; None where nobody knows."""


@define(eq=False, kw_only=True)
class UnseenSteps:
    """The unseen steps of a slice. hidden: for instances it keeps, the cut slots that may be all that they change."""

    cone: Cone
    compiled: Compiled
    left_out: LeftOut
    hidden: Mapping[Instance, set[int]]
    rows: Rows
    _memo: Memo = field(init=False)
    _silent: set[PropertyInstance] = field(init=False, factory=set)
    _said: set[PropertyInstance] = field(init=False, factory=set)
    _looked_at: dict[PropertyInstance, set[int]] = field(init=False, factory=dict)

    def judge(self, silent: Collection[PropertyInstance]) -> set[PropertyInstance]:
        """Judge the unseen steps from every state; where a claim breaks, make those steps visible.

        Returns those of the silent properties that made a claim.
        """
        self._silent = set(silent)
        if not self._stepping():
            return set()
        self._memo = Memo(self.compiled)
        left_out = self.left_out
        for instance in (*left_out.trusted, *left_out.may_step):

            def may_step_on(rows: list[str], instance: Instance = instance) -> bool | None:
                return left_out.may_step_on(instance, rows)

            if self._is_broken_anywhere(instance, may_step_on):
                self.cone.join([instance.number])
                self.cone.keep(left_out.writes.get(instance) or left_out.declared[instance])
        for instance, slots in self.hidden.items():
            self._judge_hidden(instance, slots)
        self._judge_clock()
        return self._said

    def _is_broken_anywhere(self, instance: Instance, may_step_on: MayStepOn) -> bool:
        """The same, asked again on more rows while it turns out that the instance looks at more slots."""
        looked_at = self.left_out.footprints.setdefault(instance, set())
        while True:
            known = len(looked_at)
            if self._is_broken(instance, looked_at, may_step_on):
                return True
            if len(looked_at) == known:
                return False

    def _stepping(self) -> list[PropertyInstance]:
        return [about for about in self.cone.properties if about.judged.kind == "step"]

    def _judge_hidden(self, instance: Instance, slots: set[int]) -> None:
        looked_at = self.cone.footprints.touches(instance) - self.compiled.cut
        rows = told_apart(self.rows, looked_at, lambda row: self._slots_of(row, instance))
        look = looking_at(looked_at)
        there = {look(row) for row in rows if self._may_be_hidden(row, instance)}
        if there and self._is_broken(instance, looked_at, lambda found: any(look(row) in there for row in found)):
            self.cone.keep(slots)

    def _judge_clock(self) -> None:
        """The clock of the whole also stops where only a cut timer is due."""
        whole = self.cone.whole
        timers = {slot for slot in whole.timer_slots if slot in self.compiled.cut}
        deadlines = {i for i in whole.instances if i.deadline_slot in self.compiled.cut}
        if not whole.evaluator.timed or not (timers or deadlines):
            return
        if self._is_broken(whole.clock, set(), bool):
            self.cone.keep_time()

    def _is_broken(self, instance: Instance, looked_at: Collection[int], may_step_on: MayStepOn) -> bool:
        """Whether some property does not hold in an unseen step of an instance.

        looked_at: the kept slots that decide whether there is one.
        """
        for about in self._stepping():
            slots = self._looked_at.setdefault(about, set())
            said: dict[str, Judgement] = {}
            try:
                found = told_apart(self.rows, slots, lambda row, a=about, s=said: self._reads(s, a, row, instance))  # type: ignore[misc]
            except CutRead as read:
                self.cone.keep([read.slot])
                return False  # the slice grows, and is judged again
            except (UserCodeError, ImpureError):
                return True
            look = looking_at(slots)
            broken = {look(row) for row in found if not said[row].holds}
            if broken and may_step_on(self._among(broken, slots, looked_at)) is not False:
                return True
            claiming = {look(row) for row in found if said[row].claims}
            if claiming and about in self._silent - self._said:
                witnesses = self._among(claiming, slots, looked_at)[:WITNESSES]
                if may_step_on(witnesses):
                    self._said.add(about)
        return False

    def _among(self, parts: set[object], slots: Collection[int], looked_at: Collection[int]) -> list[str]:
        """The rows that have one of these parts in some slots, told apart by what else is looked at."""
        look = looking_at(slots)
        return [row for row in self.rows.distinct({*slots, *looked_at}) if look(row) in parts]

    def _reads(
        self, said: dict[str, Judgement], about: PropertyInstance, row: str, instance: Instance
    ) -> Collection[int]:
        """Judge the step that changes nothing; the slots that a property reads then."""
        by = instance.info if about.judged.wants_step else None
        said[row] = judgement = self._memo.judge(about, row, row, by)
        slots = len(self.compiled.schema.slots)
        return [slot % slots for slot in judgement.reads]

    def _slots_of(self, row: str, instance: Instance) -> list[int]:
        """What decides whether a step is hidden: what is read, and what is written."""
        evaluation = self._memo.evaluate(row, instance)
        return [*evaluation.reads, *(slot for outcome in evaluation.outcomes for slot, _ in outcome.writes)]

    def _may_be_hidden(self, row: str, instance: Instance) -> bool:
        """Whether an outcome changes no kept slot, and perhaps a cut one."""
        return any(
            outcome.dropped and all(row[slot] == character for slot, character in outcome.writes)
            for outcome in self._memo.evaluate(row, instance).outcomes
        )
