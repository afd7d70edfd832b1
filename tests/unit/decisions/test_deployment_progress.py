"""When a rollout is complete, progressing or late."""

from __future__ import annotations

from clusterproof.models.kubernetes.decisions.deployment import UNLIMITED, ReplicaSetView
from clusterproof.models.kubernetes.decisions.deployment_progress import (
    Condition,
    DeploymentCounts,
    available_condition,
    calculate_status,
    deployment_complete,
    deployment_progressing,
    deployment_timed_out,
    requeue_stuck_deployment,
    sync_rollout_status,
)

DONE = DeploymentCounts(replicas=2, updated_replicas=2, ready_replicas=2, available_replicas=2)
STUCK = DeploymentCounts(replicas=3, updated_replicas=1, ready_replicas=2, available_replicas=2)


def test_complete_needs_every_counter_and_the_current_generation() -> None:
    """Old pods, unavailable pods and a status of an older spec each keep a rollout from being complete."""
    assert deployment_complete(2, DONE)
    assert not deployment_complete(3, DONE)
    assert not deployment_complete(2, DeploymentCounts(replicas=3, updated_replicas=2, available_replicas=2))
    assert not deployment_complete(
        2, DeploymentCounts(replicas=2, updated_replicas=2, available_replicas=2, observed=False)
    )


def test_status_sums_what_the_replica_sets_report() -> None:
    """Counters come from statuses, and only the new ReplicaSet's pods are updated."""
    new = ReplicaSetView(name="new", spec_replicas=3, status_replicas=1, ready_replicas=1, available_replicas=0)
    old = ReplicaSetView(name="old", spec_replicas=0, status_replicas=2, ready_replicas=2, available_replicas=2)

    assert DeploymentCounts(replicas=3, updated_replicas=1, ready_replicas=3, available_replicas=2) == calculate_status(
        [old, new], new
    )
    assert calculate_status([old], None).updated_replicas == 0


def test_available_tolerates_what_may_be_unavailable() -> None:
    """The condition Available holds down to replicas minus maxUnavailable."""
    assert available_condition(3, 4, 1) == ("True", "MinimumReplicasAvailable")
    assert available_condition(2, 4, 1) == ("False", "MinimumReplicasUnavailable")


def test_losing_readiness_is_no_progress() -> None:
    """Only gains, or fewer old pods, count."""
    assert not deployment_progressing(STUCK, STUCK)
    assert not deployment_progressing(DONE, DeploymentCounts(replicas=2, updated_replicas=2, ready_replicas=1))
    assert deployment_progressing(STUCK, DeploymentCounts(replicas=2, updated_replicas=1))


def test_the_deadline_is_exceeded_strictly_after_it() -> None:
    """At the deadline itself nothing has timed out; without deadline or condition nothing ever does."""
    running = Condition(status="True", reason="ReplicaSetUpdated", last_update_seconds=100)

    assert not deployment_timed_out(600, running, 700)
    assert deployment_timed_out(600, running, 701)
    assert not deployment_timed_out(None, running, 10_000)
    assert not deployment_timed_out(UNLIMITED, running, 10_000)
    assert not deployment_timed_out(600, None, 10_000)


def test_a_timed_out_rollout_recovers_by_progress() -> None:
    """ProgressDeadlineExceeded stays until something moves, and completion ends the judging."""
    late = Condition(status="False", reason="ProgressDeadlineExceeded", last_update_seconds=5)

    assert late == sync_rollout_status(2, 600, STUCK, STUCK, late, 9)
    assert Condition(
        status="True", reason="ReplicaSetUpdated", last_update_seconds=9, last_transition_seconds=9
    ) == sync_rollout_status(3, 600, STUCK, DONE, late, 9)
    done = sync_rollout_status(2, 600, STUCK, DONE, late, 9)
    assert done is not None
    assert done.reason == "NewReplicaSetAvailable"
    assert done == sync_rollout_status(5, 600, DONE, DONE, done, 9_999)


def test_progress_restarts_the_deadline() -> None:
    """Each sign of progress moves lastUpdateTime and leaves lastTransitionTime."""
    before = Condition(status="True", reason="ReplicaSetUpdated", last_update_seconds=5, last_transition_seconds=5)
    after = sync_rollout_status(9, 600, STUCK, DONE, before, 9)

    assert after is not None
    assert (after.last_update_seconds, after.last_transition_seconds) == (9, 5)


def test_no_deadline_means_no_condition() -> None:
    """Without a progress deadline the condition Progressing is removed."""
    assert sync_rollout_status(2, None, STUCK, DONE, Condition(status="True"), 9) is None


def test_a_stuck_rollout_is_looked_at_when_its_deadline_is_due() -> None:
    """The timer is what remains of the deadline; complete, late or unlimited rollouts have none."""
    running = Condition(status="True", reason="ReplicaSetUpdated", last_update_seconds=100)

    assert requeue_stuck_deployment(2, 600, STUCK, running, 300) == 400
    assert requeue_stuck_deployment(2, 600, STUCK, running, 699.5) == 0
    assert requeue_stuck_deployment(2, 600, DONE, running, 300) is None
    assert requeue_stuck_deployment(2, None, STUCK, running, 300) is None
