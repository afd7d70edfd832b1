"""The conditions of Deployments and ReplicaSets: Available, Progressing and ReplicaFailure.

Progressing is shown where a check follows it: of Deployments whose manifest gives progressDeadlineSeconds. The others
follow from what is stored. Source: pkg/controller/deployment/{sync,progress}.go, pkg/controller/replicaset/
replica_set_utils.go (calculateStatus)
"""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes import admission, deployment_controller, ownership, replicaset_controller
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, PastStep
from clusterproof.models.kubernetes.decisions.deployment_progress import available_condition
from clusterproof.models.kubernetes.deployment_state import ProgressReason
from clusterproof.models.kubernetes.names import DeploymentId, ReplicaSetId
from clusterproof.models.kubernetes.rollout_progress import status_of
from clusterproof.models.kubernetes.state import Cluster

_AVAILABLE = {
    "True": "Deployment has minimum availability.",
    "False": "Deployment does not have minimum availability.",
}
_MESSAGES = {
    ProgressReason.NEW_REPLICA_SET_CREATED: 'Created new replica set "{}"',
    ProgressReason.FOUND_NEW_REPLICA_SET: 'Found new replica set "{}"',
    ProgressReason.REPLICA_SET_UPDATED: 'ReplicaSet "{}" is progressing.',
    ProgressReason.NEW_REPLICA_SET_AVAILABLE: 'ReplicaSet "{}" has successfully progressed.',
    ProgressReason.PROGRESS_DEADLINE_EXCEEDED: 'ReplicaSet "{}" has timed out progressing.',
    ProgressReason.DEPLOYMENT_PAUSED: "Deployment is paused",
    ProgressReason.DEPLOYMENT_RESUMED: "Deployment is resumed",
}


def deployment_conditions(instant: Instant, d: DeploymentId) -> list[dict[str, Any]]:
    """The conditions of a Deployment."""
    c = instant.cluster
    new = deployment_controller.new_replica_set_of(c, d)
    new_first = sorted(ownership.owned_replica_sets(c, d), key=lambda r: r != new)
    failures = (replica_failure(c, r) for r in new_first)
    failure = next((each for each in failures if each), None)
    return [*_available(c, d), *_progressing(instant, d, new), *([failure] if failure else [])]


def _available(c: Cluster, d: DeploymentId) -> list[dict[str, Any]]:
    """By the counters that the controller has written; nothing before its first sync."""
    deployment = c.deployments[d]
    if not deployment.status_replicas:
        return []
    status, reason = available_condition(
        deployment.available_replicas, deployment.replicas, deployment_controller.unavailable(c, d)
    )
    return [{"type": "Available", "status": status, "reason": reason, "message": _AVAILABLE[status]}]


def _progressing(instant: Instant, d: DeploymentId, new: ReplicaSetId) -> list[dict[str, Any]]:
    progress = instant.cluster.rollout_progress.get(d)
    if progress is None or progress.reason is ProgressReason.NONE:
        return []
    reason, status = progress.reason, status_of(progress.reason)
    return [
        given(
            type="Progressing",
            status=status,
            reason=reason.value,
            message=_MESSAGES[reason].format(new),
            lastUpdateTime=instant.last(lambda step: _says_anew(step, d)) or instant.since(lambda _: True),
            lastTransitionTime=instant.since(lambda c: status_of(c.rollout_progress[d].reason) == status),
        )
    ]


def _says_anew(step: PastStep, d: DeploymentId) -> bool:
    """Whether the controller wrote the condition: another reason, or the same with a deadline that begins anew."""
    before, after = step.before.rollout_progress[d], step.after.rollout_progress[d]
    written = step.action in ("deployment-controller.update_status", "deployment-controller.report_progress")
    return written and (before.reason, before.deadline) != (after.reason, after.deadline)


def replica_failure(c: Cluster, r: ReplicaSetId) -> dict[str, Any] | None:
    """The condition of a ReplicaSet, and of its Deployment, that wants a pod which the API server refuses."""
    pods = c.scope.replica_sets[r].pods
    if not admission.is_asked(c) or len(replicaset_controller.active_pods(c, r)) >= c.replica_sets[r].replicas:
        return None
    reasons = admission.refusals_of_pod(c, pods[0], r)
    if not reasons:
        return None
    return {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": reasons[0]}
