"""Liveness in arrays: rests, loops and promises, and what is refused."""

from __future__ import annotations

import pytest
from compressed_graphs import chunk, compress, flags

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.learned import machine_code
from clusterproof.checker.learned.compressed_graph import RENAMED, CompressedGraph
from clusterproof.checker.learned.liveness import (
    find_always_eventually_violation,
    find_eventually_always_violation,
    find_leads_to_violation,
)
from clusterproof.checker.liveness import Starved

A, B, MANY = 0, 1, 200
WEAK, STRONG = Fairness.WEAK, Fairness.STRONG


@pytest.fixture(params=[True, False], ids=["compiled", "plain"], autouse=True)
def machine(request, monkeypatch):
    """Each claim holds for compiled functions, and without numba."""
    if not request.param:
        monkeypatch.setattr(machine_code, "AVAILABLE", False)


def where(*states, size=10):
    """The set of these states."""
    return flags(state in states for state in range(size))


def test_a_run_rests_where_nothing_fair_is_enabled():
    """A bad state that only an unfair label leaves is a legal end, and the nearest one is shown."""
    graph = compress({0: [(A, 1)], 1: [(MANY, 2)], 2: [(A, 3)]})

    found = find_eventually_always_violation(graph, {A: WEAK}, where(0, 2))

    assert found is not None
    assert (found.stem_state, found.entry, found.loop) == (1, 1, ())
    assert found.starved == (Starved(label=MANY, fairness=None, enabled_in=1, loop_states=1),)
    assert find_eventually_always_violation(graph, {A: STRONG, MANY: WEAK}, where(3)) is None


def test_a_state_that_is_not_expanded_is_no_rest():
    """Unknown successors are not the same as none."""
    graph = compress({0: [(A, 1)]}, unexpanded=[1])

    assert find_eventually_always_violation(graph, {A: WEAK}, where()) is None
    assert find_leads_to_violation(graph, {A: WEAK}, where(0), where()) is None


def test_weak_and_strong_fairness():
    """A label disabled now and then may be ignored under weak fairness, and under strong fairness may not."""
    graph = compress({0: [(A, 1)], 1: [(A, 0), (MANY, 2)], 2: []})
    bad = where(2)

    found = find_always_eventually_violation(graph, {A: WEAK, MANY: WEAK}, bad)

    assert found is not None
    assert (found.entry, found.loop) == (0, ((A, 1), (A, 0)))
    assert found.starved == (Starved(label=MANY, fairness=WEAK, enabled_in=1, loop_states=2),)
    assert find_always_eventually_violation(graph, {A: WEAK, MANY: STRONG}, bad) is None


def test_a_promise_is_broken_along_a_path():
    """What is shown of a promise is the state that it was given in, and the way from there to the loop."""
    graph = compress({0: [(A, 1)], 1: [(B, 2)], 2: [(A, 3)], 3: [(B, 2)]})

    found = find_leads_to_violation(graph, {A: WEAK, B: WEAK}, where(1), where(0))

    assert found is not None
    assert (found.stem_state, found.path, found.entry) == (1, ((B, 2),), 2)
    assert found.loop == ((A, 3), (B, 2))
    assert find_leads_to_violation(graph, {A: WEAK, B: WEAK}, where(1), where(2)) is None


def test_the_steps_before_a_late_start_count():
    """A promise given later is shown when fewer steps lead from the start over it to the state where the run rests."""
    graph = compress({0: [(A, 2)], 1: [(A, 3)], 2: [(A, 4)], 3: [(A, 5)], 4: [(A, 6)], 6: [(A, 5)]}, initial=[0, 1])

    found = find_leads_to_violation(graph, {A: WEAK}, where(0, 3), where(1))

    assert found is not None
    assert (found.stem_state, found.path) == (3, ((A, 5),))


def test_a_loop_takes_every_fair_label():
    """A component with as many fair labels as states is gone round in full."""
    states = 150
    graph = compress(
        {state: [(state, (state + 1) % states), (MANY, state - 1)][: 1 + (state > 0)] for state in range(states)}
    )

    found = find_always_eventually_violation(graph, dict.fromkeys(range(states), STRONG), where(size=states))

    assert found is not None
    assert [label for label, _ in found.loop] == list(range(states))


def test_a_graph_reduced_by_symmetry_is_refused():
    """There, one label stands for different actions: no answer could be trusted."""
    edges = chunk([(0, A, 1), (1, B + RENAMED, 0)])
    graph = CompressedGraph.of([edges], expanded=flags([1, 1]), initial_states=1, quotient=True)

    for search, sets in (
        (find_eventually_always_violation, [where()]),
        (find_always_eventually_violation, [where()]),
        (find_leads_to_violation, [where(), where()]),
    ):
        with pytest.raises(ValueError, match="symmetry"):
            search(graph, {}, *sets)


def test_every_state_must_be_judged():
    """A judgement for fewer states than there are is an error."""
    graph = compress({0: [(A, 1)]})

    with pytest.raises(ValueError, match="judged in 1 states of 2"):
        find_eventually_always_violation(graph, {}, where(size=1))
