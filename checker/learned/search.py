"""Breadth-first search with learned trees: level by level, in chunks that compiled code expands."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.judging import Finding
from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.backend import Backend
from clusterproof.checker.learned.bundles import Bundles
from clusterproof.checker.learned.kernel_orbits import Orbits
from clusterproof.checker.learned.learner import Learner
from clusterproof.checker.learned.notes import Notes
from clusterproof.checker.learned.orbits import Classes, OrbitArrays, SymmetryLost, drew_elsewhere
from clusterproof.checker.learned.rooms import ROOM, Rooms
from clusterproof.checker.learned.trail import Trail
from clusterproof.checker.search import Cut, LevelCounts, Options, Pace, Path, noted_interrupts
from clusterproof.compiled import Compiled, Instance
from clusterproof.errors import ImpureError, UserCodeError

if TYPE_CHECKING:
    from clusterproof.checker.learned.checkpoint import Checkpointer

FIRST_CHUNK, LARGEST_CHUNK = 64, 1 << 15
"""How many rows are expanded in one go: few while much is to be learned."""

MOST_CHANCE = 1e-3
"""Where the chance of a missed state is larger, nothing is proved."""
WATCHED_CHUNK = 1 << 12
"""How many at most where memory is bounded, for it is looked at between two chunks."""

MOST_COUNTED = 2**32
"""Of so many renamings orbits are counted; their sums fit into 64 bits."""

MOST_STATES = 2**32 - 2
"""States are numbered in 32 bits, and the last number stands for the unknown."""

ALL_DONE = kernel.ROW_DONE | kernel.FAULTS_DONE


@define(eq=False)
class LearnedSearch:
    """A search and what it has seen; see checker.search.Search for the names they share.

    classes: the ids that states are merged by; None where they are not. orbits: what makes fingerprints of orbits then.
    level: the rows that are expanded, [rows, columns]. hashes: their fingerprints. marks: per row of each level what
    was done with it. full_states: how many states those found stand for, where they are merged. needs_more_bits: it
    stopped because fingerprints of this size could not tell more states apart.
    """

    compiled: Compiled
    findings: Sequence[Finding]
    options: Options
    backend: Backend
    wants_graph: bool
    classes: Classes | None = None
    cut: str | None = None
    error: Exception | None = None
    error_state: int = -1
    needs_more_bits: bool = False
    full_states: int = 0
    seconds: float = 0.0
    learner: Learner = field(init=False)
    rooms: Rooms = field(init=False)
    orbits: OrbitArrays | None = field(init=False, default=None)
    trail: Trail = field(init=False)
    notes: Notes = field(init=False)
    marks: list[NDArray[np.uint8]] = field(init=False, factory=list)
    level_counts: list[LevelCounts] = field(init=False, factory=list)
    kept_rows: list[NDArray[Any]] = field(init=False, factory=list)
    edges: list[NDArray[np.uint32]] = field(init=False, factory=list)
    level: NDArray[Any] = field(init=False)
    hashes: NDArray[np.uint64] = field(init=False)
    _told: NDArray[np.int32] = field(init=False)
    chunk: int = field(init=False, default=FIRST_CHUNK)
    _pace: Pace = field(init=False)
    _checkpointer: Checkpointer | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        wide, classes = self.options.fingerprint_bits > 64, self.classes
        self.learner = Learner(self.compiled, self.findings, self.options, classes)
        if classes is not None:
            self.orbits = OrbitArrays.of(self.compiled, self.learner.columns, classes, wide=wide)
        self.rooms = Rooms(wide=wide, graph=self.wants_graph, merging=classes is not None, backend=self.backend)
        self.trail = Trail(self.compiled, self.learner.ways, self.learner.initial_rows)
        self.notes = Notes(self.learner, self.trail, self.backend)
        self._told = np.zeros((1, 1), np.int32)
        if self.options.checkpoints is not None:
            from clusterproof.checker.learned.checkpoint import Checkpointer  # noqa: PLC0415  (few runs need it)

            self._checkpointer = Checkpointer(self, self.options.checkpoints)

    def run(self) -> None:
        """Search until everything is seen, a bound is reached, or nothing is left to learn."""
        started = time.monotonic()
        with noted_interrupts() as interrupted:
            self._pace = Pace(self.options, interrupted)
            by_chance = False
            try:
                keys = self._merge_first()
                if self._checkpointer is None or not self._checkpointer.resume():
                    self._begin(keys)
                while len(self.level):
                    self.level_counts.append(LevelCounts(self.states, self.transitions, self.stuttering))
                    self._judge_level()
                    self._refuse_to_go_on()
                    self._expand_level()
                    if self._checkpointer is not None and len(self.level):
                        self._checkpointer.level_done()
            except Cut as cut:
                self.cut, by_chance = str(cut), cut.by_chance
            except KeyboardInterrupt:  # from a callback; the signal itself is only noted
                self.cut, by_chance = "interrupted", True
            except (UserCodeError, ImpureError) as error:
                self.cut, self.error = "an error", error
            self._end()
            if self._checkpointer is not None and self.error is None and not by_chance:
                with suppress(OSError):  # of a search that has its answers, at worst it has to be made again
                    self._checkpointer.ended()
        self.seconds = time.monotonic() - started

    # ---------------------------------------------------------------- what was seen
    @property
    def states(self) -> int:
        """How many states were found."""
        return self.trail.states

    @property
    def keeps_rows(self) -> bool:
        """Whether somebody wants the states themselves."""
        return bool(self.compiled.cut) or self.options.keep_rows

    @property
    def resumed(self) -> bool:
        """Whether a checkpoint said what came of it, so that nothing was explored."""
        return self._checkpointer is not None and self._checkpointer.was_ended

    @property
    def depth(self) -> int:
        """How many steps the farthest state found is away from the start."""
        return max(self.trail.depth, 0)

    @property
    def transitions(self) -> int:
        """How many steps were taken."""
        return int(self.rooms.counts[kernel.TRANSITIONS])

    @property
    def stuttering(self) -> int:
        """How many outcomes changed nothing."""
        return int(self.rooms.counts[kernel.STUTTERING])

    @property
    def fired(self) -> set[Instance]:
        """What was taken at least once."""
        seen = self.learner.ways.seen
        return {self.learner.ways.taken[way][0] for way in np.flatnonzero(seen & 2)}

    @property
    def marks_met(self) -> set[str]:
        """What `cover` noted in steps that were taken."""
        ways = self.learner.ways
        return {mark for way in np.flatnonzero(ways.seen & 1) for mark in ways.taken[way][1].marks}

    @property
    def exhausted(self) -> dict[str, None]:
        """The pools that had no id left."""
        ways = self.learner.ways
        pools = (pool for leaf in np.flatnonzero(ways.leaves_seen).tolist() for pool in ways.exhausted[leaf][1])
        return dict.fromkeys(pools)

    @property
    def chance_missed(self) -> float:
        """The chance that two states shared a fingerprint, so that one was missed."""
        return float(self.states) ** 2 / 2.0 ** (self.options.fingerprint_bits + 1)

    def path(self, state: int) -> Path:
        """The shortest way to a state; of several one with the fewest faults."""
        return self.trail.path(state)

    # ---------------------------------------------------------------- levels
    def _merge_first(self) -> NDArray[np.uint64] | None:
        """Of the initial rows keep one per orbit, and return the fingerprints of these."""
        if self.orbits is None:
            return None
        keys = self.orbits.fingerprints(self.learner.initial_rows)
        first = np.sort(np.unique(keys, axis=0, return_index=True)[1])
        self.trail.initial_rows = [self.learner.initial_rows[n] for n in first.tolist()]
        return keys[first]

    def _begin(self, keys: NDArray[np.uint64] | None) -> None:
        columns = self.learner.columns
        rows = np.array([columns.values(row) for row in self.trail.initial_rows], columns.kind)
        self.level = rows.reshape(len(rows), len(columns.slots))
        hashes = np.zeros((len(rows), 2), np.uint64)
        for which in (0, 1):
            hashes[:, which] = np.uint64(columns.number(which, 0, -1) or 1)
            for column in range(rows.shape[1]):
                hashes[:, which] ^= columns.numbers[which, columns.offset[column] + rows[:, column].astype(np.int64)]
        self.hashes = hashes
        self.rooms.make_table(2 * len(rows) + ROOM)
        self.backend.insert(self.rooms.table, hashes if keys is None else keys, hashes, 0)
        self.trail.add_level(np.zeros((0, 2), np.uint32), [len(rows)], len(rows))
        bound = self.options.bounds.states
        if bound is not None and len(rows) > bound:
            raise Cut(f"the bound of {bound} states")

    def _judge_level(self) -> None:
        """Show the states of the level to the properties."""
        if self.keeps_rows:
            self.kept_rows.append(self.level.copy())
        self._count_full_states()
        self.marks.append(np.zeros(len(self.level), np.uint8))
        self.notes.judge_level(self.level, self.trail.first[-1], self.rooms)

    def _count_full_states(self) -> None:
        """Count how many states those of the level stand for."""
        if self.orbits is None or self.orbits.merging.permutations > MOST_COUNTED:
            return
        self.level = self._widened(self.level)
        made, groups = self._orbit_arrays(self.orbits), self.orbits.first_groups
        counted = self.backend.full_states(self.level, made, groups, self.orbits.merging.permutations)
        self.full_states += int(counted)

    def _refuse_to_go_on(self) -> None:
        bound = self.options.bounds.depth
        if self.findings and all(finding.settled for finding in self.findings):
            raise Cut("every property is decided")
        if self.notes.refuted and self.options.stop_at_first:
            raise Cut("stopped at the first refutation")
        if bound is not None and self.depth >= bound:
            raise Cut(f"the bound of depth {bound}")

    def _expand_level(self) -> None:
        """Take all steps, those with fewer faults on the way first, so that states are found by as few as possible."""
        learner, counts = self.learner, self.rooms.counts
        counts[kernel.NEW] = 0
        ends = [end - self.trail.first[-1] for end in self.trail.buckets[-1]]
        faults = learner.fault_bundles
        any_faults = faults.first < faults.end
        sizes: list[int] = []
        try:
            for bucket in range(len(ends) - 1 + any_faults):
                before = int(counts[kernel.NEW])
                if bucket < len(ends) - 1:
                    done = kernel.ROW_DONE if any_faults else ALL_DONE
                    self._pass(ends[bucket], ends[bucket + 1], learner.regular_bundles, learner.clock, done)
                if bucket > 0:
                    self._pass(ends[bucket - 1], ends[bucket], faults, -1, kernel.FAULTS_DONE)
                sizes.append(int(counts[kernel.NEW]) - before)
        finally:
            self.notes.note_steps(self.level)
            self._next_level(sizes)

    def _next_level(self, sizes: list[int]) -> None:
        """What was found becomes the level to expand."""
        counts, found = self.rooms.counts, self.rooms.found
        new = int(counts[kernel.NEW])
        counts[kernel.NEW] = 0
        self.notes.note_deadlocks(self.marks[-1], self.trail.first[-1])
        self._keep_edges()
        if new:
            if new > sum(sizes):
                sizes.append(new - sum(sizes))  # of a level that was cut short
            while not sizes[-1]:
                sizes.pop()
            self.trail.add_level(found.origins[:new].copy(), sizes, new)
        self.level, self.hashes = found.rows[:new].copy(), found.hashes[:new].copy()
        self._told = np.zeros((0, new), np.int32)

    def _pass(self, start: int, end: int, trees: Bundles, clock: int, done: int) -> None:
        """Let some instances act on some rows of the level."""
        waiting = [np.arange(start, end, dtype=np.int32)]
        largest = LARGEST_CHUNK if self.options.bounds.memory_bytes is None else WATCHED_CHUNK
        while waiting:
            todo = waiting.pop()
            reached = self._expand(todo[: self.chunk], trees, clock, done)
            if reached < len(todo):
                waiting.append(todo[reached:])
            deferred = int(self.rooms.counts[kernel.DEFERRED])
            if deferred:
                waiting.append(self.rooms.misses.deferred[:deferred].copy())
                self._learn()
                self.learner.give_up_hopeless(self.states)
            surprising = deferred > self.chunk // 8
            self.chunk = max(self.chunk // 2, FIRST_CHUNK) if surprising else min(2 * self.chunk, largest)

    def _expand(self, todo: NDArray[np.int32], trees: Bundles, clock: int, done: int) -> int:
        """Expand some rows; returns how far it came. Raises Cut."""
        learner, rooms, most = self.learner, self.rooms, self._most_states()
        new = int(rooms.counts[kernel.NEW])
        self._pace.pause(
            states=self.states + new, frontier=len(self.level) + new, depth=self.depth, refuted=self.notes.refuted
        )
        if learner.actions.direct:
            self._tell(todo, trees)
        trees.refresh()
        self._make_room()
        columns = learner.columns
        reached = self.backend.expand(
            kernel.Level(self.level, self.hashes, self.marks[-1], self._told, self.trail.first[-1]),
            todo,
            kernel.Trees(learner.actions.nodes, learner.actions.roots, trees.array, trees.first, trees.end, clock),
            learner.ways.arrays(),
            kernel.Numbers(columns.offset, columns.numbers),
            None if self.orbits is None else self._orbit_arrays(self.orbits),
            self.notes.step_trees(),
            rooms.table,
            rooms.found,
            rooms.edges,
            rooms.misses,
            rooms.scratch,
            rooms.counts,
            done,
            self.states,
            most,
        )
        if rooms.counts[kernel.FULL]:
            self.needs_more_bits = most != self.options.bounds.states
            raise Cut(f"the bound of {most} states")
        return int(reached)

    def _orbit_arrays(self, orbits: OrbitArrays) -> Orbits:
        """What makes fingerprints of orbits, with all values that have appeared."""
        self.learner.note_renaming(orbits.update)
        return orbits.arrays(len(self.rooms.scratch.candidates))

    def _most_states(self) -> int:
        """The bound on states, or how many can be told apart."""
        told_apart = int((MOST_CHANCE * 2.0 ** (self.options.fingerprint_bits + 1)) ** 0.5)
        most = min(MOST_STATES, told_apart)
        bound = self.options.bounds.states
        return most if bound is None else min(most, bound)

    def _tell(self, todo: NDArray[np.int32], trees: Bundles) -> None:
        """Call the functions whose trees were given up, for every row to be expanded."""
        learner = self.learner
        size = len(learner.actions.direct), len(self.level)
        if self._told.shape != size:
            told = np.zeros(size, np.int32)
            told[: len(self._told)] = self._told if self._told.shape[1] == size[1] else 0
            self._told = told
        direct = [(n, root) for n, root in enumerate(learner.actions.direct) if trees.first <= root < trees.end]
        for index in todo.tolist() if direct else ():
            row = learner.columns.row(self.level[index])
            for number, root in direct:
                if not self._told[number, index]:
                    self.error_state = self.trail.first[-1] + index
                    self._told[number, index] = -2 - learner.tell(root, row)

    def _make_room(self) -> None:
        """Make all arrays large enough for at least one row. Raises Cut when that takes more memory than there is."""
        learner, rooms = self.learner, self.rooms
        columns, kind = learner.columns, learner.columns.kind
        if self.level.shape[1] != len(columns.slots) or self.level.dtype != kind:
            self.level = self._widened(self.level)
        room = max(ROOM, sum(learner.ways.most.values()) + 1)
        used = rooms.found.rows.shape[1]
        self._pace.grow(rooms.growth_bytes(self.states, 2 * room, len(self.findings), sum(map(len, self.edges))))
        rooms.make_found(2 * room, len(columns.slots), kind)
        if used < len(columns.slots):
            rooms.found.rows[: rooms.counts[kernel.NEW], used:] = columns.first_values(used)
        rooms.make_scratch(room, len(learner.actors) + 1, len(columns.slots), kind)
        rooms.make_table(self.states + int(rooms.counts[kernel.NEW]) + 2 * room)
        if self.wants_graph and int(rooms.counts[kernel.EDGES]) + 4 * room > len(rooms.edges):
            self._keep_edges()
            rooms.make_edges(64 * room)

    def _widened(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows with the columns that came since."""
        columns = self.learner.columns
        wider = np.empty((len(rows), len(columns.slots)), columns.kind)
        wider[:, : rows.shape[1]] = rows
        wider[:, rows.shape[1] :] = columns.first_values(rows.shape[1])
        return wider

    def _keep_edges(self) -> None:
        """Put the edges written so far aside."""
        used = int(self.rooms.counts[kernel.EDGES])
        if used:
            self.edges.append(self.rooms.edges[:used].copy())
            self.rooms.counts[kernel.EDGES] = 0

    # ---------------------------------------------------------------- learning
    def _learn(self) -> None:
        """Learn what the last call missed."""
        learner, rooms = self.learner, self.rooms
        holes = rooms.misses.holes[: rooms.counts[kernel.MISSES]]
        rooms.counts[kernel.MISSES] = rooms.counts[kernel.DEFERRED] = 0
        met = []
        for index, root, way in _distinct(holes):
            row, state = learner.columns.row(self.level[index]), self.trail.first[-1] + index
            if way < 0:
                self.error_state = state
                met.append((root, row, learner.ask(root, row)))
            else:
                self.notes.learn_step(root, row, way, state)
        learner.learn_actions(met)
        if self.classes is not None and drew_elsewhere(self.compiled, self.classes):
            raise SymmetryLost(frozenset(), "a pool was drawn from that nobody had seen")

    def _end(self) -> None:
        """Judge what was found and not judged yet. Nothing more is expanded."""
        if len(self.marks) < len(self.trail.first):
            self.level = self._widened(self.level)
            self._judge_level()
        self.level, self.hashes = self.level[:0], self.hashes[:0]


def _distinct(holes: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """Row, tree and way of the holes, each hole once, in the order in which they were met."""
    known: dict[tuple[bool, int], tuple[int, int, int]] = {}
    for index, root, hole, way in holes.tolist():
        known.setdefault((way < 0, hole), (index, root, way))
    return list(known.values())
