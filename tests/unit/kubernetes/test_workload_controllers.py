"""The Deployment and ReplicaSet controllers' steps, and the garbage collector's.

Source: pkg/controller/deployment, pkg/controller/replicaset, pkg/controller/garbagecollector
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import WEB, after, changed, deployment, is_enabled, running_cluster, without

from clusterproof import Timer
from clusterproof.models.kubernetes import (
    deployment_controller,
    deployment_status_controller,
    kubectl,
    replicaset_controller,
)
from clusterproof.models.kubernetes.names import PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster

OLD, NEW = ReplicaSetId("web-1"), ReplicaSetId("web-2")
A, B, C = (PodId(f"web-{letter}") for letter in "abc")
DEFAULT = "{type: RollingUpdate}"


@cache
def calm(replicas: int = 1, strategy: str = DEFAULT) -> Cluster:
    """Return a Deployment that runs as wanted on one worker, and may be rolled out once."""
    return running_cluster(deployment(replicas, strategy=strategy), rollouts=1, actions={"rollout": 0})


def rolled_out(c: Cluster) -> Cluster:
    """Return the cluster after `kubectl rollout restart`."""
    return after(c, kubectl.rollout, WEB)


# ---------------------------------------------------------------- Deployment


@pytest.mark.parametrize(("replicas", "surge", "unavailable"), [(1, 1, 0), (3, 1, 0), (4, 1, 1), (5, 2, 1)])
def test_a_quarter_above_and_below(replicas: int, surge: int, unavailable: int) -> None:
    """By default 25 % may be above (rounded up) and below (rounded down) the wanted replicas."""
    c = changed(calm(), "deployments", WEB, replicas=replicas)

    assert deployment_controller.surge(c, WEB) == surge
    assert deployment_controller.unavailable(c, WEB) == unavailable


def test_a_rolling_update_begins_with_the_surge() -> None:
    """The new ReplicaSet starts with as many replicas as are allowed above those that there are."""
    c = after(rolled_out(calm(3)), deployment_controller.create_new_replica_set, WEB)

    assert (c.replica_sets[NEW].replicas, c.replica_sets[OLD].replicas) == (1, 3)
    assert c.replica_sets[NEW].revision == 2


def test_the_old_pods_wait_for_the_new_ones() -> None:
    """With nothing unavailable allowed, the old ReplicaSet is scaled down when a new pod is available."""
    c = after(rolled_out(calm(3)), deployment_controller.create_new_replica_set, WEB)
    assert not is_enabled(c, deployment_controller.scale_replica_set, WEB)
    c = changed(c, "replica_sets", NEW, status_replicas=1, ready_replicas=1, available_replicas=1, observed=True)

    assert after(c, deployment_controller.scale_replica_set, WEB).replica_sets[OLD].replicas == 2


def test_recreate_takes_all_old_pods_away_first() -> None:
    """The new ReplicaSet is created when no old pod is left."""
    c = rolled_out(calm(2, "{type: Recreate}"))
    assert not is_enabled(c, deployment_controller.create_new_replica_set, WEB)
    c = after(c, deployment_controller.scale_replica_set, WEB)
    assert c.replica_sets[OLD].replicas == 0
    assert not is_enabled(c, deployment_controller.create_new_replica_set, WEB)
    c = changed(c, "replica_sets", OLD, status_replicas=0, ready_replicas=0, available_replicas=0, observed=True)
    c = without(without(c, "pods", A), "pods", B)

    assert after(c, deployment_controller.create_new_replica_set, WEB).replica_sets[NEW].replicas == 2


def test_a_rollback_gives_the_old_replica_set_the_next_revision() -> None:
    """What is rolled back to becomes the newest revision."""
    c = after(rolled_out(calm()), deployment_controller.create_new_replica_set, WEB)
    c = after(c, kubectl.rollout_undo, WEB)
    c = after(c, deployment_controller.number_revision, WEB)

    assert (c.replica_sets[OLD].revision, c.replica_sets[NEW].revision) == (3, 2)


def test_a_changed_spec_waits_to_be_observed() -> None:
    """After a change observedGeneration is behind, until the controller has written the status."""
    c = rolled_out(calm())
    assert not c.deployments[WEB].observed

    status = after(c, deployment_status_controller.update_status, WEB).deployments[WEB]
    assert (status.observed, status.updated_replicas) == (True, 0)


def test_a_deployment_that_is_being_deleted_creates_nothing() -> None:
    """No ReplicaSet comes to be under an owner that is going."""
    c = changed(rolled_out(calm()), "deployments", WEB, deleting=True)

    assert not is_enabled(c, deployment_controller.create_new_replica_set, WEB)
    assert not is_enabled(c, deployment_controller.scale_replica_set, WEB)


# ---------------------------------------------------------------- ReplicaSet


def test_a_terminating_pod_is_replaced_at_once() -> None:
    """A pod that is being deleted no longer counts."""
    c = after(calm(2), kubectl.delete_pod, A)
    c = after(c, replicaset_controller.create_pod, OLD)

    assert sorted(c.pods) == [A, B, C]
    assert c.pods[C].owner == OLD
    assert not is_enabled(c, replicaset_controller.create_pod, OLD)


def test_pods_are_created_one_at_a_time() -> None:
    """One step is one write."""
    c = changed(calm(1), "replica_sets", OLD, replicas=3)

    assert len(after(c, replicaset_controller.create_pod, OLD).pods) == 2


def test_an_unready_pod_is_deleted_before_a_ready_one() -> None:
    """Readiness ranks before age.

    Source: pkg/controller/controller_utils.go (ActivePodsWithRanks)
    """
    c = changed(calm(2), "replica_sets", OLD, replicas=1)
    assert set(replicaset_controller.delete_pod.outcomes(c, OLD)) == {f"victim={A}", f"victim={B}"}

    unready = changed(c, "pods", B, ready=False)
    assert after(unready, replicaset_controller.delete_pod, OLD).pods[B].deleting


def test_the_status_counts_what_is_available() -> None:
    """Ready pods within minReadySeconds are ready and not available."""
    c = changed(calm(2), "pods", A, until_available=Timer(3))
    rs = after(c, replicaset_controller.update_status, OLD).replica_sets[OLD]

    assert (rs.status_replicas, rs.ready_replicas, rs.available_replicas) == (2, 2, 1)
