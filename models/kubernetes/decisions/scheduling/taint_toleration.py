"""TaintToleration: a NoSchedule or NoExecute taint keeps pods without a matching toleration away.

Source: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.tolerations import find_untolerated_taint

UNTOLERATED = "node(s) had untolerated taint"


def taint_toleration(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node with an untolerated taint, naming the first."""
    taint = find_untolerated_taint(node.taints, pod.spec.tolerations)
    return None if taint is None else f"{UNTOLERATED} {{{taint.key}: {taint.value}}}"
