"""One run of a system without faults, to the state in which nothing moves any more.

After a step only those actions are looked at again that read something which it changed: in a cluster of a hundred
nodes and pods there are a hundred thousand of them, and nearly all have nothing to do with a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol, TypeVar

from attrs import define, field

from clusterproof.compiled import Compiled, Instance, Step
from clusterproof.evaluation import Evaluation

T = TypeVar("T")


class Ordering(Protocol):
    """Puts things that may be taken in any order into one."""

    def __call__(self, those: Sequence[T], /) -> Sequence[T]:
        """The same things, in the order in which they are tried."""
        ...


@define(eq=False)
class CalmRun:
    """Takes canonical steps one after the other.

    row: where the run has come to. is_branched_on: which instances are taken when no other has a step, in any order.
    ordered: in which order the ways of a choice, and the instances that are branched on, are tried.
    """

    compiled: Compiled
    row: str
    is_branched_on: Callable[[Instance], bool]
    ordered: Ordering = field(default=list)
    _others: list[Instance] = field(init=False)
    _branched: list[Instance] = field(init=False)
    _stale: list[int] = field(init=False)
    _readers: dict[int, set[int]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        instances = self.compiled.instances
        self._others = [instance for instance in instances if not self.is_branched_on(instance)]
        self._branched = [instance for instance in instances if self.is_branched_on(instance)]
        self._stale = list(range(len(self._others)))

    def take_step(self) -> bool:
        """Go on by one step; False where there is none."""
        step = self._unbranched_step() or self._branched_step() or self._clock_step()
        if step is None:
            return False
        before, self.row = self.row, step.row
        changed = (slot for slot, character in enumerate(before) if character != step.row[slot])
        stale = {position for slot in changed for position in self._readers.get(slot, ())}
        self._stale = [*{*self._stale, *stale}]
        heapify(self._stale)
        return True

    def _unbranched_step(self) -> Step | None:
        """A step of the first instance that has one."""
        while self._stale:
            position = heappop(self._stale)
            instance = self._others[position]
            evaluation = self.compiled.evaluate_with(self.row, instance)
            step = self._step(instance, evaluation)
            if step is not None:
                heappush(self._stale, position)
                return step
            for slot in _looked_at(evaluation):
                self._readers.setdefault(slot, set()).add(position)
        return None

    def _branched_step(self) -> Step | None:
        for instance in self.ordered(self._branched):
            step = self._step(instance, self.compiled.evaluate_with(self.row, instance))
            if step is not None:
                return step
        return None

    def _step(self, instance: Instance, evaluation: Evaluation) -> Step | None:
        for outcome in self.ordered(evaluation.outcomes):
            step = self.compiled.step(self.row, instance, outcome)
            if step is not None:
                return step
        return None

    def _clock_step(self) -> Step | None:
        return next(iter(self.compiled.steps(self.row).steps), None)


def _looked_at(evaluation: Evaluation) -> set[int]:
    """The slots on which it depends that an evaluation changes nothing: read, or written as they are."""
    slots = set(evaluation.reads)
    for outcome in evaluation.outcomes:
        slots.update(outcome.issues)
        slots.update(slot for slot, _ in outcome.writes)
    return slots
