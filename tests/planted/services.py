"""Endpoints and entry points."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, endpointslice_controller
from clusterproof.models.kubernetes.names import ServiceId
from clusterproof.models.kubernetes.state import Cluster, Endpoint, EndpointCondition
from planted import systems


def add_endpoints_only(c: Cluster, s: ServiceId) -> None:
    """The EndpointSlice controller adds what is ready, and never removes or changes anything."""
    service = c.services[s]
    require(service.exists)
    new = [
        p
        for p in c.scope.pods_of_service[s]
        if p not in service.endpoints and endpointslice_controller.wanted_condition(c, s, p) is EndpointCondition.READY
    ]
    require(bool(new))
    for p in new:
        service.endpoints[p] = Endpoint(condition=EndpointCondition.READY)
    apiserver.update(c, service)


DEFECTS = (
    Defect(
        name="the EndpointSlice controller never removes an endpoint",
        system=systems.pod_deleted,
        instead={endpointslice_controller.sync: add_endpoints_only},
        red=frozenset({"endpoints_eventually_right"}),
    ),
    Defect(
        name="the EndpointSlice controller does nothing",
        system=systems.pod_deleted,
        never=[endpointslice_controller.sync],
        red=frozenset({"endpoints_eventually_right"}),
    ),
)
