"""The graph a breadth-first search leaves behind: states, labelled edges, and which labels leave a state.

>>> graph = Graph()
>>> start, end = graph.add_state(), graph.add_state()
>>> graph.expand(start, [(7, end)])
>>> list(graph.edges(start)), graph.states, graph.expanded
([(7, 1)], 2, 1)
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

StateSet: TypeAlias = Sequence[int]
"""For each state whether it is in the set: a list of booleans or a bytearray. May be longer than needed."""


class Graph:
    """States numbered in breadth-first order, and the edges of those expanded so far.

    A label is the number of an action instance (action and arguments). A state that was not expanded has unknown
    successors, which is not the same as having none. Edges from a state to itself do not exist: no change is no step.

    offsets, labels and targets hold the edges in compressed rows: the edges of `state` are at positions
    offsets[state] to offsets[state + 1]. They are public for the searches that must be fast, and to be read only.
    """

    def __init__(self) -> None:
        self.states = 0
        self.initial_states = 0
        self.offsets = array("I", [0])
        self.labels = array("I")
        self.targets = array("I")
        # Few different sets of labels are ever enabled, so each is stored once and a state keeps its number.
        self._enabled_sets: list[int] = []
        self._number_of_enabled_set: dict[int, int] = {}
        self._enabled_set_of_state = array("I")

    @property
    def expanded(self) -> int:
        """The number of expanded states; they are the states 0 to expanded - 1."""
        return len(self.offsets) - 1

    @property
    def complete(self) -> bool:
        """Whether every state is expanded: only then does the absence of a violation prove anything."""
        return self.expanded == self.states

    def add_state(self, *, initial: bool = False) -> int:
        """Add a state and return its number.

        initial: marks an initial state; they come first. Only the choice among counterexamples depends on the mark.
        """
        if initial and self.initial_states < self.states:
            raise ValueError(f"initial state {self.states} comes too late: add the initial states before all others")
        self.initial_states += initial
        self.states += 1
        return self.states - 1

    def expand(self, state: int, edges: Iterable[tuple[int, int]]) -> None:
        """Record all edges (label, target) that leave the state; states are expanded once each, in increasing order.

        The edges may be produced lazily, by a generator that adds the new targets as it goes.
        An interrupted call leaves the state unexpanded: what lies behind the last offset does not count.
        """
        if state != self.expanded or state >= self.states:
            raise ValueError(f"state {state} cannot be expanded now: the next one is {self.expanded} of {self.states}")
        labels, targets, enabled = self.labels, self.targets, 0
        for label, target in edges:
            if target == state:
                raise ValueError(f"label {label} leads from state {state} to itself: leave it out, it is no step")
            if not 0 <= target < self.states:
                raise ValueError(f"label {label} leads to state {target}: call add_state() before naming it")
            labels.append(label)
            targets.append(target)
            enabled |= 1 << label
        number = self._number_of_enabled_set.setdefault(enabled, len(self._enabled_sets))
        if number == len(self._enabled_sets):
            self._enabled_sets.append(enabled)
        self._enabled_set_of_state.append(number)
        self.offsets.append(len(targets))

    def edges(self, state: int) -> Iterator[tuple[int, int]]:
        """The edges (label, target) that leave an expanded state."""
        first, end = self._row(state)
        return zip(self.labels[first:end], self.targets[first:end], strict=True)

    def enabled(self, state: int) -> int:
        """The labels that leave an expanded state, as a bitmask."""
        self._row(state)
        return self._enabled_sets[self._enabled_set_of_state[state]]

    def states_without(self, labels: int) -> Iterator[int]:
        """The expanded states in which none of the labels (a bitmask) is enabled, in increasing order."""
        quiet = [not enabled & labels for enabled in self._enabled_sets]
        return (state for state, number in enumerate(self._enabled_set_of_state) if quiet[number])

    def depths(self) -> list[int]:
        """The number of steps from the nearest initial state, -1 for states that no recorded edge reaches.

        An expanded state that no edge from an earlier one reaches is an initial state, marked or not.
        """
        depths = [0] * self.initial_states + [-1] * (self.states - self.initial_states)
        offsets, targets = self.offsets, self.targets
        for state in range(self.expanded):
            depths[state] = max(depths[state], 0)
            for target in targets[offsets[state] : offsets[state + 1]]:
                if depths[target] < 0:
                    depths[target] = depths[state] + 1
        return depths

    def _row(self, state: int) -> tuple[int, int]:
        if not 0 <= state < self.expanded:
            raise IndexError(f"state {state} is not expanded: its edges are unknown")
        return self.offsets[state], self.offsets[state + 1]
