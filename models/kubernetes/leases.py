"""Which process of an elected component leads.

With one control-plane node there is no election: its processes lead whenever they run.
Source: staging/src/k8s.io/client-go/tools/leaderelection
"""

from __future__ import annotations

from clusterproof.models.kubernetes.names import LeaseId, StaticPodId
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.state import Cluster, Lease
from clusterproof.models.kubernetes.static_pods import ELECTED, static_pod


def first_leases(scope: ClusterScope) -> dict[LeaseId, Lease]:
    """The Leases of a new cluster: the processes of the node that it was made with came first, and lead."""
    if not scope.is_highly_available:
        return {}
    return {component: Lease(holder=static_pod(component, scope.control_planes[0])) for component in ELECTED}


def leader(c: Cluster, component: LeaseId) -> StaticPodId | None:
    """The process that leads, or that will once it runs; None while the Lease names one that is no more."""
    if component in c.leases:
        return c.leases[component].holder
    return static_pod(component, c.scope.control_planes[0])


def running_leader(c: Cluster, component: LeaseId) -> StaticPodId | None:
    """The process that leads, if there is one and it runs."""
    process = leader(c, component)
    return process if process is not None and c.static_pods[process].running else None
