"""Node objects: which there are. Only a node that the user may delete or take out of service can be gone.

Its entry in `removable_nodes` says so; a cluster whose user does neither has no entry, and nothing is read here.
"""

from __future__ import annotations

from clusterproof import Timer
from clusterproof.models.kubernetes.decisions.pod_gc import OUT_OF_SERVICE_TAINT_KEY
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.objects import Taint
from clusterproof.models.kubernetes.state import Cluster, ConditionStatus

OUT_OF_SERVICE_TAINT = Taint(key=OUT_OF_SERVICE_TAINT_KEY, value="nodeshutdown", effect="NoExecute")

MEMORY = ("removable_nodes.quarantine",)
"""What the pod garbage collector has in memory."""


def exists(c: Cluster, n: NodeId) -> bool:
    """Whether the Node object of a machine is there."""
    removable = c.removable_nodes.get(n)
    return removable is None or removable.exists


def existing_nodes(c: Cluster) -> list[NodeId]:
    """The nodes that `kubectl get nodes` lists, in their order."""
    return [n for n in c.scope.nodes if exists(c, n)]


def is_out_of_service(c: Cluster, n: NodeId) -> bool:
    """Whether a node carries the taint `node.kubernetes.io/out-of-service`."""
    removable = c.removable_nodes.get(n)
    return removable is not None and removable.out_of_service


def is_given_up(c: Cluster, n: NodeId) -> bool:
    """Whether the user has said that nothing runs on a machine any more: its Node is gone, or out of service."""
    return not exists(c, n) or is_out_of_service(c, n)


def is_ready(c: Cluster, n: NodeId) -> bool:
    """Whether there is a Node object whose Ready condition is True."""
    return exists(c, n) and c.nodes[n].ready is ConditionStatus.TRUE


def remove(c: Cluster, n: NodeId) -> None:
    """A Node object goes, and with it all that was said of it."""
    node, removable = c.nodes[n], c.removable_nodes[n]
    node.ready = ConditionStatus.TRUE
    node.unschedulable = node.unreachable_no_schedule = node.unreachable_no_execute = False
    node.grace = Timer()
    removable.exists = removable.out_of_service = False


def forget(c: Cluster) -> None:
    """The controller manager stops: the quarantines are gone."""
    for removable in c.removable_nodes.values():
        if removable.quarantine.armed:
            removable.quarantine = Timer()
