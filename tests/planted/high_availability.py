"""Several control-plane nodes: what a takeover must do, and that there must be one."""

from __future__ import annotations

from planting import Defect

from clusterproof import Timer, require
from clusterproof.models.kubernetes import apiserver, control_plane
from clusterproof.models.kubernetes.names import LeaseId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems


def take_over_with_old_heartbeats(c: Cluster, s: StaticPodId) -> None:
    """A new leader takes the age of the nodes' heartbeats for their silence."""
    component = LeaseId(c.scope.static_pods[s].component)
    require(component in c.leases and c.static_pods[s].running and c.leases[component].silent.due())
    require(apiserver.answers_on(c, c.scope.static_pods[s].node))
    c.leases[component].holder = s
    c.leases[component].silent = Timer()
    for n, node in c.nodes.items():
        if n not in c.scope.control_planes:
            node.grace = Timer(0)


DEFECTS = (
    Defect(
        name="a new leader inherits the age of heartbeats",
        system=systems.one_of_three_stopped,
        instead={control_plane.acquire_lease: take_over_with_old_heartbeats},
        red=frozenset({"no_mass_eviction_after_outage"}),
    ),
    Defect(
        name="nobody takes a Lease over",
        system=systems.one_of_three_lost,
        never=[control_plane.acquire_lease],
        red=frozenset({"deployments_converge"}),
    ),
)
