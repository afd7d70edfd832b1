"""Liveness: the ways in which other checkers said "ok" or "violated" wrongly, and what a counterexample shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import explore, graphs, promises, state_sets

from clusterproof.checker import liveness
from clusterproof.checker.fairness import Demands
from clusterproof.checker.graph import Graph
from clusterproof.checker.lasso import short_fair_loop
from clusterproof.checker.liveness import (
    Fairness,
    Starved,
    find_always_eventually_violation,
    find_eventually_always_violation,
    find_leads_to_violation,
)

A, B, C = 0, 1, 2
WEAK, STRONG = Fairness.WEAK, Fairness.STRONG


def where(*states, size=10):
    """The set of these states."""
    return [state in states for state in range(size)]


# Resting in a state for ever.


def test_a_state_without_steps_is_a_run_that_rests():
    """A bad state that nothing leaves breaks every promise, though the graph has no cycle at all."""
    graph = explore({0: [(A, 1)]})

    for found in (
        find_eventually_always_violation(graph, {A: WEAK}, where(0)),
        find_always_eventually_violation(graph, {A: WEAK}, where(0)),
        find_leads_to_violation(graph, {A: WEAK}, where(0), where(9)),
    ):
        assert found is not None
        assert (found.entry, found.loop, found.states) == (1, (), (1,))


@pytest.mark.parametrize("promise", [WEAK, STRONG])
def test_a_run_does_not_rest_where_a_fair_label_is_enabled(promise):
    """A bad state is left when a fair label is enabled there, and only then."""
    graph = explore({0: [(A, 1)]})

    assert find_eventually_always_violation(graph, {A: promise}, where(1)) is None
    assert find_eventually_always_violation(graph, {}, where(1)) is not None


def test_a_fault_with_budget_left_need_not_strike():
    """A bad state that only an unfair label leaves is a legal end, even though the label leads to a good state."""
    fault, repair = B, A
    graph = explore({0: [(repair, 1), (fault, 2)], 1: [(fault, 2)], 2: [(repair, 3)]})

    found = find_eventually_always_violation(graph, {repair: WEAK}, where(0, 2, 3))

    assert found is not None
    assert (found.entry, found.loop) == (1, ())
    assert found.starved == (Starved(label=fault, fairness=None, enabled_in=1, loop_states=1),)


# Fairness must be judged on the states that the run visits for ever, by all edges that leave them.


@pytest.mark.parametrize("promise", [WEAK, STRONG])
def test_labels_that_lead_out_of_the_bad_states_are_enabled(promise):
    """A cycle of bad states is no violation when a fair label leads out of all of them."""
    graph = explore({0: [(A, 1), (B, 2)], 1: [(A, 0), (B, 2)]})

    assert find_always_eventually_violation(graph, {A: WEAK, B: promise}, where(2)) is None
    assert find_leads_to_violation(graph, {A: WEAK, B: promise}, where(0), where(2)) is None
    assert find_always_eventually_violation(graph, {A: WEAK}, where(2)) is not None


def test_a_label_taken_only_among_good_states_is_not_taken_by_the_run():
    """The whole component takes the label, its bad part does not: no fair run stays in the bad part."""
    graph = explore({0: [(A, 1), (B, 2)], 1: [(A, 0), (B, 2)], 2: [(A, 0)]})

    assert find_always_eventually_violation(graph, {A: WEAK, B: WEAK}, where(2)) is None


def test_a_label_disabled_only_in_good_states_is_enabled_for_the_run():
    """Being disabled somewhere in the component excuses nothing when the run never gets there.

    Label B is not enabled in the good state 3, but in both bad states, and leads out of the component.
    """
    graph = explore({0: [(A, 1), (B, 2)], 1: [(A, 0), (B, 2), (C, 3)], 3: [(A, 0)]})

    assert find_always_eventually_violation(graph, {A: WEAK, B: WEAK}, where(2, 3)) is None
    assert find_eventually_always_violation(graph, {A: WEAK, B: WEAK}, where(0, 2, 3)) is not None


def test_an_unfair_component_may_contain_a_fair_one():
    """Under strong fairness the whole component is unfair, but a part that avoids the label is not."""
    graph = explore({0: [(A, 1), (B, 2)], 1: [(A, 0), (A, 3)], 3: [(A, 1)]})

    found = find_always_eventually_violation(graph, {A: STRONG, B: STRONG}, where(2))

    assert found is not None
    assert set(found.states) == {1, 3}


def test_the_lock_that_starves_one():
    """Label B is enabled only while the other is outside: weak fairness lets it starve, strong fairness does not."""
    graph = explore({0: [(A, 1), (B, 2)], 1: [(C, 0)]})
    weak = {A: WEAK, B: WEAK, C: WEAK}

    found = find_always_eventually_violation(graph, weak, where(2))

    assert found is not None
    assert found.loop == ((A, 1), (C, 0))
    assert found.starved == (Starved(label=B, fairness=WEAK, enabled_in=1, loop_states=2),)
    assert find_always_eventually_violation(graph, {**weak, B: STRONG}, where(2)) is None


def test_a_fault_without_budget_may_strike_for_ever():
    """An unfair label may be part of the loop: nothing promises that it ever stops."""
    graph = explore({0: [(A, 1)], 1: [(B, 0)]})

    found = find_eventually_always_violation(graph, {B: WEAK}, where(1))

    assert found is not None
    assert (found.entry, found.loop, found.starved) == (0, (), (Starved(A, None, 1, 1),))
    assert find_eventually_always_violation(graph, {A: WEAK, B: WEAK}, where(1)) is not None


# Cycles and paths that meet.


def test_runs_that_meet_are_not_merged():
    """A state reached by a good and by a bad way is judged for the bad way, too."""
    graph = explore({0: [(A, 1), (A, 2)], 1: [(A, 3)], 2: [(A, 3)]})

    found = find_leads_to_violation(graph, {A: WEAK}, where(2), where(1))

    assert found is not None
    assert (found.stem_state, found.path, found.loop) == (2, ((A, 3),), ())
    assert find_leads_to_violation(graph, {A: WEAK}, where(0), where(3)) is None


def test_a_cycle_back_to_the_start_is_a_run_that_never_ends():
    """A cycle through states that were seen before is found."""
    graph = explore({0: [(A, 1)], 1: [(A, 2)], 2: [(A, 0)]})

    found = find_always_eventually_violation(graph, {A: WEAK}, where())

    assert found is not None
    assert found.loop == ((A, 1), (A, 2), (A, 0))


def test_leads_to_ends_with_the_first_answer():
    """After an answer the promise is kept, whatever follows; a state that is its own answer asks for nothing."""
    graph = explore({0: [(A, 1)], 1: [(A, 2)]})

    assert find_leads_to_violation(graph, {A: WEAK}, where(0), where(1)) is None
    assert find_leads_to_violation(graph, {A: WEAK}, where(0), where(0)) is None
    assert find_leads_to_violation(graph, {A: WEAK}, where(0, 1), where(1)) is None
    assert find_leads_to_violation(graph, {A: WEAK}, where(0, 2), where(1)) is not None


# Graphs that were not finished.


def test_a_state_that_was_not_expanded_is_no_place_to_rest():
    """A search cut short reports neither a rest in an unexpanded state nor a proof."""
    graph = explore({0: [(A, 1)], 1: [(A, 2)]}, expand_at_most=1)

    assert find_eventually_always_violation(graph, {A: WEAK}, where(0)) is None
    assert not graph.complete


def test_a_label_that_leads_to_an_unexpanded_state_is_enabled():
    """A loop is no violation when a fair label leads out of it into the unknown."""
    graph = explore({0: [(A, 1)], 1: [(A, 0), (B, 2)]}, expand_at_most=2)

    assert find_eventually_always_violation(graph, {A: WEAK, B: STRONG}, where()) is None
    assert find_eventually_always_violation(graph, {A: WEAK, B: WEAK}, where()) is not None


def test_an_empty_graph_has_no_violation():
    """Nothing expanded, nothing found."""
    for graph in (Graph(), explore({}, expand_at_most=0)):
        assert find_eventually_always_violation(graph, {}, where()) is None
        assert find_always_eventually_violation(graph, {}, where()) is None
        assert find_leads_to_violation(graph, {}, where(0), where()) is None


def test_every_expanded_state_must_be_judged():
    """A predicate that was judged in too few states is refused rather than padded."""
    graph = explore({0: [(A, 1)]})

    with pytest.raises(ValueError, match="judged in 1 states, but 2 are expanded"):
        find_always_eventually_violation(graph, {}, [True])


# What the three promises have to do with each other.


@given(graphs(), promises(), state_sets())
def test_contradictory_promises_are_not_both_kept(graph, fairness, good):
    """Every graph has a fair run, and it cannot stay in good states for ever and in bad ones as well."""
    bad = [not holds for holds in good]

    assert find_eventually_always_violation(graph, fairness, good) or find_eventually_always_violation(
        graph, fairness, bad
    )
    assert find_always_eventually_violation(graph, fairness, where())


@given(graphs(), promises(), state_sets())
def test_what_settles_returns(graph, fairness, good):
    """What holds for ever in the end holds again and again, and then every state leads to it."""
    settles = not find_eventually_always_violation(graph, fairness, good)
    returns = not find_always_eventually_violation(graph, fairness, good)
    answers = not find_leads_to_violation(graph, fairness, [True] * 6, good)

    assert returns or not settles
    assert returns == answers


# The counterexample that is shown.


def ring_with_a_short_cut(size):
    """A ring of many states, one of which has a cycle of two steps besides."""
    steps = {state: [(A, (state + 1) % size)] for state in range(size)}
    steps[5].append((B, size))
    steps[size] = [(B, 5)]
    return explore(steps)


def test_the_loop_is_short():
    """The loop shown is a cycle of two steps, not the component of fifty states that contains it."""
    graph = ring_with_a_short_cut(50)
    bad = max(target for label, target in graph.edges(5) if label == B)

    found = find_eventually_always_violation(graph, {}, [state != bad for state in range(51)])
    rests_nowhere = find_eventually_always_violation(graph, {B: STRONG}, where(*set(range(51)) - {5}, size=51))

    assert found is not None
    assert (found.entry, found.loop) == (bad, ())
    assert rests_nowhere is not None
    assert (rests_nowhere.entry, rests_nowhere.loop) == (5, ((B, bad), (B, 5)))


def test_the_loop_is_long_where_fairness_demands_it():
    """The loop goes all the way round when a fair label is taken only there."""
    graph = ring_with_a_short_cut(50)
    bad = max(target for label, target in graph.edges(5) if label == B)

    found = find_eventually_always_violation(graph, {A: STRONG, B: STRONG}, [state != bad for state in range(51)])

    assert found is not None
    assert len(found.loop) == 52
    assert {label for label, _ in found.loop} == {A, B}
    assert found.loop[-1][1] == found.entry == 0


def test_the_nearest_rest_is_shown():
    """Of several states in which a run may rest, the one nearest to the start is shown."""
    graph = explore({0: [(A, 1)], 1: [(A, 2), (A, 3)], 2: [(A, 4)], 4: [(A, 5)]})

    found = find_always_eventually_violation(graph, {A: WEAK}, where())

    assert found is not None
    assert found.entry == 3


def test_a_near_loop_is_preferred_to_a_far_rest():
    """The counterexample with the fewest steps is shown, whether it loops or rests."""
    graph = explore({0: [(A, 1), (A, 2)], 1: [(A, 0)], 2: [(A, 3)], 3: [(A, 4)], 4: [(A, 5)]})

    found = find_always_eventually_violation(graph, {A: WEAK}, where())

    assert found is not None
    assert found.loop == ((A, 1), (A, 0))


def test_leads_to_shows_the_way_with_the_fewest_steps_in_all():
    """The steps before the broken promise count, too: a late start may be shorter than a detour from an early one.

    From state 0 a run gets stuck at 6, by 1, 3 and 5. The other way passes the answer 2, but state 4 asks once more
    and nothing leaves it.
    """
    graph = explore({0: [(A, 1), (A, 2)], 1: [(A, 3)], 2: [(A, 4)], 3: [(A, 5)], 5: [(A, 6)]})

    found = find_leads_to_violation(graph, {A: WEAK}, where(0, 4), where(2))

    assert found is not None
    assert (found.stem_state, found.path, found.entry) == (4, (), 4)


def test_the_steps_before_a_late_start_count():
    """A promise broken early and at length is shown rather than one broken late and at once, if it takes less."""
    graph = explore({0: [(A, 1), (A, 2)], 1: [(A, 3)], 2: [(A, 4)], 3: [(A, 5)], 4: [(A, 6)], 6: [(A, 7)]})

    found = find_leads_to_violation(graph, {A: WEAK}, where(0, 6), where())

    assert found is not None
    assert (found.stem_state, found.path) == (0, ((A, 1), (A, 3), (A, 5)))


def test_a_loop_that_is_closed_is_not_gone_round_twice():
    """When the step that fairness demands leads back to the start, the loop ends there."""
    graph = explore({0: [(A, 1)], 1: [(A, 0), (B, 0)]})

    loop = short_fair_loop(graph, Demands.of({A: WEAK, B: STRONG}), {0, 1}, start=0)

    assert loop == ((A, 1), (B, 0))


def test_starved_labels_are_named():
    """Labels promised weak fairness in vain come first, then the unfair ones that would leave the loop.

    Label 4 is never taken either, but it stays in the loop and nothing was promised of it.
    """
    graph = explore({0: [(0, 1), (1, 2), (2, 2)], 1: [(0, 3), (2, 2)], 3: [(0, 0), (2, 2), (3, 1), (4, 1)]})

    found = find_eventually_always_violation(graph, {0: WEAK, 3: WEAK}, where(1, 2, 3))

    assert found is not None
    assert found.loop == ((0, 1), (0, 3), (0, 0))
    assert found.starved == (Starved(3, WEAK, 1, 3), Starved(2, None, 3, 3), Starved(1, None, 1, 3))


def two_cycles():
    """A cycle near the start, and one far from it that a depth-first search finishes first."""
    return explore({0: [(A, 1)], 1: [(A, 0), (A, 2)], 2: [(A, 3)], 3: [(A, 2)]})


@pytest.mark.parametrize("limit", ["LOOPS_TRIED", "STATES_VISITED_BY_TRIES"])
def test_limits_on_searching_for_a_short_loop_change_no_verdict(limit, monkeypatch):
    """However little may be tried, a violation is found, and the component nearest to the start comes first."""
    monkeypatch.setattr(liveness, limit, 0)

    found = find_always_eventually_violation(two_cycles(), {A: WEAK}, where())

    assert found is not None
    assert found.loop == ((A, 1), (A, 0))


def test_labels_of_wide_systems():
    """Labels beyond 64 are no different."""
    graph = explore({0: [(1000, 1)], 1: [(2000, 0)]})

    assert find_always_eventually_violation(graph, {1000: WEAK, 2000: STRONG}, where(0)) is None
    assert find_eventually_always_violation(graph, {1000: WEAK, 2000: STRONG}, where(0)) is not None
