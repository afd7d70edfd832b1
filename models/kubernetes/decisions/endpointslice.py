"""Which pods become endpoints of a Service, and with which conditions.

Source: staging/src/k8s.io/endpointslice/{util/controller_utils,utils}.go
"""

from __future__ import annotations

from attrs import frozen


@frozen
class EndpointConditions:
    """The conditions of one endpoint of an EndpointSlice."""

    ready: bool
    serving: bool
    terminating: bool


def should_pod_be_in_endpoints(
    phase: str, has_ip: bool, deleting: bool = False, include_terminating: bool = True
) -> bool:
    """Whether a selected pod is an endpoint: not terminal, with an address; EndpointSlices keep terminating ones.

    Source: util/controller_utils.go, ShouldPodBeInEndpoints
    """
    if phase in ("Succeeded", "Failed") or not has_ip:
        return False
    return include_terminating or not deleting


def pod_to_endpoint(ready: bool, deleting: bool, publish_not_ready_addresses: bool) -> EndpointConditions:
    """The conditions of a pod's endpoint: serving is the pod's readiness, ready is also not terminating.

    publishNotReadyAddresses forces ready, not serving.
    Source: utils.go, podToEndpoint
    """
    return EndpointConditions(
        ready=publish_not_ready_addresses or (ready and not deleting), serving=ready, terminating=deleting
    )
