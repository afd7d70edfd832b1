"""The search for a loop inside a fair component of millions of states, in compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.lasso import Goal, Steps
from clusterproof.checker.learned.compressed_graph import CompressedGraph, Rows
from clusterproof.checker.learned.distances import spread
from clusterproof.checker.learned.machine_code import compiled
from clusterproof.checker.liveness import steps_along

MENDS, MENDS_WHERE_DISABLED = 1, 2
"""What a label does for a broken promise: taking it mends one, and so does a state in which it is not enabled."""

CLOSINGS_FORWARD = 3
"""A loop that is closed soon is closed by looking ahead. From then on, all ways back to its start are worth knowing."""

NOWHERE = np.empty(0, np.uint32)


@define(eq=False)
class Walker:
    """Walks on the shortest ways inside one component at a time.

    labels: how many labels there are. _members: uint32[members], the states of the component. _places: int32[states],
    the place of each state among the members, or -1. _closings: how often this walk looked for the way back to a state.
    _backwards: the edges inside the component, from target to source, between places and without labels, once they are
    needed. _goal: the state that is gone back to. _next: uint32[members], the place that follows each on its way there.
    """

    graph: CompressedGraph
    labels: int
    _members: NDArray[np.uint32] = field(init=False, default=NOWHERE)
    _places: NDArray[np.int32] = field(init=False)
    _closings: int = field(init=False, default=0)
    _backwards: Rows | None = field(init=False, default=None)
    _goal: int = field(init=False, default=-1)
    _next: NDArray[np.uint32] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._places = np.full(self.graph.states, -1, np.int32)

    def enter(self, component: NDArray[np.uint32]) -> None:
        """Begin a walk that stays inside the component. component: uint32[any], its states."""
        self._closings = 0
        if component is self._members:
            return
        self._places[self._members] = -1
        self._places[component] = np.arange(component.size)
        self._members, self._backwards, self._goal = component, None, -1

    def nearest(self, source: int, goal: Goal) -> Steps:
        """The fewest steps inside the component from the source, the last of which meets the goal."""
        self._closings += goal.state >= 0
        if goal.state >= 0 and self._closings > CLOSINGS_FORWARD:
            return self._follow_back(source, goal.state)
        return self._look_ahead(source, goal)

    def _follow_back(self, source: int, goal: int) -> Steps:
        if goal != self._goal:
            self._look_back_from(goal)
        states = [source]
        while states[-1] != goal:
            states.append(int(self._members[self._next[self._places[states[-1]]]]))
        return steps_along(self.graph, states)

    def _look_back_from(self, goal: int) -> None:
        size = self._members.size
        self._backwards = self._backwards or self._turned_back()
        self._goal, self._next = goal, np.empty(size, np.uint32)
        start = self._places[[goal]].astype(np.uint32)
        costs = np.full(size, -1, np.int32)
        costs[start] = 0
        spread(self._backwards, start, costs, np.ones(size, np.uint8), self._next, np.empty(size, np.uint32))

    def _turned_back(self) -> Rows:
        members, offsets = self._members, self.graph.offsets
        edges = int((offsets[members + 1] - offsets[members]).sum())
        first, sources = np.zeros(members.size + 2, np.int64), np.empty(edges, np.uint32)
        _turn_back(self.graph.rows, members, self._places, first, sources)
        return Rows(first[:-1], np.empty(0, np.int32), sources)

    def _look_ahead(self, source: int, goal: Goal) -> Steps:
        members, size = self._members, self._members.size
        mending = np.zeros(self.labels, np.uint8)
        for label in range(self.labels):
            mending[label] |= MENDS * ((goal.weak | goal.strong) >> label & 1)
            mending[label] |= MENDS_WHERE_DISABLED * (goal.weak >> label & 1)
        counted = np.full(self.labels, -1)
        reached = Reached(np.full(size, -1, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint32))
        start = int(self._places[source])
        weak_labels = goal.weak.bit_count()
        place, edge = _nearest(
            self.graph.rows, members, self._places, start, goal.state, mending, weak_labels, counted, reached
        )
        if edge < 0:
            raise AssertionError("a strongly connected fair component contains the step that is looked for")
        steps = [(int(self.graph.labels[edge]), int(self.graph.targets[edge]))]
        while place != start:
            steps.append((int(reached.by[place]), int(members[place])))
            place = int(reached.before[place])
        return tuple(reversed(steps))


class Reached(NamedTuple):
    """What a search has reached, by place among the members.

    by: int32[members], the label of the step to each, or -1. before: uint32[members], the place before that step.
    queue: uint32[members], the places in the order in which they were reached.
    """

    by: NDArray[np.int32]
    before: NDArray[np.uint32]
    queue: NDArray[np.uint32]


@compiled
def _nearest(
    rows: Rows,
    members: NDArray[np.uint32],
    places: NDArray[np.int32],
    start: int,
    goal: int,
    mending: NDArray[np.uint8],
    weak_labels: int,
    counted: NDArray[np.int64],
    reached: Reached,
) -> tuple[int, int]:
    """Search breadth-first from a place for the nearest step that meets a goal.

    Gives the place before that step, and its edge or -1. members: uint32[members], places: int32[states], see Walker.
    goal: a state, or -1. mending: uint8[labels], see MENDS, and how many labels mend where they are disabled.
    counted: int64[labels], the state in which each was last counted as enabled.
    """
    reached.queue[0], ends, left = start, 1, 0
    while left < ends:
        here = reached.queue[left]
        left += 1
        for edge in range(rows.offsets[members[here]], rows.offsets[members[here] + 1]):
            label, target = rows.labels[edge], rows.targets[edge]
            place = places[target]
            if place < 0:
                continue
            if target == goal or mending[label]:
                return here, edge
            if place == start or reached.by[place] >= 0:
                continue
            disabled = weak_labels
            if weak_labels:
                for leaving in range(rows.offsets[target], rows.offsets[target + 1]):
                    other = rows.labels[leaving]
                    if mending[other] & MENDS_WHERE_DISABLED and counted[other] != target:
                        counted[other] = target
                        disabled -= 1
            if disabled:
                return here, edge
            reached.by[place], reached.before[place] = label, here
            reached.queue[ends] = place
            ends += 1
    return start, -1


@compiled
def _turn_back(
    rows: Rows,
    members: NDArray[np.uint32],
    places: NDArray[np.int32],
    offsets: NDArray[np.int64],
    sources: NDArray[np.uint32],
) -> None:
    """Turn the edges inside a component round, between places.

    members: uint32[members], places: int32[states], see Walker. offsets: int64[members + 2], zeros, filled: the edges
    to a place are at offsets[place] to offsets[place + 1]. sources: uint32[enough], filled.
    """
    for member in members:
        for edge in range(rows.offsets[member], rows.offsets[member + 1]):
            if places[rows.targets[edge]] >= 0:
                offsets[places[rows.targets[edge]] + 2] += 1
    for place in range(members.size):
        offsets[place + 2] += offsets[place + 1]
    for source in range(members.size):
        for edge in range(rows.offsets[members[source]], rows.offsets[members[source] + 1]):
            place = places[rows.targets[edge]]
            if place >= 0:
                sources[offsets[place + 1]] = source
                offsets[place + 1] += 1
