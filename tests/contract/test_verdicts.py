"""Every kind of property, proved and refuted, with the shortest trace."""

from __future__ import annotations

import pytest
from small_systems import (
    a_job_may_be_lost,
    all_is_done,
    arrive,
    crash,
    done_is_done,
    done_while_down,
    errand,
    it_is_delivered,
    jump,
    lost_and_up_at_the_start,
    never_two,
    not_delivered,
    nothing_is_lost,
    numbers,
    only_workers_change_jobs,
    retry,
    says_nothing,
    shop,
    something_is_lost,
    the_lost_are_done,
    the_machine_is_up,
    two_claims,
    walk,
)

from clusterproof import Whenever, leads_to, strong, unbounded, weak
from clusterproof.checker.verdict import Verdict
from clusterproof.models import mini_cluster, philosophers

PROVED, REFUTED, UNDETERMINED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED


def steps(trace):
    """The steps of a trace as text."""
    return [str(step) for step in trace.steps]


@pytest.mark.parametrize(
    ("judged", "without", "verdict", "taken"),
    [
        (nothing_is_lost, [], REFUTED, ["worker[j0].start()", "FAULT crash()"]),
        (nothing_is_lost, [crash], PROVED, []),
        (something_is_lost, [], REFUTED, []),
        (done_is_done, [], PROVED, []),
        (only_workers_change_jobs, [], REFUTED, ["worker[j0].start()", "FAULT crash()"]),
        (all_is_done, [], PROVED, []),
        (all_is_done, [retry], REFUTED, ["worker[j0].start()", "FAULT crash()", "machine.recover()"]),
        (the_machine_is_up, [], PROVED, []),
        (the_lost_are_done, [], PROVED, []),
        (the_lost_are_done, [retry], REFUTED, ["worker[j0].start()", "FAULT crash()", "machine.recover()"]),
        (a_job_may_be_lost, [], PROVED, ["worker[j0].start()", "FAULT crash()"]),
        (done_while_down, [], PROVED, ["worker[j0].start()", "worker[j0].finish()", "FAULT crash()"]),
        (lost_and_up_at_the_start, [], REFUTED, []),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_kind_of_property(check, judged, without, verdict, taken):
    """Each kind is proved where it holds, and refuted by the shortest trace where it does not."""
    system = shop(judged, crashes=0 if crash in without else 1, without=[each for each in without if each is not crash])

    (result,) = check(system).properties

    assert result.verdict is verdict
    assert [steps(trace) for trace in result.traces][:1] == ([taken] if result.traces else [])
    assert bool(result.traces) == ((verdict is REFUTED) != (judged.kind == "reachable"))


def test_contradictory_claims_are_not_both_proved(check):
    """Of a claim and its opposite at most one is proved; here neither."""
    both = check(shop(nothing_is_lost, something_is_lost)).properties

    assert [one.verdict for one in both] == [REFUTED, REFUTED]


def test_each_refuted_claim_has_its_own_shortest_trace(check):
    """A property with two broken claims shows both, the shorter trace first."""
    (result,) = check(shop(two_claims)).properties

    assert [(trace.says, steps(trace)) for trace in result.traces] == [
        ("the machine is up", ["FAULT crash()"]),
        ("no job is done", ["worker[j0].start()", "worker[j0].finish()"]),
    ]


def test_of_equally_short_ways_the_one_with_fewer_faults_is_shown(check):
    """A fault that is declared first does not stand in a trace that needs none."""
    (result,) = check(numbers(never_two, only=[jump, walk, arrive])).properties

    assert steps(result.traces[0]) == ["chaos.walk()", "chaos.arrive()"]


def test_a_fault_without_budget_keeps_a_system_from_settling(check):
    """With crashes for ever the work is never done, and the loop names who starves."""
    (result,) = check(shop(all_is_done, crashes=unbounded)).properties
    (trace,) = result.traces

    assert result.verdict is REFUTED
    assert steps(trace)[trace.loop_from :] == ["FAULT crash()", "machine.recover()"]
    assert [starved.step for starved in trace.starved] == ["worker[j0].start()"]


def test_a_property_without_claims_is_not_checked(check):
    """What made no claim counts for nothing; asked for by name it is undetermined; alone it is not a success."""
    alone = check(shop(says_nothing))
    among = check(shop(says_nothing, done_is_done))
    (named,) = check(shop(says_nothing, done_is_done), properties=["says-nothing"]).properties

    assert (alone.properties[0].verdict, alone.exit_code()) == (None, 2)
    assert (among.properties[0].reason, among.exit_code()) == ("made no claim", 0)
    assert (named.verdict, named.reason) == (UNDETERMINED, "vacuous: made no claim")


def test_a_premise_that_is_never_true_proves_nothing(check):
    """A leads_to whose `given` never holds is not checked."""
    (result,) = check(shop(the_lost_are_done, crashes=0)).properties

    assert (result.verdict, result.reason) == (None, "`given` was never true")


def test_the_hungry_eat_only_with_strong_fairness(check, monkeypatch):
    """Forks come and go: weak fairness lets a philosopher starve."""
    strongly = check(philosophers.system(3), properties=["the-hungry-eat"])
    for action in philosophers.philosopher.actions:
        monkeypatch.setattr(action, "fairness", weak)
    weakly = check(philosophers.system(3), properties=["the-hungry-eat"])

    assert {one.verdict for one in strongly.properties} == {PROVED}
    assert {one.verdict for one in weakly.properties} == {REFUTED}


@leads_to
def terminating_pods_go(c: mini_cluster.Cluster, p: mini_cluster.PodId) -> Whenever:
    """A pod that has to go is gone in the end."""
    pod = c.pods.get(p)
    terminating = pod is not None and pod.phase is mini_cluster.Phase.TERMINATING
    return Whenever(given=terminating, then=not terminating)


@pytest.mark.parametrize(
    ("max_down", "promise", "verdict"), [(0, weak, REFUTED), (0, strong, PROVED), (1, strong, REFUTED)]
)
def test_terminating_pods_go(check, monkeypatch, max_down, promise, verdict):
    """With unbounded outages weak fairness is not enough; with crashing nodes even strong fairness is not."""
    system = mini_cluster.system(2, 2, 2 if max_down else 3, 2, 2, max_down)
    for component in (mini_cluster.controller, mini_cluster.scheduler, mini_cluster.kubelet, mini_cluster.machine):
        for action in component.actions:
            monkeypatch.setattr(action, "fairness", None if action.fault else promise)
    system.properties = [terminating_pods_go]

    result = check(system)

    assert result.properties[0].verdict is verdict
    if not max_down:
        assert (result.states, result.transitions) == (29_816, 144_224)


def test_without_steps_a_run_rests_for_ever(check):
    """A system that may stop is no deadlock unless the system says so."""
    allowed = check(shop(all_is_done, crashes=0))
    forbidden = check(shop(all_is_done, crashes=0, deadlock="forbidden"))

    assert [one.name for one in allowed.properties] == ["all-is-done"]
    assert [(one.name, one.verdict) for one in forbidden.properties] == [
        ("no-deadlock", REFUTED),
        ("all-is-done", PROVED),
    ]
    assert steps(forbidden.properties[0].traces[0]) == ["worker[j0].start()", "worker[j0].finish()"]


def test_a_deadline_passes_without_any_timer(check):
    """A step with within_seconds may come at once or when its time is up, and the clock goes no further."""
    result = check(errand(it_is_delivered))

    assert (result.states, result.transitions) == (3, 3)
    assert result.properties[0].verdict is PROVED
    assert steps(check(errand(not_delivered)).traces[0]) == ["courier.deliver()"]
