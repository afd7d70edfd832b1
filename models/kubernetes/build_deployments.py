"""What is stored of Deployments only where a check asks for it, before anything is applied."""

from __future__ import annotations

from clusterproof import Map
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.deployment_state import DeploymentFinalizers, OwnedReplicaSet, RolloutProgress
from clusterproof.models.kubernetes.names import DeploymentId, ReplicaSetId
from clusterproof.models.kubernetes.scope import ClusterScope


def first_progress(scope: ClusterScope) -> Map[DeploymentId, RolloutProgress]:
    """The condition Progressing of those whose manifest gives a deadline."""
    return Map((d, RolloutProgress()) for d in scope.deployments_with_deadline)


def first_finalizers(scope: ClusterScope) -> Map[DeploymentId, DeploymentFinalizers]:
    """The finalizers of those that may be deleted with --cascade=orphan."""
    return Map((d, DeploymentFinalizers()) for d in scope.deployments_deleted(PropagationPolicy.ORPHAN))


def first_ownership(scope: ClusterScope) -> Map[ReplicaSetId, OwnedReplicaSet]:
    """What ReplicaSets have in their metadata whose Deployment may be deleted so, or with --cascade=foreground."""
    policies = (PropagationPolicy.FOREGROUND, PropagationPolicy.ORPHAN)
    return Map(dict.fromkeys((r for how in policies for r in scope.replica_sets_deleted(how)), OwnedReplicaSet()))
