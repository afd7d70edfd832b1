"""How runs end, and which endings break a promise: rests, loops, fairness, and what is still owed."""

from __future__ import annotations

import pytest
from deep_moments import cleaner, feud
from explore_systems import terrain_of
from small_systems import (
    Number,
    all_is_done,
    arrive,
    box,
    crash,
    heart,
    it_settles,
    never_full,
    numbers,
    retry,
    shop,
    the_lost_are_done,
    the_machine_is_up,
    walk,
)

from clusterproof import Whenever, leads_to, strong, unbounded, weak
from clusterproof.checker.explore import explore_system
from clusterproof.checker.explore.endings import Ending
from clusterproof.checker.search import Path
from clusterproof.checker.verdict import Verdict


def explored(system, **options):
    """The only result of a short exploration."""
    (result,) = explore_system(system, seed=1, examples=20, steps=30, **options).properties
    return result


def steps(result):
    """The steps of the only trace, and where its loop begins."""
    (trace,) = result.traces
    return [str(step) for step in trace.steps], trace.loop_from


def test_a_rest_breaks_a_promise():
    """Where nothing that is promised is possible any more, the run stays for ever."""
    result = explored(shop(all_is_done, without=[retry]))

    assert result.verdict is Verdict.REFUTED
    assert steps(result) == (["worker[j0].start()", "FAULT crash()", "machine.recover()"], None)
    assert result.traces[0].stutters


@pytest.mark.parametrize("judged", [all_is_done, the_machine_is_up, the_lost_are_done], ids=lambda one: one.name)
def test_a_rest_that_keeps_the_promise_is_fine(judged):
    """With everything repaired in the end no run is a counterexample."""
    assert explored(shop(judged)).verdict is Verdict.UNDETERMINED


def test_a_loop_breaks_a_promise():
    """A heart that beats for ever never settles; the loop has time in it."""
    result = explored(heart(it_settles))

    assert result.verdict is Verdict.REFUTED
    assert steps(result)[1] is not None


@pytest.mark.parametrize(("promise", "verdict"), [(weak, Verdict.REFUTED), (strong, Verdict.UNDETERMINED)])
def test_a_loop_must_be_fair(monkeypatch, promise, verdict):
    """Who is possible again and again may starve under weak fairness, and not under strong fairness."""
    for action in cleaner.actions:
        monkeypatch.setattr(action, "fairness", promise)

    (result,) = explore_system(feud(), seed=1, examples=150, steps=100, stop_at_first=True).properties
    assert result.verdict is verdict


@leads_to
def one_leads_to_five(n: Number) -> Whenever:
    """What is one will be five."""
    return Whenever(given=n.value == 1, then=n.value == 5)


@leads_to
def one_leads_to_two(n: Number) -> Whenever:
    """What is one will be two."""
    return Whenever(given=n.value == 1, then=n.value == 2)


def test_what_was_given_before_the_end_is_still_owed():
    """A premise that held on the way only is answered by what comes after it, or never."""
    result = explored(numbers(one_leads_to_five, only=[walk, arrive]))

    assert result.verdict is Verdict.REFUTED
    assert steps(result)[0][:1] == ["chaos.walk()"]
    assert explored(numbers(one_leads_to_two, only=[walk, arrive])).verdict is Verdict.REFUTED  # nobody promised


def test_nothing_is_owed_where_nothing_was_given():
    """Without the premise there is no promise to break."""
    assert explored(shop(the_lost_are_done, without=[retry, crash])).verdict is not Verdict.REFUTED


def test_a_pool_that_is_exhausted_is_no_rest():
    """Where an action wants an id and none is left, nobody knows how the run goes on."""
    assert explored(box(never_full)).verdict is Verdict.UNDETERMINED


def test_faults_without_a_budget_are_not_taken_for_ever():
    """A run that only breaks its promise if faults never end is left to the exhaustive search: this is a known gap."""
    assert explored(shop(the_machine_is_up, crashes=unbounded)).verdict is Verdict.UNDETERMINED


def test_an_ending_knows_all_steps_of_its_states():
    """The states behind those of the way are there, too, without what lies beyond them."""
    terrain = terrain_of(shop(all_is_done))
    row = terrain.starts[0]
    ending = Ending(terrain, Path(steps=(), rows=(row,)))

    assert ending.rows == [row]
    assert (ending.graph.expanded, ending.graph.states) == (1, 1 + len(terrain.compiled.steps(row).steps))
