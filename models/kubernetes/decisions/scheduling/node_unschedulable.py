"""NodeUnschedulable: a cordoned node takes no new pods, unless they tolerate the unschedulable taint.

Source: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.tolerations import tolerates_taint
from clusterproof.models.kubernetes.objects import Taint

UNSCHEDULABLE = "node(s) were unschedulable"

UNSCHEDULABLE_TAINT = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")


def node_unschedulable(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node with spec.unschedulable."""
    if not node.unschedulable:
        return None
    tolerated = any(tolerates_taint(toleration, UNSCHEDULABLE_TAINT) for toleration in pod.spec.tolerations)
    return None if tolerated else UNSCHEDULABLE
