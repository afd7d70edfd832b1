"""One system, ready to be walked: its functions with a memory in front, and everything that was seen of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from attrs import define, field

from clusterproof.checker.answers import has_clock
from clusterproof.checker.explore.cells import Cells
from clusterproof.checker.explore.enabled import Enabled, Possible, Readers
from clusterproof.checker.explore.judges import Judges, Opinion
from clusterproof.checker.explore.schedule import Schedule
from clusterproof.checker.explore.sightings import Sightings
from clusterproof.checker.memo import Memo, remember
from clusterproof.checker.search import Stepped
from clusterproof.compiled import Compiled, Instance, PropertyInstance, Step
from clusterproof.evaluation import Outcome

MOST_KNOWN = 1_000_000
"""How many answers of groups are remembered; each takes some hundred bytes."""


@define(eq=False)
class Terrain:
    """A compiled system with what walks need, and what they found.

    instances: those of the system by number, and the clock behind them. taken: how often each was taken. idle: how
    often that changed nothing but numbers that nobody compares.
    """

    compiled: Compiled
    abouts: Sequence[PropertyInstance]
    memo: Memo = field(init=False)
    readers: Readers = field(init=False)
    judges: Judges = field(init=False)
    sightings: Sightings = field(init=False)
    cells: Cells = field(init=False)
    starts: list[str] = field(init=False)
    instances: tuple[Instance, ...] = field(init=False)
    taken: list[int] = field(init=False)
    idle: list[int] = field(init=False)
    steps: int = field(init=False, default=0)
    marks: set[str] = field(init=False, factory=set)
    exhausted: dict[str, None] = field(init=False, factory=dict)
    timed: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        self.memo = remember(compiled)
        self.readers = Readers(self.memo)
        self.judges = Judges([Opinion(about) for about in self.abouts], self.memo.judge, len(compiled.schema.slots))
        self.starts = compiled.initial_rows()
        self.sightings = Sightings.of_rows_as_long_as(self.starts[0])
        self.cells = Cells(self.sightings.rows)
        self.instances = (*compiled.instances, compiled.clock)
        self.taken = [0] * len(self.instances)
        self.idle = [0] * len(self.instances)
        self.timed = has_clock(compiled)

    def enabled_at(self, row: str) -> Enabled:
        """What is possible on a row, to be carried along."""
        enabled = Enabled(self.readers)
        enabled.start(row)
        return enabled

    def taken_by(self, row: str, possible: Possible, chance: random.Random) -> tuple[Step, list[int]] | None:
        """One of the steps of an enabled instance that change something, and the slots in which the rows may differ."""
        instance, evaluation = possible
        outcomes = evaluation.outcomes
        first = int(chance.random() * len(outcomes)) if len(outcomes) > 1 else 0
        for outcome in (*outcomes[first:], *outcomes[:first]):
            step = self.compiled.step(row, instance, outcome)
            if step is not None:
                return step, self._changed(row, step, outcome)
        return None

    def _changed(self, row: str, step: Step, outcome: Outcome) -> list[int]:
        changed = [slot for slot, _ in outcome.writes]
        changed += outcome.issues
        if step.instance.budget_slot >= 0:
            changed.append(step.instance.budget_slot)
        after = step.row
        return changed + [slot for slot in self.compiled.derived_slots if row[slot] != after[slot]]

    def clock_step(self, row: str, possible: Iterable[Possible]) -> tuple[Step, list[int]] | None:
        """The step of the clock, unless something urgent is possible or nothing runs."""
        if not self.timed:
            return None
        compiled = self.compiled
        for instance, evaluation in possible:
            if evaluation.exhausted and instance.urgent:
                return None
            if instance.urgent or instance.deadline_slot >= 0:
                for outcome in evaluation.outcomes:
                    step = compiled.step(row, instance, outcome)
                    if step is not None and compiled.is_awaited(row, step):
                        return None
        later = compiled.advance_clock(row)
        if later is None:
            return None
        label, after = later
        watched = (*compiled.timer_slots, *compiled.derived_slots)
        return Step(compiled.clock, label, after, after), [slot for slot in watched if row[slot] != after[slot]]

    def is_stuck(self, row: str) -> bool:
        """Whether nothing at all is possible, and no step only wanted an id from a pool that has none left."""
        found = self.compiled.steps(row)
        return not found.exhausted and all(step.row == row for step in found.steps)

    def forget_much(self) -> None:
        """Keep what is remembered of functions and properties within bounds: it is found again when it is wanted."""
        known = [group.known for group in self.memo.groups]
        judged = [group.known for group in (*self.judges.of_states, *self.judges.of_steps)]
        if sum(map(len, known)) + sum(map(len, judged)) > MOST_KNOWN:
            for answers in known:
                answers.clear()
            for places in judged:
                places.clear()

    def step_named(self, row: str, stepped: Stepped) -> Step | None:
        """The step of this name, where it is possible and changes something; whatever time the clock jumps by."""
        instance, label = stepped
        if instance is self.compiled.clock:
            found = self.clock_step(row, self.memo.enabled(row))
            return None if found is None else found[0]
        for outcome in self.memo.evaluate(row, instance).outcomes:
            if outcome.label == label:
                step = self.compiled.step(row, instance, outcome)
                if step is not None:
                    return step
        return None

    def next_step(self, row: str, enabled: Enabled, schedule: Schedule) -> tuple[Step, list[int]] | None:
        """The step that a schedule takes from a row; None where it may take none."""
        possible = enabled.all()
        for _, evaluation in possible:
            if evaluation.exhausted:
                self.exhausted |= dict.fromkeys(evaluation.exhausted)
        places: list[Possible | None] = [one for one in possible if not _is_idle(row, one[1].outcomes)]
        numbers = [one[0].number for one in places if one is not None]
        if self.timed:
            numbers.append(self.compiled.clock.number)
            places.append(None)
        while numbers:
            at = schedule.pick(numbers)
            if at < 0:
                return None
            place = places[at]
            found = self.clock_step(row, possible) if place is None else self.taken_by(row, place, schedule.chance)
            if found is not None:
                return found
            del numbers[at], places[at]
        return None


def _is_idle(row: str, outcomes: Sequence[Outcome]) -> bool:
    """Whether it is plain that an enabled instance changes nothing: many do, and a schedule need not try them."""
    if len(outcomes) != 1 or outcomes[0].issues:
        return not outcomes
    return all(row[slot] == character for slot, character in outcomes[0].writes)
