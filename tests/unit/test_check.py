"""Choosing properties, sharing explorations, and putting the answers together."""

from __future__ import annotations

import itertools

import pytest
from planted_systems import Plant, below_two, planted, rise
from small_systems import (
    Job,
    Shop,
    all_is_done,
    done_is_done,
    lease,
    nobody_notices,
    nothing_is_lost,
    only_workers_change_jobs,
    shop,
    two_claims,
)

from clusterproof import Bounds, SpecError, require
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict


def test_a_small_system_is_explored_whole():
    """Looking at the whole comes first: where that is exhaustive, no slice is made."""
    result = check_system(shop(nothing_is_lost, done_is_done), sliced=True)

    assert [one.part for one in result.explorations] == ["whole"]


def test_what_the_first_look_leaves_open_is_sliced():
    """A first look that was cut short keeps its refutations; the other properties are proved on slices."""
    whole = check_system(shop(done_is_done, only_workers_change_jobs), sliced=False)
    result = check_system(shop(done_is_done, only_workers_change_jobs), sliced=True, whole_first=2)

    assert [one.verdict for one in result.properties] == [one.verdict for one in whole.properties]
    assert len(result.explorations) == 2
    assert not result.explorations[0].exhaustive


def test_a_deadlock_is_looked_for_in_the_whole():
    """Whether nothing can happen depends on everything, so it is never judged on less."""
    result = check_system(shop(deadlock="forbidden"), sliced=True, whole_first=0)

    assert [one.part for one in result.explorations] == ["whole"]


def test_seconds_are_shared_by_all_explorations():
    """What the bound of seconds leaves unexplored is UNDETERMINED."""
    result = check_system(shop(nothing_is_lost, done_is_done), sliced=True, bounds=Bounds(seconds=0.0))

    assert {one.verdict for one in result.properties} == {Verdict.UNDETERMINED}


def test_stopping_at_the_first_refutation_skips_the_other_slices():
    """With stop_at_first no further slice is explored."""
    result = check_system(shop(nothing_is_lost, done_is_done), sliced=True, stop_at_first=True, whole_first=0)

    assert len(result.explorations) == 1
    assert [one.verdict for one in result.properties] == [Verdict.REFUTED, Verdict.UNDETERMINED]


def test_names_choose_properties():
    """Dashes and underscores are the same, and the order is the declared one."""
    result = check_system(shop(nothing_is_lost, two_claims, all_is_done), properties=["all_is_done", "nothing-is-lost"])

    assert [one.name for one in result.properties] == ["nothing-is-lost", "all-is-done"]


def test_properties_of_one_name_are_parts_of_one():
    """They are chosen together, and each has its own verdict."""
    first, second = check_system(shop(all_is_done, nothing_is_lost, all_is_done), properties=["all-is-done"]).properties

    assert first.name == second.name == "all-is-done"


def test_an_unknown_engine_is_refused():
    """The message lists the engines there are."""
    with pytest.raises(SpecError, match=r"there is no engine 'quantum'\.\n  write one of .*reference"):
        check_system(shop(all_is_done), engine="quantum")


def test_a_system_without_properties_is_explored_and_proves_nothing():
    """Counts are given, and the exit code says that nothing was checked."""
    result = check_system(shop())

    assert (result.states, result.verdict, result.exit_code()) == (10, None, 2)


def test_several_initial_states_are_all_started_from():
    """The nearest of them begins the trace."""
    system = shop(nothing_is_lost, crashes=0)
    start = system.initial
    system.initial = [start, Shop(jobs=dict.fromkeys(start.jobs, Job.LOST), up=False)]
    (trace,) = check_system(system).traces

    assert (trace.steps, trace.run["initial"]) == ((), 1)


def test_the_timing_is_part_of_the_result():
    """Every result and trace says which timing it was checked with."""
    for timing in ("timed", "untimed"):
        result = check_system(lease(nobody_notices, timing=timing))

        assert result.timing == result.traces[0].timing == timing


def test_a_first_look_counts_only_where_slices_follow():
    """Where the first look ends for another reason than its size, it is what the run was, and says why it ended."""
    decided = check_system(shop(nothing_is_lost), sliced=True)
    short = check_system(shop(done_is_done, only_workers_change_jobs), sliced=True, whole_first=2)

    assert [one.first_look for one in decided.explorations] == [False]
    assert [one.first_look for one in short.explorations] == [True, False]


def test_a_verification_recalls_nothing():
    """An action that changes its mind is found out although its slices, and the first look, remember what it did."""
    lies = itertools.count()

    def drift(p: Plant) -> None:
        require(p.other == 0)
        p.other = 1 + next(lies) % 2

    for whole_first in (0, 1, 1_000):
        result = check_system(
            planted([rise, drift], properties=[below_two]), sliced=True, whole_first=whole_first, verify=10
        )

        assert "drift" in next(one.reason for one in result.properties if one.verdict is Verdict.ERROR)
