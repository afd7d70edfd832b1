"""What is stored of a Deployment and its ReplicaSets only where a check asks for it."""

from __future__ import annotations

from enum import Enum

from clusterproof import HeldSerial, Timer, field, state
from clusterproof.models.kubernetes.decisions import deployment_progress as decisions


class ProgressReason(Enum):
    """The reason of a Deployment's condition Progressing; NONE: it has no such condition."""

    NONE = "-"
    NEW_REPLICA_SET_CREATED = decisions.NEW_REPLICA_SET_CREATED
    FOUND_NEW_REPLICA_SET = decisions.FOUND_NEW_REPLICA_SET
    REPLICA_SET_UPDATED = decisions.REPLICA_SET_UPDATED
    NEW_REPLICA_SET_AVAILABLE = decisions.NEW_REPLICA_SET_AVAILABLE
    PROGRESS_DEADLINE_EXCEEDED = decisions.PROGRESS_DEADLINE_EXCEEDED
    DEPLOYMENT_PAUSED = decisions.DEPLOYMENT_PAUSED
    DEPLOYMENT_RESUMED = decisions.DEPLOYMENT_RESUMED

    def __str__(self) -> str:
        return self.value


@state
class RolloutProgress:
    """The condition Progressing of a Deployment whose manifest gives progressDeadlineSeconds.

    deadline: what is left until a rollout without progress has timed out. created_at: the Deployment's resourceVersion
    when its controller created the new ReplicaSet, until the condition says so; it is in the controller's memory.
    """

    reason: ProgressReason = field(default=ProgressReason.NONE, display=".status.conditions[Progressing]")
    deadline: Timer = field(default=Timer(), display=".spec.progressDeadlineSeconds")
    created_at: HeldSerial = field(default=None, display=" resourceVersion when the ReplicaSet was created")


@state
class DeploymentFinalizers:
    """The finalizers of a Deployment whose dependents somebody may orphan."""

    orphan: bool = field(default=False, display=".metadata.finalizers[orphan]")


@state
class OwnedReplicaSet:
    """The metadata of a ReplicaSet whose Deployment may be deleted in the foreground, or its dependents orphaned.

    deleting: in the foreground, after its pods. orphaned: it has no owner reference any more.
    """

    deleting: bool = field(default=False, display=".metadata.deletionTimestamp")
    orphaned: bool = field(default=False, display=".metadata.ownerReferences are removed")
