"""The scheduler's steps: which nodes it takes, and what it says when there is none.

Source: pkg/scheduler/schedule_one.go
"""

from __future__ import annotations

from functools import cache

from kubernetes_systems import CONTROL_PLANE, WORKER, WORKER2, after, changed, deployment, is_enabled, pod, small_system

from clusterproof import Table, evolve
from clusterproof.models.kubernetes import faults, scheduler
from clusterproof.models.kubernetes.names import PodId, ProcessId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, Pod

BARE = PodId("bare")


@cache
def pending(spec: str = "", pods: int = 110) -> Cluster:
    """Return a cluster of two workers in which a bare pod waits for a node."""
    (start,) = small_system(pod(spec), workers=2, pods=pods, start="apply", properties=()).initial_states
    return evolve(start, pods=Table(start.pods.ids, {BARE: Pod()}))


def nodes(c: Cluster) -> set[str]:
    """Return the nodes that the pod may be bound to."""
    return {label.removeprefix("node=") for label in scheduler.bind.outcomes(c, BARE)}


def test_any_feasible_node_may_be_taken() -> None:
    """Scores only prefer; the control plane's taint is not tolerated."""
    assert nodes(pending()) == {WORKER, WORKER2}


def test_a_toleration_opens_the_control_plane() -> None:
    """A pod that tolerates its taint may run there."""
    spec = "tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]"

    assert nodes(pending(spec)) == {CONTROL_PLANE, WORKER, WORKER2}


def test_a_cordoned_node_is_not_taken() -> None:
    """spec.unschedulable keeps new pods away."""
    assert nodes(changed(pending(), "nodes", WORKER, unschedulable=True)) == {WORKER2}


def test_an_unreachable_node_is_not_taken() -> None:
    """The taint that follows its condition keeps new pods away."""
    assert nodes(changed(pending(), "nodes", WORKER, unreachable_no_schedule=True)) == {WORKER2}


def test_a_node_selector_chooses() -> None:
    """Only nodes with the label are feasible."""
    assert nodes(pending("nodeSelector: {kubernetes.io/hostname: kind-worker2}")) == {WORKER2}


def test_a_bound_pod_is_never_bound_again() -> None:
    """spec.nodeName is set once."""
    c = changed(pending(), "pods", BARE, node=WORKER)

    assert not is_enabled(c, scheduler.bind, BARE)


def test_a_full_node_is_not_taken() -> None:
    """The kubelet's limit of pods is a resource like others."""
    settled = small_system(deployment(2), workers=2, pods=1, properties=()).initial_states

    assert {frozenset(pod.node for pod in c.pods.values()) for c in settled} == {frozenset({WORKER, WORKER2})}


def test_what_fits_nowhere_is_reported_once() -> None:
    """The condition PodScheduled says Unschedulable, and the pod stays pending until something changes."""
    nowhere = pending("nodeSelector: {disk: ssd}")
    assert nodes(nowhere) == set()
    c = after(nowhere, scheduler.report_unschedulable, BARE)

    assert c.pods[BARE].unschedulable
    assert not is_enabled(c, scheduler.report_unschedulable, BARE)


def test_what_fits_is_not_reported() -> None:
    """A feasible pod is bound, not complained about."""
    assert not is_enabled(pending(), scheduler.report_unschedulable, BARE)


def test_no_scheduler_no_binding() -> None:
    """While its process or the apiserver is away nothing is bound."""
    for process in ("kube-scheduler", "kube-apiserver", "etcd"):
        assert nodes(after(pending(), faults.kill_process, ProcessId(process))) == set()


def test_pods_have_the_labels_of_their_revision() -> None:
    """matchLabelKeys: [pod-template-hash] spreads each revision by itself, as labels have the hash."""
    key = "matchLabelKeys: [pod-template-hash], labelSelector: {matchLabels: {app: web}}"
    hosts = "maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule"
    spec = f"topologySpreadConstraints: [{{{hosts}, nodeTaintsPolicy: Honor, {key}}}]"
    system = small_system(
        deployment(3, spec=spec), workers=2, rollouts=1, actions={"rollout": 1}, start="apply", properties=()
    )
    (start,) = system.initial_states
    a, b, c = (PodId(f"web-{letter}") for letter in "abc")
    first, second = ReplicaSetId("web-1"), ReplicaSetId("web-2")
    old = {a: Pod(owner=first, node=WORKER), b: Pod(owner=second, node=WORKER2)}

    def nodes_of(owner: ReplicaSetId) -> set[str]:
        pods = Table(start.pods.ids, {**old, c: Pod(owner=owner)})
        return {label.removeprefix("node=") for label in scheduler.bind.outcomes(evolve(start, pods=pods), c)}

    assert nodes_of(first) == {WORKER2}
    assert nodes_of(second) == {WORKER}
