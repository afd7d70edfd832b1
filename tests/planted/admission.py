"""Admission: quotas, webhooks and namespaces."""

from __future__ import annotations

from planting import Defect

from clusterproof import fresh, require
from clusterproof.models.kubernetes import etcd, namespace_controller, quota_controller, replicaset_controller
from clusterproof.models.kubernetes.names import ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, Pod
from planted import systems
from planted.control_plane import always


def create_pod_unasked(c: Cluster, r: ReplicaSetId) -> None:
    """A pod is stored, and no quota is asked; a pod on its way out is replaced at once."""
    rs = require(c.replica_sets.get(r))
    require(len(replicaset_controller.active_pods(c, r)) < rs.replicas)
    pod = Pod(owner=r, uid=fresh, resource_version=etcd.commit(c))
    c.pods.add(pod, among=c.scope.replica_sets[r].pods)


def create_pod_in_a_deleted_namespace(c: Cluster, r: ReplicaSetId) -> None:
    """A pod is stored whatever becomes of its namespace, one at a time."""
    require(r in c.replica_sets and not any(pod.owner == r for pod in c.pods.values()))
    create_pod_unasked(c, r)


DEFECTS = (
    Defect(
        name="a pod is created beyond its quota",
        system=systems.full_quota,
        instead={replicaset_controller.create_pod: create_pod_unasked},
        red=frozenset({"quotas_are_kept"}),
    ),
    Defect(
        name="the quota controller does not see that a pod has gone",
        system=systems.full_quota,
        never=[quota_controller.sync],
        red=frozenset({"deployments_converge"}),
    ),
    Defect(
        name="the pod behind a webhook does not come back",
        system=systems.webhook_pod_deleted,
        never=[replicaset_controller.create_pod],
        red=frozenset({"webhooks_answer", "deployments_converge"}),
    ),
    Defect(
        name="a namespace keeps its finalizer",
        system=systems.namespace_deleted,
        never=[namespace_controller.finalize],
        red=frozenset({"a_deleted_namespace_goes"}),
    ),
    Defect(
        name="pods are created in a namespace that is being deleted",
        system=systems.namespace_deleted,
        instead={replicaset_controller.create_pod: create_pod_in_a_deleted_namespace},
        red=frozenset(
            {"nothing_is_created_in_a_deleted_namespace", "a_deleted_namespace_goes", "deployments_converge"}
        ),
    ),
    Defect(
        name="the quota controller writes without an apiserver",
        system=systems.outage_with_quota,
        runs_when={quota_controller.controller: always},
        red=frozenset({"no_quota_is_written"}),
    ),
)
