"""NodeResourcesBalancedAllocation: nodes score higher where cpu and memory are used in like parts.

From 1.36 on the score is how much the pod changes the balance; this is the rule before.
Source: pkg/scheduler/framework/plugins/noderesources/{balanced_allocation,resource_allocation}.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import (
    AS_WRITTEN,
    SCORED_RESOURCES,
    pod_requests,
    requested_with,
    scored_allocatable,
)
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import PodSpec

FIRST_VERSION_THAT_SKIPS_BEST_EFFORT = 33
"""Source: https://github.com/kubernetes/kubernetes/pull/130260"""


def node_resources_balanced_allocation_score(
    pod: PlacedPod, nodes: Sequence[NodeInfo], _all_nodes: Sequence[NodeInfo], *, minor_version: int
) -> list[int]:
    """Prefer the nodes on which the parts of cpu and memory in use are closest to each other, the pod counted.

    From 1.33 on a pod that requests none of them has no such preference. minor_version: 35 for Kubernetes 1.35.
    Source: balanced_allocation.go, PreScore and balancedResourceScorer
    """
    requests = pod_requests(pod.spec)
    is_best_effort = not any(requests.get(name, 0) for name in SCORED_RESOURCES)
    if is_best_effort and minor_version >= FIRST_VERSION_THAT_SKIPS_BEST_EFFORT:
        return [0] * len(nodes)
    return [_balance(pod.spec, node) for node in nodes]


def _balance(pod: PodSpec, node: NodeInfo) -> int:
    """100 for equal parts, less by half their difference (the standard deviation of two numbers), rounded down."""
    requested = requested_with(pod, node, AS_WRITTEN)
    parts = [min(requested[name] / capacity, 1.0) for name, capacity in scored_allocatable(node).items()]
    deviation = abs(parts[0] - parts[1]) / 2 if len(parts) == len(SCORED_RESOURCES) else 0.0
    return int((1 - deviation) * MAX_NODE_SCORE)
