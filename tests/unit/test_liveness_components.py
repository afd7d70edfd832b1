"""Strongly connected components: which there are, in which a fair run can stay, and that size is no obstacle."""

from __future__ import annotations

from hypothesis import given
from strategies import explore, graphs, promises

from clusterproof.checker.components import cycles_within, fair_components, nontrivial_components
from clusterproof.checker.fairness import Demands, Fairness
from clusterproof.checker.graph import Graph


def as_sets(components):
    """Components without regard to order."""
    return {frozenset(component) for component in components}


def reached_from(graph, start, within):
    """The states within the set that can be reached from the start without leaving it."""
    reached = [start]
    for state in reached:
        reached += {target for _, target in graph.edges(state) if target in within} - set(reached)
    return set(reached)


@given(graphs(max_states=8, max_edges=16))
def test_components_are_the_states_that_reach_each_other(graph):
    """Two states share a component exactly when each can be reached from the other."""
    everywhere = range(graph.states)
    reached = {state: reached_from(graph, state, everywhere) for state in everywhere}
    mutual = {frozenset(other for other in reached[state] if state in reached[other]) for state in everywhere}

    assert as_sets(nontrivial_components(graph)) == {states for states in mutual if len(states) > 1}


def test_components_within_a_set_do_not_lead_through_others():
    """A cycle that needs a state outside the set is none."""
    graph = explore({0: [(0, 1)], 1: [(0, 2), (0, 0)], 2: [(0, 0)]})

    assert as_sets(cycles_within(graph, [0, 1, 2])) == {frozenset({0, 1, 2})}
    assert as_sets(cycles_within(graph, [0, 1])) == {frozenset({0, 1})}
    assert cycles_within(graph, [1, 2]) == []


def test_a_graph_that_has_grown_is_searched_anew():
    """Components remembered from before the last expansion are not given again."""
    graph = Graph()
    graph.add_state()
    graph.add_state()
    graph.expand(0, [(0, 1)])
    assert nontrivial_components(graph) == []

    graph.expand(1, [(0, 0)])

    assert as_sets(nontrivial_components(graph)) == {frozenset({0, 1})}


def test_long_paths_and_long_cycles():
    """Neither a path nor a cycle of a hundred thousand states exhausts the stack."""
    size = 100_000
    path, cycle = Graph(), Graph()
    for graph in (path, cycle):
        for _ in range(size):
            graph.add_state()
        for state in range(size - 1):
            graph.expand(state, [(0, state + 1)])
    path.expand(size - 1, [])
    cycle.expand(size - 1, [(0, 0)])

    assert nontrivial_components(path) == []
    assert [len(component) for component in nontrivial_components(cycle)] == [size]


@given(graphs(max_states=8, max_edges=16), promises())
def test_fair_components_keep_every_promise(graph, fairness):
    """In each fair component every fair label is taken, or is not enabled as its promise demands."""
    everything = [True] * graph.states
    for component in fair_components(graph, Demands.of(fairness), everything, everything):
        taken = {label for state in component for label, target in graph.edges(state) if target in component}
        for label in fairness.keys() - taken:
            enabled = [bool(graph.enabled(state) >> label & 1) for state in component]
            assert not (all(enabled) if fairness[label] is Fairness.WEAK else any(enabled))


def test_fair_components_contain_a_wanted_state_and_no_forbidden_one():
    """Of two cycles only the one with a wanted state counts, and none that needs a state that is not allowed."""
    graph = explore({0: [(0, 1)], 1: [(0, 0), (0, 2)], 2: [(0, 3)], 3: [(0, 2)]})
    no_demands = Demands.of({})

    assert fair_components(graph, no_demands, [1, 1, 1, 1], [0, 0, 0, 1]) == [{2, 3}]
    assert fair_components(graph, no_demands, [1, 0, 1, 1], [1, 1, 1, 1]) == [{2, 3}]
    assert fair_components(graph, no_demands, [1, 0, 0, 1], [1, 1, 1, 1]) == []


def test_strong_fairness_is_judged_again_after_states_are_removed():
    """Keeping away from one label may make another impossible to keep, down to a last fair part or none.

    Label 1 is enabled at state 0 and leads out, so 0 is left alone. Without 0, label 2 is enabled at 1 and no longer
    taken, so 1 is left alone, too. The cycle of 3 and 4 remains.
    """
    graph = explore({0: [(0, 1), (1, 2)], 1: [(2, 0), (0, 3)], 3: [(0, 4), (3, 1)], 4: [(0, 3)]})
    everything = [True] * graph.states
    strong = dict.fromkeys((1, 2), Fairness.STRONG)
    all_strong = dict.fromkeys((1, 2, 3), Fairness.STRONG)

    assert graph.states == 5
    assert fair_components(graph, Demands.of({}), everything, everything) == [{0, 1, 3, 4}]
    assert fair_components(graph, Demands.of(strong), everything, everything) == [{3, 4}]
    assert fair_components(graph, Demands.of(all_strong), everything, everything) == []
