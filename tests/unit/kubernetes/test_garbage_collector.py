"""The garbage collector, with each of the deletion policies, and the Deployment that adopts what was orphaned.

Source: pkg/controller/garbagecollector/garbagecollector.go, pkg/controller/controller_ref_manager.go
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    BACKGROUND,
    FOREGROUND,
    ORPHAN,
    WEB,
    after,
    changed,
    deployment,
    disruption_budget,
    is_enabled,
    running_cluster,
    small_system,
    without,
)

from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import (
    deployment_controller,
    deployment_status_controller,
    disruption_controller,
    garbage_collector,
    kubectl,
    ownership,
    replicaset_controller,
)
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.names import BudgetId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster

OLD, A = ReplicaSetId("web-1"), PodId("web-a")
COLLECT, FINISH = garbage_collector.delete_replica_set, garbage_collector.finish_replica_set_deletion
ADOPT = deployment_controller.adopt_replica_set


@cache
def calm() -> Cluster:
    """Return a Deployment that runs as wanted, and may be deleted in every way and applied again."""
    return running_cluster(
        deployment(), disruption_budget(), second=(deployment(2),), cascades=(BACKGROUND, FOREGROUND, ORPHAN)
    )


def deleted(cascade: PropagationPolicy) -> Cluster:
    """Return the cluster after `kubectl delete deployment --cascade`."""
    return after(calm(), kubectl.delete_deployment, WEB, cascade)


def test_nothing_with_an_owner_is_collected() -> None:
    """The garbage collector has nothing to do in a calm cluster."""
    actions = [(COLLECT, OLD), (garbage_collector.delete_pod, A), (garbage_collector.orphan_replica_set, OLD)]

    assert not any(is_enabled(calm(), action, key) for action, key in actions)


def test_what_is_owned_goes_after_its_owner() -> None:
    """Deleted in the background, the owner goes first, then the ReplicaSet, then its pods."""
    c = deleted(BACKGROUND)
    assert WEB not in c.deployments
    assert not is_enabled(c, garbage_collector.delete_pod, A)
    c = after(c, COLLECT, OLD)

    assert OLD not in c.replica_sets
    assert after(c, garbage_collector.delete_pod, A).pods[A].deleting


def test_a_policy_that_nobody_asked_for_is_not_tried() -> None:
    """Unless a check says otherwise a Deployment is deleted in the background, and stores nothing for the others."""
    c = running_cluster(deployment())

    assert not is_enabled(c, kubectl.delete_deployment, WEB, FOREGROUND)
    assert len(c.owned_replica_sets) == len(c.deployment_finalizers) == 0


# ---------------------------------------------------------------- foreground


def test_in_the_foreground_each_waits_for_what_it_owns() -> None:
    """Deployment, ReplicaSet and pod are marked in this order, and go in the other one."""
    c = deleted(FOREGROUND)
    assert c.deployments[WEB].deleting
    assert not is_enabled(c, garbage_collector.delete_pod, A)

    c = after(c, COLLECT, OLD)
    assert ownership.is_deleting(c, OLD)
    assert not is_enabled(c, COLLECT, OLD)
    assert not is_enabled(c, FINISH, OLD)

    c = after(c, garbage_collector.delete_pod, A)
    assert not is_enabled(c, FINISH, OLD)
    c = after(without(c, "pods", A), FINISH, OLD)
    assert OLD not in c.replica_sets
    assert not ownership.is_deleting(c, OLD)

    assert WEB not in after(c, garbage_collector.finish_foreground_deletion, WEB).deployments


def test_a_replica_set_without_pods_goes_at_once() -> None:
    """Nothing blocks it, so that it is deleted in the background."""
    c = after(without(deleted(FOREGROUND), "pods", A), COLLECT, OLD)

    assert OLD not in c.replica_sets


def test_a_replica_set_that_goes_makes_no_pods() -> None:
    """It counts them on, and neither replaces nor deletes any."""
    c = after(deleted(FOREGROUND), COLLECT, OLD)
    gone = without(c, "pods", A)
    more = changed(c, "replica_sets", OLD, replicas=0)

    assert not is_enabled(gone, replicaset_controller.create_pod, OLD)
    assert not is_enabled(more, replicaset_controller.delete_pod, OLD)
    assert is_enabled(gone, replicaset_controller.update_status, OLD)


# ---------------------------------------------------------------- orphan


def orphaned() -> Cluster:
    """Return the cluster after `kubectl delete deployment --cascade=orphan` has been carried out."""
    c = after(deleted(ORPHAN), garbage_collector.orphan_replica_set, OLD)
    return after(c, garbage_collector.finish_orphaning, WEB)


def test_orphans_lose_their_reference_before_their_owner_goes() -> None:
    """The finalizer orphan keeps the Deployment until no ReplicaSet refers to it; none is collected meanwhile."""
    c = deleted(ORPHAN)
    for action, key in ((COLLECT, OLD), (garbage_collector.finish_orphaning, WEB)):
        assert not is_enabled(c, action, key)
    assert not is_enabled(c, garbage_collector.finish_foreground_deletion, WEB)

    c = after(c, garbage_collector.orphan_replica_set, OLD)
    assert not is_enabled(c, ADOPT, OLD)
    assert WEB not in after(c, garbage_collector.finish_orphaning, WEB).deployments


def test_an_orphan_goes_on_by_itself() -> None:
    """Its pods run, one that is lost is replaced, and a budget counts what the ReplicaSet itself wants."""
    c = orphaned()
    assert (WEB in c.deployments, OLD in c.replica_sets, A in c.pods) == (False, True, True)
    assert not is_enabled(c, COLLECT, OLD)
    assert not is_enabled(c, garbage_collector.delete_pod, A)

    assert is_enabled(without(c, "pods", A), replicaset_controller.create_pod, OLD)
    wanted = disruption_controller.wanted_status(c, BudgetId("web"))
    assert wanted is not None
    assert wanted.expected_pods == 1


def applied_again() -> Cluster:
    """Return the cluster after the Deployment was applied again, with two replicas."""
    c = after(orphaned(), kubectl.apply)
    return after(c, kubectl.apply_document)


def test_a_deployment_adopts_orphans_of_its_selector() -> None:
    """Applied again, it first takes back what it had, and then scales that."""
    c = applied_again()
    for action in (deployment_controller.create_new_replica_set, deployment_status_controller.update_status):
        assert not is_enabled(c, action, WEB)
    assert not is_enabled(c, deployment_controller.scale_replica_set, WEB)

    c = after(c, ADOPT, OLD)

    assert not ownership.is_orphaned(c, OLD)
    assert not is_enabled(c, deployment_controller.create_new_replica_set, WEB)
    assert after(c, deployment_controller.scale_replica_set, WEB).replica_sets[OLD].replicas == 2


def test_a_deployment_that_goes_adopts_nothing() -> None:
    """Who is being deleted takes nothing as its own."""
    c = applied_again()

    assert not is_enabled(changed(c, "deployments", WEB, deleting=True), ADOPT, OLD)


@pytest.mark.parametrize("cascade", [BACKGROUND, ORPHAN])
def test_the_replicas_of_orphans_converge(cascade: PropagationPolicy) -> None:
    """With --cascade=orphan what a Deployment had is kept up by its ReplicaSet; in the background nothing is asked."""
    system = small_system(
        deployment(), cascades=(cascade,), actions={"delete-deployment": 1}, properties=["replicas-converge"]
    )
    verdicts = {result.object_name: result.verdict for result in check_system(system).properties}

    assert verdicts["Deployment/web"] is Verdict.PROVED
    assert verdicts.get("ReplicaSet/web-1") is (Verdict.PROVED if cascade is ORPHAN else None)


def test_a_deployment_may_go_with_its_store() -> None:
    """A finalizer holds nothing where the whole store begins anew."""
    system = small_system(
        deployment(),
        cascades=(FOREGROUND,),
        actions={"delete-deployment": 1},
        faults={"lose-disk": 1},
        properties=["deletion-is-final"],
    )

    assert {result.verdict for result in check_system(system).properties} <= {Verdict.PROVED, None}


def test_a_lost_pod_keeps_its_deployment() -> None:
    """In the foreground a pod on a machine that is lost for good keeps its owners, and why says so; orphaning ends."""
    found = {}
    for cascade in (FOREGROUND, ORPHAN):
        system = small_system(
            deployment(),
            cascades=(cascade,),
            actions={"delete-deployment": 1},
            faults={"crash-node": 1},
            properties=["deployment-deletion"],
        )
        (found[cascade],) = check_system(system).properties

    assert [found[cascade].verdict for cascade in (FOREGROUND, ORPHAN)] == [Verdict.REFUTED, Verdict.PROVED]
    assert "Deployment/web stays Terminating, and waits for Pod/web-a" in found[FOREGROUND].traces[0].why.notes
