"""Rows of kube-proxy's tables."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from attrs import frozen

from clusterproof.models.kubernetes.decisions import proxy
from clusterproof.models.kubernetes.decisions.proxy import EndpointView, Origin

from .conversion import Adapter, Expect, Given


def categorize_endpoints(given: Given, expect: Expect) -> object:
    service = given["service"]
    endpoints = [
        EndpointView(
            address=row["endpoint"],
            ready=row.get("ready", False),
            serving=row.get("serving", False),
            terminating=row.get("terminating", False),
            local=row.get("local", False),
            zone_hints=frozenset(row.get("zoneHints") or ()),
            node_hints=frozenset(row.get("nodeHints") or ()),
        )
        for row in given["endpoints"]
    ]
    found = proxy.categorize_endpoints(
        endpoints,
        internal_policy_local=service.get("internalTrafficPolicy") == "Local",
        external_policy_local=service.get("externalTrafficPolicy") == "Local",
        externally_accessible=service.get("externallyAccessible", False),
        node=given.get("node", {}).get("name", ""),
        zone=given.get("node", {}).get("zone"),
    )
    answer = {
        "clusterEndpoints": addresses(found.cluster),
        "localEndpoints": addresses(found.local),
        "allReachableEndpoints": addresses(found.all_reachable),
    }
    # As upstream's comparison, an empty list expected is also satisfied by none at all.
    for name, value in answer.items():
        if value is None and expect.get(name) == []:
            answer[name] = []
    return {**answer, "hasAnyEndpoints": found.has_any}


def addresses(endpoints: tuple[EndpointView, ...] | None) -> list[str] | None:
    """The addresses in order, None for None."""
    return None if endpoints is None else sorted(endpoint.address for endpoint in endpoints)


@frozen(kw_only=True)
class FixtureService:
    """A Service of the packet flow fixture, which the notes of the rows describe."""

    cluster_ip: str
    node_port: int
    load_balancer_ip: str
    internal_policy_local: bool
    external_policy_local: bool
    endpoints: tuple[EndpointView, EndpointView]


def _endpoints(number: int) -> tuple[EndpointView, EndpointView]:
    local = EndpointView(address=f"10.180.0.{number}:80", ready=True, serving=True, local=True)
    return local, EndpointView(address=f"10.180.1.{number}:80", ready=True, serving=True)


def _service(number: int, load_balancer_ip: str, *, internal: bool = False, external: bool = False) -> FixtureService:
    return FixtureService(
        cluster_ip=f"172.30.0.4{number}",
        node_port=3000 + number,
        load_balancer_ip=load_balancer_ip,
        internal_policy_local=internal,
        external_policy_local=external,
        endpoints=_endpoints(number),
    )


FIXTURES = {
    "three-lb-services": (
        _service(1, "1.2.3.4"),
        _service(2, "5.6.7.8", external=True),
        _service(3, "9.10.11.12", internal=True),
    )
}
POD_NETWORK = ip_network("10.0.0.0/8")
NODE_ADDRESSES = {"192.168.0.2", "127.0.0.1"}


def packet_flow(given: Given, _: Expect) -> object:
    service = next(
        service
        for service in FIXTURES[given["fixture"]]
        if given["destIP"] in (service.cluster_ip, service.load_balancer_ip)
        or (given["destIP"] in NODE_ADDRESSES and given["destPort"] == service.node_port)
    )
    categorized = proxy.categorize_endpoints(
        service.endpoints,
        internal_policy_local=service.internal_policy_local,
        external_policy_local=service.external_policy_local,
        externally_accessible=True,
    )
    found = proxy.route(
        categorized,
        origin(given["sourceIP"]),
        given["destIP"] != service.cluster_ip,
        internal_policy_local=service.internal_policy_local,
        external_policy_local=service.external_policy_local,
    )
    return {"endpoints": addresses(found.endpoints), "masquerade": found.masquerade}


def origin(address: str) -> Origin:
    """Where the fixture's packet comes from."""
    if ip_address(address) in POD_NETWORK:
        return Origin.POD
    return Origin.NODE if address in NODE_ADDRESSES else Origin.OUTSIDE


ADAPTERS: dict[str, Adapter] = {"CategorizeEndpoints": categorize_endpoints, "packetFlow": packet_flow}
