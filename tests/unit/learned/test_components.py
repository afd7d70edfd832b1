"""Strongly connected components in arrays: the same as in plain Python, of any size, and cycles of urgent steps."""

from __future__ import annotations

import numpy as np
from compressed_graphs import chunk, compress, compressed_graphs, flags
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import state_sets

from clusterproof.checker import components as plain_components
from clusterproof.checker.fairness import Demands, Fairness
from clusterproof.checker.learned.components import Components, cycles_among, cycles_within, nontrivial_components
from clusterproof.checker.learned.compressed_graph import RENAMED, CompressedGraph
from clusterproof.checker.learned.fair_components import fair_components, promises_by_label
from clusterproof.checker.learned.livelocks import Livelock, livelocks

LABELS = (0, 1, 2, 64, 129)


def as_sets(components):
    """Components without regard to order."""
    return {frozenset(components[at].tolist()) for at in range(len(components))}


def renumbered(components, numbers):
    """Components of the same graph in lists, without regard to order."""
    return {frozenset(numbers[list(states)].tolist()) for states in components}


@given(compressed_graphs(), state_sets(12))
@settings(deadline=None)  # the first example compiles
def test_components_are_those_of_plain_python(graph, allowed):
    """The components are those that plain Python finds, in the whole graph and among some states."""
    plain, numbers = graph.as_graph()
    kept = [state for state in range(plain.expanded) if allowed[numbers[state]]]
    among = graph.expanded & flags(allowed[: graph.states])

    found = nontrivial_components(graph)

    assert as_sets(found) == renumbered(plain_components.nontrivial_components(plain), numbers)
    assert as_sets(cycles_among(graph, among)) == renumbered(plain_components.cycles_within(plain, kept), numbers)
    assert nontrivial_components(graph) is found


@given(
    compressed_graphs(labels=LABELS),
    st.dictionaries(st.sampled_from(LABELS), st.sampled_from(Fairness)),
    state_sets(12),
)
@settings(deadline=None)
def test_fair_components_are_those_of_plain_python(graph, fairness, wanted):
    """A fair run can stay in the sets that plain Python finds."""
    plain, numbers = graph.as_graph()
    everything = [True] * plain.states
    expected = plain_components.fair_components(
        plain, Demands.of(fairness), everything, [wanted[number] for number in numbers]
    )

    found = fair_components(
        graph, promises_by_label(graph, fairness), nontrivial_components(graph), flags(wanted[: graph.states])
    )

    assert as_sets(found) == renumbered(expected, numbers)


def test_long_paths_and_long_cycles():
    """Neither a path nor a cycle of a hundred thousand states exhausts anything."""
    size = 100_000
    path = [(state, 0, state + 1) for state in range(size - 1)]
    for edges, expected in ((path, []), ([*path, (size - 1, 0, 0)], [size])):
        graph = CompressedGraph.of([chunk(edges)], expanded=np.ones(size, np.uint8), initial_states=1)

        assert nontrivial_components(graph).sizes.tolist() == expected


def test_a_step_to_a_renaming_of_its_source_is_a_cycle():
    """On a quotient a single state with such a step is a component, unless it is part of a larger one."""
    edges = [(0, 0, 1), (1, 1 + RENAMED, 1), (1, 0, 2), (2, 0, 3), (3, 0, 2), (3, 1 + RENAMED, 3)]
    graph = CompressedGraph.of([chunk(edges)], expanded=np.ones(4, np.uint8), initial_states=1, quotient=True)

    assert as_sets(nontrivial_components(graph)) == {frozenset({1}), frozenset({2, 3})}
    assert as_sets(cycles_within(graph, np.array([0, 3], np.uint32))) == {frozenset({3})}


def test_sets_are_chosen_and_joined():
    """Some sets of several searches are the sets of one."""
    graph = compress({0: [(0, 1), (0, 2)], 1: [(0, 0)], 2: [(0, 3), (0, 4)], 3: [(0, 2)], 4: [(0, 5)], 5: [(0, 4)]})
    every = nontrivial_components(graph)

    some = every.with_any(flags(state in {3, 5} for state in range(6)))

    assert as_sets(some) == {frozenset({2, 3}), frozenset({4, 5})}
    assert as_sets(Components.joined([every, some])) == as_sets(every)
    assert len(Components.joined([])) == len(Components.joined([]).with_any(flags([1] * 6))) == 0


def test_livelocks_are_cycles_of_urgent_steps():
    """A cycle that needs a step that nothing waits for is no livelock, and the steps of one are named."""
    graph = compress({0: [(0, 1)], 1: [(2, 0), (0, 2)], 2: [(1, 3)], 3: [(0, 2), (3, 4)], 4: [(1, 0)]})

    assert list(livelocks(graph, flags([1, 1, 0, 1]))) == [Livelock(states=5, labels=(0, 1, 3))]
    assert list(livelocks(graph, flags([1, 1, 0, 0]))) == [Livelock(states=2, labels=(0, 1))]
    assert list(livelocks(graph, flags([0, 1, 1, 1]))) == []
