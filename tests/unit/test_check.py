"""Choosing properties, sharing explorations, and putting the answers together."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
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

from clusterproof import Bounds, SpecError
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict


@pytest.fixture
def slices(monkeypatch):
    """A stand-in for slicing: "machine" properties keep everything, others too, but as a system of its own."""
    asked = []

    def slice_for(compiled, abouts):
        asked.append([about.judged.name for about in abouts])
        part = compiled.sliced(range(len(compiled.schema.slots)), compiled.instances)
        if abouts[0].judged is done_is_done:
            part.instances = tuple(i for i in part.instances if not i.fault)
        return part

    module = ModuleType("clusterproof.checker.slicing")
    module.slice_for = slice_for
    monkeypatch.setitem(sys.modules, "clusterproof.checker.slicing", module)
    return asked


def test_properties_with_the_same_slice_share_an_exploration(slices):
    """Each property instance is sliced by itself; equal slices are explored once, and counts are summed."""
    result = check_system(shop(nothing_is_lost, done_is_done, only_workers_change_jobs, all_is_done), sliced=True)

    assert slices == [["nothing-is-lost"], ["done-is-done"], ["only-workers-change-jobs"], ["all-is-done"]]
    assert [one.states for one in result.explorations] == [10, 3]
    assert result.states == 13
    assert [one.name for one in result.properties] == [
        "nothing-is-lost",
        "done-is-done",
        "only-workers-change-jobs",
        "all-is-done",
    ]


def test_a_deadlock_is_looked_for_in_the_whole(slices):
    """Whether nothing can happen depends on everything, so it is never judged on a slice."""
    result = check_system(shop(deadlock="forbidden"), sliced=True)

    assert slices == []
    assert [one.part for one in result.explorations] == ["whole"]


def test_seconds_are_shared_by_all_explorations(slices):
    """What one exploration uses up is missing for the next."""
    result = check_system(shop(nothing_is_lost, done_is_done), sliced=True, bounds=Bounds(seconds=0.0))

    assert [one.exhaustive for one in result.explorations] == [False, False]
    assert {one.verdict for one in result.properties} == {Verdict.UNDETERMINED}


def test_stopping_at_the_first_refutation_skips_the_other_slices(slices):
    """With stop_at_first no further slice is explored."""
    result = check_system(shop(nothing_is_lost, done_is_done), sliced=True, stop_at_first=True)

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
