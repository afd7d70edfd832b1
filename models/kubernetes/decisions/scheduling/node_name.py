"""NodeName: a pod that names its node goes nowhere else.

Source: pkg/scheduler/framework/plugins/nodename/node_name.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod

OTHER_NODE = "node(s) didn't match the requested node name"


def node_name(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse every node but spec.nodeName, where that is set."""
    return None if pod.spec.node_name in (None, "", node.spec.name) else OTHER_NODE
