"""Services.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ and
pkg/apis/core/v1/defaults.go (SetDefaults_Service), pkg/apis/core/validation/validation.go (ValidateService)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.manifests.containers import PROTOCOLS
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.names import check_labels, is_dns_label, is_dns_subdomain, is_service_name
from clusterproof.models.kubernetes.manifests.probes import read_port
from clusterproof.models.kubernetes.objects import Service, ServicePort

TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
NODE_PORTS = range(30000, 32768)
"""The API server's default --service-node-port-range."""

NOT_MODELLED = (
    "allocateLoadBalancerNodePorts",
    "clusterIPs",
    "externalIPs",
    "healthCheckNodePort",
    "ipFamilies",
    "ipFamilyPolicy",
    "loadBalancerClass",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "sessionAffinity",
    "sessionAffinityConfig",
    "trafficDistribution",
)


def read_service(top: Fields) -> Service:
    """A Service with its defaults; a node port that is not given stays None, for the API server would pick one."""
    metadata = read_metadata(top, is_name=is_service_name)
    spec = top.required_fields("spec", "write the Service's spec with its ports")
    kind = spec.choice("type", TYPES, "ClusterIP")
    cluster_ip = spec.text("clusterIP", "") or None
    service = Service(
        metadata=metadata,
        type=kind,
        selector=_read_selector(spec),
        ports=_read_ports(spec, kind),
        cluster_ip=cluster_ip,
        external_name=_read_external_name(spec, kind, cluster_ip),
        publish_not_ready_addresses=spec.boolean("publishNotReadyAddresses", default=False),
        external_traffic_policy=spec.choice("externalTrafficPolicy", ("Cluster", "Local"), "Cluster"),
        internal_traffic_policy=spec.choice("internalTrafficPolicy", ("Cluster", "Local"), "Cluster"),
        source=top.source,
    )
    if not service.ports and kind != "ExternalName" and cluster_ip != "None":
        spec.fail("ports", "is missing or empty; write at least one port")
    if cluster_ip == "None" and kind in ("NodePort", "LoadBalancer"):
        spec.fail("clusterIP", f"a headless Service cannot be a {kind}; write type: ClusterIP or remove clusterIP")
    if kind in ("ClusterIP", "ExternalName") and spec.has("externalTrafficPolicy") and not spec.has("externalIPs"):
        spec.fail("externalTrafficPolicy", f"means nothing for a {kind} Service; remove it or write type: NodePort")
    spec.close(NOT_MODELLED)
    top.close(("status",))
    return service


def _read_external_name(spec: Fields, kind: str, cluster_ip: str | None) -> str:
    """The name that an ExternalName Service stands for, which has no address of its own."""
    name = spec.text("externalName", "")
    if kind != "ExternalName":
        if name:
            spec.note("externalName", "has no effect, for the type is not ExternalName")
        return ""
    if not name:
        spec.fail("externalName", "is missing; write the DNS name that the Service stands for")
    if not is_dns_subdomain(name.removesuffix(".")):
        spec.fail("externalName", f"{quoted(name)} is not a DNS name; write for example db.example.org")
    if cluster_ip is not None:
        spec.fail("clusterIP", "an ExternalName Service has no address; remove it")
    return name


def _read_selector(spec: Fields) -> dict[str, str] | None:
    """The plain labels; an empty selector selects nothing, like an absent one."""
    for name in ("matchLabels", "matchExpressions"):
        selector = spec.fields("selector")
        if selector is not None and selector.has(name):
            selector.fail(name, "a Service's selector is plain labels; write them right under selector")
    labels = spec.text_map("selector")
    check_labels(spec, "selector", labels)
    return labels or None


def _read_ports(spec: Fields, kind: str) -> tuple[ServicePort, ...]:
    all_fields = spec.items("ports")
    ports = tuple(_read_port(fields, kind) for fields in all_fields)
    names: set[str] = set()
    numbers: set[tuple[int, str]] = set()
    node_ports: set[tuple[int, str]] = set()
    for fields, port in zip(all_fields, ports, strict=True):
        if not port.name and len(ports) > 1:
            fields.fail("name", "is missing; write a name for every port, for there are several")
        if port.name in names:
            fields.fail("name", f"{quoted(port.name)} names two ports; write different names")
        if (port.port, port.protocol) in numbers:
            fields.fail("port", f"{port.port}/{port.protocol} is given twice; write different ports")
        if port.node_port is not None and (port.node_port, port.protocol) in node_ports:
            fields.fail("nodePort", f"{port.node_port}/{port.protocol} is given twice; write different ports")
        names.add(port.name)
        numbers.add((port.port, port.protocol))
        node_ports |= {(port.node_port, port.protocol)} if port.node_port is not None else set()
    return ports


def _read_port(fields: Fields, kind: str) -> ServicePort:
    port = fields.required_integer("port", minimum=1, maximum=65535)
    name = fields.text("name", "")
    if name and not is_dns_label(name):
        fields.fail("name", f"{quoted(name)} is not a port name; write lower-case letters, digits and dashes")
    node_port = fields.integer("nodePort", 0)
    if node_port and kind not in ("NodePort", "LoadBalancer"):
        fields.fail("nodePort", f"may not be given with type: {kind}; remove it or write type: NodePort")
    if node_port and node_port not in NODE_PORTS:
        fields.fail("nodePort", f"is {node_port}; write a port between {NODE_PORTS[0]} and {NODE_PORTS[-1]}")
    target_port = 0 if fields.integer_or_text("targetPort") in (0, "") else read_port(fields, "targetPort")
    read = ServicePort(
        port=port,
        name=name,
        protocol=fields.choice("protocol", PROTOCOLS, "TCP"),
        target_port=target_port or port,
        node_port=node_port or None,
    )
    fields.close(("appProtocol",))
    return read
