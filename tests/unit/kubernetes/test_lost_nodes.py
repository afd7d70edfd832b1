"""Nodes that the user gives up: what the pod garbage collector takes, and what becomes of the machine.

Source: pkg/controller/podgc/gc_controller.go, pkg/kubelet/kubelet_node_status.go,
https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from kubernetes_systems import (
    AGENT,
    CONTROL_PLANE,
    WORKER,
    WORKER2,
    after,
    busy_cluster,
    changed,
    daemon_set,
    deployment,
    is_enabled,
    job,
    pod,
    running_cluster,
    service,
    small_system,
    stateful_set,
    without,
)

from clusterproof import Map, Timer, evolve
from clusterproof.checker.check import check_system
from clusterproof.models.kubernetes import (
    control_plane,
    daemonset_controller,
    endpointslice_controller,
    faults,
    job_controller,
    kubectl,
    kubectl_nodes,
    kubelet,
    node_lifecycle,
    node_objects,
    pod_gc,
    scheduler,
    taint_eviction,
)
from clusterproof.models.kubernetes.decisions.daemonset import DaemonSetCounts
from clusterproof.models.kubernetes.job_state import PodCount
from clusterproof.models.kubernetes.names import NodeId, PodId, ProcessId, RemovableNodeId, ServiceId
from clusterproof.models.kubernetes.narration import explain
from clusterproof.models.kubernetes.state import Cluster, ConditionStatus, DrainState, Node, PodPhase, RemovableNode
from clusterproof.models.kubernetes.static_pods import CONTROLLER_MANAGER, static_pod
from clusterproof.models.kubernetes.unschedulable_pods import unschedulable_pods

BARE, DB_0, PI_A, WEB = PodId("bare"), PodId("db-0"), PodId("pi-a"), ServiceId("web")
LOST = RemovableNodeId(WORKER)
GIVING_UP: dict[str, Any] = {
    "targets": dict.fromkeys(("delete_node", "taint_out_of_service", "untaint_out_of_service"), (WORKER,)),
    "actions": {"delete-node": 1, "taint-out-of-service": 1, "untaint-out-of-service": 1},
}
DUE = Timer(0)


@cache
def calm(*documents: str, **options: Any) -> Cluster:
    """Return a cluster with one worker, which the user may give up."""
    return running_cluster(*documents, **GIVING_UP, **options)


@cache
def deleted(*documents: str, **options: Any) -> Cluster:
    """Return the same after `kubectl delete node`."""
    return after(calm(*documents, **options), kubectl_nodes.delete_node, LOST)


def silent(c: Cluster) -> Cluster:
    """Return the cluster with the worker dead and known to be so."""
    c = changed(c, "machines", WORKER, up=False, kubelet=False)
    return changed(c, "nodes", WORKER, ready=ConditionStatus.UNKNOWN)


# ---------------------------------------------------------------- kubectl delete node


def test_a_cluster_whose_user_gives_no_node_up_knows_nothing_of_it() -> None:
    """No slot is there for what no action of the scope can change."""
    assert not running_cluster(pod()).removable_nodes


def test_a_deleted_node_is_gone_with_all_that_was_said_of_it() -> None:
    """Cordon, taints, condition and the heartbeat's timer are the object's; the machine is as it was."""
    c = changed(silent(calm(pod())), "nodes", WORKER, unschedulable=True, unreachable_no_execute=True, grace=DUE)
    gone = after(c, kubectl_nodes.delete_node, LOST)

    version = gone.nodes[WORKER].resource_version
    assert gone.nodes[WORKER] == Node(resource_version=version)
    assert gone.removable_nodes[WORKER] == RemovableNode(exists=False)
    assert gone.machines == c.machines
    assert BARE in gone.pods
    assert not node_objects.exists(gone, WORKER)
    assert not is_enabled(gone, kubectl_nodes.delete_node, LOST)


def test_only_the_nodes_that_are_named_are_given_up() -> None:
    """The scope says which."""
    c = running_cluster(pod(), targets={"delete_node": (WORKER,)}, actions={"delete-node": 1})

    assert list(c.removable_nodes) == [WORKER]
    assert not is_enabled(c, kubectl_nodes.taint_out_of_service, LOST)


def test_a_careful_user_waits_until_the_machine_is_down() -> None:
    """With only_if_down nothing is given up while the machine is up."""
    c = calm(pod(), only_if_down=(("delete_node", WORKER),))

    assert not is_enabled(c, kubectl_nodes.delete_node, LOST)
    assert is_enabled(c, kubectl_nodes.taint_out_of_service, LOST)
    assert is_enabled(silent(c), kubectl_nodes.delete_node, LOST)


def test_nothing_is_scheduled_to_a_node_that_is_gone() -> None:
    """It is no longer among the nodes, neither for the binding nor in what explains why there is none."""
    c = changed(deleted(pod()), "pods", BARE, node=None, phase=PodPhase.PENDING)

    assert [line.partition(": ")[0] for line in unschedulable_pods(c)[:2]] == [
        "Pod/bare fits no node:",
        "  kind-control-plane",
    ]
    assert not is_enabled(c, scheduler.bind, BARE)
    assert is_enabled(c, scheduler.report_unschedulable, BARE)


def test_kubectl_finds_no_node_to_cordon_or_drain() -> None:
    """The object that it would write is not there."""
    c = deleted(pod(), drains=(WORKER,))

    assert not is_enabled(c, kubectl.cordon, WORKER)
    assert not is_enabled(c, kubectl.drain, WORKER)


def test_nobody_counts_the_heartbeats_of_a_node_that_is_gone() -> None:
    """Neither when they stop nor when the controller manager starts anew."""
    c = after(deleted(pod()), faults.crash_node, WORKER)
    assert c.nodes[WORKER].grace == Timer()

    manager = static_pod(CONTROLLER_MANAGER, CONTROL_PLANE)
    c = after(changed(c, "static_pods", manager, running=False), control_plane.start_static_pod, manager)
    assert c.nodes[WORKER].grace == Timer()


def test_a_zone_whose_only_ready_node_is_gone_is_lost() -> None:
    """A Node that is gone counts no more: with all others silent no node is tainted."""
    c, _ = small_system(pod(), workers=2, properties=(), **GIVING_UP).initial_states
    c = changed(c, "nodes", WORKER2, ready=ConditionStatus.UNKNOWN)
    c = changed(c, "nodes", CONTROL_PLANE, ready=ConditionStatus.UNKNOWN)
    assert is_enabled(c, node_lifecycle.taint_no_execute, WORKER2)

    c = after(c, kubectl_nodes.delete_node, LOST)
    assert not is_enabled(c, node_lifecycle.taint_no_execute, WORKER2)


def test_a_wait_of_the_taint_eviction_outlives_the_node() -> None:
    """A taint that is taken away ends the wait; a Node that is deleted does not."""
    c = changed(calm(pod()), "pods", BARE, eviction=Timer(300))
    assert is_enabled(c, taint_eviction.cancel, BARE)

    assert not is_enabled(after(c, kubectl_nodes.delete_node, LOST), taint_eviction.cancel, BARE)


@pytest.mark.parametrize(("further", "stays"), [("", False), ("publishNotReadyAddresses: true", True)])
def test_a_pod_of_a_node_that_is_gone_has_no_endpoint(further: str, stays: bool) -> None:
    """Unless the Service publishes all addresses."""
    c = deleted(deployment(), service(further))

    assert is_enabled(c, endpointslice_controller.sync, WEB) is not stays


def test_a_node_that_is_gone_runs_no_daemon_pod() -> None:
    """A pod that was never bound to it is deleted, a bound one is left to the garbage collector."""
    c = deleted(daemon_set())
    assert WORKER not in daemonset_controller.desired_nodes(c, AGENT)
    assert daemonset_controller.wanted_status(c, AGENT) == DaemonSetCounts()
    assert not is_enabled(c, daemonset_controller.delete_pod, AGENT, WORKER)
    assert not is_enabled(c, daemonset_controller.create_pod, AGENT, WORKER)

    (p,) = c.pods
    unbound = changed(c, "pods", p, node=None, phase=PodPhase.PENDING)
    assert not after(unbound, daemonset_controller.delete_pod, AGENT, WORKER).pods


# ---------------------------------------------------------------- orphaned pods


def orphaned(c: Cluster) -> Cluster:
    """Return the cluster with the quarantine over."""
    return changed(c, "removable_nodes", WORKER, quarantine=DUE)


def test_the_pods_of_a_node_that_is_gone_wait_for_forty_seconds() -> None:
    """The collector looks a second time before it takes them."""
    c = deleted(pod())
    assert not is_enabled(c, pod_gc.delete_orphaned_pod, BARE, LOST)

    c = after(c, pod_gc.quarantine, LOST)
    assert c.removable_nodes[WORKER].quarantine == Timer(40)
    assert not is_enabled(c, pod_gc.quarantine, LOST)
    assert not is_enabled(c, pod_gc.delete_orphaned_pod, BARE, LOST)

    c = after(orphaned(c), pod_gc.delete_orphaned_pod, BARE, LOST)
    assert BARE not in c.pods
    assert BARE in c.containers
    assert after(c, pod_gc.end_quarantine, LOST).removable_nodes[WORKER].quarantine == Timer()


def test_a_node_without_pods_has_no_quarantine() -> None:
    """Nobody would wait for it."""
    assert not is_enabled(without(deleted(pod()), "pods", BARE), pod_gc.quarantine, LOST)


def test_a_node_that_is_there_again_keeps_its_pods() -> None:
    """What the second look finds decides."""
    c = changed(orphaned(deleted(pod())), "removable_nodes", WORKER, exists=True)

    assert not is_enabled(c, pod_gc.delete_orphaned_pod, BARE, LOST)
    assert after(c, pod_gc.end_quarantine, LOST).removable_nodes[WORKER] == RemovableNode()


def test_a_controller_manager_that_ends_forgets_the_quarantine() -> None:
    """It was in its memory."""
    c = after(deleted(pod()), pod_gc.quarantine, LOST)
    c = after(c, faults.kill_process, ProcessId(CONTROLLER_MANAGER))

    assert c.removable_nodes[WORKER].quarantine == Timer()


def test_an_orphaned_pod_of_a_job_becomes_failed_and_is_held() -> None:
    """Its finalizer keeps the object until the Job has counted it; then it goes, for no kubelet is asked."""
    c = after(
        orphaned(after(busy_cluster(job(), targets=GIVING_UP["targets"]), kubectl_nodes.delete_node, LOST)),
        pod_gc.delete_orphaned_pod,
        PI_A,
        LOST,
    )

    assert (c.pods[PI_A].phase, c.pods[PI_A].deleting) == (PodPhase.FAILED, True)
    assert not is_enabled(c, pod_gc.delete_orphaned_pod, PI_A, LOST)
    c = changed(c, "job_pods", PI_A, count=PodCount.FAILED)
    assert PI_A not in after(c, job_controller.remove_finalizer, PI_A).pods


# ---------------------------------------------------------------- the kubelet of a node that is gone


def test_a_kubelet_that_runs_on_never_registers_its_node_again() -> None:
    """It did so when it started, and *why* says what brings the Node back."""
    c = deleted(pod())

    assert not is_enabled(c, kubelet.register_node, WORKER)
    assert (
        "Node/kind-worker is gone, though its machine is up: its kubelet registers it again only when it is "
        "restarted" in explain(c, "")
    )


def test_a_kubelet_that_is_restarted_creates_its_node_first() -> None:
    """Ready and without taints; then it lists its pods, and a drain that was done may be asked for again."""
    c = changed(deleted(pod()), "machines", WORKER, synced=False)
    c = evolve(c, drains=Map({**c.drains, WORKER: DrainState.DONE}))
    assert not is_enabled(c, kubelet.sync, WORKER)

    c = after(c, kubelet.register_node, WORKER)
    assert c.removable_nodes[WORKER] == RemovableNode()
    assert c.drains[WORKER] is DrainState.NONE
    assert is_enabled(c, kubelet.sync, WORKER)


def test_a_drain_ends_when_its_node_is_there_again() -> None:
    """It was of the pods that were on the old one; those that come now are evicted by nobody."""
    c = changed(deleted(pod()), "machines", WORKER, synced=False)
    c = evolve(c, drains=Map({**c.drains, WORKER: DrainState.DRAINING}))
    c = after(c, kubelet.register_node, WORKER)

    assert c.drains[WORKER] is DrainState.DONE
    assert not is_enabled(c, kubectl.evict, WORKER, BARE)


def test_a_kubelet_that_is_cut_off_registers_nothing() -> None:
    """It takes an apiserver."""
    assert not is_enabled(
        changed(deleted(pod()), "machines", WORKER, synced=False, link=False), kubelet.register_node, WORKER
    )


def test_a_kubelet_stops_what_was_taken_from_it() -> None:
    """A pod whose object is gone is stopped once the kubelet hears of it."""
    c = after(orphaned(deleted(pod())), pod_gc.delete_orphaned_pod, BARE, LOST)

    assert after(c, kubelet.hear_deletion, WORKER, BARE).containers[BARE].heard


# ---------------------------------------------------------------- the taint out-of-service


@cache
def out_of_service(*documents: str) -> Cluster:
    """Return a cluster whose worker the user has taken out of service."""
    return after(calm(*documents), kubectl_nodes.taint_out_of_service, LOST)


def test_a_node_out_of_service_takes_no_pod_and_keeps_none() -> None:
    """It is a NoExecute taint, which nobody tolerates; on a machine that is up pods go with their own grace."""
    c = out_of_service(pod())
    assert node_objects.OUT_OF_SERVICE_TAINT in scheduler.taints_of(c, WORKER)
    assert not is_enabled(c, kubectl_nodes.taint_out_of_service, LOST)

    c = after(c, taint_eviction.delete, BARE)
    assert c.pods[BARE].deleting
    assert not is_enabled(c, pod_gc.delete_pod_out_of_service, BARE, LOST)


def test_a_terminating_pod_of_a_silent_node_out_of_service_goes() -> None:
    """Its machine is known to be silent, and the user says that nothing runs there; one that stays is left alone."""
    c = silent(out_of_service(pod()))
    assert not is_enabled(c, pod_gc.delete_pod_out_of_service, BARE, LOST)

    c = changed(c, "pods", BARE, deleting=True)
    assert BARE not in after(c, pod_gc.delete_pod_out_of_service, BARE, LOST).pods
    assert not is_enabled(
        silent(changed(calm(pod()), "pods", BARE, deleting=True)), pod_gc.delete_pod_out_of_service, BARE, LOST
    )


def test_the_taint_is_taken_away_again() -> None:
    """By the user: nobody else does."""
    c = out_of_service(pod())

    assert after(c, kubectl_nodes.untaint_out_of_service, LOST).removable_nodes == calm(pod()).removable_nodes
    assert not is_enabled(calm(pod()), kubectl_nodes.untaint_out_of_service, LOST)


def test_a_daemon_pod_does_not_tolerate_it() -> None:
    """The controller gives its pods tolerations for lost nodes, and none for those out of service."""
    c = out_of_service(daemon_set())
    (p,) = c.pods

    assert WORKER not in daemonset_controller.desired_nodes(c, AGENT)
    assert is_enabled(c, taint_eviction.delete, p)


# ---------------------------------------------------------------- whole stories


BOTH = (WORKER, WORKER2)
PROPERTIES = ("replicas-converge", "at-most-one-pod-per-ordinal", "lost-pods-are-replaced")


def story(action: str, fault: str, *, careful: bool = False, nodes: tuple[NodeId, ...] = BOTH) -> dict[str, str]:
    """Return the verdicts about a StatefulSet on two workers, when the user may do something about a lost one."""
    system = small_system(
        stateful_set(1),
        workers=2,
        faults={fault: 1},
        targets={action: nodes} if action else {},
        actions={action.replace("_", "-"): 1} if action else {},
        only_if_down=[(action, n) for n in nodes] if careful else [],
        properties=PROPERTIES,
    )
    found = {(one.name, one.object_name): one.verdict for one in check_system(system).properties}
    about = {name: found.get((name, "StatefulSet/db")) for name in PROPERTIES}
    return {name: verdict.name if verdict is not None else "" for name, verdict in about.items()}


def test_without_anybody_the_pod_of_a_lost_node_stays_terminating() -> None:
    """The well-known story: a StatefulSet never gets it back, and why says what would help."""
    assert story("", "crash-node") == dict(zip(PROPERTIES, ("REFUTED", "PROVED", ""), strict=True))

    c = changed(silent(running_cluster(stateful_set(1))), "machines", WORKER, lost=True)
    assert explain(changed(c, "pods", DB_0, deleting=True), "") == [
        "Pod/db-0 stays Terminating, as kind-worker is lost: no other pod is created as db-0",
        "  until that Node is deleted, or has the taint node.kubernetes.io/out-of-service",
    ]


@pytest.mark.parametrize("action", ["taint_out_of_service", "delete_node"])
def test_a_careful_user_gets_the_pod_back(action: str) -> None:
    """Once the lost node is given up the pod runs elsewhere, and never twice."""
    found = story(action, "crash-node", careful=True)

    assert found["lost-pods-are-replaced"] == found["at-most-one-pod-per-ordinal"] == "PROVED"


def test_a_lost_node_that_nobody_may_give_up_is_waited_for() -> None:
    """Nothing is claimed of what is lost with it."""
    assert story("delete_node", "crash-node", careful=True, nodes=(WORKER,))["lost-pods-are-replaced"] == "PROVED"


@pytest.mark.parametrize(
    ("action", "fault", "verdict"),
    [
        ("taint_out_of_service", "crash-node", "PROVED"),
        ("taint_out_of_service", "partition-node", "REFUTED"),
        ("delete_node", "crash-node", "REFUTED"),
        ("delete_node", "partition-node", "REFUTED"),
    ],
)
def test_a_user_who_does_not_look_gets_it_twice(action: str, fault: str, verdict: str) -> None:
    """A machine that is cut off runs on; where a node still reports the taint is harmless, and the deletion is not."""
    found = story(action, fault)

    assert found["at-most-one-pod-per-ordinal"] == verdict
    assert found["lost-pods-are-replaced"] == "PROVED"
