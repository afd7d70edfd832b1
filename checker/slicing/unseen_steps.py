"""Steps that a slice does not show: of instances it leaves out, and those that change cut slots only.

A step property is judged on the steps of the slice. An unseen step changes nothing the property reads, but the property
may still have something to say about it, by who took it. So it is judged with the same state before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from clusterproof.checker.memo import Memo
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.left_out import LeftOut
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.recorder import CutRead


@define(eq=False, kw_only=True)
class UnseenSteps:
    """The unseen steps of a slice. hidden: for instances it keeps, the cut slots that may be all that they change."""

    cone: Cone
    compiled: Compiled
    left_out: LeftOut
    hidden: Mapping[Instance, set[int]]
    _said: set[PropertyInstance] = field(init=False, factory=set)

    def judge(self, rows: Sequence[str]) -> set[PropertyInstance]:
        """Judge the unseen steps from every state; where a claim breaks, make those steps visible.

        Returns the properties that made a claim.
        """
        stepping = [about for about in self.cone.properties if about.judged.kind == "step"]
        if not stepping:
            return set()
        memo = Memo(self.compiled)
        for instance in self.left_out.may_step:
            if self._is_broken(memo, stepping, instance, self.left_out.rows_alike(instance, rows)):
                self.cone.join([instance.number])
                self.cone.keep(self.left_out.writes[instance])
        for instance, slots in self.hidden.items():
            at = [row for row in rows if self._may_be_hidden(memo, row, instance)]
            if self._is_broken(memo, stepping, instance, at):
                self.cone.keep(slots)
        self._judge_clock(memo, stepping, rows)
        return self._said

    def _judge_clock(self, memo: Memo, stepping: Sequence[PropertyInstance], rows: Sequence[str]) -> None:
        """The clock of the whole also stops where only a cut timer is due."""
        whole = self.cone.whole
        timers = {slot for slot in whole.timer_slots if slot in self.compiled.cut}
        deadlines = {i for i in whole.instances if i.deadline_slot in self.compiled.cut}
        if not whole.evaluator.timed or not (timers or deadlines):
            return
        if self._is_broken(memo, stepping, whole.clock, rows):
            self.cone.keep_time()

    def _is_broken(
        self, memo: Memo, stepping: Iterable[PropertyInstance], instance: Instance, rows: Sequence[str]
    ) -> bool:
        info = instance.info
        for about in stepping:
            by = info if about.judged.wants_step else None
            for row in rows:
                try:
                    judgement = memo.judge(about, row, row, by)
                    if not judgement.holds:
                        return True
                    if judgement.claims:
                        self._said.add(about)
                except CutRead as read:
                    self.cone.keep([read.slot])
                    return False  # the slice grows, and is judged again
                except (UserCodeError, ImpureError):
                    return True
        return False

    @staticmethod
    def _may_be_hidden(memo: Memo, row: str, instance: Instance) -> bool:
        """Whether an outcome changes no kept slot, and perhaps a cut one."""
        return any(
            outcome.dropped and all(row[slot] == character for slot, character in outcome.writes)
            for outcome in memo.evaluate(row, instance).outcomes
        )
