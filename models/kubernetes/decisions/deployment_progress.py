"""What the Deployment controller reports: status counters, and the conditions Available and Progressing.

Source: pkg/controller/deployment/{sync,progress}.go, pkg/controller/deployment/util/deployment_util.go
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import frozen

from clusterproof.models.kubernetes.decisions.deployment import (
    UNLIMITED,
    ReplicaSetView,
    get_actual_replica_count_for_replica_sets,
    get_available_replica_count_for_replica_sets,
)

NEW_REPLICA_SET_CREATED = "NewReplicaSetCreated"
FOUND_NEW_REPLICA_SET = "FoundNewReplicaSet"
NEW_REPLICA_SET_AVAILABLE = "NewReplicaSetAvailable"
REPLICA_SET_UPDATED = "ReplicaSetUpdated"
PROGRESS_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"
DEPLOYMENT_PAUSED = "DeploymentPaused"
DEPLOYMENT_RESUMED = "DeploymentResumed"


@frozen(kw_only=True)
class DeploymentCounts:
    """The counters of a Deployment's status; observed says that observedGeneration has reached generation."""

    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    observed: bool = True


@frozen(kw_only=True)
class Condition:
    """A condition of a status: True, False or Unknown, why, and since when (seconds)."""

    status: str
    reason: str = ""
    last_update_seconds: float = 0
    last_transition_seconds: float = 0


def calculate_status(all_replica_sets: Iterable[ReplicaSetView], new: ReplicaSetView | None) -> DeploymentCounts:
    """The counters, from the statuses of the ReplicaSets. Source: sync.go, calculateStatus."""
    everything = tuple(all_replica_sets)
    return DeploymentCounts(
        replicas=get_actual_replica_count_for_replica_sets(everything),
        updated_replicas=new.status_replicas if new is not None else 0,
        ready_replicas=sum(rs.ready_replicas for rs in everything),
        available_replicas=get_available_replica_count_for_replica_sets(everything),
    )


def available_condition(available_replicas: int, replicas: int, max_unavailable: int) -> tuple[str, str]:
    """Status and reason of the condition Available. Source: sync.go, calculateStatus."""
    if available_replicas >= replicas - max_unavailable:
        return "True", "MinimumReplicasAvailable"
    return "False", "MinimumReplicasUnavailable"


def deployment_complete(replicas: int, counts: DeploymentCounts) -> bool:
    """Whether all replicas are updated and available, and no old pods are left.

    Source: deployment_util.go, DeploymentComplete
    """
    return counts.updated_replicas == counts.replicas == counts.available_replicas == replicas and counts.observed


def deployment_progressing(before: DeploymentCounts, after: DeploymentCounts) -> bool:
    """Whether anything moved: more updated, fewer old, more ready or more available replicas.

    Source: deployment_util.go, DeploymentProgressing
    """
    old_before = before.replicas - before.updated_replicas
    old_after = after.replicas - after.updated_replicas
    return (
        after.updated_replicas > before.updated_replicas
        or old_after < old_before
        or after.ready_replicas > before.ready_replicas
        or after.available_replicas > before.available_replicas
    )


def has_progress_deadline(progress_deadline_seconds: int | None) -> bool:
    """Whether progress is judged at all. Source: deployment_util.go, HasProgressDeadline."""
    return progress_deadline_seconds is not None and progress_deadline_seconds != UNLIMITED


def deployment_timed_out(
    progress_deadline_seconds: int | None, progressing: Condition | None, now_seconds: float
) -> bool:
    """Whether a rollout has gone without progress for longer than its deadline.

    A rollout that completed is not judged again; one that timed out stays so until it progresses.
    Source: deployment_util.go, DeploymentTimedOut
    """
    if progress_deadline_seconds is None or progress_deadline_seconds == UNLIMITED or progressing is None:
        return False
    if progressing.reason in (NEW_REPLICA_SET_AVAILABLE, PROGRESS_DEADLINE_EXCEEDED):
        return progressing.reason == PROGRESS_DEADLINE_EXCEEDED
    return progressing.last_update_seconds + progress_deadline_seconds < now_seconds


def sync_rollout_status(
    replicas: int,
    progress_deadline_seconds: int | None,
    before: DeploymentCounts,
    after: DeploymentCounts,
    progressing: Condition | None,
    now_seconds: float = 0,
) -> Condition | None:
    """The condition Progressing after a sync, None when it is absent.

    Source: progress.go, syncRolloutStatus; deployment_util.go, SetDeploymentCondition
    """
    if not has_progress_deadline(progress_deadline_seconds):
        return None
    completed_before = progressing is not None and progressing.reason == NEW_REPLICA_SET_AVAILABLE
    if completed_before and after.replicas == after.updated_replicas:
        return progressing
    if deployment_complete(replicas, after):
        return _set_condition(progressing, "True", NEW_REPLICA_SET_AVAILABLE, now_seconds)
    if deployment_progressing(before, after):
        updated = _set_condition(progressing, "True", REPLICA_SET_UPDATED, now_seconds)
        # The same reason again is a fresh update: the deadline runs from the last progress.
        return attrs.evolve(updated, last_update_seconds=now_seconds)
    if deployment_timed_out(progress_deadline_seconds, progressing, now_seconds):
        return _set_condition(progressing, "False", PROGRESS_DEADLINE_EXCEEDED, now_seconds)
    return progressing


def _set_condition(current: Condition | None, status: str, reason: str, now_seconds: float) -> Condition:
    """Source: deployment_util.go, SetDeploymentCondition (the same status and reason change nothing)."""
    if current is not None and (current.status, current.reason) == (status, reason):
        return current
    kept = current is not None and current.status == status
    transition = current.last_transition_seconds if current is not None and kept else now_seconds
    return Condition(status=status, reason=reason, last_update_seconds=now_seconds, last_transition_seconds=transition)


def requeue_stuck_deployment(
    replicas: int,
    progress_deadline_seconds: int | None,
    after: DeploymentCounts,
    progressing: Condition | None,
    now_seconds: float,
) -> float | None:
    """Seconds until the deadline must be looked at again, 0 for at once, None for never.

    Source: progress.go, requeueStuckDeployment
    """
    if progress_deadline_seconds is None or progress_deadline_seconds == UNLIMITED or progressing is None:
        return None
    if deployment_complete(replicas, after) or progressing.reason == PROGRESS_DEADLINE_EXCEEDED:
        return None
    remaining = progressing.last_update_seconds + progress_deadline_seconds - now_seconds
    return remaining if remaining >= 1 else 0


def check_paused_conditions(
    *, paused: bool, progress_deadline_seconds: int | None, progressing: Condition | None, now_seconds: float = 0
) -> Condition | None:
    """The condition that a Deployment gets because it was paused or resumed, None where there is nothing to write.

    A rollout that timed out stays so. Source: sync.go, checkPausedConditions
    """
    if not has_progress_deadline(progress_deadline_seconds):
        return None
    reason = progressing.reason if progressing is not None else ""
    if reason == PROGRESS_DEADLINE_EXCEEDED or paused == (reason == DEPLOYMENT_PAUSED):
        return None
    return _set_condition(progressing, "Unknown", DEPLOYMENT_PAUSED if paused else DEPLOYMENT_RESUMED, now_seconds)
