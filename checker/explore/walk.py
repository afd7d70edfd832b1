"""A walk: steps taken one after the other as a schedule says, with everything on the way judged."""

from __future__ import annotations

import random

from attrs import Factory, define

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.judges import Broken
from clusterproof.checker.explore.mix import Mix
from clusterproof.checker.explore.schedule import Schedule
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import Step
from clusterproof.errors import ImpureError, UserCodeError

MOST_STEPS_REMEMBERED = 2_000_000


@define(eq=False)
class Walk:
    """Where a walk began (a state that was seen before), and the way it has taken from there.

    error: what a function raised after the last step.
    """

    terrain: Terrain
    began: int
    rows: list[str]
    steps: list[Stepped] = Factory(list)
    found: list[Counterexample] = Factory(list)
    error: Exception | None = None

    @property
    def path(self) -> Path:
        """The whole way, from a start."""
        before = self.terrain.sightings.path(self.began)
        return Path(steps=(*before.steps, *self.steps), rows=(*before.rows, *self.rows[1:]))

    def note(self, broken: list[Broken], step: Step | None = None) -> None:
        """Keep what was found broken in the state the walk has come to, or by a step from it."""
        for one in broken:
            path = self.path
            if step is not None:
                path = path.then((step.instance, step.label), step.row)
            self.found.append(Counterexample(about=one.about, says=one.says, path=path))


@define(eq=False)
class Walker:
    """Takes walks. judged_steps: steps (source, instance, label) that were judged before."""

    terrain: Terrain
    judged_steps: set[tuple[int, int, str]] = Factory(set)

    def walk(self, mix: Mix, chance: random.Random, length: int) -> Walk:
        """One walk of at most so many steps. It ends where a function raises, and where nothing may be taken."""
        terrain = self.terrain
        terrain.sightings.begin_walk()
        walk = self._begin(mix, chance)
        if walk.error is not None:
            return walk
        schedule = Schedule(mix, terrain.instances, terrain.taken, length, chance)
        try:
            self._go(walk, schedule)
        except (UserCodeError, ImpureError) as error:
            walk.error = error
        return walk

    def _begin(self, mix: Mix, chance: random.Random) -> Walk:
        terrain, sightings = self.terrain, self.terrain.sightings
        if sightings.rows and chance.random() < mix.restart_rate:
            terrain.cells.look_at(terrain.judges.slots_read())
            number = terrain.cells.somewhere(chance)
            return Walk(terrain, number, [sightings.rows[number]])
        row = chance.choice(terrain.starts)
        number, new = sightings.meet(row, -1, None)
        walk = Walk(terrain, number, [row])
        if new and number >= 0:
            terrain.cells.add(number, chance)
        if new:
            try:
                walk.note(terrain.judges.look(row, None))
            except (UserCodeError, ImpureError) as error:
                walk.error = error
        return walk

    def _go(self, walk: Walk, schedule: Schedule) -> None:
        terrain = self.terrain
        judges, sightings, taken = terrain.judges, terrain.sightings, terrain.taken
        row, number = walk.rows[0], walk.began
        enabled = terrain.enabled_at(row)
        for _ in range(schedule.length):
            found = terrain.next_step(row, enabled, schedule)
            if found is None:
                self._rest(walk, row)
                return
            step, changed = found
            if judges.of_steps and self._is_new(number, step):
                walk.note(judges.look_at_step(row, step), step)
            if step.marks:
                terrain.marks.update(step.marks)
            taken[step.instance.number] += 1
            terrain.steps += 1
            if step.row == row:
                terrain.idle[step.instance.number] += 1
                continue
            stepped = (step.instance, step.label)
            number, new = sightings.meet(step.row, number, stepped)
            row = step.row
            walk.rows.append(row)
            walk.steps.append(stepped)
            if new:
                broken = judges.look(row, changed)
                if broken:
                    walk.note(broken)
                if number >= 0:
                    terrain.cells.add(number, schedule.chance)
            enabled.moved(row, changed)

    def _is_new(self, number: int, step: Step) -> bool:
        if number < 0:
            return True
        key = (number, step.instance.number, step.label)
        if key in self.judged_steps:
            return False
        if len(self.judged_steps) < MOST_STEPS_REMEMBERED:
            self.judged_steps.add(key)
        return True

    def _rest(self, walk: Walk, row: str) -> None:
        """Where a schedule may take nothing: is it that nothing is possible at all?"""
        for opinion in self.terrain.judges.opinions:
            wanted = opinion.about.judged is NO_DEADLOCK and not opinion.broken
            if wanted and self.terrain.is_stuck(row):
                opinion.broken.update(opinion.said)
                walk.note([Broken(about=opinion.about, says="some step is possible")])
