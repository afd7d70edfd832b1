"""EndpointSlices: one for each Service with a selector, which the model keeps together with the Service.

Source: staging/src/k8s.io/endpointslice/reconciler.go
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import asdict

from clusterproof.models.kubernetes.api_objects.addresses import pod_ip
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import controller_reference, metadata, plain_name, typed
from clusterproof.models.kubernetes.names import PodId, ServiceId
from clusterproof.models.kubernetes.objects import PodSpec, ServicePort
from clusterproof.models.kubernetes.state import Cluster


def endpoint_slices(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every EndpointSlice; one without endpoints has no ports either."""
    c = instant.cluster
    for s, service in c.services.items():
        if service.exists and c.scope.services[s].selector and c.scope.services[s].type != "ExternalName":
            yield _endpoint_slice(instant, s)


def _endpoint_slice(instant: Instant, s: ServiceId) -> dict[str, Any]:
    c = instant.cluster
    fixed = c.scope.services[s]
    pods = [p for p in c.services[s].endpoints if p in c.pods]
    spec = c.scope.template(pods[0], c.pods[pods[0]].owner).spec if pods else None
    made = typed(
        "EndpointSlice",
        metadata=metadata(
            instant,
            "EndpointSlice",
            f"{s}-1",
            fixed.metadata.namespace,
            lambda c: c.services[s].exists,
            labels={**fixed.metadata.labels, "kubernetes.io/service-name": plain_name(s)},
            owner=controller_reference("Service", fixed.metadata.namespace, s),
        ),
        addressType="IPv4",
        ports=[_port(port, spec) for port in fixed.ports] if spec is not None else [],
    )
    return {**made, "endpoints": [_endpoint(c, s, p) for p in pods]}


def _endpoint(c: Cluster, s: ServiceId, p: PodId) -> dict[str, Any]:
    pod = c.pods[p]
    spec = c.scope.template(p, pod.owner).spec
    namespace = c.scope.services[s].metadata.namespace
    return given(
        addresses=[pod_ip(c, p, pod.node, host_network=spec.host_network)] if pod.node is not None else None,
        conditions=asdict(c.services[s].endpoints[p].condition.conditions),
        nodeName=pod.node,
        targetRef={"kind": "Pod", "name": plain_name(p), "namespace": namespace},
    )


def _port(port: ServicePort, spec: PodSpec) -> dict[str, Any]:
    """A port with its number in the pods. Source: pkg/api/v1/pod/util.go (FindPort)"""
    number = port.target_port
    if isinstance(number, str):
        declared = [p for k in spec.containers for p in k.ports if p.name == number and p.protocol == port.protocol]
        number = declared[0].container_port if declared else None
    return given(name=port.name, port=number, protocol=port.protocol)
