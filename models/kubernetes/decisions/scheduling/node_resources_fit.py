"""NodeResourcesFit: the requests of all pods on a node stay within what it can allocate.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import PodSpec

TOO_MANY_PODS = "Too many pods"

STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")

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


def pod_requests(pod: PodSpec) -> Mapping[str, int]:
    """What a pod occupies: containers and sidecars together, or the peak while it initialises, plus overhead.

    Source: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests
    """
    running: Counter[str] = Counter()
    for container in pod.containers:
        running.update(container.requests)
    sidecars: Counter[str] = Counter()
    peak: Counter[str] = Counter()
    for container in pod.init_containers:
        if container.restart_policy == "Always":
            running.update(container.requests)
            sidecars.update(container.requests)
            peak |= sidecars
        else:
            peak |= sidecars + Counter(container.requests)
    total = running | peak
    total.update(pod.overhead)
    return total
