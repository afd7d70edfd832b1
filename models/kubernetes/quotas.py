"""ResourceQuotas as the API server's admission keeps them: what is used, and whether there is room for one more.

The status says what is used. Admission adds to it what it lets in, by a compare-and-swap in the same request; the quota
controller takes away what has gone. Source: plugin/pkg/admission/resourcequota, pkg/controller/resourcequota
"""

from __future__ import annotations

from collections.abc import Mapping

from clusterproof import require
from clusterproof.models.kubernetes import etcd
from clusterproof.models.kubernetes.admission_state import Resource
from clusterproof.models.kubernetes.decisions import resource_quota as decisions
from clusterproof.models.kubernetes.decisions.resource_quota import COUNTED_KINDS
from clusterproof.models.kubernetes.names import QuotaId
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Cluster, Pod


def of_namespace(c: Cluster, namespace: str) -> list[QuotaId]:
    """The quotas of a namespace that are there."""
    return [q for q, scope in c.scope.quotas.items() if scope.namespace == namespace and c.quotas[q].exists]


def refusal(c: Cluster, q: QuotaId, usage: Mapping[str, int], spec: PodSpec | None = None) -> str:
    """Why a quota does not let an object in, in the words of the API server; empty where it does.

    usage: what the object would use of each resource. spec: of a pod.
    """
    hard, quota, name = c.scope.quotas[q].manifest.hard, c.quotas[q], c.scope.quotas[q].manifest.metadata.name
    asked = {resource: usage[resource] for resource in hard if usage.get(resource)}
    missing = () if spec is None else decisions.constraints(hard, spec)
    if missing:
        return f"failed quota: {name}: must specify {', '.join(missing)}"
    if asked and not quota.observed:
        return f"status unknown for quota: {name}, resources: {', '.join(asked)}"
    used = {resource: quota.used[Resource(resource)] for resource in asked}
    over = decisions.exceeded(hard, used, asked)
    return f"exceeded quota: {name}, {_amounts(over, asked, used, hard)}" if over else ""


def _amounts(over: tuple[str, ...], asked: Mapping[str, int], used: Mapping[str, int], hard: Mapping[str, int]) -> str:
    """Which of the amounts are too much: requested, used and limited; memory in bytes."""
    told = (("requested", asked), ("used", used), ("limited", hard))
    return ", ".join(f"{word}: {','.join(f'{name}={each[name]}{_unit(name)}' for name in over)}" for word, each in told)


def _unit(resource: str) -> str:
    return "m" if resource.rpartition(".")[2] == "cpu" else ""


def charge(c: Cluster, namespace: str, usage: Mapping[str, int], spec: PodSpec | None = None) -> None:
    """Take what an object uses from the quotas of its namespace; not enabled where one of them refuses it."""
    for q in of_namespace(c, namespace):
        require(not refusal(c, q, usage, spec))
        quota = c.quotas[q]
        asked = [resource for resource in c.scope.quotas[q].manifest.hard if usage.get(resource)]
        for resource in map(Resource, asked):
            quota.used[resource] = quota.used[resource] + usage[resource]
        if asked:
            quota.resource_version = etcd.commit(c)


def current_usage(c: Cluster, q: QuotaId) -> dict[str, int]:
    """What is really used of a quota now. Source: quota.CalculateUsage"""
    scope = c.scope.quotas[q]
    used = dict.fromkeys(scope.manifest.hard, 0)
    if any(resource not in COUNTED_KINDS.values() for resource in used):
        for p in scope.pods:
            pod = c.pods.get(p)
            if pod is not None and decisions.quota_v1_pod(
                pod.phase.value, deleting=pod.deleting, stuck=_is_stuck(c, pod)
            ):
                usage = decisions.pod_compute_usage(c.scope.template(p, pod.owner).spec)
                used = {resource: amount + usage.get(resource, 0) for resource, amount in used.items()}
    for kind, resource in COUNTED_KINDS.items():
        if resource in used:
            used[resource] = _objects(c, kind, scope.namespace)
    return used


def _is_stuck(c: Cluster, pod: Pod) -> bool:
    """Whether nobody can stop a pod that is being deleted, so that its grace passes."""
    if not pod.deleting or pod.node is None:
        return False
    machine = c.machines[pod.node]
    return not (machine.up and machine.kubelet and machine.link)


def _objects(c: Cluster, kind: str, namespace: str) -> int:
    if kind == "Deployment":
        return sum(c.scope.deployments[d][0].metadata.namespace == namespace for d in c.deployments)
    if kind == "ReplicaSet":
        return sum(c.scope.replica_sets[r].namespace == namespace for r in c.replica_sets)
    if kind == "StatefulSet":
        return sum(c.scope.stateful_sets[s].manifests[0].metadata.namespace == namespace for s in c.stateful_sets)
    if kind == "Job":
        return sum(c.scope.jobs[j].namespace == namespace for j in c.jobs)
    return sum(c.scope.daemon_sets[d].manifests[0].metadata.namespace == namespace for d in c.daemon_sets)


def every_status_is_known(c: Cluster) -> bool:
    """Whether the quota controller has counted each quota that is there."""
    return all(quota.observed or not quota.exists for quota in c.quotas.values())
