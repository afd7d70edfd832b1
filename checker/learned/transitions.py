"""What an instance reads in all, and where it leads in the end: the function's own reads and writes, and what follows.

`Compiled.step` does more than a user's function: budgets are spent, serial numbers renumbered, deadlines set anew, and
the clock waits for urgent steps. For a decision tree all of that has to be a function of slots that were read, so the
reads are widened here by those that the rest depends on, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, evolve, field, frozen

from clusterproof.checker.memo import Memo
from clusterproof.compiled import Compiled, Instance, Step
from clusterproof.evaluation import Evaluation, Outcome
from clusterproof.folds import Folds

Writes = tuple[tuple[int, str], ...]
"""What slots become, as (slot, character)."""


@frozen
class Way:
    """One way an instance may go.

    writes: what slots become; nothing changes where they are so already. raw: slots that step properties see otherwise
    (true serial numbers, deadlines as they were). awaited: the clock may not pass before it, if it changes something.
    number: which outcome of the evaluation it is.
    """

    number: int
    label: str
    writes: Writes
    raw: Writes = ()
    marks: tuple[str, ...] = ()
    awaited: bool = False


@frozen
class Transition:
    """Every way of an instance, and the slots they depend on, in the order in which they are found to matter.

    folds: what was counted, if anything.
    """

    reads: tuple[int, ...]
    ways: tuple[Way, ...]
    exhausted: tuple[str, ...] = ()
    folds: Folds | None = None

    @property
    def exact(self) -> frozenset[int]:
        """The slots whose values the ways rest on; of the others they rest on the results of the folds."""
        return frozenset(self.reads if self.folds is None else self.folds.exact)

    def unfolded(self) -> Transition:
        """The same, resting on the values of all that was read."""
        return self if self.folds is None else evolve(self, folds=None)


@define(eq=False)
class Transitions:
    """Evaluates instances of one compiled system, widening what they read.

    evaluate: what calls their functions.
    """

    compiled: Compiled
    evaluate: Callable[[str, Instance], Evaluation]
    _held: tuple[int, ...] = field(init=False)
    _series: tuple[int, ...] = field(init=False)
    _waiting: tuple[Instance, ...] = field(init=False)
    _memo: Memo = field(init=False)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        there = [slot for slot in compiled.schema.slots if slot.number not in compiled.cut]
        self._held = tuple(slot.number for slot in there if slot.role == "held serial")
        self._series = tuple(slot.number for slot in there if slot.role in ("serial", "held serial"))
        self._waiting = tuple(i for i in compiled.instances if i.deadline_slot in compiled.derived_slots)
        self._memo = Memo(compiled)

    def of(self, row: str, instance: Instance) -> Transition:
        """The ways of an instance on a row. Raises what the function raises."""
        if instance is self.compiled.clock:
            return self._of_clock(row)
        evaluation = self.evaluate(row, instance)
        folds = evaluation.folds
        reads = dict.fromkeys(evaluation.reads if folds is None else folds.exact)
        if instance.deadline_slot >= 0 and evaluation.outcomes:
            reads[instance.deadline_slot] = None
        ways = tuple(self._way(row, instance, n, o, reads) for n, o in enumerate(evaluation.outcomes))
        if folds is None:
            return Transition(tuple(reads), ways, evaluation.exhausted)
        all_reads = tuple(dict.fromkeys((*evaluation.reads, *reads)))
        return Transition(all_reads, ways, evaluation.exhausted, evolve(folds, exact=tuple(reads)))

    def _of_clock(self, row: str) -> Transition:
        """The clock looks at everything that runs."""
        reads = (*self.compiled.timer_slots, *(instance.deadline_slot for instance in self._waiting))
        later = self.compiled.advance_clock(row)
        if later is None:
            return Transition(reads, ())
        label, after = later
        return Transition(reads, (Way(0, label, _differences(row, after, ())),))

    def _way(self, row: str, instance: Instance, number: int, outcome: Outcome, reads: dict[int, None]) -> Way:
        """One outcome with everything that follows from it; adds to the reads what that depends on."""
        slots = [slot for slot, _ in outcome.writes]
        numbered = bool(outcome.issues) or any(slot in self._series for slot in slots)
        if not (numbered or self._waiting or instance.budget_slot >= 0):
            return Way(number, outcome.label, outcome.writes, (), outcome.marks, instance.urgent)
        issued = any(slot not in self.compiled.cut for slot in outcome.issues)
        if not issued and not any(slot in reads and row[slot] != value for slot, value in outcome.writes):
            reads |= dict.fromkeys(slots)  # whether anything changes, and the rest follows, is read off these
        step = self.compiled.step(row, instance, outcome)
        if step is None:
            return Way(number, outcome.label, ())
        issues = [slot for slot in outcome.issues if slot not in self.compiled.cut]
        writes = _differences(row, step.row, (*slots, *issues))
        if numbered:
            reads |= dict.fromkeys(self._held)
            if any(row[slot] != step.row[slot] or row[slot] != step.raw[slot] for slot in self._held):
                reads |= dict.fromkeys(self._series)
        if self._waiting:
            reads |= dict.fromkeys(self._deciding_deadlines(step, {slot for slot, _ in writes}))
        awaited = instance.urgent or self.compiled.is_overdue(row, instance)
        return Way(number, outcome.label, writes, self._raw(step, outcome), outcome.marks, awaited)

    def _deciding_deadlines(self, step: Step, written: set[int]) -> Iterable[int]:
        """The slots that decide which deadlines run after a step, except those it has written itself."""
        for waiting in self._waiting:
            looked_at = _footprint(self._memo.evaluate(step.row, waiting))
            yield from (slot for slot in looked_at if slot not in written)
            yield waiting.deadline_slot

    def _raw(self, step: Step, outcome: Outcome) -> Writes:
        """Where the row that step properties see is another one."""
        raw = dict(_differences(step.row, step.raw, outcome.issues))
        for slot in outcome.issues:
            if slot not in self.compiled.cut:
                raw[slot] = self.compiled.schema.encode(slot, self.compiled.next_serial)
        return tuple(sorted(raw.items()))


def _differences(before: str, after: str, slots: Iterable[int]) -> Writes:
    """What became of the slots that differ, and of some others."""
    there = {slot for slot, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
    return tuple((slot, after[slot]) for slot in sorted(there.union(slots)))


def _footprint(evaluation: Evaluation) -> Iterable[int]:
    """The slots that decide whether an evaluation leads anywhere: what it reads, and what it might change."""
    yield from evaluation.reads
    for outcome in evaluation.outcomes:
        yield from (slot for slot, _ in outcome.writes)
