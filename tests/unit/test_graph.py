"""The graph: what it records, what it refuses, and what it knows of states that are not expanded."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import explore, graphs

from clusterproof.checker.graph import Graph


def test_edges_and_enabled_labels():
    """An expanded state knows its edges in order, and its enabled labels as a bitmask of any width."""
    graph = explore({0: [(200, 1), (3, 2), (3, 1)], 1: [(0, 2)]})

    assert list(graph.edges(0)) == [(200, 1), (3, 2), (3, 1)]
    assert graph.enabled(0) == 1 << 200 | 1 << 3
    assert (graph.enabled(1), graph.enabled(2)) == (1, 0)
    assert (graph.states, graph.expanded, graph.complete) == (3, 3, True)


def test_edges_may_be_produced_while_states_are_added():
    """A generator may add the states that its edges lead to."""
    graph = Graph()
    graph.add_state()
    graph.expand(0, ((label, graph.add_state()) for label in range(3)))

    assert list(graph.edges(0)) == [(0, 1), (1, 2), (2, 3)]


def test_a_state_not_expanded_is_not_a_state_without_edges():
    """Asking for the edges of a state that was not expanded is an error, not an empty answer."""
    graph = explore({0: [(0, 1)]}, expand_at_most=1)

    assert not graph.complete
    for question in (graph.edges, graph.enabled):
        with pytest.raises(IndexError, match="state 1 is not expanded"):
            question(1)
        with pytest.raises(IndexError):
            question(-1)


def test_no_change_is_no_step():
    """An edge from a state to itself is refused."""
    graph = Graph()
    graph.add_state()

    with pytest.raises(ValueError, match="label 4 leads from state 0 to itself"):
        graph.expand(0, [(4, 0)])


def test_targets_must_exist():
    """An edge to a state that was never added is refused."""
    graph = Graph()
    graph.add_state()

    with pytest.raises(ValueError, match="leads to state 1"):
        graph.expand(0, [(0, 1)])


@pytest.mark.parametrize("state", [0, 2, 3])
def test_states_are_expanded_once_and_in_order(state):
    """Expanding a state twice, out of turn, or before it was added is refused."""
    graph = explore({0: [(0, 1), (0, 2)]}, expand_at_most=1)

    with pytest.raises(ValueError, match="the next one is 1 of 3"):
        graph.expand(state, [])


def test_an_interrupted_expansion_does_not_count():
    """A state whose edges could not all be produced stays unexpanded, and what was produced is not an edge."""
    graph = explore({0: [(0, 1)]}, expand_at_most=1)

    def edges():
        yield 5, graph.add_state()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graph.expand(1, edges())

    assert graph.expanded == 1
    assert list(graph.edges(0)) == [(0, 1)]
    assert graph.depths() == [0, 1, -1]


def test_depths_count_from_the_nearest_initial_state():
    """Initial states have depth 0 even when a step leads to them; others one more than the nearest state before."""
    graph = explore({0: [(0, 1), (0, 2)], 1: [(0, 3)], 2: [(0, 3)], 3: [(0, 4)], 4: [(0, 0)]}, initial=(0, 1))

    assert graph.depths() == [0, 0, 1, 1, 2]


@given(graphs(truncated=True))
def test_depths_agree_with_relaxing_edges(graph):
    """Depths are what is left when no edge offers a shorter way any more."""
    depths = [0] * graph.initial_states + [graph.states] * (graph.states - graph.initial_states)
    for _ in range(graph.states):
        for state in range(graph.expanded):
            for _, target in graph.edges(state):
                depths[target] = min(depths[target], depths[state] + 1)

    assert depths == graph.depths()


def test_initial_states_need_not_be_marked():
    """A state that no edge from an earlier one reaches has depth 0; one that is found so is not initial."""
    graph = Graph()
    for _ in range(4):
        graph.add_state()
    for state, edges in enumerate([[(0, 2)], [(0, 2)], [(0, 3)], []]):
        graph.expand(state, edges)

    assert graph.depths() == [0, 0, 1, 2]


def test_initial_states_come_first():
    """A state cannot be marked as initial after another was added that is not."""
    graph = Graph()
    graph.add_state(initial=True)
    graph.add_state()

    with pytest.raises(ValueError, match="initial state 2 comes too late"):
        graph.add_state(initial=True)


def test_states_without_labels():
    """States in which none of the labels is enabled are found, those not expanded are not among them."""
    graph = explore({0: [(0, 1)], 1: [(1, 2)], 2: [(2, 3), (0, 1)]}, expand_at_most=3)

    assert list(graph.states_without(0b001)) == [1]
    assert list(graph.states_without(0b110)) == [0]
    assert list(graph.states_without(0)) == [0, 1, 2]
