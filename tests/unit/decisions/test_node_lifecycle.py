"""The node lifecycle controller: zones, rates, taints and silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.node_health import (
    MARKED_CONDITIONS,
    HealthUpdate,
    NodeCondition,
    NodeHealth,
    is_stale,
    try_update_node_health,
)
from clusterproof.models.kubernetes.decisions.node_labels import reconcile_node_labels
from clusterproof.models.kubernetes.decisions.node_lifecycle import (
    NOT_READY_TAINT,
    UNREACHABLE_TAINT,
    TaintAction,
    ZoneState,
    compute_zone_state,
    do_no_schedule_tainting_pass,
    eviction_rate,
    handle_disruption,
    marks_pods_not_ready,
    no_execute_taint,
    node_monitor_grace_seconds,
    process_taint_base_eviction,
    zone_key,
)
from clusterproof.models.kubernetes.objects import Taint

NORMAL, PARTIAL, FULL = ZoneState.NORMAL, ZoneState.PARTIAL_DISRUPTION, ZoneState.FULL_DISRUPTION


@pytest.mark.parametrize(
    ("version", "seconds"), [("1.29", 40), ("1.31.9", 40), ("1.32", 50), ("v1.35.0", 50), ("2.0", 50)]
)
def test_the_grace_period_grew_with_1_32(version: str, seconds: int) -> None:
    """40 seconds up to 1.31, 50 from 1.32."""
    assert node_monitor_grace_seconds(version) == seconds


def test_an_unreadable_version_is_an_error_that_says_what_to_write() -> None:
    """No guess is made about a version that is none."""
    with pytest.raises(ValueError, match=r"write for example 1\.35"):
        node_monitor_grace_seconds("latest")


@pytest.mark.parametrize(
    ("ready", "lost", "state"),
    [(0, 0, NORMAL), (0, 1, FULL), (1, 2, NORMAL), (0, 3, FULL), (2, 3, PARTIAL), (3, 3, NORMAL), (1, 3, PARTIAL)],
)
def test_zone_state(ready: int, lost: int, state: ZoneState) -> None:
    """No ready node is full disruption; more than two and at least 55 % lost is partial."""
    assert compute_zone_state(["True"] * ready + ["Unknown"] * lost) is state


def test_the_rate_falls_in_a_partly_lost_zone() -> None:
    """A large zone goes on ten times slower, a small one stops; a wholly lost zone keeps the normal rate."""
    assert eviction_rate(NORMAL, 3) == eviction_rate(FULL, 3) == 0.1
    assert eviction_rate(PARTIAL, 50) == 0
    assert eviction_rate(PARTIAL, 51) == 0.01


def test_when_all_zones_are_lost_nothing_is_evicted() -> None:
    """The rates are zero and the taints are taken off once, on entering."""
    lost = {"a": ["Unknown"], "b": ["False", "Unknown"]}

    entering = handle_disruption(lost, {"a": NORMAL, "b": FULL})
    staying = handle_disruption(lost, entering.states)

    assert (entering.rates, entering.untaint_all, entering.reset_timers) == ({"a": 0, "b": 0}, True, False)
    assert (staying.rates, staying.untaint_all, staying.reset_timers) == ({"a": 0, "b": 0}, False, False)


def test_coming_back_from_all_lost_starts_every_timer_anew() -> None:
    """One ready node ends the state, and nobody is blamed for the time it lasted."""
    after = handle_disruption({"a": ["True"], "b": ["Unknown"]}, {"a": FULL, "b": FULL})

    assert after.reset_timers
    assert not after.untaint_all
    assert after.rates == {"a": 0.1, "b": 0.1}


def test_a_restarted_controller_finding_everything_lost_removes_taints() -> None:
    """Without memory of the pass before, all lost is entered anew."""
    assert handle_disruption({"a": ["Unknown"]}).untaint_all


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from(["True", "False", "Unknown"]), min_size=1)))
def test_evictions_stop_exactly_when_no_node_is_ready(zones: dict[str, list[str]]) -> None:
    """All-lost is the only state in which a zone without a partial disruption has rate zero."""
    outcome = handle_disruption(zones)

    any_ready = any("True" in statuses for statuses in zones.values())
    stopped = {zone for zone, rate in outcome.rates.items() if rate == 0}
    assert stopped == {zone for zone, state in outcome.states.items() if state is PARTIAL or not any_ready}


def test_zones_are_told_apart_by_region_and_zone() -> None:
    """Stable labels come first, the old ones count, and unlabelled nodes share one zone."""
    stable = {"topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z"}
    old = {"failure-domain.beta.kubernetes.io/region": "r", "failure-domain.beta.kubernetes.io/zone": "z"}

    assert zone_key(stable) == zone_key(old) == zone_key({**old, **stable}) != ""
    assert zone_key({}) == zone_key({"kubernetes.io/hostname": "n"}) == ""


def test_no_schedule_taints_mirror_the_conditions() -> None:
    """Wanted ones are added, outdated ones go, and what is not theirs stays."""
    foreign = Taint(key="dedicated", effect="NoSchedule")
    outdated = Taint(key="node.kubernetes.io/not-ready", effect="NoSchedule")

    taints = do_no_schedule_tainting_pass(
        (foreign, outdated, NOT_READY_TAINT), {"Ready": "Unknown", "DiskPressure": "True", "PIDPressure": "False"}, True
    )

    assert taints[:2] == (foreign, NOT_READY_TAINT)
    assert {(each.key.removeprefix("node.kubernetes.io/"), each.effect) for each in taints[2:]} == {
        ("unreachable", "NoSchedule"),
        ("disk-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    }
    assert do_no_schedule_tainting_pass(taints, {"Ready": "True"}, False) == (foreign, NOT_READY_TAINT)


def test_mirroring_twice_changes_nothing() -> None:
    """The pass is idempotent."""
    conditions = {"Ready": "False", "MemoryPressure": "True"}
    once = do_no_schedule_tainting_pass((), conditions, False)

    assert do_no_schedule_tainting_pass(once, conditions, False) == once


@pytest.mark.parametrize(
    ("ready", "taints", "action"),
    [
        ("True", (), TaintAction.NONE),
        ("True", (NOT_READY_TAINT,), TaintAction.REMOVE),
        ("False", (), TaintAction.QUEUE),
        ("False", (NOT_READY_TAINT,), TaintAction.NONE),
        ("False", (UNREACHABLE_TAINT,), TaintAction.SWAP),
        ("Unknown", (NOT_READY_TAINT,), TaintAction.SWAP),
        ("Unknown", (UNREACHABLE_TAINT,), TaintAction.NONE),
        ("Unknown", (Taint(key=UNREACHABLE_TAINT.key, effect="NoSchedule"),), TaintAction.QUEUE),
    ],
)
def test_no_execute_taints(ready: str, taints: tuple[Taint, ...], action: TaintAction) -> None:
    """The first taint waits in the queue, the exchange and the removal happen at once."""
    assert process_taint_base_eviction(ready, taints) is action


def test_each_status_has_its_taint() -> None:
    """False is not-ready, Unknown is unreachable."""
    assert (no_execute_taint("False"), no_execute_taint("Unknown")) == (NOT_READY_TAINT, UNREACHABLE_TAINT)


def test_pods_lose_readiness_only_when_the_controller_takes_it() -> None:
    """A node whose own kubelet says not ready has told its pods itself."""
    assert marks_pods_not_ready("True", "Unknown")
    assert not marks_pods_not_ready("Unknown", "Unknown")
    assert not marks_pods_not_ready("False", "False")
    assert not marks_pods_not_ready("True", "True")


def test_exactly_the_grace_period_is_not_yet_too_long() -> None:
    """Silence must exceed the grace period."""
    assert not is_stale(now=50, probe_timestamp=0, grace_seconds=50)
    assert is_stale(now=50.1, probe_timestamp=0, grace_seconds=50)


READY = NodeCondition(type="Ready", status="True", last_heartbeat_time=0, last_transition_time=0)


def look(now: float, saved: NodeHealth | None, *conditions: NodeCondition, lease: float | None = None) -> HealthUpdate:
    """One look at a node created at 0, with a grace period of 40 and a startup grace of 60 seconds."""
    return try_update_node_health(conditions, 0, saved, lease, now, 40, 60)


def test_a_restarted_controller_gives_the_whole_grace_period_again() -> None:
    """However old the heartbeat, the first look never marks a node that once was ready."""
    first = look(1000, None, READY)

    assert not first.write_status
    assert look(1040, first.health, READY).current_ready == "True"
    assert look(1041, first.health, READY).current_ready == "Unknown"


def test_a_renewed_lease_is_a_sign_of_life() -> None:
    """The lease alone keeps a node ready; an old one does not."""
    first = look(0, None, READY, lease=0)

    assert not look(41, first.health, READY, lease=10).write_status
    assert look(41, first.health, READY, lease=0).write_status


def test_a_changed_heartbeat_is_a_sign_of_life() -> None:
    """A new status is as good as a lease."""
    fresh = NodeCondition(type="Ready", status="True", last_heartbeat_time=5, last_transition_time=0)

    assert not look(41, look(0, None, READY).health, fresh).write_status


def test_silence_turns_the_four_conditions_unknown() -> None:
    """What was posted says stopped, what never was says never, and NetworkUnavailable is left alone."""
    network = NodeCondition(type="NetworkUnavailable", status="False")
    silent = look(41, look(0, None, READY, network).health, READY, network)

    statuses = {each.type: (each.status, each.reason) for each in silent.conditions}
    assert statuses.pop("NetworkUnavailable") == ("False", "")
    assert statuses.pop("Ready") == ("Unknown", "NodeStatusUnknown")
    assert set(statuses) == set(MARKED_CONDITIONS) - {"Ready"}
    assert set(statuses.values()) == {("Unknown", "NodeStatusNeverUpdated")}
    assert silent.write_status
    assert silent.health.ready_transition_timestamp == 41


def test_a_silent_node_is_written_once() -> None:
    """Further looks at the same silence write nothing."""
    silent = look(41, look(0, None, READY).health, READY)

    assert not look(46, silent.health, *silent.conditions).write_status


def test_a_node_that_never_was_ready_has_the_startup_grace_from_its_creation() -> None:
    """No controller restart prolongs it."""
    assert not look(60, None).write_status
    assert look(61, None).current_ready == "Unknown"


def test_a_node_that_speaks_again_is_believed() -> None:
    """The kubelet's new status counts from the moment it is seen."""
    silent = look(41, look(0, None, READY).health, READY)
    back = NodeCondition(type="Ready", status="True", last_heartbeat_time=100, last_transition_time=100)

    seen = look(100, silent.health, back)

    assert (seen.current_ready, seen.write_status, seen.health.probe_timestamp) == ("True", False, 100)


def test_old_node_labels_follow_the_new_ones() -> None:
    """The beta names carry the stable values; other labels stay."""
    labels = {"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "windows", "x": "y"}

    assert reconcile_node_labels(labels) == {"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux", "x": "y"}
