"""Who reads and who changes what, as seen in some states of the whole system: the first guess of every slice."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.memo import Memo
from clusterproof.checker.slicing.names import Pools, instance_alike, interchangeable, slots_alike
from clusterproof.checker.slicing.recall import Recall
from clusterproof.claims import StepInfo
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Evaluation, Judgement

WALK_LENGTH = 60
JUDGED = 100
"""In how many states, or steps, it is looked at what a property reads."""


@frozen(kw_only=True)
class Limits:
    """How much work to put into a slice before and after it is explored.

    sampled_states: how many states of the whole are looked at, half breadth-first and half on random walks.
    sampled_seconds: where that stops early. rehearsed_states: how many states of a slice are explored to find out
    whether it has to grow.
    evaluations: how many ways of reading slots that were cut away are tried per instance; one that needs more is kept.
    values: how many combinations of values one cut object may take.
    """

    sampled_states: int = 600
    sampled_seconds: float = 5.0
    rehearsed_states: int = 1500
    evaluations: int = 3_000
    values: int = 2_000


@define(eq=False)
class Footprints:
    """What each instance (by number) was seen to read, to look up only for a free id, and to change.

    hurried: the steps that time waits for, as (row, row it leads to, instance number). rows: the states looked at.
    steps: some of the steps between them, as (row, row it leads to before renumbering, who).
    slots_alike, instances_alike: per slot and instance a key that is equal for those which differ by interchangeable
    ids only, as of the last call of `interchangeable`. recall: what functions were seen to do, for all slices.
    vetted: the id types by which a first look merged states, every function being watched; None where there was none.
    """

    whole: Compiled
    reads: list[set[int]] = field(init=False)
    soft_reads: list[set[int]] = field(init=False)
    changes: list[set[int]] = field(init=False)
    hurried: set[tuple[str, str, int]] = field(init=False, factory=set)
    rows: dict[str, None] = field(init=False, factory=dict)
    steps: list[tuple[str, str, StepInfo]] = field(init=False, factory=list)
    slots_alike: list[object] = field(init=False, factory=list)
    instances_alike: list[object] = field(init=False, factory=list)
    recall: Recall = field(init=False, factory=Recall)
    vetted: frozenset[Any] | None = field(init=False, default=None)
    _read_by: dict[PropertyInstance, set[int]] = field(init=False, factory=dict)
    _declared: set[tuple[str, Any, tuple[Any, ...]]] = field(init=False)
    _pools: Pools = field(init=False, factory=dict)
    _pools_seen: frozenset[object] = field(init=False, default=frozenset())

    def __attrs_post_init__(self) -> None:
        count = len(self.whole.instances)
        self.reads = [set() for _ in range(count)]
        self.soft_reads = [set() for _ in range(count)]
        self.changes = [set() for _ in range(count)]
        self._declared = {
            (shape.path, shape.key_type, tuple(shape.kids))
            for shape in self.whole.schema.root.walk()
            if shape.kind == "table" and shape.key_type in self.whole.system.symmetric
        }

    def interchangeable(self) -> Pools:
        """The pools with interchangeable ids, among those that actions drew from in any evaluation so far.

        A Table over an id type that is declared symmetric counts as drawn from.
        """
        seen = frozenset(self.whole.evaluator.recorder.pools | self._declared)
        if seen != self._pools_seen:
            found = interchangeable(self.whole, seen)
            self._pools, self._pools_seen = {h: ids for h, ids in found.items() if self._is_vetted(h)}, seen
            self.slots_alike = slots_alike(self.whole, self._pools)
            self.instances_alike = [instance_alike(instance, self._pools) for instance in self.whole.instances]
        return self._pools

    def _is_vetted(self, hint: Any) -> bool:
        """A sample is not enough where somebody has looked at more: a pool counts if that found nothing, either."""
        return self.vetted is None or hint in self.vetted or hint in self.whole.system.symmetric

    def touches(self, instance: Instance) -> set[int]:
        """All slots that an instance was seen to read or change."""
        number = instance.number
        return self.reads[number] | self.soft_reads[number] | self.changes[number]

    def read_by(self, about: PropertyInstance, memo: Memo) -> set[int]:
        """The slots that a property was seen to read, in some of the states that were looked at.

        What it raises there, the search meets again.
        """
        if about in self._read_by:
            return self._read_by[about]
        reads = self._read_by[about] = set[int]()
        slots = len(self.whole.schema.slots)
        with suppress(UserCodeError, ImpureError):
            if about.judged.kind != "step":
                for row in islice(self.rows, 0, None, max(1, len(self.rows) // JUDGED)):
                    reads.update(memo.judge(about, row).reads)
            else:
                for row, raw, info in self.steps[:: max(1, len(self.steps) // JUDGED)]:
                    by = info if about.judged.wants_step else None
                    reads.update(slot % slots for slot in memo.judge(about, row, raw, by).reads)
        return reads

    def sample(self, limits: Limits) -> None:
        """Look at some states of the whole. What user code raises there, the search meets again."""
        everything = self.whole.sliced(range(len(self.whole.schema.slots)), self.whole.instances)
        everything.observe = self.note
        memo = Memo(everything)
        everything.evaluate_with, everything.enabled_with = memo.evaluate, memo.enabled
        with suppress(UserCodeError, ImpureError):
            self._sample(everything, limits)

    def _sample(self, everything: Compiled, limits: Limits) -> None:
        deadline = time.monotonic() + limits.sampled_seconds
        frontier = everything.initial_rows()
        self.rows |= dict.fromkeys(frontier)
        for row in frontier:  # grows while it is read
            if len(self.rows) > limits.sampled_states // 2 or time.monotonic() > deadline:
                break
            for reached in self._expand(everything, row):
                if reached not in self.rows:
                    self.rows[reached] = None
                    frontier.append(reached)
        chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
        starts = list(self.rows)
        for _ in range(limits.sampled_states // 2 // WALK_LENGTH):
            row = chance.choice(starts)
            for _ in range(WALK_LENGTH):
                reached_rows = self._expand(everything, row)
                if not reached_rows or time.monotonic() > deadline:
                    break
                row = chance.choice(reached_rows)
                self.rows[row] = None

    def note(self, row: str, who: Instance | PropertyInstance, found: Evaluation | Judgement) -> None:
        """Note what an instance reads on a row of the whole, and what it would change there: see Compiled.observe."""
        if isinstance(who, Instance) and isinstance(found, Evaluation):
            self.reads[who.number].update(set(found.reads) - found.soft_reads)
            self.soft_reads[who.number] |= found.soft_reads
            for outcome in found.outcomes:
                changed = {slot for slot, character in outcome.writes if row[slot] != character}
                self.changes[who.number] |= changed | set(outcome.issues)

    def _expand(self, everything: Compiled, row: str) -> list[str]:
        for instance, evaluation in everything.enabled_with(row):
            self.note(row, instance, evaluation)
        steps = everything.steps(row).steps
        if steps:  # another one of each row's, in turn
            step = steps[len(self.steps) % len(steps)]
            self.steps.append((row, step.raw, step.instance.info))
        if everything.evaluator.timed:
            self.hurried |= {(row, step.row, step.instance.number) for step in steps if step.instance.urgent}
        return [step.row for step in steps]

    def livelocked(self, left_out: Iterable[int]) -> set[int]:
        """The instances that were seen to go around in a circle while the clock stands still."""
        numbers = set(left_out)
        edges = {edge for edge in self.hurried if edge[2] in numbers and edge[0] != edge[1]}
        while True:  # what does not lie between two such steps lies on no circle
            sources, targets = {edge[0] for edge in edges}, {edge[1] for edge in edges}
            inner = {edge for edge in edges if edge[0] in targets and edge[1] in sources}
            if inner == edges:
                return {number for _, _, number in edges}
            edges = inner
