"""The garbage collector: what is owned goes when its owner is gone.

Every dependent has one owner here, in its own namespace. An owner deleted in the foreground goes last, and so do its
dependents, after theirs; with the policy Orphan what it owned stays, and belongs to nobody.
Source: pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem)
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, ownership
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions.deletion import (
    FOREGROUND_FINALIZER,
    ORPHAN_FINALIZER,
    PropagationPolicy,
)
from clusterproof.models.kubernetes.decisions.garbage_collector import (
    Action,
    Decision,
    Dependent,
    LiveObject,
    classify_reference,
    decide_by_references,
    process_deleting_dependents_item,
)
from clusterproof.models.kubernetes.names import (
    ControllerRevisionId,
    CustomObjectId,
    DaemonSetId,
    DeploymentId,
    ForegroundReplicaSetId,
    JobId,
    OrphanedReplicaSetId,
    OrphaningDeploymentId,
    OwnerId,
    PodId,
    ReplicaSetId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.state import Cluster

controller = Component("garbage-collector", runs_when=controllers_run, fair=weak)


@controller.action(writes=("replica_sets", "owned_replica_sets", *apiserver.COMMIT))
def delete_replica_set(c: Cluster, r: ReplicaSetId) -> None:
    """The owner of a ReplicaSet is gone, or waits for it to go: delete it, in the foreground where pods block it."""
    require(r in c.replica_sets and not ownership.is_orphaned(c, r) and not ownership.is_deleting(c, r))
    owner = require(c.scope.replica_sets[r].deployment)
    deployment = c.deployments.get(owner)
    finalizer = ORPHAN_FINALIZER if ownership.orphans_dependents(c, owner) else FOREGROUND_FINALIZER
    finalizers = (finalizer,) if deployment is not None and deployment.deleting else ()
    decision = _decision(owner, finalizers, exists=deployment is not None, dependents=_dependents(c, r))
    require(decision.action is Action.DELETE)
    if decision.propagation is PropagationPolicy.FOREGROUND:
        c.owned_replica_sets[r].deleting = True
        apiserver.update(c, c.replica_sets[r])
    else:
        apiserver.remove_replica_set(c, r)


def _dependents(c: Cluster, r: ReplicaSetId) -> list[Dependent]:
    """The pods of a ReplicaSet, where it matters whether there are any."""
    if r not in c.owned_replica_sets:
        return []
    return [Dependent()] * c.pods.count(_is_pod_of, c, r, among=c.scope.replica_sets[r].pods)


def _is_pod_of(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    return c.pods[p].owner == r


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, p: PodId) -> None:
    """The owner of a pod is gone: delete the pod."""
    pod = require(c.pods.get(p))
    require(pod.owner is not None and _collects_pods_of(c, pod.owner))
    apiserver.delete_pod(c, p)


def _collects_pods_of(c: Cluster, owner: OwnerId) -> bool:
    return _collects(owner, exists=not _is_gone(c, owner), deleting=_goes_in_the_foreground(c, owner))


def _collects(owner: str, exists: bool, deleting: bool = False) -> bool:
    """Whether what has this one owner is deleted; an owner that is still stored is being deleted in the foreground."""
    finalizers = (FOREGROUND_FINALIZER,) if deleting else ()
    return _decision(owner, finalizers, exists=exists).action is Action.DELETE


def _decision(owner: str, finalizers: Sequence[str], *, exists: bool, dependents: Sequence[Dependent] = ()) -> Decision:
    """What becomes of an object with this one owner, which is being deleted where it has finalizers."""
    stored = LiveObject(uid=owner, deleting=bool(finalizers), finalizers=tuple(finalizers)) if exists else None
    return decide_by_references([classify_reference(owner, stored)], dependents)


def _is_gone(c: Cluster, owner: OwnerId) -> bool:
    if owner in c.scope.custom_objects:
        return not c.custom_objects[CustomObjectId(owner)].exists
    if owner in c.scope.jobs:
        return owner not in c.jobs
    revision = ControllerRevisionId(owner)
    return _set_is_gone(c, revision) if revision in c.scope.controller_revisions else owner not in c.replica_sets


def _goes_in_the_foreground(c: Cluster, owner: OwnerId) -> bool:
    """Whether the owner of a pod waits for it to go: a ReplicaSet or a Job that was deleted so."""
    if ownership.is_deleting(c, ReplicaSetId(owner)):
        return True
    if JobId(owner) not in c.scope.jobs:
        return False
    job = c.jobs.get(JobId(owner))
    return job is not None and job.deleting


def _set_is_gone(c: Cluster, r: ControllerRevisionId) -> bool:
    """Whether the StatefulSet or DaemonSet of a revision is gone."""
    revision = c.scope.controller_revisions[r]
    if revision.kind == "StatefulSet":
        return StatefulSetId(revision.owner) not in c.stateful_sets
    return DaemonSetId(revision.owner) not in c.daemon_sets


@controller.action(writes=("controller_revisions", *apiserver.COMMIT))
def delete_controller_revision(c: Cluster, r: ControllerRevisionId) -> None:
    """The StatefulSet or DaemonSet of a revision is gone: delete it."""
    require(r in c.controller_revisions)
    require(_collects(c.scope.controller_revisions[r].owner, exists=not _set_is_gone(c, r)))
    apiserver.remove_controller_revision(c, r)


GONE_DEPLOYMENT = ("deployments", "rollout_progress", "deployment_finalizers", *apiserver.COMMIT)


@controller.action(writes=GONE_DEPLOYMENT)
def finish_foreground_deletion(c: Cluster, d: DeploymentId) -> None:
    """No dependent is left: the finalizer foregroundDeletion is removed, and the owner with it."""
    deployment = require(c.deployments.get(d))
    require(deployment.deleting and not ownership.orphans_dependents(c, d))
    dependents = (Dependent() for _ in ownership.owned_replica_sets(c, d))
    require(process_deleting_dependents_item(dependents).action is Action.REMOVE_FOREGROUND_FINALIZER)
    apiserver.remove_deployment(c, d)


@controller.action(writes=("replica_sets", "owned_replica_sets", *apiserver.COMMIT))
def finish_replica_set_deletion(c: Cluster, r: ForegroundReplicaSetId) -> None:
    """The same for a ReplicaSet, whose dependents are its pods."""
    require(r in c.replica_sets and ownership.is_deleting(c, r))
    require(process_deleting_dependents_item(_dependents(c, r)).action is Action.REMOVE_FOREGROUND_FINALIZER)
    apiserver.remove_replica_set(c, r)


@controller.action(writes=("owned_replica_sets.orphaned", "replica_sets.resource_version", *apiserver.COMMIT))
def orphan_replica_set(c: Cluster, r: OrphanedReplicaSetId) -> None:
    """The owner goes with the finalizer orphan: PATCH the reference to it away. Source: orphanDependents"""
    owner = require(c.scope.replica_sets[r].deployment)
    require(ownership.is_owned(c, r) and ownership.orphans_dependents(c, owner))
    c.owned_replica_sets[r].orphaned = True
    apiserver.update(c, c.replica_sets[r])


@controller.action(writes=GONE_DEPLOYMENT)
def finish_orphaning(c: Cluster, d: OrphaningDeploymentId) -> None:
    """No dependent refers to the owner any more: the finalizer orphan is removed, and the owner with it."""
    require(ownership.orphans_dependents(c, d) and not ownership.owned_replica_sets(c, d))
    apiserver.remove_deployment(c, d)


@controller.action(writes=("jobs", *apiserver.COMMIT))
def finish_job_deletion(c: Cluster, j: JobId) -> None:
    """The same for a Job, whose dependents are its pods."""
    job = require(c.jobs.get(j))
    require(job.deleting)
    dependents = (Dependent() for p in c.scope.jobs[j].pods if p in c.pods and c.pods[p].owner == j)
    require(process_deleting_dependents_item(dependents).action is Action.REMOVE_FOREGROUND_FINALIZER)
    apiserver.remove_job(c, j)
