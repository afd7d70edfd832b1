"""The search for a loop inside a fair component of millions of states, in compiled code."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.lasso import Goal, Steps
from clusterproof.checker.learned.compressed_graph import CompressedGraph, Rows
from clusterproof.checker.learned.machine_code import compiled

MENDS, MENDS_WHERE_DISABLED = 1, 2
"""What a label does for a broken promise: taking it mends one, and so does a state in which it is not enabled."""


@define(eq=False)
class Walker:
    """Walks on the shortest ways inside one component at a time.

    labels: how many labels there are. _inside: uint8[states], 1 in the component. _reached_by: int32[states], the label
    that a search reached a state by, or -1. _before: uint32[states], the state before that step.
    _queue: uint32[states], the states reached.
    """

    graph: CompressedGraph
    labels: int
    _inside: NDArray[np.uint8] = field(init=False)
    _reached_by: NDArray[np.int32] = field(init=False)
    _before: NDArray[np.uint32] = field(init=False)
    _queue: NDArray[np.uint32] = field(init=False)

    def __attrs_post_init__(self) -> None:
        states = self.graph.states
        self._inside = np.zeros(states, np.uint8)
        self._reached_by = np.full(states, -1, np.int32)
        self._before, self._queue = np.empty(states, np.uint32), np.empty(states, np.uint32)

    def enter(self, component: NDArray[np.uint32]) -> None:
        """Stay inside the component from now on. component: uint32[any], its states."""
        self._inside[:] = 0
        self._inside[component] = 1

    def nearest(self, source: int, goal: Goal) -> Steps:
        """The fewest steps inside the component from the source, the last of which meets the goal."""
        mending = np.zeros(self.labels, np.uint8)
        for label in range(self.labels):
            if goal.weak >> label & 1:
                mending[label] = MENDS | MENDS_WHERE_DISABLED
            elif goal.strong >> label & 1:
                mending[label] = MENDS
        reached, state, edge = _nearest(
            self.graph.rows, source, goal.state, mending, self._inside, self._reached_by, self._before, self._queue
        )
        if edge < 0:
            raise AssertionError("a strongly connected fair component contains the step that is looked for")
        steps = [(int(self.graph.labels[edge]), int(self.graph.targets[edge]))]
        while state != source:
            steps.append((int(self._reached_by[state]), int(state)))
            state = self._before[state]
        self._reached_by[self._queue[:reached]] = -1
        return tuple(reversed(steps))


@compiled
def _nearest(
    rows: Rows,
    source: int,
    goal: int,
    mending: NDArray[np.uint8],
    inside: NDArray[np.uint8],
    reached_by: NDArray[np.int32],
    before: NDArray[np.uint32],
    queue: NDArray[np.uint32],
) -> tuple[int, int, int]:
    """Search breadth-first; how many states were reached, the last state, and the edge from there that was looked for.

    goal: a state, or -1. mending: uint8[labels], see MENDS. The other arrays are those of Walker; reached_by and before
    are filled for the states reached. The edge is -1 when there is none.
    """
    weak_labels = np.count_nonzero(mending & MENDS_WHERE_DISABLED)
    counted = np.full(mending.size, -1, np.int64)  # the state in which a label was last counted as enabled
    queue[0], reached, left = source, 1, 0
    while left < reached:
        state = queue[left]
        left += 1
        for edge in range(rows.offsets[state], rows.offsets[state + 1]):
            target = rows.targets[edge]
            if not inside[target]:
                continue
            if target == goal or mending[rows.labels[edge]]:
                return reached, state, edge
            if target == source or reached_by[target] >= 0:
                continue
            if weak_labels:
                enabled = 0
                for label in rows.labels[rows.offsets[target] : rows.offsets[target + 1]]:
                    if mending[label] & MENDS_WHERE_DISABLED and counted[label] != target:
                        counted[label] = target
                        enabled += 1
                if enabled < weak_labels:
                    return reached, state, edge
            reached_by[target] = rows.labels[edge]
            before[target] = state
            queue[reached] = target
            reached += 1
    return reached, source, -1
