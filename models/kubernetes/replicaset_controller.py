"""The ReplicaSet controller: as many active pods as asked for. One pod, one write, at a time.

With caches that see every earlier write, expectations change nothing and are not modelled.
Source: pkg/controller/replicaset/replica_set.go
"""

from __future__ import annotations

from clusterproof import Component, choose, cover, require, weak
from clusterproof.models.kubernetes import apiserver, ownership
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import replicaset as decisions
from clusterproof.models.kubernetes.decisions.replicaset import PodView
from clusterproof.models.kubernetes.names import PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, Pod

controller = Component("replicaset-controller", runs_when=controllers_run, fair=weak)


def _is_active(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    """The pod counts as a replica of a ReplicaSet."""
    pod = c.pods[p]
    return pod.owner == r and decisions.is_pod_active(pod.phase.value, pod.deleting)


def _is_ready(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    return _is_active(p, c, r) and c.pods[p].ready


def _is_available(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    return _is_ready(p, c, r) and not c.pods[p].until_available.armed


def active_pods(c: Cluster, r: ReplicaSetId) -> tuple[PodId, ...]:
    """Those that count as replicas: neither terminal nor being deleted."""
    return c.pods.matching(_is_active, c, r, among=c.scope.replica_sets[r].pods)


def _active_count(c: Cluster, r: ReplicaSetId) -> int:
    return c.pods.count(_is_active, c, r, among=c.scope.replica_sets[r].pods)


@controller.action(writes=("pods", *apiserver.COMMIT))
def create_pod(c: Cluster, r: ReplicaSetId) -> None:
    """Too few active pods: create one more. A terminating pod is replaced at once."""
    rs = require(c.replica_sets.get(r))
    require(not ownership.is_deleting(c, r))
    creates, _ = decisions.manage_replicas(_active_count(c, r), rs.replicas)
    require(creates > 0)
    apiserver.create_pod(c, r, c.scope.replica_sets[r].pods)


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, r: ReplicaSetId) -> None:
    """Too many active pods: delete one that ranks first; uids, which nobody chooses, decide among equals.

    Ages are not modelled, so that of pods equal in all else any may go.
    """
    rs = require(c.replica_sets.get(r))
    require(not ownership.is_deleting(c, r))
    _, deletes = decisions.manage_replicas(_active_count(c, r), rs.replicas)
    require(deletes > 0)
    active = [_view(p, c.pods[p]) for p in active_pods(c, r)]
    victims = decisions.pods_to_delete_candidates(active, _related(c, r))
    victim = choose([PodId(v.name) for v in victims], label="victim")
    if not c.pods[victim].ready:
        cover("an unready pod is deleted before a ready one")
    apiserver.delete_pod(c, victim)


def _view(p: PodId, pod: Pod) -> PodView:
    return PodView(name=p, node=pod.node, phase=pod.phase.value, ready=pod.ready, restarts=pod.restarts)


def _related(c: Cluster, r: ReplicaSetId) -> list[PodView]:
    """The active pods of all ReplicaSets of the same Deployment: what the ranking by node counts.

    Source: replica_set.go (getIndirectlyRelatedPods)
    """
    deployment = c.scope.replica_sets[r].deployment
    alone = deployment is None or ownership.is_orphaned(c, r)
    siblings = [r] if alone or deployment is None else ownership.owned_replica_sets(c, deployment)
    return [_view(p, c.pods[p]) for s in siblings if s in c.replica_sets for p in active_pods(c, s)]


@controller.action(
    writes=(
        "replica_sets.observed",
        "replica_sets.status_replicas",
        "replica_sets.ready_replicas",
        "replica_sets.available_replicas",
        "replica_sets.resource_version",
        *apiserver.COMMIT,
    )
)
def update_status(c: Cluster, r: ReplicaSetId) -> None:
    """Write the counters of the status, if they changed. Source: replica_set_utils.go (updateReplicaSetStatus)."""
    rs = require(c.replica_sets.get(r))
    pods = c.scope.replica_sets[r].pods
    ready = c.pods.count(_is_ready, c, r, among=pods)
    available = c.pods.count(_is_available, c, r, among=pods)
    counts = (_active_count(c, r), ready, available)
    require(not rs.observed or counts != (rs.status_replicas, rs.ready_replicas, rs.available_replicas))
    rs.observed = True
    rs.status_replicas, rs.ready_replicas, rs.available_replicas = counts
    apiserver.update(c, rs)
