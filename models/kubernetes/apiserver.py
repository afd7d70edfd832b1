"""kube-apiserver: the only way to the store. Every API write of every component is one call of a function here.

Writes are compare-and-swap where the client says which resourceVersion it read; a client that reads and writes in one
step cannot conflict. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from clusterproof import Table, Timer, fresh, require
from clusterproof.models.kubernetes import admission, etcd, namespaces, ownership, rollout_progress, watch
from clusterproof.models.kubernetes.decisions.pod_lifecycle import check_graceful_delete
from clusterproof.models.kubernetes.job_state import CronJob, Job
from clusterproof.models.kubernetes.names import (
    ControllerRevisionId,
    CronJobId,
    CustomObjectId,
    DaemonSetId,
    DeploymentId,
    JobId,
    NodeId,
    OwnerId,
    PodId,
    ReplicaSetId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.state import (
    Cluster,
    ControllerRevision,
    DaemonSet,
    Deployment,
    Pod,
    ReplicaSet,
    StatefulSet,
)
from clusterproof.models.kubernetes.static_pods import APISERVER, static_pod

COMMIT = ("etcd", "work_items.queued", "quotas")
"""What every write to the store changes besides the object: the store's revision, work queues that watch it, and
quotas that admission charges."""


Id = TypeVar("Id")


class _Stored(Protocol):
    resource_version: int


def answers_on(c: Cluster, n: NodeId) -> bool:
    """Whether the apiserver of a control-plane node answers: it runs, and so does the store behind its own member."""
    return c.static_pods[static_pod(APISERVER, n)].running and etcd.answers_on(c, n)


def is_serving(c: Cluster) -> bool:
    """Whether requests are answered: the load balancer finds an apiserver that answers."""
    return any(answers_on(c, n) for n in c.scope.control_planes)


def is_reachable_from(c: Cluster, n: NodeId) -> bool:
    """Whether processes on a node can talk to the apiserver."""
    return is_serving(c) and c.machines[n].up and c.machines[n].link


def update(c: Cluster, written: _Stored, *, read: int | None = None) -> None:
    """Commit an update of an object whose fields the caller has just assigned.

    read: the resourceVersion the client has seen; if it is not the object's, the answer is 409 Conflict and the step
    does not happen. Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (Update).
    """
    if read is not None:
        require(written.resource_version == read)
    written.resource_version = etcd.commit(c)
    watch.send(c, written)


def create_pod(c: Cluster, owner: OwnerId, pool: tuple[PodId, ...]) -> PodId:
    """POST a pod with a generated name and its controller's owner reference; it gets a uid never used before."""
    admission.admit_pod(c, pool[0], owner)
    p = c.pods.add(Pod(owner=owner, uid=fresh, resource_version=etcd.commit(c)), among=pool)
    watch.send(c, c.pods[p])
    return p


def create_bare_pod(c: Cluster, p: PodId) -> None:
    """POST a pod that nobody controls, under its own name."""
    require(p not in c.pods)
    admission.admit_pod(c, p, None)
    c.pods[p] = Pod(uid=fresh, resource_version=etcd.commit(c))
    watch.send(c, c.pods[p])


def create_replica_set(c: Cluster, r: ReplicaSetId, *, replicas: int, revision: int = 0, desired: int = 0) -> None:
    """POST a ReplicaSet; those of Deployments have names derived from their templates, and a revision."""
    require(r not in c.replica_sets)
    scope = c.scope.replica_sets[r]
    admission.admit(c, "ReplicaSet", scope.namespace, scope.template.labels)
    c.replica_sets[r] = ReplicaSet(
        uid=fresh, resource_version=etcd.commit(c), replicas=replicas, revision=revision, desired_annotation=desired
    )
    watch.send(c, c.replica_sets[r])


def create_deployment(c: Cluster, d: DeploymentId, *, manifest: int, replicas: int, template: str) -> None:
    """POST a Deployment."""
    require(d not in c.deployments)
    metadata = c.scope.deployments[d][manifest].metadata
    admission.admit(c, "Deployment", metadata.namespace, metadata.labels)
    c.deployments[d] = Deployment(
        uid=fresh, resource_version=etcd.commit(c), manifest=manifest, replicas=replicas, template=template
    )
    watch.send(c, c.deployments[d])


def create_stateful_set(
    c: Cluster, s: StatefulSetId, *, manifest: int, replicas: int, template: ControllerRevisionId
) -> None:
    """POST a StatefulSet."""
    require(s not in c.stateful_sets)
    metadata = c.scope.stateful_sets[s].manifests[manifest].metadata
    admission.admit(c, "StatefulSet", metadata.namespace, metadata.labels)
    c.stateful_sets[s] = StatefulSet(
        uid=fresh, resource_version=etcd.commit(c), manifest=manifest, replicas=replicas, template=template
    )
    watch.send(c, c.stateful_sets[s])


def create_daemon_set(c: Cluster, d: DaemonSetId, *, manifest: int, template: ControllerRevisionId) -> None:
    """POST a DaemonSet."""
    require(d not in c.daemon_sets)
    metadata = c.scope.daemon_sets[d].manifests[manifest].metadata
    admission.admit(c, "DaemonSet", metadata.namespace, metadata.labels)
    c.daemon_sets[d] = DaemonSet(uid=fresh, resource_version=etcd.commit(c), manifest=manifest, template=template)
    watch.send(c, c.daemon_sets[d])


def create_job(c: Cluster, j: JobId, *, manifest: int) -> None:
    """POST a Job."""
    require(j not in c.jobs)
    metadata = c.scope.jobs[j].manifests[manifest].metadata
    admission.admit(c, "Job", metadata.namespace, metadata.labels)
    c.jobs[j] = Job(uid=fresh, resource_version=etcd.commit(c), manifest=manifest)
    watch.send(c, c.jobs[j])


def create_cron_job(c: Cluster, k: CronJobId, *, manifest: int) -> None:
    """POST a CronJob; its schedule is followed from now on."""
    require(k not in c.cron_jobs)
    scope = c.scope.cron_jobs[k]
    metadata = scope.manifests[manifest].metadata
    admission.admit(c, "CronJob", metadata.namespace, metadata.labels)
    first = Timer(scope.seconds_between[0])
    c.cron_jobs[k] = CronJob(uid=fresh, resource_version=etcd.commit(c), manifest=manifest, next=first)
    watch.send(c, c.cron_jobs[k])


def create_controller_revision(c: Cluster, r: ControllerRevisionId, *, revision: int) -> None:
    """POST a ControllerRevision under a name derived from its template."""
    require(r not in c.controller_revisions)
    namespaces.admit(c, c.scope.controller_revisions[r].namespace)
    c.controller_revisions[r] = ControllerRevision(resource_version=etcd.commit(c), revision=revision)


def delete_pod(c: Cluster, p: PodId) -> None:
    """DELETE a pod, gracefully: a bound pod stays, marked, until its kubelet has stopped it, or a finalizer holds it.

    Not enabled when it is already being deleted. Source: pkg/registry/core/pod/strategy.go (CheckGracefulDelete).
    """
    pod = require(c.pods.get(p))
    require(not pod.deleting)
    spec = c.scope.template(p, pod.owner).spec
    grace = check_graceful_delete(None, spec.termination_grace_period_seconds, pod.node, pod.phase.value)
    if grace == 0 and not is_held(c, p):
        remove_pod(c, p)
    else:
        admission.admit_deletion(c, p)
        pod.deleting = True
        update(c, pod)


def is_held(c: Cluster, p: PodId) -> bool:
    """Whether a finalizer keeps the object of a pod: that of a Job's pod, until its end is counted."""
    return p in c.scope.job_of and p in c.job_pods and c.job_pods[p].finalizer


def remove_pod(c: Cluster, p: PodId) -> None:
    """DELETE a pod with grace period 0: the object is gone."""
    require(p in c.pods)
    admission.admit_deletion(c, p)
    _remove(c, c.pods, p)


def _remove(c: Cluster, objects: Table[Id, Any], identity: Id) -> None:
    etcd.commit(c)
    watch.send(c, objects[identity])
    del objects[identity]


def remove_replica_set(c: Cluster, r: ReplicaSetId) -> None:
    """DELETE a ReplicaSet: the object is gone, what it owns is left to the garbage collector."""
    _remove(c, c.replica_sets, r)
    ownership.forget_replica_set(c, r)


def remove_deployment(c: Cluster, d: DeploymentId) -> None:
    """DELETE a Deployment without waiting for what it owns: the object is gone."""
    _remove(c, c.deployments, d)
    rollout_progress.remove(c, d)
    ownership.forget_deployment(c, d)


def remove_stateful_set(c: Cluster, s: StatefulSetId) -> None:
    """DELETE a StatefulSet in the background: the object is gone, what it owns is left to the garbage collector."""
    _remove(c, c.stateful_sets, s)


def remove_daemon_set(c: Cluster, d: DaemonSetId) -> None:
    """DELETE a DaemonSet in the background."""
    _remove(c, c.daemon_sets, d)


def remove_cron_job(c: Cluster, k: CronJobId) -> None:
    """DELETE a CronJob."""
    _remove(c, c.cron_jobs, k)


def remove_job(c: Cluster, j: JobId) -> None:
    """DELETE a Job: the object is gone, what it owns is left to the garbage collector."""
    _remove(c, c.jobs, j)


def remove_controller_revision(c: Cluster, r: ControllerRevisionId) -> None:
    """DELETE a ControllerRevision."""
    require(r in c.controller_revisions)
    etcd.commit(c)
    del c.controller_revisions[r]


def forget_custom_object(c: Cluster, o: CustomObjectId) -> None:
    """Nothing is left of a custom object, neither in the store nor in its controller's work queue."""
    custom_object = c.custom_objects[o]
    custom_object.exists = False
    custom_object.uid = custom_object.resource_version = custom_object.version = 0
    for name, value in c.scope.custom_objects[o].first_status.items():
        custom_object.status[name] = value
    c.work_items[o].queued = False
    c.work_items[o].requeue = Timer()


def lose_requests(c: Cluster) -> None:
    """What was in flight in an apiserver that stops is lost: evictions between their two writes."""
    for pod in c.pods.values():
        if pod.evicting:
            pod.evicting = False
