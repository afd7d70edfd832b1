"""The conditions of Deployments and ReplicaSets, and what kubectl's rollout commands make of them.

Source: pkg/controller/deployment/progress.go, staging/src/k8s.io/kubectl/pkg/polymorphichelpers
"""

from __future__ import annotations

from typing import Any

from instants import Run
from kubernetes_systems import (
    FOREGROUND,
    ORPHAN,
    WEB,
    after,
    changed,
    deployment,
    quota,
    running_cluster,
    without,
)

from clusterproof import Timer
from clusterproof.models.kubernetes import (
    deployment_controller,
    deployment_status_controller,
    garbage_collector,
    kubectl,
)
from clusterproof.models.kubernetes.api_objects.deployments import deployments
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.replica_sets import replica_sets
from clusterproof.models.kubernetes.kubectl_client.client import Answer
from clusterproof.models.kubernetes.kubectl_client.rollout import rollout_status
from clusterproof.models.kubernetes.kubectl_client.rollout_undo import rollout_undo
from clusterproof.models.kubernetes.names import ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster

DEADLINE = "progressDeadlineSeconds: 60"
OLD = ReplicaSetId("web-1")


def only(found: Any) -> Any:
    """Return the one object."""
    (one,) = found
    return one


def exceeded() -> Run:
    """Return a rollout whose deadline has been exceeded."""
    run = Run(running_cluster(deployment(more=DEADLINE), rollouts=1)).take(kubectl.rollout, WEB)
    run.take(deployment_status_controller.update_status, WEB)
    run.take(deployment_controller.create_new_replica_set, WEB)
    run.take(deployment_status_controller.report_progress, WEB)
    run.cluster = changed(run.cluster, "rollout_progress", WEB, deadline=Timer(0))
    return run.take(deployment_status_controller.update_status, WEB)


def test_a_deployment_says_how_its_rollout_gets_on() -> None:
    """The condition Progressing has its reason, its message, and since when it says so."""
    _, progressing = only(deployments(exceeded().now))["status"]["conditions"]

    assert (progressing["type"], progressing["status"]) == ("Progressing", "False")
    assert progressing["reason"] == "ProgressDeadlineExceeded"
    assert progressing["message"] == 'ReplicaSet "web-2" has timed out progressing.'
    assert progressing["lastUpdateTime"] == progressing["lastTransitionTime"]


def test_a_deadline_that_is_not_in_the_manifest_is_not_followed() -> None:
    """Of the default of ten minutes nothing is known, and so nothing is said."""
    found = only(deployments(Instant(cluster=running_cluster(deployment()), at_seconds=0)))

    assert [each["type"] for each in found["status"]["conditions"]] == ["Available"]


def test_rollout_status_gives_up_after_the_deadline() -> None:
    """Kubectl ends with an error, as it does in a pipeline."""
    said = rollout_status(exceeded().now, ["deploy/web"], namespace="default")

    assert said == Answer(err='error: deployment "web" exceeded its progress deadline\n', code=1)


def test_a_pod_that_is_refused_is_a_replica_failure() -> None:
    """A quota that is used up shows in the ReplicaSet and in its Deployment."""
    c = changed(running_cluster(deployment(), quota("pods: 1")), "replica_sets", OLD, replicas=2)
    instant = Instant(cluster=c, at_seconds=0)

    failures = [only(found(instant))["status"]["conditions"][-1] for found in (replica_sets, deployments)]

    assert failures[0] == failures[1]
    assert (failures[0]["type"], failures[0]["reason"]) == ("ReplicaFailure", "FailedCreate")
    assert "exceeded quota" in failures[0]["message"]


def test_what_is_deleted_in_the_foreground_has_a_finalizer() -> None:
    """Deployment and ReplicaSet are marked, and say what they wait for."""
    run = Run(running_cluster(deployment(), cascades=(FOREGROUND,)))
    run.take(kubectl.delete_deployment, WEB, FOREGROUND).take(garbage_collector.delete_replica_set, OLD)

    for found in (deployments, replica_sets):
        metadata = only(found(run.now))["metadata"]
        assert metadata["finalizers"] == ["foregroundDeletion"]
        assert "deletionTimestamp" in metadata


def test_an_orphan_has_no_owner() -> None:
    """The Deployment waits with the finalizer orphan; its ReplicaSet has no owner reference any more."""
    run = Run(running_cluster(deployment(), cascades=(ORPHAN,))).take(kubectl.delete_deployment, WEB, ORPHAN)
    assert only(deployments(run.now))["metadata"]["finalizers"] == ["orphan"]
    assert "ownerReferences" in only(replica_sets(run.now))["metadata"]
    run.take(garbage_collector.orphan_replica_set, OLD)

    assert "ownerReferences" not in only(replica_sets(run.now))["metadata"]


# ---------------------------------------------------------------- rollout undo


def undone(c: Cluster, *words: str, to_revision: int = 0) -> tuple[str, int]:
    """Return what kubectl says to `rollout undo`, and its exit code."""
    said = rollout_undo(Instant(cluster=c), words or ("deploy/web",), namespace="default", to_revision=to_revision)
    return said.out + said.err, said.code


def test_rollout_undo_says_what_it_would_do() -> None:
    """A revision that is there comes back, the current one is skipped, and one that is gone is an error."""
    c = after(running_cluster(deployment(), rollouts=1), kubectl.rollout, WEB)
    assert undone(c) == ('error: no rollout history found for deployment "web"\n', 1)
    c = after(c, deployment_controller.create_new_replica_set, WEB)

    assert undone(c) == ("deployment.apps/web rolled back (server dry run)\n", 0)
    assert undone(c, to_revision=1) == undone(c)
    skipped = "skipped rollback (current template already matches revision 2)"
    assert undone(c, to_revision=2) == (f"deployment.apps/web {skipped} (server dry run)\n", 0)
    gone = without(c, "replica_sets", OLD)
    assert undone(gone, to_revision=1) == ("error: unable to find specified revision 1 in history\n", 1)


def test_rollout_undo_of_a_kind_that_has_no_revisions() -> None:
    """A Service is refused, and what is not there is not found."""
    c = running_cluster(deployment())

    assert undone(c, "svc/web")[0] == 'error: no rollbacker has been implemented for "services"\n'
    assert undone(c, "deploy/db")[1] == 1
