"""Heartbeats, as the node lifecycle controller remembers them.

It judges by its own clock since it last saw a node's lease change, and forgets everything when it restarts. A heartbeat
that comes in time changes nothing and is no step; the timer of a node runs only while something keeps it from coming.
Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (updateNodeHealth).
"""

from __future__ import annotations

from clusterproof import Timer
from clusterproof.models.kubernetes import node_objects
from clusterproof.models.kubernetes.leases import running_leader
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.static_pods import CONTROLLER_MANAGER


def is_beating(c: Cluster, n: NodeId) -> bool:
    """Whether a node's kubelet can renew its lease, as far as the node's side goes."""
    machine = c.machines[n]
    return machine.up and machine.kubelet and machine.link


def lose(c: Cluster, n: NodeId) -> None:
    """A node's heartbeat stops: the controller, if one runs and leads, begins to count."""
    if not node_objects.exists(c, n):
        return
    if running_leader(c, CONTROLLER_MANAGER) is not None and not c.nodes[n].grace.armed:
        c.nodes[n].grace = Timer(c.scope.grace_seconds)


def start_anew(c: Cluster) -> None:
    """The controller starts: it counts for every node from now."""
    for n, node in c.nodes.items():
        if node_objects.exists(c, n) and not is_beating(c, n):
            node.grace = Timer(c.scope.grace_seconds)


def forget(c: Cluster) -> None:
    """The controller stops: its timers are gone, and so are the taint evictions it had planned."""
    for node in c.nodes.values():
        if node.grace.armed:
            node.grace = Timer()
    for zone, limiter in c.zones.items():
        if limiter.armed:
            c.zones[zone] = Timer()
    for pod in c.pods.values():
        if pod.eviction.armed:
            pod.eviction = Timer()
