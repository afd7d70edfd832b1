"""IP addresses, which the model does not have: made up, the same in every state, different for different objects.

The networks are those of a kind cluster: nodes 172.18.0.0/16, pods 10.244.0.0/16, Services 10.96.0.0/16.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

from clusterproof.models.kubernetes.names import NodeId, PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster

_NODES = IPv4Address("172.18.0.2")
_PODS = IPv4Address("10.244.0.2")
_SERVICES = IPv4Address("10.96.0.10")
HEADLESS = "None"


def node_ip(c: Cluster, n: NodeId) -> str:
    """The address of a machine."""
    return str(_NODES + _place(n, c.scope.nodes))


def pod_ip(c: Cluster, p: PodId, node: NodeId, *, host_network: bool) -> str:
    """The address of a pod: its node's on the host's network, else one for each name a pod may have."""
    return node_ip(c, node) if host_network else str(_PODS + _place(p, c.pods.ids))


def cluster_ips(c: Cluster, s: ServiceId) -> list[str]:
    """The virtual address of a Service: the one it asks for, "None" of a headless one, else one of its own."""
    service = c.scope.services[s]
    if service.type == "ExternalName":
        return []
    return [service.cluster_ip or str(_SERVICES + _place(s, c.scope.services))]


def _place(name: str, names: Iterable[str]) -> int:
    return list(names).index(name)
