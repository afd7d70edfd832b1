"""NodeResourcesFit: the requests of all pods on a node stay within what it can allocate; emptier nodes score higher.

Source: pkg/scheduler/framework/plugins/noderesources/{fit,least_allocated,resource_allocation}.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import PodSpec

TOO_MANY_PODS = "Too many pods"

STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")

SCORED_RESOURCES = ("cpu", "memory")
"""The resources that scores look at, each with weight 1. Source: apis/config/v1/defaults.go, defaultResourceSpec"""

AS_WRITTEN: Mapping[str, int] = {}
"""A container that does not say what it requests is taken to request nothing."""

NONZERO_REQUESTS: Mapping[str, int] = {"cpu": 100, "memory": 200 * 2**20}
"""What a container that does not say is taken to request, in scores: millicores and bytes.

Source: pkg/scheduler/util/pod_resources.go, DefaultMilliCPURequest and DefaultMemoryRequest
"""

SEPARATOR = ", "
"""Between the reasons of one node; no resource name contains it."""


@frozen
class InsufficientResource:
    """A resource of which the node has too little left."""

    resource: str
    requested: int
    used: int
    capacity: int

    @property
    def reason(self) -> str:
        """Upstream's text."""
        return TOO_MANY_PODS if self.resource == "pods" else f"Insufficient {self.resource}"


def node_resources_fit(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node that lacks room, naming every resource that is short."""
    short = fits_request(pod.spec, node.spec.allocatable, (other.spec for other in node.pods))
    return SEPARATOR.join(each.reason for each in short) or None


def fits_request(
    pod: PodSpec,
    allocatable: Mapping[str, int],
    others: Iterable[PodSpec],
    ignored_resources: Collection[str] = (),
) -> tuple[InsufficientResource, ...]:
    """The resources that do not suffice, pods first; empty where the pod fits.

    A node that does not state pods, cpu, memory or ephemeral-storage is taken to have enough of it (a kubelet always
    reports them, so this is a node given without its size); any other resource not stated is one it does not have.
    Source: fit.go, fitsRequest
    """
    requests = pod_requests(pod)
    used: Counter[str] = Counter()
    count = 0
    for other in others:
        count += 1
        used.update(pod_requests(other))
    short = []
    if "pods" in allocatable and count + 1 > allocatable["pods"]:
        short.append(InsufficientResource("pods", 1, count, allocatable["pods"]))
    extended = sorted(set(requests) - set(STANDARD_RESOURCES))
    for resource in (*STANDARD_RESOURCES, *extended):
        requested = requests.get(resource, 0)
        if requested == 0 or resource in ignored_resources:
            continue
        if resource in STANDARD_RESOURCES and resource not in allocatable:
            continue
        capacity = allocatable.get(resource, 0)
        if requested > capacity - used[resource]:
            short.append(InsufficientResource(resource, requested, used[resource], capacity))
    return tuple(short)


def node_resources_fit_score(pod: PlacedPod, nodes: Sequence[NodeInfo], _all_nodes: Sequence[NodeInfo]) -> list[int]:
    """Prefer the nodes with the largest part of their cpu and memory left, the pod itself counted.

    Source: least_allocated.go, leastResourceScorer
    """
    return [_least_allocated(pod.spec, node) for node in nodes]


def _least_allocated(pod: PodSpec, node: NodeInfo) -> int:
    requested = requested_with(pod, node, NONZERO_REQUESTS)
    parts = [
        0 if requested[name] > capacity else (capacity - requested[name]) * MAX_NODE_SCORE // capacity
        for name, capacity in scored_allocatable(node).items()
    ]
    return sum(parts) // len(parts) if parts else 0


def requested_with(pod: PodSpec, node: NodeInfo, missing: Mapping[str, int]) -> Counter[str]:
    """What a node's pods and one more request; missing: what a container that does not say requests.

    Source: resource_allocation.go, calculateResourceAllocatableRequest
    """
    requested = Counter(pod_requests(pod, missing))
    for other in node.pods:
        requested.update(pod_requests(other.spec, missing))
    return requested


def scored_allocatable(node: NodeInfo) -> Mapping[str, int]:
    """What a node can allocate of the resources that scores look at; one that it does not state has no say."""
    found = {name: node.spec.allocatable.get(name, 0) for name in SCORED_RESOURCES}
    return {name: amount for name, amount in found.items() if amount}


def pod_requests(pod: PodSpec, missing: Mapping[str, int] = AS_WRITTEN) -> Mapping[str, int]:
    """What a pod occupies: containers and sidecars together, or the peak while it initialises, plus overhead.

    missing: what a container that does not say requests.
    Source: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests
    """
    running: Counter[str] = Counter()
    for container in pod.containers:
        running.update({**missing, **container.requests})
    sidecars: Counter[str] = Counter()
    peak: Counter[str] = Counter()
    for container in pod.init_containers:
        requests = {**missing, **container.requests}
        if container.restart_policy == "Always":
            running.update(requests)
            sidecars.update(requests)
            peak |= sidecars
        else:
            peak |= sidecars + Counter(requests)
    total = running | peak
    total.update(pod.overhead)
    return total
