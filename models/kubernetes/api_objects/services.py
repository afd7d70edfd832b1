"""Services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clusterproof.models.kubernetes.api_objects.addresses import cluster_ips
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, typed
from clusterproof.models.kubernetes.names import ServiceId
from clusterproof.models.kubernetes.objects import Service, ServicePort

REACHED_FROM_OUTSIDE = ("NodePort", "LoadBalancer")


def services(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every Service."""
    for s, service in instant.cluster.services.items():
        if service.exists:
            yield _service(instant, s)


def _service(instant: Instant, s: ServiceId) -> dict[str, Any]:
    manifest = instant.cluster.scope.services[s]
    return typed(
        "Service",
        metadata=metadata_of_manifest(instant, "Service", manifest.metadata, lambda c: c.services[s].exists),
        spec=service_spec(manifest, cluster_ips(instant.cluster, s)),
        status={"loadBalancer": {}},
    )


def service_spec(manifest: Service, addresses: Sequence[str]) -> dict[str, Any]:
    """The spec of a Service with its defaults. Source: pkg/apis/core/v1/defaults.go (SetDefaults_Service)"""
    outside = manifest.type in REACHED_FROM_OUTSIDE
    return given(
        type=manifest.type,
        clusterIP=addresses[0] if addresses else None,
        clusterIPs=list(addresses),
        externalName=manifest.external_name,
        selector=dict(manifest.selector or {}),
        ports=[_port(port) for port in manifest.ports],
        publishNotReadyAddresses=manifest.publish_not_ready_addresses or None,
        externalTrafficPolicy=manifest.external_traffic_policy if outside else None,
        internalTrafficPolicy=manifest.internal_traffic_policy if manifest.type != "ExternalName" else None,
    )


def _port(port: ServicePort) -> dict[str, Any]:
    return given(
        name=port.name, port=port.port, protocol=port.protocol, targetPort=port.target_port, nodePort=port.node_port
    )
