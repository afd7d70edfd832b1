"""Breadth-first search over one compiled system: every state once, the shortest way to each, and all edges.

The search knows nothing of properties. A watcher is shown each new level of states and, if it wants, every step; it
says when there is nothing left to learn.
"""

from __future__ import annotations

import signal
import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from attrs import Factory, define, field, frozen

from clusterproof.checker.checkpoints import CheckpointDirectory
from clusterproof.checker.graph import Graph
from clusterproof.checker.memory import resident_bytes, size_text
from clusterproof.compiled import Compiled, Instance, Step
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.system import Bounds

Stepped = tuple[Instance, str]
"""Which step was taken: the instance, and the label of its choices."""

MEMORY_EVERY_SECONDS = 0.05
"""How often a search looks how much memory is used."""


@frozen(kw_only=True)
class Progress:
    """How far a search has come. rate: new states per second. frontier: states found but not expanded."""

    states: int
    rate: float
    frontier: int
    depth: int
    elapsed_seconds: float


@frozen(kw_only=True)
class Options:
    """How to search.

    more_seconds: how long to go on after the first refutation. memo: remember evaluations (same answers, faster).
    verify: call every function twice and compare, which is slow. keep_rows: hand the states back, where an engine need
    not keep them. progress: called every half second or so.
    fingerprint_bits: by how many bits the learned engine tells states apart, 64 or 128. machine_code: whether it may
    compile its loops; without, numpy does the same. checkpoints: where the learned engine writes them, if it does.
    symmetry: whether it may explore one of the states that differ by interchangeable ids only; mergeable: the id types
    that may be interchangeable then, any unless told.
    """

    bounds: Bounds = Factory(Bounds)
    stop_at_first: bool = False
    more_seconds: float = 60.0
    memo: bool = True
    verify: bool = False
    keep_rows: bool = False
    progress: Callable[[Progress], None] | None = None
    progress_every_seconds: float = 0.5
    fingerprint_bits: int = 64
    machine_code: bool = True
    checkpoints: CheckpointDirectory | None = None
    symmetry: bool = True
    mergeable: frozenset[Any] | None = None


@frozen
class LevelCounts:
    """When all states at one depth are known: how many there are so far, and how many steps led to them."""

    states: int
    transitions: int
    stuttering: int

    def __str__(self) -> str:
        return f"{self.states:,} states by {self.transitions:,} transitions and {self.stuttering:,} stuttering"


@frozen(kw_only=True)
class Path:
    """An execution: rows[0] is an initial row, and step number i leads from rows[i] to rows[i + 1]."""

    steps: tuple[Stepped, ...]
    rows: tuple[str, ...]

    def then(self, stepped: Stepped, row: str) -> Path:
        """The path with one more step."""
        return Path(steps=(*self.steps, stepped), rows=(*self.rows, row))


class Watcher(Protocol):
    """Who looks on while a search runs."""

    wants_steps: bool
    wants_graph: bool

    @property
    def refuted(self) -> bool:
        """Whether something was refuted."""

    @property
    def decided(self) -> bool:
        """Whether nothing is left to learn from more states."""

    def on_states(self, search: Search, states: range) -> None:
        """All states at one depth; the shortest ways to them are final."""

    def on_step(self, search: Search, source: int, step: Step) -> None:
        """One step from a state that is being expanded, wherever it leads."""

    def on_deadlock(self, search: Search, state: int) -> None:
        """A state from which nothing leads on."""


class Cut(Exception):
    """The search stops before it has seen everything; says why. by_chance: another run may stop elsewhere."""

    def __init__(self, why: str, *, by_chance: bool = False) -> None:
        super().__init__(why)
        self.by_chance = by_chance


@define(eq=False)
class Pace:
    """When a search has to stop, and whom it tells how far it has come.

    interrupted: not empty once somebody wants it to stop; see `noted_interrupts`.
    """

    options: Options
    interrupted: list[bool]
    started: float = Factory(time.monotonic)
    _refuted_at: float | None = None
    _reported: tuple[float, int] = (0.0, 0)
    _memory_due: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._reported = (self.started, 0)

    def pause(self, *, states: int, frontier: int, depth: int, refuted: bool) -> None:
        """Report now and then. Raises Cut when a limit on time or memory is reached, or somebody interrupted."""
        now = time.monotonic()
        if self.interrupted:
            raise Cut("interrupted", by_chance=True)
        if now >= self._memory_due:
            self._memory_due = now + MEMORY_EVERY_SECONDS
            self.grow(0)
        bound = self.options.bounds.seconds
        if bound is not None and now - self.started >= bound:
            raise Cut(f"the bound of {bound:g} seconds", by_chance=True)
        if self._refuted_at is None:
            self._refuted_at = now if refuted else None
        elif now - self._refuted_at >= self.options.more_seconds:
            more = f"{self.options.more_seconds:g} more seconds"
            raise Cut(f"{more} after the first refutation", by_chance=True)
        before, known = self._reported
        if self.options.progress is not None and now - before >= self.options.progress_every_seconds:
            self._reported = now, states
            rate = (states - known) / (now - before) if now > before else 0.0
            self.options.progress(
                Progress(states=states, rate=rate, frontier=frontier, depth=depth, elapsed_seconds=now - self.started)
            )

    def grow(self, more_bytes: int) -> None:
        """Ask for so much more memory. Raises Cut when the process would use more than it may."""
        bound = self.options.bounds.memory_bytes
        if bound is not None and resident_bytes() + more_bytes > bound:
            raise Cut(f"the bound of {size_text(bound)} of memory", by_chance=True)


@define(eq=False)
class Search:
    """A search and what it has seen. States are numbered in the order in which they are found.

    unknown: the state behind the steps that wanted an id from an exhausted pool. It has no row and does not count;
    in the graph it keeps such a step enabled, for a bound must not look like a state in which nothing can happen.
    cut: why the search stopped early, None when it was exhaustive. error: what user code raised.
    """

    compiled: Compiled
    watcher: Watcher
    options: Options
    rows: list[str] = Factory(list)
    level_counts: list[LevelCounts] = Factory(list)
    faults: list[int] = Factory(list)
    levels: list[int] = Factory(list)
    transitions: int = 0
    stuttering: int = 0
    seconds: float = 0.0
    unknown: int | None = None
    cut: str | None = None
    error: Exception | None = None
    error_state: int = -1
    fired: set[Instance] = Factory(set)
    marks: set[str] = Factory(set)
    exhausted: dict[str, None] = Factory(dict)
    graph: Graph | None = None
    _numbers: dict[str, int] = Factory(dict)
    _parents: array[int] = field(factory=lambda: array("I"))
    _taken: array[int] = field(factory=lambda: array("I"))
    _stepped: dict[Stepped, int] = Factory(dict)
    _pace: Pace = field(init=False)

    def run(self) -> None:
        """Search until everything is seen, a bound is reached, or nothing is left to learn."""
        started = time.monotonic()
        self.graph = Graph() if self.watcher.wants_graph else None
        judged = 0
        with noted_interrupts() as interrupted:
            self._pace = Pace(self.options, interrupted)
            try:
                for row in self.compiled.initial_rows():
                    self._add(row, 0, 0, 0, initial=True)
                while judged < len(self.rows):
                    level = range(judged, len(self.rows))
                    self.levels.append(judged)
                    self.level_counts.append(LevelCounts(self.states, self.transitions, self.stuttering))
                    judged = level.stop
                    self.watcher.on_states(self, level)
                    self._expand_level(level)
            except Cut as cut:
                self.cut = str(cut)
            except KeyboardInterrupt:  # from a callback; the signal itself is only noted
                self.cut = "interrupted"
            except (UserCodeError, ImpureError) as error:
                self.cut, self.error = "an error", error
            if judged < len(self.rows):
                self.levels.append(judged)
                self.watcher.on_states(self, range(judged, len(self.rows)))
        self.seconds = time.monotonic() - started

    @property
    def states(self) -> int:
        """How many states were found."""
        return len(self.rows) - (self.unknown is not None)

    @property
    def depth(self) -> int:
        """How many steps the farthest state found is away from the start."""
        deepest = self.levels[-1:] == [self.unknown] and self.levels[-1] == len(self.rows) - 1
        return max(len(self.levels) - 1 - deepest, 0)

    def depth_of(self, state: int) -> int:
        """How many steps a state is away from the start."""
        return bisect_right(self.levels, state) - 1

    def path(self, state: int) -> Path:
        """The shortest way to a state; of several the one with the fewest faults."""
        stepped = list(self._stepped)
        steps: list[Stepped] = []
        rows = [self.rows[state]]
        while self.depth_of(state) > 0:
            steps.append(stepped[self._taken[state]])
            state = self._parents[state]
            rows.append(self.rows[state])
        return Path(steps=tuple(reversed(steps)), rows=tuple(reversed(rows)))

    # ---------------------------------------------------------------- states
    def _add(self, row: str, parent: int, taken: int, faults: int, *, initial: bool = False) -> int:
        number = len(self.rows)
        self.rows.append(row)
        self.faults.append(faults)
        self._parents.append(parent)
        self._taken.append(taken)
        if self.graph is not None:
            self.graph.add_state(initial=initial)
        if row:
            self._numbers[row] = number
        return number

    def _expand_level(self, level: range) -> None:
        if self.watcher.decided:
            raise Cut("every property is decided")
        if self.watcher.refuted and self.options.stop_at_first:
            raise Cut("stopped at the first refutation")
        if self.options.bounds.depth is not None and self.depth >= self.options.bounds.depth:
            raise Cut(f"the bound of depth {self.options.bounds.depth}")
        for state in level:
            self._pace.pause(
                states=self.states, frontier=len(self.rows) - state, depth=self.depth, refuted=self.watcher.refuted
            )
            try:
                self._expand(state, level)
            except (UserCodeError, ImpureError):
                self.error_state = state
                raise

    def _expand(self, state: int, level: range) -> None:
        """Find every step from a state. What is interrupted leaves the state unexpanded."""
        if state == self.unknown:
            if self.graph is not None:
                self.graph.expand(state, ())
            return
        row, watched = self.rows[state], self.watcher.wants_steps
        found = self.compiled.steps(row)
        stuttering = found.stuttering
        edges: list[tuple[int, int]] = []
        for step in found.steps:
            if watched:
                self.watcher.on_step(self, state, step)
            self.marks.update(step.marks)
            if step.row == row:
                stuttering += 1
                continue
            self.fired.add(step.instance)
            edges.append((step.instance.number, self._target(state, step, level)))
        self.transitions += len(edges)
        self.stuttering += stuttering
        if found.exhausted:
            self.exhausted |= dict.fromkeys(found.exhausted)
        elif not edges:
            self.watcher.on_deadlock(self, state)
        if self.graph is not None:
            self.graph.expand(state, edges + self._bound_hits(row, found.exhausted))

    def _target(self, source: int, step: Step, level: range) -> int:
        """The state a step leads to. A way that is as short with fewer faults takes the place of the one known."""
        target = self._numbers.get(step.row)
        if target is not None and target < level.stop:
            return target
        faults = self.faults[source] + step.instance.fault
        if target is not None and faults >= self.faults[target]:
            return target
        taken = self._stepped.setdefault((step.instance, step.label), len(self._stepped))
        if target is None:
            bound = self.options.bounds.states
            if bound is not None and self.states >= bound:
                raise Cut(f"the bound of {bound} states")
            return self._add(step.row, source, taken, faults)
        self.faults[target], self._parents[target], self._taken[target] = faults, source, taken
        return target

    def _bound_hits(self, row: str, exhausted: tuple[str, ...]) -> list[tuple[int, int]]:
        """Edges to the unknown for the instances that found a pool exhausted."""
        if not exhausted:
            return []
        if self.unknown is None:
            self.unknown = self._add("", 0, 0, 0)
        evaluate = self.compiled.evaluate_with
        return [(i.number, self.unknown) for i in self.compiled.instances if evaluate(row, i).exhausted]


@contextmanager
def noted_interrupts() -> Iterator[list[bool]]:
    """Note the first Ctrl-C in the list, so that the search stops between two states; the second one interrupts."""
    noted: list[bool] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return
    before: Any = signal.getsignal(signal.SIGINT)

    def note(_number: int, _frame: Any) -> None:
        noted.append(True)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
