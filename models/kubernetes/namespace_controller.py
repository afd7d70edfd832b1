"""The namespace controller: what is in a namespace that is being deleted goes, and then the namespace itself.

Source: pkg/controller/namespace/deletion/namespaced_resources_deleter.go
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, namespaces
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.kubectl import may, user
from clusterproof.models.kubernetes.names import (
    AutoscalerId,
    BudgetId,
    ConfigMapId,
    ControllerRevisionId,
    CronJobId,
    DaemonSetId,
    DeploymentId,
    JobId,
    NamespaceId,
    PodId,
    QuotaId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.namespaces import Content
from clusterproof.models.kubernetes.state import Cluster

FIRST_VERSION_WITH_PODS_FIRST = 33
"""The gate OrderedNamespaceDeletion: pods go first, and the rest when none is left."""

controller = Component("namespace-controller", runs_when=controllers_run, fair=weak)


@user.action(writes=("namespaces", *apiserver.COMMIT))
def delete_namespace(c: Cluster, namespace: NamespaceId) -> None:
    """`kubectl delete namespace`: it is Terminating, and nothing new is created in it."""
    found = c.namespaces[namespace]
    require(may(c, "delete_namespace", namespace) and found.exists and not found.deleting)
    found.deleting = True
    apiserver.update(c, found)


def _is_terminating(c: Cluster, namespace: NamespaceId) -> bool:
    found = c.namespaces[namespace]
    return found.exists and found.deleting


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, p: PodId, namespace: NamespaceId) -> None:
    """Delete a pod of the namespace, with its own grace. Source: deleteAllContent"""
    require(p in c.scope.pods_of_namespace[namespace] and _is_terminating(c, namespace))
    apiserver.delete_pod(c, p)


@controller.action(
    writes=(
        "deployments",
        "rollout_progress",
        "deployment_finalizers",
        "replica_sets",
        "owned_replica_sets",
        "stateful_sets",
        "daemon_sets",
        "cron_jobs",
        "jobs",
        "controller_revisions",
        "autoscalers",
        "services",
        "budgets",
        "config_maps",
        "quotas",
        *apiserver.COMMIT,
    )
)
def delete_content(c: Cluster, namespace: NamespaceId) -> None:
    """Delete the next object that is no pod; from 1.33 on only when no pod is left. Source: deleteAllContent"""
    require(_is_terminating(c, namespace))
    ordered = c.scope.minor_version >= FIRST_VERSION_WITH_PODS_FIRST
    require(not (ordered and namespaces.has_pods(c, namespace)))
    content = require(next(namespaces.contents(c, namespace), None))
    _remove(c, content)


def _remove(c: Cluster, content: Content) -> None:
    """DELETE an object; a Service takes its EndpointSlice along."""
    kind, name = content
    if kind == "Deployment":
        apiserver.remove_deployment(c, DeploymentId(name))
    elif kind == "ReplicaSet":
        apiserver.remove_replica_set(c, ReplicaSetId(name))
    elif kind == "StatefulSet":
        apiserver.remove_stateful_set(c, StatefulSetId(name))
    elif kind == "DaemonSet":
        apiserver.remove_daemon_set(c, DaemonSetId(name))
    elif kind == "CronJob":
        apiserver.remove_cron_job(c, CronJobId(name))
    elif kind == "Job":
        apiserver.remove_job(c, JobId(name))
    elif kind == "ControllerRevision":
        apiserver.remove_controller_revision(c, ControllerRevisionId(name))
    elif kind == "ConfigMap":
        config_map = c.config_maps[ConfigMapId(name)]
        config_map.version = 0
        apiserver.update(c, config_map)
    else:
        _remove_singleton(c, kind, name)


def _remove_singleton(c: Cluster, kind: str, name: str) -> None:
    """DELETE an object that has a place in the state all the time."""
    if kind == "Service":
        service = c.services[ServiceId(name)]
        for p in list(service.endpoints):
            del service.endpoints[p]
        service.exists = False
        apiserver.update(c, service)
    elif kind == "PodDisruptionBudget":
        c.budgets[BudgetId(name)].exists = False
        apiserver.update(c, c.budgets[BudgetId(name)])
    elif kind == "HorizontalPodAutoscaler":
        c.autoscalers[AutoscalerId(name)].exists = False
        apiserver.update(c, c.autoscalers[AutoscalerId(name)])
    else:
        c.quotas[QuotaId(name)].exists = False
        apiserver.update(c, c.quotas[QuotaId(name)])


@controller.action(writes=("namespaces", *apiserver.COMMIT))
def finalize(c: Cluster, namespace: NamespaceId) -> None:
    """Nothing is left: the finalizer `kubernetes` is removed, and with it the namespace. Source: finalizeNamespace"""
    require(_is_terminating(c, namespace) and not namespaces.has_pods(c, namespace))
    require(next(namespaces.contents(c, namespace), None) is None)
    c.namespaces[namespace].exists = False
    apiserver.update(c, c.namespaces[namespace])
