"""Strongly connected components, and those among them in which a fair run can stay for ever."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from clusterproof.checker.fairness import Demands, labels_taken
from clusterproof.checker.graph import Graph, StateSet

# Every property asks for the components of the same graph; a graph that has grown since is searched anew.
_known: WeakKeyDictionary[Graph, tuple[int, list[list[int]]]] = WeakKeyDictionary()


def nontrivial_components(graph: Graph) -> list[list[int]]:
    """The strongly connected components of two states or more, over all expanded states.

    Worth showing even when every property holds: a cycle that nobody expected is often a modelling error.
    """
    expanded, components = _known.get(graph, (-1, []))
    if expanded != graph.expanded:
        components = cycles_within(graph, range(graph.expanded))
        _known[graph] = graph.expanded, components
    return components


def fair_components(graph: Graph, demands: Demands, allowed: StateSet, wanted: StateSet) -> list[set[int]]:
    """Sets of two states or more in which a fair run can stay for ever, visiting all of them, one of them wanted.

    The run stays within the allowed states; whether a label is enabled is judged by all edges, also those that lead
    out. Every fair run that stays in allowed states and takes steps for ever stays in one of the sets or has the
    states it visits for ever contained in one.

    Weak fairness needs no recursion: a label enabled everywhere and taken nowhere is so in every part, too. A broken
    promise of strong fairness can be mended by keeping away from the states in which its label is enabled.
    Source: O. Lichtenstein, A. Pnueli, "Checking that finite state concurrent programs satisfy their linear
    specification", POPL 1985.
    """
    components = nontrivial_components(graph)
    candidates = [state for component in components for state in component]
    kept = [state for state in candidates if allowed[state]]
    if len(kept) < len(candidates):
        components = cycles_within(graph, kept)
    fair: list[set[int]] = []
    while components:
        remaining: list[int] = []
        for component in components:
            if not any(wanted[state] for state in component):
                continue
            states = set(component)
            weak, strong = demands.broken(map(graph.enabled, component), labels_taken(graph, states))
            if weak:
                continue
            if strong:
                remaining += [state for state in component if not graph.enabled(state) & strong]
            else:
                fair.append(states)
        components = cycles_within(graph, remaining)
    return fair


def cycles_within(graph: Graph, states: Iterable[int]) -> list[list[int]]:
    """The strongly connected components of two states or more of the sub-graph of the given expanded states.

    Tarjan's algorithm, without recursion. `low` is 0 for a state not yet seen, the smallest number reachable for an
    open one, and `closed` for one that is finished or not in the sub-graph, so that one comparison serves all.
    Source: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972).
    """
    states = list(states)
    offsets, targets = graph.offsets, graph.targets
    closed = len(states) + 1
    low = [closed] * graph.states
    for state in states:
        low[state] = 0
    components: list[list[int]] = []
    seen = 0
    for root in states:
        if low[root]:
            continue
        seen += 1
        low[root] = seen
        open_states, path = [root], [(root, seen, offsets[root])]
        while path:
            state, number, first = path.pop()
            least = low[state]
            for edge in range(first, offsets[state + 1]):
                reached = low[targets[edge]]
                if not reached:
                    # Go down; on return the same edge is looked at again and hands up what was found below.
                    low[state] = least
                    path.append((state, number, edge))
                    seen += 1
                    child = targets[edge]
                    low[child] = seen
                    open_states.append(child)
                    path.append((child, seen, offsets[child]))
                    break
                if reached < least:  # noqa: PLR1730, min() would double the time of the whole search
                    least = reached
            else:
                low[state] = least
                if least == number:
                    component = _close(state, open_states, low, closed)
                    if len(component) > 1:
                        components.append(component)
    return components


def _close(root: int, open_states: list[int], low: list[int], closed: int) -> list[int]:
    """Take the finished component of the root off the open states."""
    component = []
    while True:
        state = open_states.pop()
        low[state] = closed
        component.append(state)
        if state == root:
            return component
