"""Nodes as the API server has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import node_objects, scheduler
from clusterproof.models.kubernetes.api_objects.addresses import node_ip
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata, typed
from clusterproof.models.kubernetes.api_objects.quantities import quantities
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.state import ConditionStatus

REASONS = {
    ConditionStatus.TRUE: ("KubeletReady", "kubelet is posting ready status"),
    ConditionStatus.FALSE: ("KubeletNotReady", ""),
    ConditionStatus.UNKNOWN: ("NodeStatusUnknown", "Kubelet stopped posting node status."),
}
"""Source: pkg/kubelet/nodestatus/setters.go, pkg/controller/nodelifecycle/node_lifecycle_controller.go"""


UNKNOWN = (
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
)
"""What the API requires a node to say of itself, and the model does not know."""


def nodes(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every node whose object is there."""
    for n in node_objects.existing_nodes(instant.cluster):
        yield _node(instant, n)


def _node(instant: Instant, n: NodeId) -> dict[str, Any]:
    c = instant.cluster
    node, fixed = c.nodes[n], c.scope.nodes[n]
    reason, message = REASONS[node.ready]
    ready = given(
        type="Ready",
        status=node.ready.value,
        lastTransitionTime=instant.since(lambda c: c.nodes[n].ready is node.ready),
        reason=reason,
        message=message,
    )
    amounts = quantities(fixed.allocatable)
    return typed(
        "Node",
        metadata=metadata(instant, "Node", n, "", lambda c: node_objects.exists(c, n), labels=fixed.labels),
        spec=given(
            taints=[given(key=t.key, value=t.value, effect=t.effect) for t in scheduler.taints_of(c, n)],
            unschedulable=node.unschedulable or None,
        ),
        status=given(
            allocatable=amounts,
            conditions=[ready],
            addresses=[{"type": "InternalIP", "address": node_ip(c, n)}, {"type": "Hostname", "address": n}],
            nodeInfo={**dict.fromkeys(UNKNOWN, ""), "kubeletVersion": f"v{c.scope.kubernetes_version}"},
        ),
    )
