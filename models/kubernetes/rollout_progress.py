"""The condition Progressing of a Deployment, and the time that a rollout without progress has left.

Only Deployments whose manifest gives progressDeadlineSeconds have it here. The time is looked at a second after it is
over, as upstream requeues. Source: pkg/controller/deployment/progress.go, sync.go (getNewReplicaSet)
"""

from __future__ import annotations

from attrs import frozen

from clusterproof import Timer
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions import deployment_progress as decisions
from clusterproof.models.kubernetes.decisions.deployment_progress import Condition, DeploymentCounts
from clusterproof.models.kubernetes.deployment_state import ProgressReason, RolloutProgress
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.state import Cluster

_STATUSES = {
    ProgressReason.PROGRESS_DEADLINE_EXCEEDED: "False",
    ProgressReason.DEPLOYMENT_PAUSED: "Unknown",
    ProgressReason.DEPLOYMENT_RESUMED: "Unknown",
}
_WITHOUT_TIMER = (
    ProgressReason.NONE,
    ProgressReason.NEW_REPLICA_SET_AVAILABLE,
    ProgressReason.PROGRESS_DEADLINE_EXCEEDED,
    ProgressReason.DEPLOYMENT_PAUSED,
)
"""With these the time is not looked at, or is over."""


@frozen
class Report:
    """What the condition is to say. renewed: from now on, so that the deadline begins anew."""

    reason: ProgressReason
    renewed: bool = True


def status_of(reason: ProgressReason) -> str:
    """The status of the condition with this reason."""
    return _STATUSES.get(reason, "True")


def _condition(progress: RolloutProgress) -> Condition | None:
    """The condition as upstream's decisions read it, last updated at second 0."""
    if progress.reason is ProgressReason.NONE:
        return None
    return Condition(status=status_of(progress.reason), reason=progress.reason.value)


def awaited_report(
    c: Cluster, d: DeploymentId, manifest: objects.Deployment, *, new_replica_set_exists: bool
) -> Report | None:
    """What a sync writes into the condition before it does anything else, if it does.

    Source: sync.go, checkPausedConditions and getNewReplicaSet
    """
    progress = c.rollout_progress[d]
    if progress.created_at is not None:
        return Report(ProgressReason.NEW_REPLICA_SET_CREATED)
    seconds = manifest.progress_deadline_seconds
    condition = _condition(progress)
    changed = decisions.check_paused_conditions(
        paused=manifest.paused, progress_deadline_seconds=seconds, progressing=condition
    )
    if changed is not None:
        return Report(ProgressReason(changed.reason))
    if condition is None and new_replica_set_exists and decisions.has_progress_deadline(seconds):
        return Report(ProgressReason.FOUND_NEW_REPLICA_SET)
    return None


def judged(
    c: Cluster, d: DeploymentId, manifest: objects.Deployment, before: DeploymentCounts, after: DeploymentCounts
) -> Report:
    """What the condition says after a sync of the rollout. Source: progress.go, syncRolloutStatus"""
    progress = c.rollout_progress[d]
    seconds = manifest.progress_deadline_seconds
    now = seconds + 1 if progress.deadline.due() else seconds
    condition = decisions.sync_rollout_status(
        c.deployments[d].replicas, seconds, before, after, _condition(progress), now
    )
    if condition is None:
        return Report(ProgressReason.NONE)
    return Report(ProgressReason(condition.reason), renewed=condition.last_update_seconds == now)


def changes(c: Cluster, d: DeploymentId, report: Report) -> bool:
    """Whether the condition does not say so yet, or is to say so anew."""
    return report.reason is not c.rollout_progress[d].reason or (report.renewed and report.reason not in _WITHOUT_TIMER)


def write(c: Cluster, d: DeploymentId, manifest: objects.Deployment, report: Report) -> None:
    """Let the condition say so; the caller writes the Deployment."""
    progress = c.rollout_progress[d]
    progress.reason = report.reason
    if report.reason in _WITHOUT_TIMER:
        progress.deadline = Timer()
    elif report.renewed:
        progress.deadline = Timer(manifest.progress_deadline_seconds + 1)


def begin(c: Cluster, d: DeploymentId, manifest: objects.Deployment) -> None:
    """The controller has created the new ReplicaSet, and the condition is to say so next, where there is a deadline."""
    if d in c.rollout_progress and decisions.has_progress_deadline(manifest.progress_deadline_seconds):
        c.rollout_progress[d].created_at = c.deployments[d].resource_version


def change_deadline(c: Cluster, d: DeploymentId, before: objects.Deployment, after: objects.Deployment) -> None:
    """Another manifest gives another deadline, counted from the last progress all the same."""
    if d not in c.rollout_progress:
        return
    progress = c.rollout_progress[d]
    longer = after.progress_deadline_seconds - before.progress_deadline_seconds
    if longer and progress.deadline.seconds is not None:
        progress.deadline = Timer(max(0, progress.deadline.seconds + longer))


def forget(c: Cluster) -> None:
    """The controller manager stops: that a condition is still to say so is gone from its memory."""
    for progress in c.rollout_progress.values():
        progress.created_at = None


def remove(c: Cluster, d: DeploymentId) -> None:
    """The Deployment is gone, and its status with it."""
    if d in c.rollout_progress:
        progress = c.rollout_progress[d]
        progress.reason, progress.deadline, progress.created_at = ProgressReason.NONE, Timer(), None
