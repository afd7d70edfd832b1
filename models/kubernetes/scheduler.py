"""kube-scheduler: a node for every pod, any feasible one, or one of those with the highest score if the scope says so.

Source: pkg/scheduler/schedule_one.go; the filters and the scores are in decisions/scheduling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clusterproof import Component, choose, require, weak
from clusterproof.models.kubernetes import apiserver, node_objects
from clusterproof.models.kubernetes.control_plane import scheduler_runs
from clusterproof.models.kubernetes.decisions import scheduler as decisions
from clusterproof.models.kubernetes.decisions.node_lifecycle import UNREACHABLE_TAINT
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.objects import Taint
from clusterproof.models.kubernetes.scoring import best_nodes
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase
from clusterproof.models.kubernetes.template_hashes import hash_label

scheduler = Component("scheduler", runs_when=scheduler_runs, fair=weak)

UNREACHABLE_NO_SCHEDULE = Taint(key=UNREACHABLE_TAINT.key, effect="NoSchedule")


def taints_of(c: Cluster, n: NodeId) -> tuple[Taint, ...]:
    """Every taint a node carries now."""
    node = c.nodes[n]
    taints = c.scope.nodes[n].taints
    if node.unreachable_no_schedule:
        taints = (*taints, UNREACHABLE_NO_SCHEDULE)
    if node_objects.is_out_of_service(c, n):
        taints = (*taints, node_objects.OUT_OF_SERVICE_TAINT)
    return (*taints, UNREACHABLE_TAINT) if node.unreachable_no_execute else taints


def placed(c: Cluster, p: PodId, pod: Pod) -> PlacedPod:
    """A pod as the scheduler sees it."""
    template = c.scope.template(p, pod.owner)
    return PlacedPod(
        namespace=c.scope.namespace(p, pod.owner),
        labels={**template.labels, **hash_label(c.scope, pod.owner)},
        spec=template.spec,
        node=pod.node or "",
        terminating=pod.deleting,
    )


def pods_on_nodes(c: Cluster, p: PodId) -> dict[NodeId, list[tuple[PodId, PlacedPod]]]:
    """By node those pods that a filter for this pod can feel; pods that matter as much are where they are nominated to.

    Source: pkg/scheduler/framework/runtime/framework.go, addGENominatedPods
    """
    found: dict[NodeId, list[tuple[PodId, PlacedPod]]] = {}
    for q in c.scope.neighbours.get(p, ()):
        other = c.pods.get(q)
        if q == p or other is None:
            continue
        node = other.node
        if node is None and c.scope.preempting_pods and not other.deleting:
            node = other.nominated if priority_of(c, q, other) >= priority_of(c, p, c.pods[p]) else None
        if node is not None and other.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED):
            found.setdefault(node, []).append((q, placed(c, q, other)))
    return found


def priority_of(c: Cluster, p: PodId, pod: Pod) -> int:
    """How much a pod matters."""
    return c.scope.template(p, pod.owner).spec.priority


def snapshot(c: Cluster, p: PodId) -> list[NodeInfo]:
    """The nodes, with those pods on them that a filter for this pod can feel."""
    return node_infos(c, pods_on_nodes(c, p))


def node_infos(c: Cluster, pods: Mapping[NodeId, Sequence[tuple[PodId, PlacedPod]]]) -> list[NodeInfo]:
    """The nodes, with these pods on them."""
    return [
        NodeInfo(
            spec=c.scope.nodes[n],
            unschedulable=c.nodes[n].unschedulable,
            taints=taints_of(c, n),
            pods=tuple(pod for _, pod in pods.get(n, ())),
        )
        for n in node_objects.existing_nodes(c)
    ]


@scheduler.action(
    writes=("pods.node", "pods.nominated", "pods.unschedulable", "pods.resource_version", *apiserver.COMMIT)
)
def bind(c: Cluster, p: PodId) -> None:
    """POST the binding of an unbound pod to a feasible node; a pod is bound at most once."""
    pod = require(c.pods.get(p))
    require(pod.node is None and not pod.deleting and pod.phase is PodPhase.PENDING)
    pod.node = _highest_score(c, p, pod) if c.scope.scheduler == "highest-score" else _any_feasible_node(c, p, pod)
    if c.scope.preempting_pods:
        pod.nominated = None
    pod.unschedulable = False
    apiserver.update(c, pod)


def _any_feasible_node(c: Cluster, p: PodId, pod: Pod) -> NodeId:
    node = choose(node_objects.existing_nodes(c), label="node")
    nodes = {NodeId(info.spec.name): info for info in snapshot(c, p)}
    require(decisions.feasible(placed(c, p, pod), nodes[node], list(nodes.values())) is None)
    if c.scope.preempting_pods:
        require(node == pod.nominated or not _fits_nominated(c, p, pod, list(nodes.values())))
    return node


def _highest_score(c: Cluster, p: PodId, pod: Pod) -> NodeId:
    """One of the feasible nodes with the highest score; the node that was freed for the pod is taken unseen.

    Source: schedule_one.go, schedulePod
    """
    nodes, incoming = snapshot(c, p), placed(c, p, pod)
    if c.scope.preempting_pods and pod.nominated is not None and _fits_nominated(c, p, pod, nodes):
        return choose([pod.nominated], label="node")
    feasible = decisions.find_nodes_that_fit(incoming, nodes)
    return choose(best_nodes(c, incoming, pod.owner, feasible, nodes), label="node")


def _fits_nominated(c: Cluster, p: PodId, pod: Pod, nodes: Sequence[NodeInfo]) -> bool:
    """Whether the node that was freed for a pod has room for it: then it takes that one.

    Source: schedule_one.go, evaluateNominatedNode
    """
    nominated = next((node for node in nodes if node.spec.name == pod.nominated), None)
    return nominated is not None and decisions.feasible(placed(c, p, pod), nominated, nodes) is None


@scheduler.action(writes=("pods.unschedulable", "pods.resource_version", *apiserver.COMMIT))
def report_unschedulable(c: Cluster, p: PodId) -> None:
    """No node fits: the pod's condition PodScheduled says so; the pod is tried again whenever something changes."""
    pod = require(c.pods.get(p))
    require(pod.node is None and not pod.deleting and not pod.unschedulable)
    require(not decisions.find_nodes_that_fit(placed(c, p, pod), snapshot(c, p)))
    pod.unschedulable = True
    apiserver.update(c, pod)
