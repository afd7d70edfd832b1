"""Hypothesis strategies shared by the tests: random graphs, promises of fairness, sets of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.graph import Graph


def explore(
    steps: Mapping[int, Iterable[tuple[int, int]]], initial: Iterable[int] = (0,), expand_at_most: int | None = None
) -> Graph:
    """The graph that a breadth-first search builds which knows the steps (label, target) of each state.

    States are renumbered in the order in which they are found; states that are out of reach are dropped.
    """
    graph = Graph()
    found = {state: graph.add_state(initial=True) for state in initial}
    queue = list(found)
    for state in queue:  # grows while it is read
        if expand_at_most is not None and graph.expanded >= expand_at_most:
            break
        edges = []
        for label, target in steps.get(state, ()):
            if target not in found:
                found[target] = graph.add_state()
                queue.append(target)
            edges.append((label, found[target]))
        graph.expand(found[state], edges)
    return graph


@st.composite
def graphs(
    draw: st.DrawFn, max_states: int = 6, max_labels: int = 4, max_edges: int = 9, truncated: bool = False
) -> Graph:
    """Small graphs as a breadth-first search leaves them; truncated ones may have states not expanded."""
    states = st.integers(0, max_states - 1)
    edges = draw(
        st.lists(
            st.tuples(states, st.integers(0, max_labels - 1), states).filter(lambda edge: edge[0] != edge[2]),
            max_size=max_edges,
        )
    )
    steps: dict[int, list[tuple[int, int]]] = {}
    for source, label, target in edges:
        steps.setdefault(source, []).append((label, target))
    initial = draw(st.lists(states, min_size=1, max_size=2, unique=True))
    limit = draw(st.integers(0, max_states)) if truncated else None
    return explore(steps, initial, limit)


def promises(max_labels: int = 4) -> st.SearchStrategy[dict[int, Fairness]]:
    """For some labels, which fairness is promised."""
    return st.dictionaries(st.integers(0, max_labels - 1), st.sampled_from(Fairness))


def state_sets(max_states: int = 6) -> st.SearchStrategy[list[bool]]:
    """For each state whether it is in the set."""
    return st.lists(st.booleans(), min_size=max_states, max_size=max_states)
