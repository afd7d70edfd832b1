"""How many steps it takes to get to a state, from the start or in pursuit of a promise."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.compressed_graph import CompressedGraph, Rows
from clusterproof.checker.learned.machine_code import compiled


def depths(graph: CompressedGraph) -> NDArray[np.int32]:
    """The number of steps from the nearest initial state: int32[states]."""
    costs = np.full(graph.states, -1, np.int32)
    costs[: graph.initial_states] = 0
    starts = np.arange(graph.initial_states, dtype=np.uint32)
    everywhere, nobody_asks = np.ones(graph.states, np.uint8), np.empty(0, np.uint32)
    spread(graph.rows, starts, costs, everywhere, nobody_asks, np.empty(graph.states, np.uint32))
    return costs


@frozen(eq=False)
class Pursuit:
    """The states that a run can reach from a given state through waiting states only.

    costs: int32[states], the number of steps it takes to get there from the start of the run, -1 for the other states.
    before: uint32[states], the state before; a given state comes before itself, so that the promise is broken as late
    as possible.
    """

    costs: NDArray[np.int32]
    before: NDArray[np.uint32]

    @classmethod
    def of(cls, graph: CompressedGraph, given: NDArray[np.uint8], waiting: NDArray[np.uint8]) -> Pursuit:
        """Pursue all promises at once. given, waiting: uint8[states]."""
        costs = depths(graph)
        starts = np.flatnonzero(given & waiting).astype(np.uint32)
        starts = starts[np.argsort(costs[starts], kind="stable")]
        costs[(given & waiting) == 0] = -1
        before = np.empty(graph.states, np.uint32)
        before[starts] = starts
        spread(graph.rows, starts, costs, waiting, before, np.empty(graph.states, np.uint32))
        return cls(costs, before)

    def way(self, state: int) -> list[int]:
        """The states from a given one to the state, both included."""
        states = [state]
        while (before := int(self.before[states[-1]])) != states[-1]:
            states.append(before)
        return states[::-1]


@compiled
def spread(
    rows: Rows,
    starts: NDArray[np.uint32],
    costs: NDArray[np.int32],
    through: NDArray[np.uint8],
    before: NDArray[np.uint32],
    queue: NDArray[np.uint32],
) -> None:
    """Search breadth-first from starts that already cost something.

    starts: uint32[any], in the order of their costs. costs: int32[states], of the starts when called and -1 otherwise,
    then of all states reached. through: uint8[states], 1 where a run may come through.
    before: uint32[states], the state before each state reached; or of size 0 when nobody asks. queue: uint32[states].
    """
    reached = left = started = 0
    while left < reached or started < starts.size:
        if left < reached and (started == starts.size or costs[queue[left]] <= costs[starts[started]]):
            state = queue[left]
            left += 1
        else:
            state = starts[started]
            started += 1
        for edge in range(rows.offsets[state], rows.offsets[state + 1]):
            target = rows.targets[edge]
            if through[target] and costs[target] < 0:
                costs[target] = costs[state] + 1
                if before.size:
                    before[target] = state
                queue[reached] = target
                reached += 1
