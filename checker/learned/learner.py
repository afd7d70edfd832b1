"""Learning: what the compiled loops did not know is asked of the functions, once, and becomes a path in a tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.answers import has_clock
from clusterproof.checker.judging import NO_DEADLOCK, Finding, JudgeFunction
from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.forest import Forest, Path
from clusterproof.checker.learned.judgements import Judgements
from clusterproof.checker.learned.transitions import Transition, Transitions, Way
from clusterproof.checker.learned.ways import Ways
from clusterproof.checker.purity import functions_of
from clusterproof.checker.search import Options
from clusterproof.checker.statistics import FunctionStatistics
from clusterproof.compiled import Compiled, Instance, patch

HOPELESS_ROWS, HOPELESS_SHARE = 10_000, 0.2
"""A tree is given up when after so many rows more than this share of them has added to it."""


@define(eq=False)
class Learner:
    """The trees of one compiled system and some properties.

    actors: who is behind each root of the action forest: what is no fault, the clock if there is one, then the faults;
    regular and faults are their ranges, clock the root between them or -1.
    state_findings, step_findings: the properties of states and of steps. step_base: per step property its first root.
    calls: how often the functions behind a name were called. learned: int64, per root how many paths are known.
    given_up: per root that is called directly the slots it was seen to read.
    """

    compiled: Compiled
    findings: Sequence[Finding]
    options: Options
    actors: list[Instance] = field(init=False)
    regular: int = field(init=False)
    clock: int = field(init=False)
    state_findings: list[Finding] = field(init=False)
    step_findings: list[Finding] = field(init=False)
    step_base: list[int] = field(init=False)
    initial_rows: list[str] = field(init=False)
    columns: Columns = field(init=False)
    actions: Forest = field(init=False)
    states: Forest = field(init=False)
    steps: Forest = field(init=False)
    ways: Ways = field(init=False)
    state_judgements: Judgements = field(init=False, factory=Judgements)
    step_judgements: Judgements = field(init=False, factory=Judgements)
    calls: dict[str, int] = field(init=False, factory=dict)
    learned: NDArray[np.int64] = field(init=False)
    given_up: dict[int, set[int]] = field(init=False, factory=dict)
    _transitions: Transitions = field(init=False)
    _judge: JudgeFunction = field(init=False)
    _step_roots: list[tuple[Finding, Instance | None]] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        evaluate, self._judge = functions_of(self.options, compiled.evaluate, compiled.judge)
        self._transitions = Transitions(compiled, evaluate)
        self.actors = [instance for instance in compiled.instances if not instance.fault]
        self.regular, self.clock = len(self.actors), -1
        if has_clock(compiled):
            self.clock = len(self.actors)
            self.actors.append(compiled.clock)
        self.actors += [instance for instance in compiled.instances if instance.fault]
        self.state_findings = [f for f in self.findings if f.kind != "step" and f.about.judged is not NO_DEADLOCK]
        self.step_findings = [finding for finding in self.findings if finding.kind == "step"]
        self.learned = np.zeros(len(self.actors), np.int64)
        self._number_step_roots()
        self.initial_rows = compiled.initial_rows()
        self.columns = Columns(self.initial_rows[0])
        for row in self.initial_rows[1:]:
            self.columns.fit(
                (s, c) for s, (c, first) in enumerate(zip(row, self.initial_rows[0], strict=True)) if c != first
            )
        self.ways = Ways(self.columns)
        self.actions = Forest(self.columns, [str(instance) for instance in self.actors])
        self.states = Forest(self.columns, [finding.about.judged.name for finding in self.state_findings])
        self.steps = Forest(self.columns, [finding.about.judged.name for finding, _ in self._step_roots], rows=2)

    def _number_step_roots(self) -> None:
        """One root per step property, or one per instance where it asks who took the step."""
        self.step_base = []
        numbers = 1 + max((instance.number for instance in self.actors), default=0)
        by_number: list[Instance | None] = [None] * numbers
        for instance in self.actors:
            by_number[instance.number] = instance
        for finding in self.step_findings:
            self.step_base.append(len(self._step_roots))
            self._step_roots += [(finding, by) for by in by_number] if finding.wants_step else [(finding, None)]

    # ---------------------------------------------------------------- learning
    def ask(self, root: int, row: str) -> Transition:
        """What an instance does on a row. Raises what its function raises."""
        self._count(str(self.actors[root]))
        return self._transitions.of(row, self.actors[root])

    def learn_actions(self, met: Sequence[tuple[int, str, Transition]]) -> None:
        """Put what instances do on rows, (root, row, transition), into the trees."""
        self.fit(met)
        for root, row, transition in met:
            self.learned[root] += 1
            leaf = self.ways.leaf(self.actors[root], transition, row)
            values = tuple(ord(row[slot]) for slot in transition.reads)
            self.actions.add(Path(root, transition.reads, values, leaf))

    def fit(self, met: Sequence[tuple[int, str, Transition]]) -> None:
        """Make columns, and room in them, for all that these transitions write."""
        grown = False
        for _, row, transition in met:
            read = set(transition.reads)
            for way in transition.ways:
                there = [(s, c) for s, c in way.writes if s not in read or row[s] != c]
                grown = self.columns.fit((*there, *way.raw)) or grown
        if grown:
            for forest in (self.actions, self.states, self.steps):
                forest.rebuild()

    def give_up_hopeless(self, rows: int) -> None:
        """Give up the trees that most rows add to: it is cheaper to call those functions for every row."""
        for root in np.flatnonzero(self.learned > rows * HOPELESS_SHARE) if rows >= HOPELESS_ROWS else ():
            if int(root) not in self.actions.direct and root != self.clock:
                self.given_up[int(root)] = {s for path in self.actions.paths if path.root == root for s in path.slots}
                self.actions.give_up(int(root))

    def learn_state(self, root: int, row: str) -> None:
        """Ask a property what it says of a state. Raises what it raises."""
        finding = self.state_findings[root]
        self._count(finding.about.judged.name)
        judgement = self._judge(finding.about, row)
        values = tuple(ord(row[slot]) for slot in judgement.reads)
        self.states.add(Path(root, judgement.reads, values, self.state_judgements.leaf(finding, judgement)))

    def learn_step(self, root: int, row: str, way: Way, by: Instance) -> None:
        """Ask a step property what it says of a step. Raises what it raises."""
        finding, _ = self._step_roots[root]
        self._count(finding.about.judged.name)
        after = patch(patch(row, way.writes), way.raw)
        info = by.info if finding.wants_step else None
        judgement = self._judge(finding.about, row, after, info)
        both = row + after
        values = tuple(ord(both[slot]) for slot in judgement.reads)
        self.steps.add(Path(root, judgement.reads, values, self.step_judgements.leaf(finding, judgement)))

    def finding_of_step(self, root: int) -> Finding:
        """The step property behind a root."""
        return self._step_roots[root][0]

    def statistics(self) -> list[FunctionStatistics]:
        """How often each function was called, and what is known of it."""
        paths: dict[str, list[Path]] = {}
        for path in self.actions.paths:
            paths.setdefault(str(self.actors[path.root]), []).append(path)
        for forest in (self.states, self.steps):
            for path in forest.paths:
                paths.setdefault(forest.names[path.root], []).append(path)
        direct = {str(self.actors[root]): sorted(self.given_up[root]) for root in self.actions.direct}
        return [
            FunctionStatistics(
                name=name,
                calls=calls,
                ways_to_read=len(paths.get(name, ())),
                slots=tuple(self._slot_names(direct[name])) if name in direct else (),
                called_directly=name in direct,
            )
            for name, calls in self.calls.items()
        ]

    def _slot_names(self, slots: Sequence[int]) -> list[str]:
        return [self.compiled.schema.slots[slot].path for slot in slots]

    def _count(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
