"""Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes.api_objects.addresses import cluster_ips
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata, typed
from clusterproof.models.kubernetes.names import ServiceId
from clusterproof.models.kubernetes.objects import ServicePort

REACHED_FROM_OUTSIDE = ("NodePort", "LoadBalancer")


def services(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every Service."""
    for s, service in instant.cluster.services.items():
        if service.exists:
            yield _service(instant, s)


def _service(instant: Instant, s: ServiceId) -> dict[str, Any]:
    fixed = instant.cluster.scope.services[s]
    addresses = cluster_ips(instant.cluster, s)
    outside = fixed.type in REACHED_FROM_OUTSIDE
    return typed(
        "Service",
        metadata=metadata(
            instant,
            "Service",
            s,
            fixed.metadata.namespace,
            lambda c: c.services[s].exists,
            labels=fixed.metadata.labels,
            annotations=fixed.metadata.annotations,
        ),
        spec=given(
            type=fixed.type,
            clusterIP=addresses[0] if addresses else None,
            clusterIPs=addresses,
            selector=dict(fixed.selector or {}),
            ports=[_port(port) for port in fixed.ports],
            publishNotReadyAddresses=fixed.publish_not_ready_addresses or None,
            externalTrafficPolicy=fixed.external_traffic_policy if outside else None,
            internalTrafficPolicy=fixed.internal_traffic_policy if fixed.type != "ExternalName" else None,
        ),
        status={"loadBalancer": {}},
    )


def _port(port: ServicePort) -> dict[str, Any]:
    return given(
        name=port.name, port=port.port, protocol=port.protocol, targetPort=port.target_port, nodePort=port.node_port
    )
