"""What the Deployment controller writes into the status: counters, and how a rollout gets on.

Source: pkg/controller/deployment/sync.go (syncDeploymentStatus, checkPausedConditions), progress.go
"""

from __future__ import annotations

from clusterproof import cover, require
from clusterproof.models.kubernetes import apiserver, rollout_progress
from clusterproof.models.kubernetes.decisions.proportional_scaling import is_scaling_event
from clusterproof.models.kubernetes.deployment_controller import (
    awaited_report,
    claims_and_reports_are_made,
    counted,
    counts_of,
    existing,
    manifest_of,
)
from clusterproof.models.kubernetes.deployment_controller import (
    controller as controller,  # noqa: PLC0414  (whose further actions these are)
)
from clusterproof.models.kubernetes.deployment_state import ProgressReason
from clusterproof.models.kubernetes.names import DeadlineDeploymentId, DeploymentId
from clusterproof.models.kubernetes.rollout_progress import Report
from clusterproof.models.kubernetes.state import Cluster


@controller.action(
    writes=(
        "deployments.observed",
        "deployments.status_replicas",
        "deployments.ready_replicas",
        "deployments.available_replicas",
        "deployments.resource_version",
        "deployments.updated_replicas",
        "rollout_progress",
        *apiserver.COMMIT,
    )
)
def update_status(c: Cluster, d: DeploymentId) -> None:
    """Write the Deployment's status from those of its ReplicaSets, if it changed, or the deadline is exceeded.

    Source: sync.go (syncDeploymentStatus, calculateStatus), progress.go (syncRolloutStatus)
    """
    deployment = require(c.deployments.get(d))
    require(claims_and_reports_are_made(c, d))
    before, after = counts_of(deployment), counted(c, d)
    report = None
    if d in c.rollout_progress and _is_judged(c, d):
        report = rollout_progress.judged(c, d, manifest_of(c, d), before, after)
    changes = report is not None and rollout_progress.changes(c, d, report)
    require(before != after or changes)
    deployment.observed = True
    deployment.status_replicas, deployment.updated_replicas = after.replicas, after.updated_replicas
    deployment.ready_replicas, deployment.available_replicas = after.ready_replicas, after.available_replicas
    if report is not None:
        _cover_deadline(c, d, report)
        rollout_progress.write(c, d, manifest_of(c, d), report)
    apiserver.update(c, deployment)


def _is_judged(c: Cluster, d: DeploymentId) -> bool:
    """Whether a sync looks at the progress: not while the Deployment is paused, scaled, or being deleted."""
    deployment = c.deployments[d]
    if deployment.deleting or manifest_of(c, d).paused:
        return False
    new, old = existing(c, d)
    return not is_scaling_event(deployment.replicas, [*old, new] if new is not None else old)


def _cover_deadline(c: Cluster, d: DeploymentId, report: Report) -> None:
    exceeded = ProgressReason.PROGRESS_DEADLINE_EXCEEDED
    if report.reason is exceeded is not c.rollout_progress[d].reason:
        cover("the progress deadline of a rollout is exceeded")


@controller.action(writes=("rollout_progress", "deployments.resource_version", *apiserver.COMMIT))
def report_progress(c: Cluster, d: DeadlineDeploymentId) -> None:
    """The condition Progressing says that a ReplicaSet was created or found, or that the Deployment is paused or not.

    Where somebody has written the Deployment since the ReplicaSet was created, the answer is 409 Conflict, and nobody
    says so any more. Source: sync.go (getNewReplicaSet, checkPausedConditions)
    """
    deployment = require(c.deployments.get(d))
    require(not deployment.deleting)
    report = require(awaited_report(c, d))
    created_at = c.rollout_progress[d].created_at
    c.rollout_progress[d].created_at = None
    if created_at is None or created_at == deployment.resource_version:
        rollout_progress.write(c, d, manifest_of(c, d), report)
        apiserver.update(c, deployment)
