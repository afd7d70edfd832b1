"""The way to every state: which state was before it, and which way of which instance led on."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.ways import Ways
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import Compiled, patch
from clusterproof.errors import ImpureError


@define(eq=False)
class Trail:
    """Breadth-first, level by level; states are numbered in the order in which they were found.

    first: per level the number of its first state. origins: per level uint32[states, 2], the state before and the way
    taken; nothing for the first level.
    buckets: per level where the states with 0, 1, 2... faults on the shortest way begin, by number of the state.
    """

    compiled: Compiled
    ways: Ways
    initial_rows: list[str]
    first: list[int] = field(init=False, factory=list)
    origins: list[NDArray[np.uint32]] = field(init=False, factory=list)
    buckets: list[list[int]] = field(init=False, factory=list)
    states: int = field(init=False, default=0)

    def add_level(self, origins: NDArray[np.uint32], sizes: list[int], count: int) -> None:
        """Note a new level: who found its states, and how many of them there are by the faults on the way."""
        self.first.append(self.states)
        self.origins.append(origins)
        ends = [self.states]
        for size in sizes:
            ends.append(ends[-1] + size)
        self.buckets.append(ends)
        self.states += count

    @property
    def depth(self) -> int:
        """The last level."""
        return len(self.first) - 1

    def depth_of(self, state: int) -> int:
        """How many steps a state is away from the start."""
        return bisect_right(self.first, state) - 1

    def faults_of(self, state: int) -> int:
        """The fewest faults on a shortest way to a state."""
        return bisect_right(self.buckets[self.depth_of(state)], state) - 1

    def path(self, state: int) -> Path:
        """The shortest way to a state; of several one with the fewest faults."""
        taken: list[int] = []
        level = self.depth_of(state)
        while level > 0:
            state, number = map(int, self.origins[level][state - self.first[level]])
            taken.append(number)
            level -= 1
        steps: list[Stepped] = []
        rows = [self.initial_rows[state]]
        for number in reversed(taken):
            instance, way = self.ways.taken[number]
            rows.append(self._after(rows[-1], number))
            steps.append((instance, way.label))
        return Path(steps=tuple(steps), rows=tuple(rows))

    def row(self, state: int, known: dict[int, str]) -> str:
        """The row of a state, as it was learned. known: rows of states, which is added to."""
        taken: list[tuple[int, int]] = []
        while state not in known:
            level = self.depth_of(state)
            if not level:
                known[state] = self.initial_rows[state]
                break
            before, number = map(int, self.origins[level][state - self.first[level]])
            taken.append((state, number))
            state = before
        row = known[state]
        for state, number in reversed(taken):
            row = known[state] = patch(row, self.ways.taken[number][1].writes)
        return row

    def _after(self, row: str, number: int) -> str:
        """The row after a way, by the functions themselves."""
        compiled = self.compiled
        instance, way = self.ways.taken[number]
        if instance is compiled.clock:
            later = compiled.advance_clock(row)
            if later is not None:
                return later[1]
        else:
            outcomes = compiled.evaluate(row, instance).outcomes
            if way.number < len(outcomes):
                step = compiled.step(row, instance, outcomes[way.number])
                if step is not None:
                    return step.row
        raise ImpureError(f"{instance} did something else when it was called again: it depends on more than the state")
