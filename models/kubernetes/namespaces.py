"""Namespaces: whether objects may be created in one, and what is in it.

Only namespaces that the user may delete are looked at; all others are there all the time.
Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clusterproof import require
from clusterproof.models.kubernetes.names import NamespaceId
from clusterproof.models.kubernetes.state import Cluster


class Content(NamedTuple):
    """An object in a namespace: its kind, and its name in the scope."""

    kind: str
    name: str


def is_active(c: Cluster, namespace: str) -> bool:
    """Whether objects may be created in a namespace: it is there, and is not being deleted."""
    found = c.namespaces.get(NamespaceId(namespace)) if c.scope.namespaces else None
    return found is None or (found.exists and not found.deleting)


def admit(c: Cluster, namespace: str) -> None:
    """POST of an object: not enabled in a namespace that is being deleted, or is gone."""
    require(is_active(c, namespace))


def refusal(c: Cluster, namespace: str) -> str:
    """Why nothing is created in a namespace, in the words of the API server; empty where it is."""
    if is_active(c, namespace):
        return ""
    if c.namespaces[NamespaceId(namespace)].exists:
        return f"unable to create new content in namespace {namespace} because it is being terminated"
    return f'namespaces "{namespace}" not found'


def contents(c: Cluster, namespace: NamespaceId) -> Iterator[Content]:
    """The objects in a namespace, but pods: owners before what they own."""
    scope = c.scope
    for d in c.deployments:
        if scope.deployments[d][0].metadata.namespace == namespace:
            yield Content("Deployment", d)
    for r in c.replica_sets:
        if scope.replica_sets[r].namespace == namespace:
            yield Content("ReplicaSet", r)
    for s in c.stateful_sets:
        if scope.stateful_sets[s].manifests[0].metadata.namespace == namespace:
            yield Content("StatefulSet", s)
    for daemon in c.daemon_sets:
        if scope.daemon_sets[daemon].manifests[0].metadata.namespace == namespace:
            yield Content("DaemonSet", daemon)
    for k in c.cron_jobs:
        if scope.cron_jobs[k].manifests[0].metadata.namespace == namespace:
            yield Content("CronJob", k)
    for j in c.jobs:
        if scope.jobs[j].namespace == namespace:
            yield Content("Job", j)
    for revision in c.controller_revisions:
        if scope.controller_revisions[revision].namespace == namespace:
            yield Content("ControllerRevision", revision)
    yield from _singletons(c, namespace)


def _singletons(c: Cluster, namespace: NamespaceId) -> Iterator[Content]:
    """Objects that are always in the state, and exist or not."""
    for a, autoscaler in c.autoscalers.items():
        if autoscaler.exists and c.scope.autoscalers[a].manifest.metadata.namespace == namespace:
            yield Content("HorizontalPodAutoscaler", a)
    for service_id, service in c.services.items():
        if service.exists and c.scope.services[service_id].metadata.namespace == namespace:
            yield Content("Service", service_id)
    for b, budget in c.budgets.items():
        if budget.exists and c.scope.budgets[b].metadata.namespace == namespace:
            yield Content("PodDisruptionBudget", b)
    for m, config_map in c.config_maps.items():
        if config_map.version and c.scope.config_maps[m][0].metadata.namespace == namespace:
            yield Content("ConfigMap", m)
    for q, quota in c.quotas.items():
        if quota.exists and c.scope.quotas[q].namespace == namespace:
            yield Content("ResourceQuota", q)


def has_pods(c: Cluster, namespace: NamespaceId) -> bool:
    """Whether a namespace has pods, those on their way out, too."""
    return any(p in c.pods for p in c.scope.pods_of_namespace[namespace])
