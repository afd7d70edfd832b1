"""Liveness against the definition: every way in which a run of a small graph can go on for ever is written out.

What a run does for ever is the set of edges that it takes again and again: none, when it rests in a state, or a set
in which every edge can be reached from every other. Graphs are small enough to try all sets of edges.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations

from fair_runs import Edge, Promises, check_is_fair_run, is_fair
from hypothesis import given, settings
from strategies import explore, graphs, promises, state_sets

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.graph import Graph
from clusterproof.checker.liveness import (
    FairLoop,
    find_always_eventually_violation,
    find_eventually_always_violation,
    find_leads_to_violation,
)


def all_edges(graph: Graph) -> list[Edge]:
    """Every edge (source, label, target) once."""
    return sorted({(state, *edge) for state in range(graph.expanded) for edge in graph.edges(state)})


def reachable(edges: Sequence[Edge], start: int, through: Sequence[bool]) -> set[int]:
    """The states that can be reached from the start, itself included, through the given states only."""
    reached = {start} if through[start] else set()
    while True:
        more = {target for source, _, target in edges if source in reached and through[target]} - reached
        if not more:
            return reached
        reached |= more


def eternal_sets(graph: Graph, fairness: Promises) -> Iterator[frozenset[int]]:
    """For every fair run: the states it visits again and again, for ever."""
    edges = all_edges(graph)
    everywhere = [True] * graph.states
    for state in range(graph.expanded):
        if is_fair(edges, fairness, {state}, set()):
            yield frozenset({state})
    for size in range(2, len(edges) + 1):
        for cycle in combinations(edges, size):
            states = {source for source, _, _ in cycle}
            if states != {target for _, _, target in cycle}:
                continue
            connected = all(reachable(cycle, state, everywhere) == states for state in states)
            if connected and is_fair(edges, fairness, states, {label for _, label, _ in cycle}):
                yield frozenset(states)


def check_all(
    graph: Graph, fairness: Promises, one: Sequence[bool], other: Sequence[bool]
) -> tuple[FairLoop | None, FairLoop | None, FairLoop | None]:
    """Every search must agree with the definition, and what it finds must break the promise."""
    eternal, edges = set(eternal_sets(graph, fairness)), all_edges(graph)
    bad = {state for state in range(graph.expanded) if not one[state]}

    settles = find_eventually_always_violation(graph, fairness, one)
    assert (settles is not None) == any(states & bad for states in eternal)
    if settles:
        check_is_fair_run(edges, fairness, settles)
        assert set(settles.states) & bad

    returns = find_always_eventually_violation(graph, fairness, one)
    assert (returns is not None) == any(states <= bad for states in eternal)
    if returns:
        check_is_fair_run(edges, fairness, returns)
        assert set(returns.states) <= bad

    answers = find_leads_to_violation(graph, fairness, one, other)
    waiting = [not holds for holds in other]
    starts = [state for state in range(graph.expanded) if one[state]]
    pursued = [reachable(edges, start, waiting) for start in starts]
    assert (answers is not None) == any(states <= within for states in eternal for within in pursued)
    if answers:
        check_is_fair_run(edges, fairness, answers)
        assert one[answers.stem_state]
        visited = {answers.stem_state, *(state for _, state in answers.path), *answers.states}
        assert all(waiting[state] for state in visited)
    return settles, returns, answers


@given(graphs(), promises(), state_sets(), state_sets())
@settings(max_examples=300, deadline=None)
def test_agrees_with_the_definition(graph, fairness, one, other):
    """All three searches agree with the definition, and each loop found is a fair run that breaks the promise."""
    check_all(graph, fairness, one, other)


@given(graphs(truncated=True), promises(), state_sets(), state_sets())
@settings(max_examples=200, deadline=None)
def test_agrees_with_the_definition_on_truncated_graphs(graph, fairness, one, other):
    """States that are not expanded are judged in no way: neither as a rest nor as a way on."""
    check_all(graph, fairness, one, other)


def random_steps(source: random.Random) -> dict[int, list[tuple[int, int]]]:
    """Few states and many edges, so that about half of the graphs have cycles inside cycles."""
    states = source.randint(2, 5)
    steps: dict[int, list[tuple[int, int]]] = {}
    for _ in range(source.randint(states, 9)):
        origin, target = source.sample(range(states), 2)
        steps.setdefault(origin, []).append((source.randrange(4), target))
    return steps


def test_agrees_with_the_definition_on_a_thousand_dense_graphs():
    """The same on seeded graphs full of cycles; every kind of answer occurs often enough to mean something."""
    source = random.Random(20)
    loops, none = 0, 0
    for _ in range(1000):
        graph = explore(random_steps(source), source.sample(range(2), source.randint(1, 2)))
        fairness = {label: source.choice(list(Fairness)) for label in range(4) if source.random() < 0.8}
        one, other = ([source.random() < 0.5 for _ in range(6)] for _ in range(2))
        for found in check_all(graph, fairness, one, other):
            loops += bool(found and found.loop)
            none += found is None

    assert loops > 200
    assert none > 500


def test_a_violation_of_a_truncated_graph_is_one_of_the_whole():
    """What a search cut short finds stays true; that it finds nothing says nothing."""
    source = random.Random(7)
    found_early, found_late = 0, 0
    for _ in range(500):
        steps, limit = random_steps(source), source.randint(0, 4)
        fairness = {label: source.choice(list(Fairness)) for label in range(4) if source.random() < 0.8}
        good, goal = ([source.random() < 0.5 for _ in range(6)] for _ in range(2))
        part, whole = explore(steps, expand_at_most=limit), explore(steps)
        for search, sets in (
            (find_eventually_always_violation, (good,)),
            (find_always_eventually_violation, (good,)),
            (find_leads_to_violation, (good, goal)),
        ):
            early, late = search(part, fairness, *sets), search(whole, fairness, *sets)
            if early:
                check_is_fair_run(all_edges(whole), fairness, early)
                assert late is not None
            found_early += early is not None
            found_late += late is not None

    assert 0 < found_early < found_late
