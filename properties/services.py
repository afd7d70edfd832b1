"""Services: the entry point answers, and endpoints are right in the end.

Source: https://kubernetes.io/docs/concepts/services-networking/service/, KEP-1669, KEP-1672
"""

from __future__ import annotations

from clusterproof import Claims, always, claim, eventually_always
from clusterproof.models.kubernetes import kube_proxy
from clusterproof.models.kubernetes.names import EntryServiceId, PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, EndpointCondition


@always
def entry_point_reachable(c: Cluster, s: EntryServiceId) -> Claims:
    """The host's port of a Service is answered, once it has been: its node is up, and some endpoint there is live."""
    if not c.services[s].has_been_reachable:
        return
    for n in kube_proxy.entry_nodes(c, s):
        up = c.machines[n].up
        yield claim(up, "the mapped node is up", n)
        if up:
            programmed = list(c.proxies[n].rules[s])
            live = bool(kube_proxy.live_endpoints(c, n, s))
            yield claim(live, "a programmed endpoint is live", n, *programmed)


@always
def no_request_to_dead_endpoint(c: Cluster, s: EntryServiceId) -> Claims:
    """Every endpoint that the mapped node sends connections to is live; ordinary Kubernetes does not promise this."""
    for n in kube_proxy.entry_nodes(c, s):
        if c.machines[n].up:
            live = kube_proxy.live_endpoints(c, n, s)
            dead = [p for p in c.proxies[n].rules[s] if p not in live]
            yield claim(not dead, "every programmed endpoint is live", n, *dead)


def _is_alive(c: Cluster, p: PodId) -> bool:
    pod = c.pods.get(p)
    container = c.containers.get(p)
    if pod is None or pod.deleting or container is None:
        return False
    answers = "readiness" not in container.silent
    return container.state is ContainerState.RUNNING and container.ready and answers


def _is_ready_endpoint(p: PodId, c: Cluster, s: ServiceId) -> bool:
    endpoint = c.services[s].endpoints.get(p)
    return endpoint is not None and endpoint.condition is EndpointCondition.READY


def _is_stale(p: PodId, c: Cluster, s: ServiceId) -> bool:
    return _is_ready_endpoint(p, c, s) and not _is_alive(c, p)


def _is_missing(p: PodId, c: Cluster, s: ServiceId) -> bool:
    return _is_alive(c, p) and not _is_ready_endpoint(p, c, s)


@eventually_always
def endpoints_eventually_right(c: Cluster, s: ServiceId) -> Claims:
    """Once faults stop, the ready endpoints of a Service are exactly its pods that really run and are ready (F19)."""
    service = c.services[s]
    if not service.exists:
        return
    pods = c.scope.pods_of_service[s]
    stale = service.endpoints.matching(_is_stale, c, s)
    yield claim(not stale, "every ready endpoint is a pod that runs and is ready", *stale)
    missing = c.pods.matching(_is_missing, c, s, among=pods)
    yield claim(not missing, "every pod that runs and is ready is an endpoint", *missing)
