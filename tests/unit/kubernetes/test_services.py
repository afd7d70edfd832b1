"""The EndpointSlice controller's and the proxies' steps: who is an endpoint, and where connections go.

Source: staging/src/k8s.io/endpointslice/reconciler.go, pkg/proxy/topology.go
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    CONTROL_PLANE,
    WORKER,
    after,
    changed,
    deployment,
    is_enabled,
    running_cluster,
    service,
    without,
)

from clusterproof.models.kubernetes import endpointslice_controller, faults, kube_proxy, kubectl
from clusterproof.models.kubernetes.names import NodeId, PodId, ProcessId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, EndpointCondition

WEB, A, B = ServiceId("web"), PodId("web-a"), PodId("web-b")


@cache
def calm() -> Cluster:
    """Return two pods behind a Service on one worker."""
    return running_cluster(deployment(2), service())


def synced(c: Cluster) -> Cluster:
    """Return the cluster after the slice was written."""
    return after(c, endpointslice_controller.sync, WEB)


def rules(c: Cluster) -> list[PodId]:
    """Return where the worker sends new connections."""
    return list(c.proxies[WORKER].rules[WEB])


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"ready": False}, EndpointCondition.NOT_READY),
        ({"deleting": True}, EndpointCondition.SERVING_TERMINATING),
        ({"deleting": True, "ready": False}, EndpointCondition.TERMINATING),
    ],
)
def test_conditions_follow_the_pod(changes: dict[str, bool], condition: EndpointCondition) -> None:
    """Ready, serving and terminating are told apart."""
    c = synced(changed(calm(), "pods", A, **changes))

    assert c.services[WEB].endpoints[A].condition is condition
    assert c.services[WEB].endpoints[B].condition is EndpointCondition.READY


def test_a_slice_that_is_right_is_not_written() -> None:
    """What says the same is no write."""
    assert not is_enabled(calm(), endpointslice_controller.sync, WEB)


def test_the_slice_follows_the_store_not_the_truth() -> None:
    """A crash shows when the kubelet has reported it, not before."""
    c = after(calm(), faults.crash_container, A)

    assert not is_enabled(c, endpointslice_controller.sync, WEB)


def test_the_proxy_sends_to_ready_endpoints_only() -> None:
    """An endpoint that is not ready gets no new connection."""
    c = after(synced(changed(calm(), "pods", A, ready=False)), kube_proxy.program_rules, WORKER, WEB)

    assert rules(c) == [B]


def test_terminating_endpoints_serve_when_no_other_is_ready() -> None:
    """With nobody ready, those that still serve while they terminate are used.

    Source: KEP-1669
    """
    c = changed(changed(calm(), "pods", A, deleting=True), "pods", B, ready=False)
    c = after(synced(c), kube_proxy.program_rules, WORKER, WEB)

    assert rules(c) == [A]


def test_rules_outlive_the_proxy_and_the_control_plane() -> None:
    """What is programmed stays, and nothing new is programmed meanwhile."""
    stale = synced(changed(calm(), "pods", A, ready=False))
    for fault, arguments in ((faults.stop_control_plane, ()), (faults.kill_process, (f"kube-proxy on {WORKER}",))):
        c = after(stale, fault, *map(ProcessId, arguments))
        assert rules(c) == [A, B]
        assert not is_enabled(c, kube_proxy.program_rules, WORKER, WEB)


def test_rules_are_gone_with_the_power() -> None:
    """The kernel's tables do not survive a reboot, and are written anew after it."""
    c = after(calm(), faults.reboot_node, WORKER)
    assert rules(c) == []

    assert rules(after(after(c, faults.start_node, WORKER), kube_proxy.program_rules, WORKER, WEB)) == [A, B]


def test_the_entry_is_the_mapped_node() -> None:
    """The host's port leads to the node that kind maps it to."""
    assert kube_proxy.entry_nodes(calm(), WEB) == [WORKER]
    assert calm().services[WEB].has_been_reachable


def test_dead_endpoints_stay_programmed_until_somebody_notices() -> None:
    """A crashed container is still sent to, and is no live endpoint."""
    c = after(calm(), faults.crash_container, A)

    assert (rules(c), kube_proxy.live_endpoints(c, WORKER, WEB)) == ([A, B], [B])


def test_local_traffic_stays_on_its_node() -> None:
    """With externalTrafficPolicy Local a node without endpoints of its own sends nowhere."""
    c = running_cluster(deployment(), service("externalTrafficPolicy: Local"))

    assert [n for n, proxy in c.proxies.items() if list(proxy.rules[WEB])] == [WORKER]


PLAIN = "kind: Service, apiVersion: v1, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]"


@pytest.mark.parametrize(
    ("spec", "nodes"),
    [
        ("", [CONTROL_PLANE, WORKER]),
        ("internalTrafficPolicy: Local", [WORKER]),
        ("clusterIP: None", []),
    ],
)
def test_the_cluster_address_is_served_on_every_node(spec: str, nodes: list[NodeId]) -> None:
    """With internalTrafficPolicy Local by the endpoints of the node, and without an address by no node."""
    c = running_cluster(deployment(), f"{{{PLAIN}{f', {spec}' if spec else ''}}}}}")

    assert [n for n, proxy in c.proxies.items() if list(proxy.rules[WEB])] == nodes
    assert list(c.services[WEB].endpoints) == [A]


def test_a_node_port_is_served_as_the_external_policy_says() -> None:
    """The internal policy is about the cluster address alone."""
    c = running_cluster(deployment(), service("internalTrafficPolicy: Local"))

    assert [n for n, proxy in c.proxies.items() if list(proxy.rules[WEB])] == [CONTROL_PLANE, WORKER]


def test_terminating_endpoints_serve_their_own_node() -> None:
    """With a Local policy each node falls back to its own endpoints, whatever is ready elsewhere.

    Source: KEP-1669
    """
    c = running_cluster(deployment(2), service("externalTrafficPolicy: Local"))
    c = changed(changed(c, "pods", A, deleting=True), "pods", B, deleting=True)
    c = after(c, endpointslice_controller.sync, WEB)

    assert kube_proxy.wanted_rules(c, WORKER, WEB) == {A, B}
    assert kube_proxy.wanted_rules(c, CONTROL_PLANE, WEB) == set()


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({}, EndpointCondition.READY),
        ({"ready": False}, EndpointCondition.PUBLISHED),
        ({"deleting": True}, EndpointCondition.PUBLISHED_SERVING_TERMINATING),
        ({"deleting": True, "ready": False}, EndpointCondition.PUBLISHED_TERMINATING),
    ],
)
def test_addresses_are_published_before_they_are_ready(changes: dict[str, bool], condition: EndpointCondition) -> None:
    """With publishNotReadyAddresses every endpoint is ready, and serving still says which ones are."""
    c = running_cluster(deployment(2), service("publishNotReadyAddresses: true"))
    c = changed(c, "pods", A, **changes)

    assert endpointslice_controller.wanted_condition(c, WEB, A) is condition
    assert condition.conditions.ready


def test_a_name_has_no_endpoints() -> None:
    """A Service of type ExternalName has none, whatever it selects."""
    external = PLAIN.replace("selector:", "type: ExternalName, externalName: db.example.org, selector:")
    c = running_cluster(deployment(), f"{{{external}}}}}")

    assert (list(c.services[WEB].endpoints), c.scope.pods_of_service[WEB]) == ([], ())


def test_deleting_a_pod_takes_its_endpoint_away() -> None:
    """When the object is gone so is the endpoint."""
    c = synced(without(after(calm(), kubectl.delete_pod, A), "pods", A))

    assert list(c.services[WEB].endpoints) == [B]
