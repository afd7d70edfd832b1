"""ResourceQuotas: what an object uses of one, what it has to say to be counted, and whether there is room.

Amounts are integers: cpu in millicores, memory in bytes, others as counted.
Source: pkg/quota/v1/evaluator/core/pods.go, plugin/pkg/admission/resourcequota/controller.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import pod_requests
from clusterproof.models.kubernetes.objects import Container, PodSpec

COMPUTE = ("cpu", "memory", "ephemeral-storage")
"""The resources that a quota may name without `requests.` in front, and may limit."""

ENFORCED = frozenset({"cpu", "memory", *(f"{kind}.{name}" for kind in ("requests", "limits") for name in COMPUTE[:2])})
"""What every container has to say something of, where a quota counts it. Source: validationSet"""

COUNTED_KINDS: Mapping[str, str] = {
    "Deployment": "count/deployments.apps",
    "ReplicaSet": "count/replicasets.apps",
    "StatefulSet": "count/statefulsets.apps",
    "DaemonSet": "count/daemonsets.apps",
    "Job": "count/jobs.batch",
}
"""How a quota calls the number of objects of a kind; pods apart."""


def is_counted(resource: str) -> bool:
    """Whether the model knows how much of a resource is used."""
    kind, _, rest = resource.partition(".")
    if kind == "limits":
        return rest in COMPUTE
    return resource in (*COMPUTE, "pods", "count/pods", *COUNTED_KINDS.values()) or (kind == "requests" and rest != "")


def pod_compute_usage(spec: PodSpec) -> dict[str, int]:
    """What a pod uses of every resource that a quota may name. Source: podComputeUsageHelper"""
    requests = pod_requests(spec)
    limits = pod_requests(_with_limits(spec))
    usage = {"pods": 1, "count/pods": 1}
    usage |= {name: requests.get(name, 0) for name in COMPUTE}
    usage |= {f"requests.{name}": amount for name, amount in requests.items()}
    return usage | {f"limits.{name}": limits.get(name, 0) for name in COMPUTE}


def _with_limits(spec: PodSpec) -> PodSpec:
    """A pod whose containers request what is their limit."""

    def limited(containers: Iterable[Container]) -> tuple[Container, ...]:
        return tuple(evolve(each, requests=each.limits) for each in containers)

    return evolve(
        spec, containers=limited(spec.containers), init_containers=limited(spec.init_containers), overhead=spec.overhead
    )


def constraints(hard: Iterable[str], spec: PodSpec) -> tuple[str, ...]:
    """The resources that a quota counts and that some container of a pod says nothing of. Source: Constraints"""
    containers = (*spec.init_containers, *spec.containers)
    return tuple(name for name in hard if name in ENFORCED and any(not _says(each, name) for each in containers))


def _says(container: Container, resource: str) -> bool:
    kind, _, name = resource.rpartition(".")
    return name in (container.limits if kind == "limits" else container.requests)


def exceeded(hard: Mapping[str, int], used: Mapping[str, int], usage: Mapping[str, int]) -> tuple[str, ...]:
    """The resources of a quota that one more object would take too much of. Source: checkRequest"""
    return tuple(name for name in hard if usage.get(name, 0) > 0 and used.get(name, 0) + usage[name] > hard[name])


def quota_v1_pod(phase: str, *, deleting: bool, stuck: bool) -> bool:
    """Whether a pod counts: not one that has ended, nor one that nobody has stopped within its grace.

    Source: QuotaV1Pod
    """
    return phase not in ("Succeeded", "Failed") and not (deleting and stuck)
