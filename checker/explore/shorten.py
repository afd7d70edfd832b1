"""A shorter way to what a counterexample shows, by breadth-first search, where that is feasible.

First with the steps only that the counterexample itself is made of, which are few; then with all.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from attrs import define, field

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.attempt import attempt, ended, is_broken_by, is_broken_in, stem_of
from clusterproof.checker.explore.endings import is_suspicious
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import Instance, Step
from clusterproof.errors import ImpureError, UserCodeError


def shortened(terrain: Terrain, example: Counterexample, deadline: float, most_states: int) -> Counterexample | None:
    """A counterexample to the same claim with fewer steps; None where none is found until the deadline.

    most_states: how many states each of the two searches may look at.
    """
    now = time.monotonic()
    stem = stem_of(example)
    own = sorted({instance.number for instance, _ in stem if instance is not terrain.compiled.clock})
    vocabulary = [terrain.instances[number] for number in own]
    best: Counterexample | None = None
    for instances, until in ((vocabulary, now + (deadline - now) / 2), (None, deadline)):
        search = _Search(terrain, best or example, instances, until, most_states)
        steps = search.run()
        if steps is not None:
            found = attempt(terrain, example, steps, search.began)
            if found is not None and len(found.path.steps) < len((best or example).path.steps):
                best = found
    return best


@define(eq=False)
class _Search:
    """Breadth-first from the starts, no deeper than a shorter way could be.

    instances: the steps to take, all where None. began: the start from which the way was found.
    """

    terrain: Terrain
    example: Counterexample
    instances: Sequence[Instance] | None
    deadline: float
    most_states: int
    began: str = field(init=False, default="")
    _came_by: dict[str, tuple[str, Stepped] | None] = field(init=False, factory=dict)

    def run(self) -> list[Stepped] | None:
        """The steps of a shorter way, or None."""
        frontier = self._starts()
        self._came_by = dict.fromkeys(frontier)
        for row in frontier:
            if self._is_met(row):
                return self._way(row)
        for _ in range(len(stem_of(self.example)) - 1):
            following: list[str] = []
            for row in frontier:
                if time.monotonic() > self.deadline or len(self._came_by) > self.most_states:
                    return None
                with contextlib.suppress(UserCodeError, ImpureError):  # no way leads on from there
                    last = self._expand(row, following)
                    if last is not None:
                        return [*self._way(row), last]
            frontier = following
        return None

    def _expand(self, row: str, following: list[str]) -> Stepped | None:
        """Find the states behind one, up to the step that shows what is looked for."""
        for step in self._steps(row):
            if self._is_met_by(row, step):
                return step.instance, step.label
            if step.row not in self._came_by:
                self._came_by[step.row] = row, (step.instance, step.label)
                following.append(step.row)
        return None

    def _starts(self) -> list[str]:
        first = self.example.path.rows[0]
        return [first, *(row for row in self.terrain.starts if row != first)]

    def _steps(self, row: str) -> Iterator[Step]:
        terrain = self.terrain
        if self.instances is None:
            yield from terrain.compiled.steps(row).steps
            return
        for instance in self.instances:
            for outcome in terrain.memo.evaluate(row, instance).outcomes:
                step = terrain.compiled.step(row, instance, outcome)
                if step is not None:
                    yield step
        clock = terrain.clock_step(row, terrain.memo.enabled(row)) if terrain.timed else None
        if clock is not None:
            yield clock[0]

    def _is_met(self, row: str) -> bool:
        about = self.example.about
        if about.judged.kind in LIVENESS or about.judged is NO_DEADLOCK:
            return row == self.example.path.rows[len(stem_of(self.example))] or self._rests(row)
        return is_broken_in(self.terrain, about, self.example.says, row)

    def _rests(self, row: str) -> bool:
        """Whether a run may end in a state as well as where the example does: there, too, it stays for ever."""
        about = self.example.about
        if self.example.loop_from is not None:
            return False
        if about.judged.kind in LIVENESS and not is_suspicious(self.terrain, about, [row]):
            return False
        return ended(self.terrain, self.example, Path(steps=(), rows=(row,))) is not None

    def _is_met_by(self, row: str, step: Step) -> bool:
        if self.example.about.judged.kind != "step":
            return step.row not in self._came_by and self._is_met(step.row)
        return is_broken_by(self.terrain, self.example.about, self.example.says, row, step)

    def _way(self, row: str) -> list[Stepped]:
        steps: list[Stepped] = []
        while (before := self._came_by[row]) is not None:
            row = before[0]
            steps.append(before[1])
        self.began = row
        return steps[::-1]
