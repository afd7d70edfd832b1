"""Where the scheduler may put a pod: its filters in order, and what it says when nothing fits.

Which of the feasible nodes it takes is a score (scoring.py), and ties are broken at random; unless the scope says
otherwise, the model lets it be any of them.
Source: pkg/scheduler/schedule_one.go, https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity import (
    AFFINITY,
    ANTI_AFFINITY,
    inter_pod_affinity,
    term_matches,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import (
    NOT_SELECTED,
    NOT_SELECTED_BY_SCHEDULER,
    node_affinity,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_name import OTHER_NODE, node_name
from clusterproof.models.kubernetes.decisions.scheduling.node_ports import PORT_TAKEN, node_ports, ports_conflict
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import (
    SEPARATOR,
    fits_request,
    node_resources_fit,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import UNSCHEDULABLE, node_unschedulable
from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread import (
    LABEL_MISSING,
    TOO_SKEWED,
    constraint_selector,
    hard_constraints,
    pod_topology_spread,
)
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import Filter, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scheduling.taint_toleration import UNTOLERATED, taint_toleration
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.objects import NodeSpec, PodSpec, Taint

__all__ = [
    "FILTERS",
    "NodeInfo",
    "PlacedPod",
    "depends_on_pods",
    "explain",
    "feasible",
    "feels",
    "fields_looked_at",
    "find_nodes_that_fit",
    "fit_error",
    "static_feasible",
    "status_code",
]

FILTERS: tuple[Filter, ...] = (
    node_unschedulable,
    node_name,
    taint_toleration,
    node_affinity,
    node_ports,
    node_resources_fit,
    pod_topology_spread,
    inter_pod_affinity,
)
"""The default filters in their default order; volumes are not modelled.

Source: pkg/scheduler/apis/config/v1/default_plugins.go
"""


def feasible(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> str | None:
    """Why the pod cannot go to this node: the first filter that refuses, or None where it fits.

    Source: pkg/scheduler/framework/runtime/framework.go, RunFilterPlugins
    """
    for each in FILTERS:
        reason = each(pod, node, all_nodes)
        if reason is not None:
            return reason
    return None


def find_nodes_that_fit(pod: PlacedPod, all_nodes: Sequence[NodeInfo]) -> list[str]:
    """The names of the nodes that the pod can go to, in the given order.

    Source: schedule_one.go, findNodesThatFitPod (which samples only from 100 nodes on)
    """
    return [node.spec.name for node in all_nodes if feasible(pod, node, all_nodes) is None]


def explain(pod: PlacedPod, all_nodes: Sequence[NodeInfo]) -> dict[str, str]:
    """The reason for every node that refuses the pod."""
    reasons = {node.spec.name: feasible(pod, node, all_nodes) for node in all_nodes}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def fit_error(reasons: Mapping[str, str], node_count: int) -> str:
    """What the event says about a pod that fits nowhere; reasons as `explain` gives them.

    The sentence about preemption, which upstream appends, is left out.
    Source: pkg/scheduler/framework/types.go, FitError.Error
    """
    counts = Counter(part for reason in reasons.values() for part in reason.split(SEPARATOR))
    histogram = sorted(f"{count} {reason}" for reason, count in counts.items())
    message = f"0/{node_count} nodes are available:"
    return f"{message} {', '.join(histogram)}." if histogram else message


_FIELDS = {
    OTHER_NODE: "nodeName",
    UNTOLERATED: "tolerations",
    UNSCHEDULABLE: "tolerations",
    NOT_SELECTED: "nodeSelector and affinity.nodeAffinity",
    PORT_TAKEN: "containers[].ports[].hostPort",
    TOO_SKEWED: "topologySpreadConstraints",
    AFFINITY: "affinity.podAffinity",
    ANTI_AFFINITY: "affinity.podAntiAffinity",
}
"""Per beginning of a reason: the field of a pod's spec that the filter looked at."""


def fields_looked_at(reason: str) -> tuple[str, ...]:
    """The fields of a pod's spec that a filter looked at which refused it, as far as the pod's own spec is to blame."""
    if reason.startswith(tuple(_FIELDS)):
        return (next(field for beginning, field in _FIELDS.items() if reason.startswith(beginning)),)
    short = (part.removeprefix("Insufficient ") for part in reason.split(SEPARATOR) if part.startswith("Insufficient "))
    return tuple(f"containers[].resources.requests.{resource}" for resource in short)


def status_code(reason: str | None) -> str:
    """Upstream's code for a filter's answer: Success, Unschedulable or UnschedulableAndUnresolvable.

    The last means that removing other pods would not help, so preemption is not tried there.
    Source: the Filter methods of the plugins
    """
    if reason is None:
        return "Success"
    fixed = (UNSCHEDULABLE, OTHER_NODE, UNTOLERATED, NOT_SELECTED, NOT_SELECTED_BY_SCHEDULER, LABEL_MISSING, AFFINITY)
    return "UnschedulableAndUnresolvable" if reason.startswith(fixed) else "Unschedulable"


def static_feasible(pod: PodSpec, node: NodeSpec, lasting_taints: Sequence[Taint] | None = None) -> str | None:
    """Why the pod can never go to this node, whatever runs where, or None: to be worked out once, ahead.

    Looks at the node's name, labels, size and lasting taints only (those of its spec unless given; give fewer where
    someone may remove one). A refusal here is a refusal of `feasible` in every state that has those taints.
    """
    incoming = PlacedPod(spec=pod)
    bare = NodeInfo(spec=node, taints=node.taints if lasting_taints is None else tuple(lasting_taints))
    for each in (node_name, taint_toleration, node_affinity, node_resources_fit):
        reason = each(incoming, bare, (bare,))
        if reason is not None:
            return reason
    if any(each.topology_key not in node.labels for each in hard_constraints(pod)):
        return LABEL_MISSING
    if any(term.topology_key not in node.labels for term in pod.required_pod_affinity):
        return AFFINITY
    return None


def depends_on_pods(pod: PlacedPod, nodes: Sequence[NodeSpec], others: Sequence[tuple[PlacedPod, int]]) -> bool:
    """Whether other pods can ever change where this pod may go.

    others: each other kind of pod with how many can exist at once, the pod's own siblings included. Where the answer
    is False, the pod fits a node exactly when it fits that node empty. True is the cautious answer.
    """
    population = [(other, count) for other, count in others if count > 0]
    if not population:
        return False
    if pod.spec.required_pod_affinity or pod.spec.required_pod_anti_affinity or hard_constraints(pod.spec):
        return True
    for other, _ in population:
        if ports_conflict(pod.spec, other.spec):
            return True
        if any(term_matches(other, term, pod) for term in other.spec.required_pod_anti_affinity):
            return True
    everyone = [other.spec for other, count in population for _ in range(count)]
    sizes = {frozenset(node.allocatable.items()): node.allocatable for node in nodes}
    return any(_room_can_run_out(pod.spec, size, everyone) for size in sizes.values())


def feels(pod: PlacedPod, other: PlacedPod) -> bool:
    """Whether the other pod, where it is, can change where this pod may go, apart from the room that it takes."""
    terms = (*pod.spec.required_pod_affinity, *pod.spec.required_pod_anti_affinity)
    return (
        ports_conflict(pod.spec, other.spec)
        or any(term_matches(pod, term, other) for term in terms)
        or any(term_matches(other, term, pod) for term in other.spec.required_pod_anti_affinity)
        or any(
            pod.namespace == other.namespace and matches(constraint_selector(each, pod.labels), other.labels)
            for each in hard_constraints(pod.spec)
        )
    )


def _room_can_run_out(pod: PodSpec, allocatable: Mapping[str, int], everyone: Sequence[PodSpec]) -> bool:
    """Whether a node of this size has room for the pod while empty and none with everyone else on it."""
    return not fits_request(pod, allocatable, ()) and bool(fits_request(pod, allocatable, everyone))
