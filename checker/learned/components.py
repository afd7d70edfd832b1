"""Strongly connected components of a graph of millions of states, in compiled code.

The same as `checker/components.py` for sets of Python. Only components with an edge inside are kept, in flat arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.compressed_graph import CompressedGraph, Rows
from clusterproof.checker.learned.machine_code import compiled

# Every property asks for the components of the same graph.
_known: WeakKeyDictionary[CompressedGraph, Components] = WeakKeyDictionary()


@frozen(eq=False)
class Components:
    """Disjoint sets of states.

    members: uint32[members], the states of the first set, then those of the second, and so on.
    offsets: int64[sets + 1], where each begins in members.
    """

    members: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Iterable[Components]) -> Components:
        """The sets of all parts."""
        parts = list(parts)
        sizes = np.concatenate([np.zeros(1, np.int64), *(part.sizes for part in parts)])
        return cls(np.concatenate([np.empty(0, np.uint32), *(part.members for part in parts)]), np.cumsum(sizes))

    def __len__(self) -> int:
        """The number of sets."""
        return self.offsets.size - 1

    def __getitem__(self, at: int) -> NDArray[np.uint32]:
        """The states of one set."""
        return self.members[self.offsets[at] : self.offsets[at + 1]]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many states each set has: int64[sets]."""
        return np.diff(self.offsets)

    def chosen(self, which: NDArray[np.bool_]) -> Components:
        """Some of the sets. which: bool[sets]."""
        if which.all():
            return self
        sizes = self.sizes
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[which])])
        return Components(self.members[np.repeat(which, sizes)], offsets)

    def with_any(self, states: NDArray[np.uint8]) -> Components:
        """The sets that one of the states is in. states: uint8[states of the graph]."""
        if not len(self):
            return self
        return self.chosen(np.maximum.reduceat(states[self.members], self.offsets[:-1]) > 0)

    def numbers(self, states: int) -> NDArray[np.int32]:
        """Per state of the graph the number of its set, or -1: int32[states]."""
        numbers = np.full(states, -1, np.int32)
        numbers[self.members] = np.repeat(np.arange(len(self), dtype=np.int32), self.sizes)
        return numbers


def nontrivial_components(graph: CompressedGraph) -> Components:
    """The strongly connected components with an edge inside.

    Worth showing even when every property holds: a cycle that nobody expected is often a modelling error.
    """
    found = _known.get(graph)
    if found is None:
        found = _known[graph] = cycles_within(graph, np.flatnonzero(graph.expanded).astype(np.uint32))
    return found


def cycles_among(graph: CompressedGraph, allowed: NDArray[np.uint8]) -> Components:
    """The strongly connected components with an edge inside of the sub-graph of allowed states.

    allowed: uint8[states].
    """
    components = nontrivial_components(graph)
    kept = allowed[components.members] > 0
    return components if kept.all() else cycles_within(graph, components.members[kept])


def cycles_within(graph: CompressedGraph, states: NDArray[np.uint32]) -> Components:
    """The strongly connected components with an edge inside of the sub-graph of the given states.

    states: uint32[any], expanded ones, each at most once.
    """
    merged = graph.renamed.size > 0  # only then an edge leads from a state to itself
    members = np.empty(states.size, np.uint32)
    offsets = np.zeros((states.size if merged else states.size // 2) + 1, np.int64)
    found = _tarjan(graph.rows, states, merged, OpenStates.none(graph, states), members, offsets)
    return Components(members[: offsets[found]].copy(), offsets[: found + 1].copy())


class OpenStates(NamedTuple):
    """Where a search for components keeps what it is in the middle of.

    low: uint32[states of the graph], 0 for a state not yet seen, the smallest number reachable for an open one, and one
    more than there are states in the sub-graph for a state that is finished or not in it, so that one comparison serves
    all. stack: uint32[states of the sub-graph], the open states. path: uint32[as many], those that the search stands
    in, and next_edge: int64[as many], the edge of each that is looked at next.
    """

    low: NDArray[np.uint32]
    stack: NDArray[np.uint32]
    path: NDArray[np.uint32]
    next_edge: NDArray[np.int64]

    @classmethod
    def none(cls, graph: CompressedGraph, states: NDArray[np.uint32]) -> OpenStates:
        """Before the search, in the sub-graph of these states: uint32[any]."""
        low = np.full(graph.states, states.size + 1, np.uint32)
        low[states] = 0
        stack, path = np.empty(states.size, np.uint32), np.empty(states.size, np.uint32)
        return cls(low, stack, path, np.empty(states.size, np.int64))


@compiled
def _tarjan(
    rows: Rows,
    states: NDArray[np.uint32],
    merged: bool,
    opened: OpenStates,
    members: NDArray[np.uint32],
    offsets: NDArray[np.int64],
) -> int:
    """Find the components with an edge inside, by Tarjan's algorithm without recursion; their number.

    states: uint32[any], those of the sub-graph. merged: whether an edge may lead from a state to itself.
    members: uint32[states given] and offsets: int64[components + 1] or more are filled as in Components.
    A state's number is its place on the stack, counted from one: it keeps it while it is open.
    Source: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972).
    """
    low, stack, path, next_edge = opened
    closed = states.size + 1
    found = height = depth = 0
    for root in states:
        entered, enters = root, low[root] == 0
        while enters or depth > 0:
            if enters:
                path[depth] = entered
                next_edge[depth] = rows.offsets[entered]
                depth += 1
                stack[height] = entered
                height += 1
                low[entered] = height
            state, edge = path[depth - 1], next_edge[depth - 1]
            least, end = low[state], rows.offsets[state + 1]
            while edge < end:
                reached = low[rows.targets[edge]]
                if reached == 0:  # looked at again on return, to hand up what was found below
                    break
                if reached < least:  # noqa: PLR1730, min() takes longer to compile
                    least = reached
                edge += 1
            low[state], enters = least, edge < end
            if enters:
                next_edge[depth - 1], entered = edge, rows.targets[edge]
                continue
            depth -= 1
            if stack[least - 1] != state:
                continue
            recurs = height > least
            if merged and not recurs:
                for edge in range(rows.offsets[state], end):
                    recurs |= rows.targets[edge] == state
            if recurs:
                found += 1
                offsets[found] = offsets[found - 1]
            for place in range(least - 1, height):
                if recurs:
                    members[offsets[found]] = stack[place]
                    offsets[found] += 1
                low[stack[place]] = closed
            height = least - 1
    return found
