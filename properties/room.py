"""Room on the nodes: what workloads have to keep to where they are checked apart from each other.

Source: the project's own; see models/kubernetes/groups.py for what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof import Claims, Property, always, claim
from clusterproof.models.kubernetes.groups import ObjectName, Share
from clusterproof.models.kubernetes.names import EntryServiceId, NodeId, ServiceId
from clusterproof.models.kubernetes.state import Cluster


def is_about_services(judged: Property[Any]) -> bool:
    """Whether a property is about each Service by itself."""
    return not {ServiceId, EntryServiceId}.isdisjoint(judged.parameters.values())


def keeps_to_its_share(shares: Mapping[ObjectName, Share]) -> Property[Any]:
    """The property that no workload has more pods on a node than its share. shares: by workload."""

    @always
    def keeps_to_its_share(c: Cluster, n: NodeId) -> Claims:
        """No workload has more pods on a node than its share of the room there."""
        for name, share in shares.items():
            here = sum(pod.node == n for p, pod in c.pods.items() if p in share.pods)
            yield claim(here <= share.most, f"{name} keeps to its share", n)

    return keeps_to_its_share
