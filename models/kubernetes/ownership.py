"""Which ReplicaSets a Deployment owns, where its dependents may outlive it or go before it.

Only checks in which somebody may delete a Deployment with --cascade=orphan or --cascade=foreground have more to store
than that a ReplicaSet is there. Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from __future__ import annotations

from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.names import DeploymentId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster


def is_orphaned(c: Cluster, r: ReplicaSetId) -> bool:
    """Whether a ReplicaSet has lost the reference to its Deployment."""
    return r in c.owned_replica_sets and c.owned_replica_sets[r].orphaned


def is_deleting(c: Cluster, r: ReplicaSetId) -> bool:
    """Whether a ReplicaSet is being deleted, after its pods."""
    return r in c.owned_replica_sets and c.owned_replica_sets[r].deleting


def orphans_dependents(c: Cluster, d: DeploymentId) -> bool:
    """Whether a Deployment that is being deleted leaves its dependents behind."""
    return d in c.deployment_finalizers and c.deployment_finalizers[d].orphan


def is_owned(c: Cluster, r: ReplicaSetId) -> bool:
    """Whether a ReplicaSet is there, and refers to its Deployment."""
    return r in c.replica_sets and not is_orphaned(c, r)


def owned_replica_sets(c: Cluster, d: DeploymentId) -> list[ReplicaSetId]:
    """The ReplicaSets of a Deployment, oldest template first."""
    return [r for r in c.scope.replica_sets_of(d) if is_owned(c, r)]


def may_adopt(c: Cluster, d: DeploymentId, r: ReplicaSetId) -> bool:
    """Whether a Deployment takes a ReplicaSet as its own: an orphan that its selector matches; neither is going.

    Source: pkg/controller/controller_ref_manager.go (ClaimReplicaSets)
    """
    deployment = c.deployments.get(d)
    if r not in c.replica_sets or not is_orphaned(c, r) or is_deleting(c, r) or deployment is None:
        return False
    selector = c.scope.deployments[d][deployment.manifest].selector
    return not deployment.deleting and matches(selector, c.scope.replica_sets[r].template.labels)


def forget_replica_set(c: Cluster, r: ReplicaSetId) -> None:
    """The object is gone; another one of its name begins anew."""
    if r in c.owned_replica_sets:
        c.owned_replica_sets[r].deleting = c.owned_replica_sets[r].orphaned = False


def forget_deployment(c: Cluster, d: DeploymentId) -> None:
    """The same for a Deployment."""
    if d in c.deployment_finalizers:
        c.deployment_finalizers[d].orphan = False
