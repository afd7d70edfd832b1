"""What a search notes about its properties: claims made, claims broken, and the nearest place of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK, Finding, Place
from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.backend import Backend
from clusterproof.checker.learned.judgements import GIVEN, GOOD
from clusterproof.checker.learned.kernel_states import StateTrees
from clusterproof.checker.learned.learner import Learner
from clusterproof.checker.learned.rooms import MISSES, Rooms
from clusterproof.checker.learned.trail import Trail
from clusterproof.compiled import Step, patch
from clusterproof.errors import ImpureError, UserCodeError

NO_STEP = "some step is possible"


@define(eq=False)
class Notes:
    """Judges states and steps with the trees of a learner, and tells the findings.

    refuted: whether a claim was broken.
    """

    learner: Learner
    trail: Trail
    backend: Backend
    refuted: bool = field(init=False, default=False)

    # ---------------------------------------------------------------- states
    def judge_level(self, rows: NDArray[Any], first: int, rooms: Rooms) -> None:
        """Let the properties of states look at the states of a level; `first` is the number of the first of them."""
        for finding in self.learner.findings:
            if finding.about.judged is NO_DEADLOCK:
                finding.said.add(NO_STEP)
        values = np.zeros((len(self.learner.state_findings), len(rows)), np.uint8)
        if len(values):
            for start in range(0, len(rows), MISSES):
                todo = np.arange(start, min(start + MISSES, len(rows)), dtype=np.int32)
                self._judge(rows, first, todo, values, rooms)
                self._judge_directly(rows, first, todo, values)
                self.learner.give_up_hopeless(self.trail.states)
            self._note_states()
        for root, finding in enumerate(self.learner.state_findings):
            if finding.kind in LIVENESS and finding.error is None:
                finding.good += (values[root] & GOOD).tobytes()
                finding.given += (values[root] & GIVEN).tobytes() if finding.kind == "leads_to" else b""

    def _judge(
        self, rows: NDArray[Any], first: int, todo: NDArray[np.int32], values: NDArray[np.uint8], rooms: Rooms
    ) -> None:
        """Judge rows until nothing is missed any more."""
        learner, counts = self.learner, rooms.counts
        while len(todo):
            counts[kernel.MISSES] = counts[kernel.DEFERRED] = 0
            asked = [
                root
                for root, finding in enumerate(learner.state_findings)
                if finding.error is None and root not in learner.states.direct
            ]
            told = learner.state_judgements
            trees = StateTrees(
                learner.states.nodes, learner.states.roots, told.value.array, told.seen.array, told.places.array
            )
            self.backend.judge(rows, todo, first, trees, np.array(asked, np.int32), values, rooms.misses, counts)
            missed, misses = int(counts[kernel.MISSES]), rooms.misses
            todo = misses.deferred[: counts[kernel.DEFERRED]].copy()
            for index in np.unique(misses.holes[:missed, 2], return_index=True)[1]:
                row, root = int(misses.holes[index, 0]), int(misses.holes[index, 1])
                self._learn_state(root, learner.columns.row(rows[row]), first + row)
            counts[kernel.MISSES] = counts[kernel.DEFERRED] = 0

    def _judge_directly(
        self, rows: NDArray[Any], first: int, todo: NDArray[np.int32], values: NDArray[np.uint8]
    ) -> None:
        """Call the properties whose trees were given up, for every row."""
        learner, told = self.learner, self.learner.state_judgements
        for root in learner.states.direct:
            finding = learner.state_findings[root]
            for index in todo.tolist() if finding.error is None else ():
                try:
                    leaf = learner.judge_directly(root, learner.columns.row(rows[index]))
                except (UserCodeError, ImpureError) as error:
                    finding.error, finding.error_place = error, self._place(first + index)
                    break
                values[root, index] = told.value.array[leaf]
                if not told.seen.array[leaf]:
                    told.seen.array[leaf], told.places.array[leaf, 0] = 1, first + index

    def _learn_state(self, root: int, row: str, state: int) -> None:
        finding = self.learner.state_findings[root]
        if finding.error is not None:
            return
        try:
            self.learner.learn_state(root, row)
        except (UserCodeError, ImpureError) as error:
            finding.error, finding.error_place = error, self._place(state)

    def _note_states(self) -> None:
        judgements = self.learner.state_judgements
        for leaf in judgements.newly_seen():
            finding, judgement = judgements.said[leaf]
            place = self._place(int(judgements.places.array[leaf, 0]))
            wanted = finding.kind == "reachable"
            for made, _ in judgement.claims:
                finding.said.add(made.says)
                if made.holds is wanted and finding.kind not in LIVENESS:
                    self._note(finding, made.says, place)

    def note_deadlocks(self, marks: NDArray[np.uint8], first: int) -> None:
        """Note the first state of a level from which nothing leads on, where that is forbidden."""
        stuck = np.flatnonzero(marks == kernel.ROW_DONE | kernel.FAULTS_DONE)
        for finding in self.learner.findings if len(stuck) else ():
            if finding.about.judged is NO_DEADLOCK:
                self._note(finding, NO_STEP, self._place(first + int(stuck[0])))

    # ---------------------------------------------------------------- steps
    def step_trees(self) -> kernel.StepTrees | None:
        """The trees of the step properties, for compiled code; None where there is no such property."""
        if not self.learner.step_findings:
            return None
        learner, told = self.learner, self.learner.step_judgements
        asked = [
            (base, finding.wants_step)
            for base, finding in zip(learner.step_base, learner.step_findings, strict=True)
            if finding.error is None
        ]
        return kernel.StepTrees(
            learner.steps.nodes,
            learner.steps.roots,
            np.array(asked, np.int32).reshape(len(asked), 2),
            told.seen.array,
            told.places.array,
        )

    def learn_step(self, root: int, row: str, way: int, state: int) -> None:
        """Ask a step property what it says of a step from a state."""
        finding = self.learner.finding_of_step(root)
        if finding.error is not None:
            return
        try:
            self.learner.learn_step(root, row, way)
        except (UserCodeError, ImpureError) as error:
            finding.error, finding.error_place = error, self._step_place(row, way, state)

    def note_steps(self, rows: NDArray[Any]) -> None:
        """Note what step properties said for the first time about steps from the rows of a level."""
        judgements = self.learner.step_judgements
        for leaf in judgements.newly_seen():
            finding, judgement = judgements.said[leaf]
            state = int(judgements.places.array[leaf, 0])
            row = self.learner.columns.row(rows[state - self.trail.first[-1]])
            place = self._step_place(row, int(judgements.places.array[leaf, 1]), state)
            for made, _ in judgement.claims:
                finding.said.add(made.says)
                if not made.holds:
                    self._note(finding, made.says, place)

    # ---------------------------------------------------------------- places
    def _note(self, finding: Finding, says: str, place: Place) -> None:
        self.refuted = self.refuted or finding.kind != "reachable"
        finding.note(says, place)

    def _place(self, state: int) -> Place:
        return Place(nearness=(self.trail.depth_of(state), self.trail.faults_of(state), state), state=state)

    def _step_place(self, row: str, number: int, state: int) -> Place:
        instance, way = self.learner.ways.taken[number]
        after = patch(row, way.writes)
        step = Step(instance, way.label, after, patch(after, way.raw), way.marks)
        nearness = (self.trail.depth_of(state) + 1, self.trail.faults_of(state) + instance.fault, state)
        return Place(nearness=nearness, state=state, step=step)
