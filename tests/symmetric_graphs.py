"""Random symmetric systems: interchangeable processes that follow one table of guarded updates, and a shared cell.

A state is (what each process is at, the cell). The cell holds the number of a process, or FREE.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np
from attrs import field, frozen
from compressed_graphs import chunk
from strategies import explore

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.graph import Graph
from clusterproof.checker.learned.compressed_graph import RENAMED, CompressedGraph

FREE = -1
State = tuple[tuple[int, ...], int]
Renaming = tuple[int, ...]


@frozen
class Rule:
    """One row of the table: when a process may act, and what it does.

    cell_is, cell_becomes: "any" or "same", "free", "mine", "other's". others: a place where another process must be,
    or None. first_only: of those at `at` that the cell does not hold only the first may act, as from a pool of ids.
    """

    at: int
    becomes: int
    cell_is: str
    cell_becomes: str
    others: int | None
    first_only: bool

    def step(self, state: State, process: int) -> State | None:
        """The state after the process has acted, None when it may not or nothing changes."""
        places, cell = state
        holds = {"any": True, "free": cell == FREE, "mine": cell == process, "other's": cell not in (FREE, process)}
        if places[process] != self.at or not holds[self.cell_is]:
            return None
        free = [other for other, place in enumerate(places) if place == self.at and other != cell]
        if self.first_only and free[:1] != [process]:
            return None
        if self.others is not None and self.others not in places[:process] + places[process + 1 :]:
            return None
        after = {"same": cell, "free": FREE, "mine": process}[self.cell_becomes]
        changed = (*places[:process], self.becomes, *places[process + 1 :]), after
        return None if changed == state else changed


@frozen
class SymmetricSystem:
    """Interchangeable processes, the rules that each of them follows, and what is promised of every process alike."""

    processes: int
    rules: tuple[Rule, ...]
    promised: Mapping[int, Fairness]
    initial: tuple[State, ...]

    @classmethod
    def drawn(cls, source: random.Random, *, pools: bool = False) -> SymmetricSystem:
        """A random one. pools: whether there are actions that take the first of the processes at 0."""
        processes, places = source.choice([2, 3, 3]), source.choice([2, 3])
        ways = [(place, (place + 1) % places) for place in range(places)]
        ways += [(source.randrange(places), source.randrange(places)) for _ in range(source.randint(0, 4))]
        rules = tuple(
            Rule(
                at=at,
                becomes=becomes,
                cell_is=source.choice(["any", "any", "any", "free", "mine", "other's"]),
                cell_becomes=source.choice(["same", "same", "free", "mine"]),
                others=source.choice([None, None, None, None, *range(places)]),
                first_only=pools and at == 0 and source.random() < 0.6,
            )
            for at, becomes in ways
        )
        promised = {number: source.choice(list(Fairness)) for number in range(len(rules)) if source.random() < 0.9}
        first = tuple(source.choice([0, 0, source.randrange(places)]) for _ in range(processes)), FREE
        initial = sorted({renamed(first, renaming) for renaming in permutations(range(processes))})
        return cls(processes, rules, promised, tuple(initial))

    @property
    def fairness(self) -> dict[int, Fairness]:
        """What is promised of each label; a label is a rule and the process that follows it."""
        return {
            self.label(number, process): promise
            for number, promise in self.promised.items()
            for process in range(self.processes)
        }

    def label(self, rule: int, process: int) -> int:
        """The label of a rule followed by a process."""
        return rule * self.processes + (0 if self.rules[rule].first_only else process)

    def successors(self, state: State) -> list[tuple[int, State]]:
        """All steps (label, state it leads to)."""
        return [
            (self.label(number, process), after)
            for number, rule in enumerate(self.rules)
            for process in range(self.processes)
            if (after := rule.step(state, process)) is not None
        ]

    def states(self) -> list[State]:
        """All states that can be reached, breadth-first."""
        found = list(self.initial)
        known = set(found)
        for state in found:  # grows while it is read
            for _, target in self.successors(state):
                if target not in known:
                    known.add(target)
                    found.append(target)
        return found

    def graph(self, states: Iterable[State]) -> Graph:
        """The full graph."""
        return explore({state: self.successors(state) for state in states}, self.initial)


def renamed(state: State, renaming: Renaming) -> State:
    """The state in which each process bears its new name."""
    places, cell = state
    moved = [0] * len(places)
    for process, place in enumerate(places):
        moved[renaming[process]] = place
    return tuple(moved), cell if cell == FREE else renaming[cell]


@frozen(eq=False)
class Quotient:
    """A system reduced by some renamings, and its full states for whoever must tell them apart.

    states: the full states, breadth-first. sorted_states: whether the least state of an orbit is stored, or the one
    that is found first.
    """

    system: SymmetricSystem
    states: Sequence[State]
    renamings: Sequence[Renaming]
    sorted_states: bool
    good_state: Callable[[State], bool]
    given_state: Callable[[State], bool]
    commutes: bool = True
    stored: list[State] = field(init=False, factory=list)
    number_of: dict[State, int] = field(init=False, factory=dict)
    unfolded: set[State] = field(init=False, factory=set)

    def explored(self) -> CompressedGraph:
        """The reduced graph, breadth-first."""
        for state in self.system.initial:
            self._store(state)
        initial_states, edges = len(self.stored), []
        for source, state in enumerate(self.stored):  # grows while it is read
            for label, target in self.system.successors(state):
                number = self._store(target)
                edges.append((source, label + (RENAMED if self.stored[number] != target else 0), number))
        return CompressedGraph.of(
            [chunk(edges)],
            expanded=np.ones(len(self.stored), np.uint8),
            initial_states=initial_states,
            quotient=True,
        )

    def _store(self, state: State) -> int:
        if state not in self.number_of:
            orbit = {renamed(state, renaming) for renaming in self.renamings}
            self.number_of.update(dict.fromkeys(orbit, len(self.stored)))
            self.stored.append(min(orbit) if self.sorted_states else state)
        return self.number_of[state]

    def orbit(self, number: int) -> Iterator[State]:
        """The renamings of a stored state, itself first."""
        yield from dict.fromkeys(renamed(self.stored[number], renaming) for renaming in self.renamings)

    def reached(self, number: int) -> State:
        """The state of the orbit that is found first from the initial ones."""
        return next(state for state in self.states if self.number_of[state] == number)

    def successors(self, state: State) -> Iterable[tuple[int, State]]:
        """All steps from a state, which is noted."""
        self.unfolded.add(state)
        return self.system.successors(state)

    def number(self, state: State) -> int:
        """The number of the orbit of a state."""
        return self.number_of.get(state, -1)

    def good(self, state: State) -> bool:
        """Whether the state is good."""
        return self.good_state(state)

    def given(self, state: State) -> bool:
        """Whether the state is a given one."""
        return self.given_state(state)


def renamings_of(processes: int, *, leaving: int | None = None) -> list[Renaming]:
    """All renamings, the identity first; or those that leave one process alone."""
    return [one for one in permutations(range(processes)) if leaving is None or one[leaving] == leaving]


def about_all(source: random.Random) -> Callable[[State], bool]:
    """A random property of states that is the same for all renamings."""
    place, many = source.randrange(3), source.randint(1, 2)
    return source.choice(
        [
            lambda state: all(one == place for one in state[0]),
            lambda state: state[0].count(place) >= many,
            lambda state: state[1] == FREE,
            lambda state: state[1] != FREE and state[0][state[1]] == place,
            lambda state: state[0].count(place) < many,
        ]
    )


def about_one(source: random.Random, process: int) -> Callable[[State], bool]:
    """A random property of one process."""
    place = source.randrange(3)
    return source.choice(
        [
            lambda state: state[0][process] == place,
            lambda state: state[0][process] != place,
            lambda state: state[1] == process,
            lambda state: state[1] != process,
            lambda state: state[0][process] == place and state[1] == FREE,
        ]
    )
