"""TaintToleration: a NoSchedule or NoExecute taint keeps pods without a matching toleration away.

PreferNoSchedule is a score: the more such taints a pod does not tolerate, the worse is the node.

Source: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.normalize_score import default_normalize_score
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.tolerations import find_untolerated_taint

UNTOLERATED = "node(s) had untolerated taint"

PREFERRING_EFFECTS = ("PreferNoSchedule",)


def taint_toleration(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node with an untolerated taint, naming the first."""
    taint = find_untolerated_taint(node.taints, pod.spec.tolerations)
    return None if taint is None else f"{UNTOLERATED} {{{taint.key}: {taint.value}}}"


def taint_toleration_score(pod: PlacedPod, nodes: Sequence[NodeInfo], _all_nodes: Sequence[NodeInfo]) -> list[int]:
    """Prefer the nodes with the fewest PreferNoSchedule taints that the pod does not tolerate.

    Source: taint_toleration.go, countIntolerableTaintsPreferNoSchedule
    """
    intolerable = [
        sum(
            find_untolerated_taint([taint], pod.spec.tolerations, PREFERRING_EFFECTS) is not None
            for taint in node.taints
        )
        for node in nodes
    ]
    return default_normalize_score(intolerable, reverse=True)
