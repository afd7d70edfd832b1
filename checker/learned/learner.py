"""Learning: what the compiled loops did not know is asked of the functions, once, and becomes a path in a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from clusterproof.checker.answers import has_clock
from clusterproof.checker.judging import NO_DEADLOCK, Finding, JudgeFunction
from clusterproof.checker.learned import journal
from clusterproof.checker.learned.bundles import Bundles
from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.forest import Forest, Path, path_of
from clusterproof.checker.learned.journal import Journal
from clusterproof.checker.learned.judgements import Judgements
from clusterproof.checker.learned.orbits import Classes, SymmetryWatch
from clusterproof.checker.learned.transitions import Transition, Transitions
from clusterproof.checker.learned.ways import Ways
from clusterproof.checker.purity import functions_of
from clusterproof.checker.search import Options
from clusterproof.checker.statistics import FunctionStatistics
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, Instance, patch
from clusterproof.evaluation import Judgement

HOPELESS_ROWS, HOPELESS_SHARE = 1 << 16, 0.5
"""A tree is given up when more than this share of so many rows, or of ever more, has added to it."""


@define(eq=False)
class Learner:
    """The trees of one compiled system and some properties.

    actors: who is behind each root of the action forest: what is no fault, the clock if there is one, then the faults;
    regular is how many are no fault, clock the root after them or -1.
    regular_bundles, fault_bundles: of the trees of what is no fault, and of the faults.
    state_findings, step_findings: the properties of states and of steps. step_base: per step property its first root.
    calls: how often the functions behind a name were called. learned: int64, per root how many paths are known.
    state_paths: int64, the same per property of states. given_up: per name that is called directly the slots it reads.
    looked_at, learned_before: how many states there were when hopeless trees were looked for last, and what was learned
    by then, as in learned and state_paths.
    journal: where the calls are noted, for checkpoints. watch: looks whether ids that states are merged by are
    interchangeable. told_apart: per property the id types that it turned out to tell apart: what it says of merged
    states says nothing of the others.
    """

    compiled: Compiled
    findings: Sequence[Finding]
    options: Options
    classes: Classes | None = None
    actors: list[Instance] = field(init=False)
    regular: int = field(init=False)
    clock: int = field(init=False)
    state_findings: list[Finding] = field(init=False)
    step_findings: list[Finding] = field(init=False)
    step_base: list[int] = field(init=False)
    initial_rows: list[str] = field(init=False)
    columns: Columns = field(init=False)
    actions: Forest = field(init=False)
    regular_bundles: Bundles = field(init=False)
    fault_bundles: Bundles = field(init=False)
    states: Forest = field(init=False)
    steps: Forest = field(init=False)
    ways: Ways = field(init=False)
    state_judgements: Judgements = field(init=False, factory=Judgements)
    step_judgements: Judgements = field(init=False, factory=Judgements)
    calls: dict[str, int] = field(init=False, factory=dict)
    learned: NDArray[np.int64] = field(init=False)
    state_paths: NDArray[np.int64] = field(init=False)
    given_up: dict[str, set[int]] = field(init=False, factory=dict)
    journal: Journal | None = field(init=False, default=None)
    watch: SymmetryWatch | None = field(init=False, default=None)
    told_apart: dict[Property[Any], frozenset[Any]] = field(init=False, factory=dict)
    _unfolded: set[object] = field(init=False, factory=set)
    looked_at: int = field(init=False, default=0)
    learned_before: tuple[NDArray[np.int64], NDArray[np.int64]] = field(init=False)
    _transitions: Transitions = field(init=False)
    _judge: JudgeFunction = field(init=False)
    _step_roots: list[tuple[Finding, Instance | None]] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        evaluate, self._judge = functions_of(self.options, compiled.evaluate, compiled.judge)
        if self.classes is not None:
            self.watch = SymmetryWatch(compiled, self.classes, thorough=6)
            evaluate = self.watch.watched(evaluate)
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
        self.state_paths = np.zeros(len(self.state_findings), np.int64)
        self.learned_before = self.learned.copy(), self.state_paths.copy()
        self._number_step_roots()
        self.initial_rows = compiled.initial_rows()
        self.columns = Columns(self.initial_rows[0])
        for row in self.initial_rows[1:]:
            self.columns.fit(
                (s, c) for s, (c, first) in enumerate(zip(row, self.initial_rows[0], strict=True)) if c != first
            )
        self.ways = Ways(self.columns)
        self.actions = Forest(self.columns, [str(instance) for instance in self.actors])
        self.regular_bundles = Bundles(self.actions, 0, self.regular)
        self.fault_bundles = Bundles(self.actions, self.regular + (self.clock >= 0), len(self.actors))
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
        if self.journal is not None:
            self.journal.note(journal.ASK, root, row)
        return self._ask(root, row)

    def _ask(self, root: int, row: str) -> Transition:
        self._count(str(self.actors[root]))
        return self._transitions.of(row, self.actors[root])

    def tell(self, root: int, row: str) -> int:
        """The leaf of an instance whose tree was given up. Raises what its function raises."""
        before = self._ways_known()
        transition = self._ask(root, row)
        self.fit([(root, row, transition)])
        leaf = self.ways.leaf(self.actors[root], transition, row)
        self._note_direct(journal.TELL, root, row, changed=self._ways_known() != before)
        return leaf

    def _note_direct(self, kind: int, root: int, row: str, *, changed: bool) -> None:
        """Note a call that no tree was asked for, unless it changed nothing and nobody looked on."""
        if self.journal is not None and (changed or self.compiled.observe is not None):
            self.journal.note(kind, root, row)

    def _ways_known(self) -> tuple[int, ...]:
        """What grows whenever an action without a tree changes anything; nothing where no calls are noted."""
        if self.journal is None:
            return ()
        pools = self.compiled.evaluator.recorder.pools
        return len(self.ways.leaves_seen), sum(self.columns.capacity), len(pools), self._values(), *self._watched()

    def _watched(self) -> tuple[int, ...]:
        """What grows whenever looking for symmetry changes what is looked at later."""
        watch = self.watch
        if watch is None:
            return ()
        return watch.thorough_looks, len(watch.unfolded), len(self.told_apart), self._values()

    def _values(self) -> int:
        """How many values the slots have had so far."""
        return sum(map(len, self.compiled.schema.decode))

    def note_renaming(self, rename: Callable[[], None]) -> None:
        """Make values of the images of others, in the order in which it would be done again."""
        before = self._values()
        rename()
        if self.journal is not None and self._values() != before:
            self.journal.note(journal.RENAME)

    def learn_actions(self, met: Sequence[tuple[int, str, Transition]]) -> None:
        """Put what instances do on rows, (root, row, transition), into the trees."""
        if self.journal is not None and met:
            self.journal.note(journal.LEARN)
        self.fit(met)
        self._forget_unfolded()
        for root, row, known in met:  # that folds cannot be compared may be known only since
            transition = known.unfolded() if self.actors[root].action in self._unfolded else known
            self.learned[root] += 1
            leaf = self.ways.leaf(self.actors[root], transition, row)
            self.actions.add(path_of(root, transition.reads, transition.folds, row, leaf))

    def fit(self, met: Sequence[tuple[int, str, Transition]]) -> None:
        """Make columns, and room in them, for all that these transitions write."""
        grown = False
        for _, row, transition in met:
            read = transition.exact
            for way in transition.ways:
                there = [(s, c) for s, c in way.writes if s not in read or row[s] != c]
                grown = self.columns.fit((*there, *way.raw)) or grown
        if grown:
            for forest in (self.actions, self.states, self.steps):
                forest.rebuild()

    def give_up_hopeless(self, rows: int) -> None:
        """Give up the trees that most rows add to: what is learned of them is not met again.

        rows: how many states there are. Looked at whenever their number has doubled: all trees grow in the beginning.
        """
        since = rows - self.looked_at
        if rows < HOPELESS_ROWS or since < self.looked_at:
            return
        self.looked_at = rows
        known = (self.actions, self.states), (self.learned, self.state_paths), self.learned_before
        for forest, learned, before in zip(*known, strict=True):
            new = learned - before
            before[:] = learned
            for root in np.flatnonzero(new > since * HOPELESS_SHARE).tolist():
                if root not in forest.direct and not (forest is self.actions and root == self.clock):
                    self.give_up(root, of_states=forest is self.states)

    def give_up(self, root: int, *, of_states: bool = False) -> None:
        """Give up the tree of an action, or of a property of states."""
        if self.journal is not None:
            self.journal.note(journal.GIVE_UP, root, way=int(of_states))
        forest = self.states if of_states else self.actions
        self.given_up[forest.names[root]] = {s for path in forest.paths if path.root == root for s in path.slots}
        forest.give_up(root)

    def learn_state(self, root: int, row: str) -> None:
        """Ask a property what it says of a state. Raises what it raises."""
        if self.journal is not None:
            self.journal.note(journal.STATE, root, row)
        judgement, leaf = self._judged(root, row)
        self.states.add(path_of(root, judgement.reads, judgement.folds, row, leaf))
        self.state_paths[root] += 1

    def judge_directly(self, root: int, row: str) -> int:
        """The leaf for what a property says of a state, without learning it. Raises what the property raises."""
        before = len(self.state_judgements.said), *self._watched()
        _, leaf = self._judged(root, row)
        changed = (len(self.state_judgements.said), *self._watched()) != before
        self._note_direct(journal.JUDGE, root, row, changed=changed)
        return leaf

    def _judged(self, root: int, row: str) -> tuple[Judgement, int]:
        finding = self.state_findings[root]
        self._count(finding.about.judged.name)
        judgement = self._judge(finding.about, row)
        judgement = self._widened(judgement, finding, row)
        return judgement, self.state_judgements.leaf(finding, judgement)

    def learn_step(self, root: int, row: str, number: int) -> None:
        """Ask a step property what it says of a step, by the number of its way. Raises what it raises."""
        if self.journal is not None:
            self.journal.note(journal.STEP, root, row, number)
        by, way = self.ways.taken[number]
        finding, _ = self._step_roots[root]
        self._count(finding.about.judged.name)
        after = patch(patch(row, way.writes), way.raw)
        info = by.info if finding.wants_step else None
        judgement = self._judge(finding.about, row, after, info)
        judgement = self._widened(judgement, finding, row, after, by)
        leaf = self.step_judgements.leaf(finding, judgement)
        self.steps.add(path_of(root, judgement.reads, judgement.folds, row + after, leaf))

    def _widened(
        self, judgement: Judgement, finding: Finding, row: str, after: str | None = None, by: Instance | None = None
    ) -> Judgement:
        """The judgement, as far as it holds of renamed rows; it is noted when a property tells ids apart."""
        judged = finding.about.judged
        if self.watch is None or judged in self.told_apart:
            return judgement
        hints, besides = self.watch.check_property(finding.about, row, after, by)
        if hints:
            # What it says here is unknown from now on, and no longer compared: paths that were widened would not fit.
            self.told_apart[judged] = hints
            self._forget({judged})
            return judgement
        if judged in self.watch.unfolded:
            self._forget_unfolded()
            judgement = evolve(judgement, folds=None)
        return judgement.also_reading(besides) if besides else judgement

    def _forget_unfolded(self) -> None:
        """Forget what was learned of functions whose folds turned out not to be comparable: they begin anew."""
        new = set() if self.watch is None else self.watch.unfolded - self._unfolded
        self._unfolded |= new
        self._forget(new)

    def _forget(self, functions: set[object]) -> None:
        """Forget what was learned of some actions and properties."""
        for forest, behind in (
            (self.actions, [actor.action for actor in self.actors]),
            (self.states, [finding.about.judged for finding in self.state_findings]),
            (self.steps, [finding.about.judged for finding, _ in self._step_roots]),
        ):
            roots = {root for root, function in enumerate(behind) if function in functions}
            if roots:
                forest.forget(roots)

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
        return [
            FunctionStatistics(
                name=name,
                calls=calls,
                ways_to_read=len(paths.get(name, ())),
                slots=tuple(self._slot_names(sorted(self.given_up.get(name, ())))),
                called_directly=name in self.given_up,
            )
            for name, calls in self.calls.items()
        ]

    def _slot_names(self, slots: Sequence[int]) -> list[str]:
        return [self.compiled.schema.slots[slot].path for slot in slots]

    def _count(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
