"""The order of a sliced check: which properties are explored together, and which of them once more."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.answers import Answer, EngineRun
from clusterproof.checker.renaming import id_types_of
from clusterproof.checker.slicing.footprints import Footprints, Limits
from clusterproof.checker.slicing.slice import Slice
from clusterproof.checker.slicing.slicer import Slicer
from clusterproof.checker.verdict import Verdict
from clusterproof.claims import Property
from clusterproof.compiled import PropertyInstance


@frozen
class Task:
    """Properties to explore together. named: it shall matter which free id is handed out."""

    abouts: tuple[PropertyInstance, ...]
    named: bool = False


@define(eq=False)
class Plan:
    """What is still to be explored of one system."""

    slicer: Slicer
    _waiting: deque[Task] = field(init=False, factory=deque)

    @classmethod
    def of(cls, footprints: Footprints, abouts: Iterable[PropertyInstance], limits: Limits) -> Plan:
        """Explore all of these: small slices first. footprints: what was seen of the whole so far."""
        plan = cls(Slicer(footprints.whole, limits, footprints))
        plan._waiting.extend(Task(tuple(group)) for group in plan.slicer.groups(abouts))
        return plan

    def __len__(self) -> int:
        """How many explorations are waiting."""
        return len(self._waiting)

    def next(self) -> Task:
        """The next ones, which do not wait any longer."""
        return self._waiting.popleft()

    def slice_for(self, task: Task) -> Slice:
        """What to explore for them."""
        return self.slicer.slice_for(task.abouts, named=task.named)

    @property
    def mergeable(self) -> frozenset[Any]:
        """The id types by which states of a slice may be merged: those that the whole does not tell apart.

        What a slice leaves out is then looked at in one of the merged states only.
        """
        return frozenset(self.slicer.footprints.interchangeable())

    def settled(self, part: Slice, run: EngineRun) -> list[Answer]:
        """The answers that count; about the others something is to be explored once more."""
        mixed_up = _mixed_up(part, run.answers)
        if mixed_up:
            self._waiting.append(Task(mixed_up, named=True))
        proved = {answer.about.judged for answer in run.answers if answer.verdict is Verdict.PROVED}
        return [_not_silent(answer, part, proved) for answer in run.answers if answer.about not in mixed_up]


def _not_silent(answer: Answer, part: Slice, proved: Collection[Property[Any]]) -> Answer:
    """The answer of a property that had something to say of other ids, which is the same, or of unseen steps."""
    about = answer.about
    nameless = bool(part.compiled.nameless & id_types_of(about.judged))
    spoke = about in part.said_of_unseen or (nameless and about.judged in proved)
    return Answer(about=about, verdict=Verdict.PROVED) if answer.verdict is None and spoke else answer


def _mixed_up(part: Slice, answers: Sequence[Answer]) -> tuple[PropertyInstance, ...]:
    """The properties about single ids of which some do not hold, and nobody knows about which ids that is."""
    nameless = part.compiled.nameless
    refuted = {answer.about.judged for answer in answers if answer.verdict is Verdict.REFUTED}
    unclear = {judged for judged in refuted if nameless & id_types_of(judged)}
    return tuple(answer.about for answer in answers if answer.about.judged in unclear)
