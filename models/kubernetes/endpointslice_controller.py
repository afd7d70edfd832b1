"""The EndpointSlice controller: the endpoints of a Service, from its pods as the apiserver knows them.

Source: staging/src/k8s.io/endpointslice/reconciler.go
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, node_objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import endpointslice as decisions
from clusterproof.models.kubernetes.names import PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, Endpoint, EndpointCondition

controller = Component(
    "endpointslice-controller",
    runs_when=controllers_run,
    fair=weak,
    writes=("services.endpoints", "services.resource_version", *apiserver.COMMIT),
)


_BY_CONDITIONS = {each.conditions: each for each in EndpointCondition}


def wanted_condition(c: Cluster, s: ServiceId, p: PodId) -> EndpointCondition | None:
    """The conditions a pod's endpoint should have, or None when it should have no endpoint.

    A pod whose Node is gone has none, unless the Service publishes all addresses. Source: reconcileByAddressType
    """
    pod = c.pods.get(p)
    if pod is None or pod.node is None:
        return None
    if pod.owner is not None and not _selects(c, s, p):
        return None
    has_ip = pod.phase.value != "Pending"
    if not decisions.should_pod_be_in_endpoints(pod.phase.value, has_ip, pod.deleting):
        return None
    publish = c.scope.services[s].publish_not_ready_addresses
    if not publish and not node_objects.exists(c, pod.node):
        return None
    return _BY_CONDITIONS[decisions.pod_to_endpoint(pod.ready, pod.deleting, publish)]


def _selects(c: Cluster, s: ServiceId, p: PodId) -> bool:
    selector = c.scope.services[s].selector or {}
    labels = c.scope.template(p, c.pods[p].owner).labels
    return all(labels.get(key) == value for key, value in selector.items())


def _is_stale(p: PodId, c: Cluster, s: ServiceId) -> bool:
    endpoint = c.services[s].endpoints.get(p)
    return wanted_condition(c, s, p) is not (None if endpoint is None else endpoint.condition)


def _is_left(p: PodId, c: Cluster) -> bool:
    """The pod of an endpoint is gone."""
    return p not in c.pods


@controller.action
def sync(c: Cluster, s: ServiceId) -> None:
    """Write the slice, whole, when it differs from what the pods say."""
    service = c.services[s]
    require(service.exists)
    pods = c.scope.pods_of_service[s]
    left = service.endpoints.matching(_is_left, c, among=pods)
    stale = c.pods.matching(_is_stale, c, s, among=pods)
    require(bool(left or stale))
    for p in (*left, *stale):
        wanted = wanted_condition(c, s, p)
        if wanted is None:
            del service.endpoints[p]
        elif p in service.endpoints:
            service.endpoints[p].condition = wanted
        else:
            service.endpoints[p] = Endpoint(condition=wanted)
    apiserver.update(c, service)
