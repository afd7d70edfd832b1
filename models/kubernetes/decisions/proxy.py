"""Which endpoints a node's kube-proxy sends traffic of a Service to.

Source: pkg/proxy/{topology,serviceport}.go, pkg/proxy/iptables/proxier.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from attrs import frozen


@frozen(kw_only=True)
class EndpointView:
    """An endpoint as one node's proxy sees it; local: it is on that node."""

    address: str
    ready: bool = False
    serving: bool = False
    terminating: bool = False
    local: bool = False
    zone_hints: frozenset[str] = frozenset()
    node_hints: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Categorized:
    """The endpoints for each traffic policy, None for a policy that the Service does not use."""

    cluster: tuple[EndpointView, ...] | None = None
    local: tuple[EndpointView, ...] | None = None
    all_reachable: tuple[EndpointView, ...] = ()
    has_any: bool = False


class Origin(Enum):
    """Where a packet comes from, as the proxy of the node that handles it sees it."""

    POD = "a pod of the cluster"
    NODE = "this node itself"
    OUTSIDE = "anywhere else"


class Verdict(Enum):
    """What becomes of a packet to a Service."""

    FORWARD = "forward"
    REJECT = "reject"
    DROP = "drop"


@frozen(kw_only=True)
class Route:
    """Which endpoints a packet may go to; masquerade: the endpoint sees the node's address instead of the client's."""

    verdict: Verdict
    endpoints: tuple[EndpointView, ...] = ()
    masquerade: bool = False


def should_skip_service(kind: str, cluster_ip: str | None) -> bool:
    """Whether the proxies have nothing to do with a Service: it is headless or only a name.

    cluster_ip: as in its spec, "None" for a headless one, None where the API server gives it one.
    Source: pkg/proxy/util/utils.go, ShouldSkipService
    """
    return kind == "ExternalName" or cluster_ip == "None"


def uses_cluster_endpoints(internal_policy_local: bool, externally_accessible: bool) -> bool:
    """Whether a Service port needs Cluster endpoints; with externalTrafficPolicy Local pods still use them.

    Source: serviceport.go, UsesClusterEndpoints
    """
    return not internal_policy_local or externally_accessible


def uses_local_endpoints(internal_policy_local: bool, external_policy_local: bool, externally_accessible: bool) -> bool:
    """Whether a Service port needs Local endpoints. Source: serviceport.go, UsesLocalEndpoints."""
    return internal_policy_local or (external_policy_local and externally_accessible)


def categorize_endpoints(
    endpoints: Sequence[EndpointView],
    *,
    internal_policy_local: bool = False,
    external_policy_local: bool = False,
    externally_accessible: bool = False,
    node: str = "",
    zone: str | None = None,
) -> Categorized:
    """The endpoints that a node's proxy uses: ready ones, else (separately for each policy) serving terminating ones.

    externally_accessible: the Service has a node port, a load balancer address or an external address.
    Source: topology.go, CategorizeEndpoints
    """
    if not endpoints:
        return Categorized()
    cluster: tuple[EndpointView, ...] | None = None
    local: tuple[EndpointView, ...] | None = None
    if uses_cluster_endpoints(internal_policy_local, externally_accessible):
        cluster = ready_or_terminating(endpoints, within_topology(endpoints, node, zone))
    if uses_local_endpoints(internal_policy_local, external_policy_local, externally_accessible):
        on_node = [endpoint for endpoint in endpoints if endpoint.local]
        local = ready_or_terminating(on_node, [endpoint for endpoint in on_node if endpoint.ready])
    has_any = bool(cluster) or (local is not None and bool(ready_or_terminating(endpoints, _ready(endpoints))))
    chosen = {endpoint.address for endpoint in (*(cluster or ()), *(local or ()))}
    reachable = tuple(endpoint for endpoint in endpoints if endpoint.address in chosen)
    return Categorized(cluster=cluster, local=local, all_reachable=reachable, has_any=has_any)


def ready_or_terminating(
    endpoints: Iterable[EndpointView], preferred: Sequence[EndpointView]
) -> tuple[EndpointView, ...]:
    """The preferred endpoints; when there are none, those that still serve while terminating.

    Source: KEP-1669, topology.go, CategorizeEndpoints
    """
    return tuple(preferred) or tuple(
        endpoint for endpoint in endpoints if not endpoint.ready and endpoint.serving and endpoint.terminating
    )


def within_topology(endpoints: Sequence[EndpointView], node: str, zone: str | None) -> list[EndpointView]:
    """The ready endpoints hinted for this node, else for its zone, else all of them.

    Hints count only when every ready endpoint has one and at least one of them is for here.
    Source: topology.go, topologyModeFromHints and availableForTopology
    """
    ready = _ready(endpoints)
    if all(endpoint.node_hints for endpoint in ready):
        here = [endpoint for endpoint in ready if node in endpoint.node_hints]
        if here:
            return here
    if all(endpoint.zone_hints for endpoint in ready):
        return [endpoint for endpoint in ready if zone in endpoint.zone_hints] or ready
    return ready


def _ready(endpoints: Iterable[EndpointView]) -> list[EndpointView]:
    return [endpoint for endpoint in endpoints if endpoint.ready]


def route(
    categorized: Categorized,
    origin: Origin,
    external_destination: bool,
    *,
    internal_policy_local: bool = False,
    external_policy_local: bool = False,
) -> Route:
    """What a node's proxy does with a packet to a Service.

    external_destination: to a node port, a load balancer address or an external address, not to the cluster address.
    externalTrafficPolicy Local binds only what comes from outside: the cluster's own traffic is sent anywhere.
    Source: iptables/proxier.go, syncProxyRules; TestInternalExternalMasquerade
    """
    if not external_destination:
        use_local, masquerade = internal_policy_local, origin is not Origin.POD
    elif external_policy_local:
        use_local, masquerade = origin is Origin.OUTSIDE, origin is Origin.NODE
    else:
        use_local, masquerade = False, True
    endpoints = (categorized.local if use_local else categorized.cluster) or ()
    if endpoints:
        return Route(verdict=Verdict.FORWARD, endpoints=endpoints, masquerade=masquerade)
    return Route(verdict=Verdict.DROP if use_local and categorized.has_any else Verdict.REJECT)
