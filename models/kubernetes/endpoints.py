"""Endpoints as a node really reaches them, through the rules that its kube-proxy has programmed."""

from __future__ import annotations

from clusterproof.models.kubernetes.names import NodeId, PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, ContainerState


def live_endpoints(c: Cluster, n: NodeId, s: ServiceId) -> list[PodId]:
    """The endpoints a node sends connections to whose containers really run and are ready."""
    found = []
    for p in c.proxies[n].rules[s]:
        container = c.containers.get(p)
        if container is not None and container.state is ContainerState.RUNNING and container.ready:
            found.append(p)
    return found
