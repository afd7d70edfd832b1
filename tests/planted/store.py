"""The laws of the store."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import (
    apiserver,
    deployment_controller,
    deployment_status_controller,
    etcd,
    garbage_collector,
    kubectl,
    kubelet,
    replicaset_controller,
)
from clusterproof.models.kubernetes.decisions.replicaset import manage_replicas
from clusterproof.models.kubernetes.names import DeploymentId, NodeId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase
from planted import systems


def report_status_without_revision(c: Cluster, n: NodeId, p: PodId) -> None:
    """The status of a pod is written, and its resourceVersion stays."""
    pod = require(c.pods.get(p))
    container = require(c.containers.get(p))
    require(pod.node == n and (pod.phase is not PodPhase.RUNNING or pod.ready is not container.ready))
    pod.phase, pod.ready = PodPhase.RUNNING, container.ready


def update_replica_set_without_revision(c: Cluster, r: ReplicaSetId) -> None:
    """The status of a ReplicaSet is written, and its resourceVersion stays."""
    rs = require(c.replica_sets.get(r))
    active = replicaset_controller.active_pods(c, r)
    ready = sum(c.pods[p].ready for p in active)
    counts = (len(active), ready, ready)
    require(not rs.observed or counts != (rs.status_replicas, rs.ready_replicas, rs.available_replicas))
    rs.observed = True
    rs.status_replicas, rs.ready_replicas, rs.available_replicas = counts


def update_deployment_without_revision(c: Cluster, d: DeploymentId) -> None:
    """The status of a Deployment is written, and its resourceVersion stays."""
    deployment = require(c.deployments.get(d))
    rs = require(c.replica_sets.get(deployment_controller.new_replica_set_of(c, d)))
    deployment.observed = True
    deployment.status_replicas, deployment.updated_replicas = rs.status_replicas, rs.status_replicas
    deployment.ready_replicas, deployment.available_replicas = rs.ready_replicas, rs.available_replicas


def scale_without_compare(c: Cluster) -> None:
    """The scale is written whatever the object has become since it was read."""
    d = require(c.kubectl.scaling)
    deployment = c.deployments[d]
    deployment.replicas = c.kubectl.scale_to
    deployment.observed = False
    apiserver.update(c, deployment)
    c.kubectl.scaling, c.kubectl.scale_to, c.kubectl.scale_read = None, 0, None


def create_pod_with_old_uid(c: Cluster, r: ReplicaSetId) -> None:
    """A new pod gets a uid that was given out before."""
    rs = require(c.replica_sets.get(r))
    creates, _ = manage_replicas(len(replicaset_controller.active_pods(c, r)), rs.replicas)
    require(creates > 0)
    c.pods.add(Pod(owner=r, uid=0, resource_version=etcd.commit(c)), among=c.scope.replica_sets[r].pods)


def undelete_pod(c: Cluster, n: NodeId, p: PodId) -> None:
    """A kubelet writes a pod back as it was before somebody deleted it."""
    pod = require(c.pods.get(p))
    require(pod.node == n and pod.deleting and p in c.containers)
    pod.deleting = False
    apiserver.update(c, pod)


def finish_deletion_at_once(c: Cluster, d: DeploymentId) -> None:
    """An owner with a finalizer goes before its dependents."""
    require(require(c.deployments.get(d)).deleting)
    etcd.commit(c)
    del c.deployments[d]


DEFECTS = (
    Defect(
        name="a pod's status is written without a new revision",
        system=systems.pod_deleted,
        instead={kubelet.report_status: report_status_without_revision},
        red=frozenset({"pod_revisions_grow"}),
    ),
    Defect(
        name="a ReplicaSet's status is written without a new revision",
        system=systems.bare_replica_set,
        instead={replicaset_controller.update_status: update_replica_set_without_revision},
        red=frozenset({"replica_set_revisions_grow"}),
    ),
    Defect(
        name="a Deployment's status is written without a new revision",
        system=systems.outage_with_scale,
        instead={deployment_status_controller.update_status: update_deployment_without_revision},
        red=frozenset({"deployment_revisions_grow"}),
    ),
    Defect(
        name="a scale is written without compare-and-swap",
        system=systems.crash_with_scale,
        instead={kubectl.update_scale: scale_without_compare},
        red=frozenset({"optimistic_concurrency"}),
    ),
    Defect(
        name="a new pod gets an old uid",
        system=systems.bare_replica_set,
        instead={replicaset_controller.create_pod: create_pod_with_old_uid},
        red=frozenset({"fresh_uids"}),
    ),
    Defect(
        name="a deletionTimestamp is cleared",
        system=systems.bare_replica_set,
        also={kubelet.kubelet: undelete_pod},
        red=frozenset({"bare_replica_sets_converge", "pod_deletion_is_final"}),
    ),
    Defect(
        name="an owner deleted in the foreground does not wait",
        system=systems.deployment_deleted,
        instead={garbage_collector.finish_foreground_deletion: finish_deletion_at_once},
        red=frozenset({"deployment_deletion_is_final"}),
    ),
)
