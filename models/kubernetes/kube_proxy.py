"""kube-proxy, one per node: it programs which endpoints new connections go to. Programmed rules outlive it.

Source: pkg/proxy/topology.go (CategorizeEndpoints), pkg/proxy/iptables/proxier.go
"""

from __future__ import annotations

from clusterproof import Component, weak
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.decisions import proxy as decisions
from clusterproof.models.kubernetes.decisions.proxy import EndpointView, Origin
from clusterproof.models.kubernetes.endpoints import live_endpoints as live_endpoints  # noqa: PLC0414
from clusterproof.models.kubernetes.names import NodeId, PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, EndpointCondition


def proxy_runs(c: Cluster, n: NodeId) -> bool:
    """The proxy's process runs, and reaches the apiserver."""
    return c.machines[n].proxy and apiserver.is_reachable_from(c, n)


kube_proxy = Component(
    "kube-proxy",
    each=NodeId,
    runs_when=proxy_runs,
    fair=weak,
    writes=("proxies.rules", "services.has_been_reachable"),
)


def wanted_rules(c: Cluster, n: NodeId, s: ServiceId) -> set[PodId]:
    """The endpoints that a node should send new connections of a Service to.

    Of one with a node port these are connections from outside to that port, of any other those of the node's pods to
    the cluster address.
    """
    service = c.scope.services[s]
    if decisions.should_skip_service(service.type, service.cluster_ip):
        return set()
    outside = service.type in ("NodePort", "LoadBalancer")
    internal_local = service.internal_traffic_policy == "Local"
    external_local = outside and service.external_traffic_policy == "Local"
    views = [
        _view(c, n, p, endpoint.condition, local=internal_local or external_local)
        for p in c.scope.pods_of_service[s]
        if (endpoint := c.services[s].endpoints.get(p)) is not None
    ]
    categorized = decisions.categorize_endpoints(
        views,
        internal_policy_local=internal_local,
        external_policy_local=external_local,
        externally_accessible=outside,
    )
    route = decisions.route(
        categorized,
        Origin.OUTSIDE if outside else Origin.POD,
        outside,
        internal_policy_local=internal_local,
        external_policy_local=external_local,
    )
    return {PodId(view.address) for view in route.endpoints}


def _view(c: Cluster, n: NodeId, p: PodId, condition: EndpointCondition, *, local: bool) -> EndpointView:
    """An endpoint as a node sees it; local: whether it matters where the endpoint is."""
    conditions = condition.conditions
    return EndpointView(
        address=p,
        ready=conditions.ready,
        serving=conditions.serving,
        terminating=conditions.terminating,
        local=local and p in c.pods and c.pods[p].node == n,
    )


@kube_proxy.action
def program_rules(c: Cluster, n: NodeId, s: ServiceId) -> None:
    """Write the rules of a Service into the kernel, whole; where they are the same, that is no step."""
    wanted = wanted_rules(c, n, s)
    rules = c.proxies[n].rules[s]
    for p in c.scope.pods_of_service[s]:
        if p in wanted:
            rules.add(p)
        else:
            rules.discard(p)
    if n in entry_nodes(c, s) and not c.services[s].has_been_reachable and live_endpoints(c, n, s):
        c.services[s].has_been_reachable = True


def entry_nodes(c: Cluster, s: ServiceId) -> list[NodeId]:
    """The nodes to which a port of the host leads that is a node port of this Service."""
    node_ports = {port.node_port for port in c.scope.services[s].ports if port.node_port is not None}
    return [NodeId(m.node) for m in c.scope.port_mappings if m.container_port in node_ports]


def wipe(c: Cluster, n: NodeId) -> None:
    """The machine goes down, and the kernel's rules with it."""
    for rules in c.proxies[n].rules.values():
        for p in rules.universe:
            rules.discard(p)
