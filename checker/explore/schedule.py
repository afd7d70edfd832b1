"""Which of the possible steps is taken next.

uniform: any, by weight. rare: those seldom taken so far are more likely. priority: every lane has a random priority,
the highest one that can acts, and at a few random moments the one that acts falls to the bottom; a bug that needs d
orderings is found with a known probability. Source: Burckhardt and others, "A Randomized Scheduler with Probabilistic
Guarantees of Finding Bugs" (PCT, ASPLOS 2010).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from attrs import define, field

from clusterproof.checker.explore.mix import Mix
from clusterproof.compiled import Instance


@define(eq=False)
class Schedule:
    """The manner of one walk.

    instances: all of the system and its clock, by number. taken: how often each was taken so far, in all walks.
    length: how many steps the walk may have.
    """

    mix: Mix
    instances: Sequence[Instance]
    taken: Sequence[int]
    length: int
    chance: random.Random
    weights: list[float] = field(init=False)
    disturbs: list[bool] = field(init=False)
    _priorities: dict[str, float] = field(init=False, factory=dict)
    _changes: set[int] = field(init=False, factory=set)
    _steps: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        mix = self.mix
        names = [f"{instance.component}.{instance.name}" for instance in self.instances]
        self.weights = [0.0 if name in mix.off else float(mix.weights.get(name, 1)) for name in names]
        self.disturbs = [is_disturbance(instance) for instance in self.instances]
        if mix.manner == "priority":
            self._changes = {self.chance.randrange(self.length) for _ in range(mix.changes)}

    def pick(self, numbers: Sequence[int]) -> int:
        """The position of the instance to take, of those possible (by number); -1 where all of them are off."""
        weights, disturbs = self.weights, self.disturbs
        disturb = self.chance.random() < self.mix.disturbance_rate
        wanted = [at for at, number in enumerate(numbers) if weights[number] and disturbs[number] is disturb]
        if not wanted:
            wanted = [at for at, number in enumerate(numbers) if weights[number]]
            if not wanted:
                return -1
        if len(wanted) == 1:
            return wanted[0]
        if self.mix.manner == "priority" and not disturb:
            return self._first(numbers, wanted)
        if self.mix.manner == "rare":
            taken = self.taken
            return self._weighted(wanted, [weights[numbers[at]] / (1 + taken[numbers[at]]) for at in wanted])
        if self.mix.weights:
            return self._weighted(wanted, [weights[numbers[at]] for at in wanted])
        return wanted[int(self.chance.random() * len(wanted))]

    def _weighted(self, wanted: Sequence[int], weights: Sequence[float]) -> int:
        left = self.chance.random() * sum(weights)
        for at, weight in zip(wanted, weights, strict=True):
            left -= weight
            if left < 0:
                return at
        return wanted[-1]

    def _first(self, numbers: Sequence[int], wanted: Sequence[int]) -> int:
        """One of the lane with the highest priority."""
        priorities = self._priorities
        lanes = [self.instances[numbers[at]].lane for at in wanted]
        for lane in lanes:
            if lane not in priorities:
                priorities[lane] = self.chance.random()
        highest = max(lanes, key=priorities.__getitem__)
        self._steps += 1
        if self._steps in self._changes:
            priorities[highest] = min(priorities.values()) - 1
        members = [at for at, lane in zip(wanted, lanes, strict=True) if lane == highest]
        return members[int(self.chance.random() * len(members))]


def is_disturbance(instance: Instance) -> bool:
    """Whether nobody promises the step and nothing waits for it: a fault, or what a user may do."""
    return instance.fault or (instance.fairness is None and not instance.urgent and instance.action is not None)
