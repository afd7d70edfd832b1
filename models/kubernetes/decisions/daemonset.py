"""What the DaemonSet controller decides: which nodes run its pod, which pods come and go, what it reports.

Updates are in `daemonset_update`.
Source: pkg/controller/daemon/daemon_controller.go, pkg/controller/daemon/util/daemonset_util.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import required_node_affinity_matches
from clusterproof.models.kubernetes.decisions.tolerations import find_untolerated_taint
from clusterproof.models.kubernetes.objects import (
    NodeSelectorTerm,
    NodeSpec,
    PodSpec,
    Requirement,
    Taint,
    Toleration,
)

NODE_NAME_FIELD = "metadata.name"
_NODE = "node.kubernetes.io"


@frozen(kw_only=True)
class DaemonPod:
    """A pod of a DaemonSet on its node.

    created: orders creation times. updated: made from the current template. available: ready for minReadySeconds.
    in_backoff: it failed, and its node's back-off (1 s, doubled up to 15 min) has not passed.
    """

    name: str
    phase: str = "Running"
    bound: bool = True
    created: int = 0
    deleting: bool = False
    updated: bool = True
    ready: bool = True
    available: bool = True
    in_backoff: bool = False


@frozen
class NodePlan:
    """What a sync does on one node: create a pod or not, and which pods it deletes."""

    create: bool = False
    delete: tuple[str, ...] = ()


@frozen(kw_only=True)
class DaemonSetCounts:
    """The counters of a DaemonSet's status."""

    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    number_misscheduled: int = 0
    number_ready: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0


# Which nodes


def node_should_run_daemon_pod(pod: PodSpec, node: NodeSpec, taints: Sequence[Taint]) -> tuple[bool, bool]:
    """(should run, should continue to run) on a node that carries these taints now.

    pod: the spec that the controller would give its pod there. A NoSchedule taint lets a pod that is there stay.
    Room on the node is the scheduler's business. Source: daemon_controller.go, NodeShouldRunDaemonPod
    """
    if pod.node_name not in (None, "", node.name) or not required_node_affinity_matches(pod, node):
        return False, False
    if find_untolerated_taint(taints, pod.tolerations) is None:
        return True, True
    return False, find_untolerated_taint(taints, pod.tolerations, ("NoExecute",)) is None


def add_or_update_daemon_pod_tolerations(spec: PodSpec) -> PodSpec:
    """The spec with what every daemon pod tolerates: lost nodes for ever, pressure, cordons.

    Source: daemonset_util.go, AddOrUpdateDaemonPodTolerations
    """
    names = [("not-ready", "NoExecute"), ("unreachable", "NoExecute")]
    names += [(name, "NoSchedule") for name in ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")]
    if spec.host_network:
        names.append(("network-unavailable", "NoSchedule"))
    added = [Toleration(key=f"{_NODE}/{name}", operator="Exists", effect=effect) for name, effect in names]
    kept = [each for each in spec.tolerations if not any(_same_place(each, other) for other in added)]
    return evolve(spec, tolerations=(*kept, *added))


def _same_place(one: Toleration, other: Toleration) -> bool:
    """Whether one replaces the other. Source: pkg/apis/core/v1/helper/helpers.go, AddOrUpdateTolerationInPod."""
    first, second = (evolve(each, operator=each.operator or "Equal") for each in (one, other))
    key = first.key == second.key and first.effect == second.effect
    return key and first.operator == second.operator and first.value == second.value


def replace_daemon_set_pod_node_name_node_affinity(spec: PodSpec, node: str) -> PodSpec:
    """The spec pinned to one node by name, for the default scheduler to bind it there.

    Source: daemonset_util.go, ReplaceDaemonSetPodNodeNameNodeAffinity
    """
    pin = (Requirement(key=NODE_NAME_FIELD, operator="In", values=(node,)),)
    terms = spec.required_node_affinity or (NodeSelectorTerm(),)
    return evolve(spec, required_node_affinity=tuple(evolve(term, match_fields=pin) for term in terms))


def get_target_node_name(spec: PodSpec) -> str:
    """The node that a daemon pod is for, bound or not. Source: daemonset_util.go, GetTargetNodeName.

    Raises ValueError when its affinity does not pin it to one node.
    """
    if spec.node_name:
        return spec.node_name
    for term in spec.required_node_affinity or ():
        for field in term.match_fields:
            if field.key == NODE_NAME_FIELD and field.operator == "In":
                if len(field.values) != 1:
                    raise ValueError(f"the pod is pinned to {len(field.values)} nodes: a daemon pod is for one")
                return field.values[0]
    raise ValueError("the pod has no node, and no required node affinity to the name of one")


# What is created and deleted


def pods_should_be_on_node(pods: Sequence[DaemonPod], should_run: bool, should_continue: bool, surge: bool) -> NodePlan:
    """What the controller's main loop does on one node; one pod per node, or two while an update surges.

    pods: those of the node without the terminal ones that are being deleted. A pod on its way out keeps its place,
    unless the update strategy allows a surge. Source: daemon_controller.go, podsShouldBeOnNode
    """
    if should_run and not pods:
        return NodePlan(create=True)
    staying = [pod for pod in pods if not pod.deleting]
    if not should_continue:
        return NodePlan(delete=tuple(pod.name for pod in staying))
    ended = [pod.name for pod in staying if _is_to_be_replaced(pod)]
    running = sorted((pod for pod in staying if pod.phase not in ("Succeeded", "Failed")), key=_by_binding_and_age)
    if not surge:
        return NodePlan(delete=(*ended, *(pod.name for pod in running[1:])))
    if not running:
        return NodePlan(create=should_run, delete=tuple(ended))
    return NodePlan(delete=(*ended, *_surplus_of_surge(running)))


def get_unscheduled_pods_without_node(pods: Sequence[DaemonPod]) -> tuple[str, ...]:
    """Of the pods for a node that is gone, those to delete: they were never bound, and would wait for ever.

    Source: daemon_controller.go, getUnscheduledPodsWithoutNode
    """
    return tuple(pod.name for pod in pods if not pod.bound and not pod.deleting)


def _is_to_be_replaced(pod: DaemonPod) -> bool:
    """A pod that has ended is deleted, so that a new one can come; one that failed, after the node's back-off."""
    return pod.phase == "Succeeded" or (pod.phase == "Failed" and not pod.in_backoff)


def _by_binding_and_age(pod: DaemonPod) -> tuple[bool, int, str]:
    """Bound pods first, then the oldest. Source: podByCreationTimestampAndPhase."""
    return not pod.bound, pod.created, pod.name


def _surplus_of_surge(running: Sequence[DaemonPod]) -> list[str]:
    """Two pods may stay: the oldest old one while it is ready and the oldest new one is not available yet."""
    if len(running) <= 1:
        return []
    new = next((pod for pod in running if pod.updated), None)
    old = next((pod for pod in running if not pod.updated), None)
    surplus = [pod.name for pod in running if pod is not new and pod is not old]
    if new is not None and old is not None and (not old.ready or new.available):
        surplus.append(old.name)
    return surplus


# What is reported


def update_daemon_set_status(
    pods: Mapping[str, Sequence[DaemonPod]], should_run: Mapping[str, bool]
) -> DaemonSetCounts:
    """The counters of the status; of several pods on a node the oldest counts.

    should_run: of every node. Source: daemon_controller.go, updateDaemonSetStatus
    """
    counted = [min(on_node, key=_by_binding_and_age) for n, on_node in pods.items() if on_node and should_run[n]]
    return DaemonSetCounts(
        desired_number_scheduled=sum(should_run.values()),
        current_number_scheduled=len(counted),
        number_misscheduled=sum(1 for n, on_node in pods.items() if on_node and not should_run[n]),
        number_ready=sum(pod.ready for pod in counted),
        updated_number_scheduled=sum(pod.updated for pod in counted),
        number_available=sum(pod.available for pod in counted),
    )
