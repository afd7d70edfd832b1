"""The Deployment controller: ReplicaSets, one per template, and how fast one replaces the other.

Each sync that writes is one step with one write; what the next sync reads is what is stored then.
What it writes into the status is in deployment_status_controller.py.
Source: pkg/controller/deployment (sync.go, rolling.go, recreate.go, progress.go)
"""

from __future__ import annotations

import attrs

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, objects, rollout_progress
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import deployment as decisions
from clusterproof.models.kubernetes.decisions import percent, proportional_scaling
from clusterproof.models.kubernetes.decisions.deployment import ReplicaSetView, Scaling
from clusterproof.models.kubernetes.decisions.deployment_progress import (
    DeploymentCounts,
    calculate_status,
    deployment_complete,
)
from clusterproof.models.kubernetes.names import DeploymentId, HistoryDeploymentId, OrphanedReplicaSetId, ReplicaSetId
from clusterproof.models.kubernetes.ownership import is_orphaned, is_owned, may_adopt, owned_replica_sets
from clusterproof.models.kubernetes.rollout_progress import Report
from clusterproof.models.kubernetes.state import Cluster, Deployment

controller = Component("deployment-controller", runs_when=controllers_run, fair=weak)


def manifest_of(c: Cluster, d: DeploymentId) -> objects.Deployment:
    """The manifest that was applied last."""
    return c.scope.deployments[d][c.deployments[d].manifest]


def new_replica_set_of(c: Cluster, d: DeploymentId) -> ReplicaSetId:
    """The name of the ReplicaSet with the Deployment's current template."""
    return c.scope.replica_set_of[d, c.deployments[d].template]


def view(c: Cluster, r: ReplicaSetId, created: int) -> ReplicaSetView:
    """A ReplicaSet as the controller reads it from its cache."""
    rs = c.replica_sets[r]
    return ReplicaSetView(
        name=r,
        spec_replicas=rs.replicas,
        status_replicas=rs.status_replicas,
        ready_replicas=rs.ready_replicas,
        available_replicas=rs.available_replicas,
        created=created,
        desired=rs.desired_annotation,
        observed=rs.observed,
    )


def existing(c: Cluster, d: DeploymentId) -> tuple[ReplicaSetView | None, list[ReplicaSetView]]:
    """The new ReplicaSet, if it exists, and the old ones, oldest first."""
    new_id = new_replica_set_of(c, d)
    present = [(n, r) for n, r in enumerate(c.scope.replica_sets_of(d)) if is_owned(c, r)]
    new = next((view(c, r, n) for n, r in present if r == new_id), None)
    return new, [view(c, r, n) for n, r in present if r != new_id]


def surge(c: Cluster, d: DeploymentId) -> int:
    """How many pods above its replicas a Deployment may ask for; percentages round up."""
    manifest = manifest_of(c, d)
    return percent.max_surge(manifest.strategy, c.deployments[d].replicas, manifest.max_surge, manifest.max_unavailable)


def unavailable(c: Cluster, d: DeploymentId) -> int:
    """How many of its replicas may be unavailable in a rolling update; percentages round down."""
    manifest = manifest_of(c, d)
    replicas = c.deployments[d].replicas
    return percent.max_unavailable(manifest.strategy, replicas, manifest.max_surge, manifest.max_unavailable)


def awaited_report(c: Cluster, d: DeploymentId) -> Report | None:
    """What a sync has to say of the rollout before it goes on, where anybody listens."""
    if d not in c.rollout_progress or c.deployments[d].deleting:
        return None
    exists = is_owned(c, new_replica_set_of(c, d))
    return rollout_progress.awaited_report(c, d, manifest_of(c, d), new_replica_set_exists=exists)


def claims_and_reports_are_made(c: Cluster, d: DeploymentId) -> bool:
    """Whether a sync may go on: it has adopted what it may, and its condition says what it is to say."""
    orphans = c.scope.replica_sets_of(d) if d in c.deployment_finalizers else ()
    return not any(may_adopt(c, d, r) for r in orphans) and awaited_report(c, d) is None


def counted(c: Cluster, d: DeploymentId) -> DeploymentCounts:
    """The counters that the status should have, from those of the ReplicaSets."""
    new, old = existing(c, d)
    return calculate_status([*old, new] if new is not None else old, new)


@controller.action(writes=("replica_sets.resource_version", "owned_replica_sets.orphaned", *apiserver.COMMIT))
def adopt_replica_set(c: Cluster, r: OrphanedReplicaSetId) -> None:
    """An orphan matches the selector of a Deployment: it gets an owner reference. Source: ClaimReplicaSets"""
    d = require(c.scope.replica_sets[r].deployment)
    require(may_adopt(c, d, r))
    c.owned_replica_sets[r].orphaned = False
    apiserver.update(c, c.replica_sets[r])


@controller.action(writes=("replica_sets", "rollout_progress.created_at", *apiserver.COMMIT))
def create_new_replica_set(c: Cluster, d: DeploymentId) -> None:
    """The template has no ReplicaSet yet: create it, with as many replicas as the strategy allows now.

    Source: sync.go (getNewReplicaSet), deployment_util.go (NewRSNewReplicas)
    """
    deployment = require(c.deployments.get(d))
    require(new_replica_set_of(c, d) not in c.replica_sets)
    require(not deployment.deleting and not manifest_of(c, d).paused and claims_and_reports_are_made(c, d))
    _, old = existing(c, d)
    require(_old_pods_are_gone(c, d, old))
    total = decisions.get_replica_count_for_replica_sets(old)
    manifest = manifest_of(c, d)
    replicas = decisions.new_rs_new_replicas(manifest.strategy, deployment.replicas, surge(c, d), total, 0)
    revision = decisions.next_revision(numbered(c, d))
    apiserver.create_replica_set(
        c, new_replica_set_of(c, d), replicas=replicas, revision=revision, desired=deployment.replicas
    )
    rollout_progress.begin(c, d, manifest)


@controller.action(writes=("replica_sets.revision", "replica_sets.resource_version", *apiserver.COMMIT))
def number_revision(c: Cluster, d: DeploymentId) -> None:
    """A rollback makes an old ReplicaSet the new one: it gets the next revision number.

    Source: deployment_util.go (SetNewReplicaSetAnnotations)
    """
    require(d in c.deployments and claims_and_reports_are_made(c, d))
    new_id = new_replica_set_of(c, d)
    require(not is_orphaned(c, new_id))
    new = require(c.replica_sets.get(new_id))
    revision = decisions.next_revision(rs for rs in numbered(c, d) if rs.name != new_id)
    require(new.revision < revision - 1)
    new.revision = revision
    apiserver.update(c, new)


@controller.action(
    writes=(
        "replica_sets.replicas",
        "replica_sets.observed",
        "replica_sets.desired_annotation",
        "replica_sets.resource_version",
        *apiserver.COMMIT,
    )
)
def scale_replica_set(c: Cluster, d: DeploymentId) -> None:
    """Bring the next ReplicaSet to the size that its strategy gives it: one scale-up or scale-down.

    Source: sync.go (scale), rolling.go (rolloutRolling), recreate.go (rolloutRecreate)
    """
    require(d in c.deployments and not c.deployments[d].deleting and not _all_have_their_sizes(c, d))
    require(claims_and_reports_are_made(c, d))
    new, old = existing(c, d)
    scaling = require(_next_scaling(c, d, new, old))
    rs = c.replica_sets[ReplicaSetId(scaling.name)]
    require(rs.replicas != scaling.replicas or rs.desired_annotation != c.deployments[d].replicas)
    if rs.replicas != scaling.replicas:
        rs.observed = False
    rs.replicas = scaling.replicas
    rs.desired_annotation = c.deployments[d].replicas
    apiserver.update(c, rs)


def _all_have_their_sizes(c: Cluster, d: DeploymentId) -> bool:
    """Whether all replicas are asked of the new ReplicaSet and none of the others: then no status is looked at."""
    new_id, replicas = new_replica_set_of(c, d), c.deployments[d].replicas
    if new_id not in c.replica_sets:
        return False
    new = c.replica_sets[new_id]
    if (new.replicas, new.desired_annotation) != (replicas, replicas):
        return False
    return all(c.replica_sets[r].replicas == 0 for r in owned_replica_sets(c, d) if r != new_id)


def _next_scaling(c: Cluster, d: DeploymentId, new: ReplicaSetView | None, old: list[ReplicaSetView]) -> Scaling | None:
    deployment = c.deployments[d]
    manifest = manifest_of(c, d)
    everyone = [*old, new] if new is not None else old
    if proportional_scaling.is_scaling_event(deployment.replicas, everyone):
        return _scaling_event(c, d, new, old)
    if manifest.paused:
        return None
    if new is None:
        return _recreate_scale_down(old) if manifest.strategy == "Recreate" else None
    if manifest.strategy == "Recreate" and (down := _recreate_scale_down(old)) is not None:
        return down
    if manifest.strategy == "Recreate" and not _old_pods_are_gone(c, d, old):
        return None
    wanted = decisions.reconcile_new_replica_set(manifest.strategy, deployment.replicas, surge(c, d), new, old)
    if wanted != new.spec_replicas:
        return Scaling(new.name, wanted)
    scalings = decisions.reconcile_old_replica_sets(deployment.replicas, unavailable(c, d), new, old)
    return scalings[0] if scalings else None


def _scaling_event(
    c: Cluster, d: DeploymentId, new: ReplicaSetView | None, old: list[ReplicaSetView]
) -> Scaling | None:
    deployment = c.deployments[d]
    strategy = manifest_of(c, d).strategy
    scalings = proportional_scaling.scale(
        strategy, deployment.replicas, surge(c, d), new, old, deployment.status_replicas
    )
    if scalings:
        return scalings[0]
    active = decisions.filter_active_replica_sets([*old, new] if new is not None else old)
    stale = [rs for rs in active if rs.desired != deployment.replicas]
    return Scaling(stale[0].name, stale[0].spec_replicas) if stale else None


def _recreate_scale_down(old: list[ReplicaSetView]) -> Scaling | None:
    return next((Scaling(rs.name, 0) for rs in old if rs.spec_replicas > 0), None)


def _old_pods_are_gone(c: Cluster, d: DeploymentId, old: list[ReplicaSetView]) -> bool:
    """Recreate waits until no old pod is left; a rolling update does not wait."""
    if manifest_of(c, d).strategy != "Recreate":
        return True
    names = {rs.name for rs in old}
    pods = [c.pods[p] for p in c.scope.pods_of_deployment[d] if p in c.pods]
    return not decisions.old_pods_running(old, [pod.phase.value for pod in pods if pod.owner in names])


@controller.action(writes=("replica_sets", "owned_replica_sets", *apiserver.COMMIT))
def cleanup_deployment(c: Cluster, d: HistoryDeploymentId) -> None:
    """Delete an old ReplicaSet beyond revisionHistoryLimit: after a complete rollout, or while paused.

    Source: sync.go (cleanupDeployment, sync), rolling.go, recreate.go
    """
    deployment = require(c.deployments.get(d))
    require(not deployment.deleting and claims_and_reports_are_made(c, d))
    manifest = manifest_of(c, d)
    require(manifest.paused or deployment_complete(deployment.replicas, counts_of(deployment)))
    new, old = existing(c, d)
    require(_next_scaling(c, d, new, old) is None)
    revisions = [attrs.evolve(rs, revision=c.replica_sets[ReplicaSetId(rs.name)].revision) for rs in old]
    surplus = decisions.cleanup_deployment(revisions, manifest.revision_history_limit)
    require(bool(surplus))
    apiserver.remove_replica_set(c, ReplicaSetId(surplus[0]))


def counts_of(deployment: Deployment) -> DeploymentCounts:
    """The counters that the status has now."""
    return DeploymentCounts(
        replicas=deployment.status_replicas,
        updated_replicas=deployment.updated_replicas,
        ready_replicas=deployment.ready_replicas,
        available_replicas=deployment.available_replicas,
        observed=deployment.observed,
    )


def numbered(c: Cluster, d: DeploymentId) -> list[ReplicaSetView]:
    """The Deployment's ReplicaSets by their revision numbers alone."""
    return [ReplicaSetView(name=r, revision=c.replica_sets[r].revision) for r in owned_replica_sets(c, d)]
