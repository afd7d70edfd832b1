"""The node lifecycle controller: silent nodes become Unknown, and their taints drive pods away.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, node_heartbeat, node_objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import node_lifecycle as decisions
from clusterproof.models.kubernetes.names import NodeId, PodId, ZoneId
from clusterproof.models.kubernetes.state import Cluster, ConditionStatus

controller = Component("node-lifecycle", runs_when=controllers_run, fair=weak)


@controller.action(writes=("nodes.ready", "nodes.resource_version", *apiserver.COMMIT))
def mark_unreachable(c: Cluster, n: NodeId) -> None:
    """No heartbeat for the whole grace period: the node's Ready condition becomes Unknown.

    Source: tryUpdateNodeHealth
    """
    node = c.nodes[n]
    require(node.ready is ConditionStatus.TRUE and node.grace.due(cause=not node_heartbeat.is_beating(c, n)))
    node.ready = ConditionStatus.UNKNOWN
    apiserver.update(c, node)


@controller.action(writes=("pods.ready", "pods.until_available", "pods.resource_version", *apiserver.COMMIT))
def mark_pod_not_ready(c: Cluster, p: PodId) -> None:
    """The pods of a node that went Unknown lose their Ready condition, and with it their endpoints.

    Only the transition does this: what a kubelet that is back reports stands, though the node is still Unknown.
    Source: monitorNodeHealth; pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
    """
    pod = require(c.pods.get(p))
    require(pod.node is not None and pod.ready)
    node = require(pod.node)
    require(c.nodes[node].ready is ConditionStatus.UNKNOWN and not node_heartbeat.is_beating(c, node))
    pod.ready = False
    pod.until_available = Timer()
    apiserver.update(c, pod)


@controller.action(writes=("nodes.unreachable_no_schedule", "nodes.resource_version", *apiserver.COMMIT))
def mirror_no_schedule(c: Cluster, n: NodeId) -> None:
    """The NoSchedule taint follows the condition at once. Source: doNoScheduleTaintingPass."""
    node = c.nodes[n]
    wanted = node.ready is ConditionStatus.UNKNOWN
    require(node.unreachable_no_schedule != wanted)
    node.unreachable_no_schedule = wanted
    apiserver.update(c, node)


def _all_zones_are_lost(c: Cluster) -> bool:
    return not any(node_objects.is_ready(c, n) for n in _counted(c))


def _counted(c: Cluster) -> list[NodeId]:
    """The Nodes that count for the state of their zones, whether they are there or not."""
    nodes = c.scope.nodes
    return [n for n in c.nodes if not decisions.is_node_excluded_from_disruption_checks(nodes[n].labels)]


def _eviction_rate(c: Cluster, zone: ZoneId) -> float:
    """How many nodes of a zone may be tainted per second, while not all zones are lost."""
    members = [n for n in _counted(c) if c.scope.zone_of[n] == zone and node_objects.exists(c, n)]
    state = decisions.compute_zone_state([c.nodes[n].ready.value for n in members])
    return decisions.eviction_rate(state, len(members))


@controller.action(writes=("nodes.unreachable_no_execute", "nodes.resource_version", "zones", *apiserver.COMMIT))
def taint_no_execute(c: Cluster, n: NodeId) -> None:
    """An Unknown node gets the NoExecute taint, unless all zones are lost.

    That is one node per 10 seconds and zone; of a zone that is partly disrupted one per 100 seconds, or none if it is
    small. Source: processTaintBaseEviction, handleDisruption
    """
    node = c.nodes[n]
    require(node.ready is ConditionStatus.UNKNOWN and not node.unreachable_no_execute)
    zone = c.scope.zone_of[n]
    require(not _all_zones_are_lost(c) and not c.zones[zone].armed)
    nodes_per_second = _eviction_rate(c, zone)
    require(nodes_per_second > 0)
    node.unreachable_no_execute = True
    c.zones[zone] = Timer(round(1 / nodes_per_second))
    apiserver.update(c, node)


@controller.action(writes=("zones",))
def allow_next_taint(c: Cluster, z: ZoneId) -> None:
    """The zone's rate limiter lets the next node pass."""
    require(c.zones[z].due())
    c.zones[z] = Timer()


@controller.action(writes=("nodes.unreachable_no_execute", "nodes.resource_version", *apiserver.COMMIT))
def untaint_no_execute(c: Cluster, n: NodeId) -> None:
    """A node that is Ready again, or any node while all zones are lost, loses the NoExecute taint at once."""
    node = c.nodes[n]
    require(node.unreachable_no_execute)
    require(node.ready is ConditionStatus.TRUE or _all_zones_are_lost(c))
    node.unreachable_no_execute = False
    apiserver.update(c, node)
