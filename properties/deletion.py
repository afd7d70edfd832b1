"""Deletions of Deployments: they end, and --cascade=orphan leaves everything behind that the Deployment owned.

Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, Whenever, claim, leads_to, step
from clusterproof.models.kubernetes import ownership
from clusterproof.models.kubernetes.names import DeploymentId, OrphanedReplicaSetId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster


@leads_to(name="deployment-deletion", needs=("delete_deployment",))
def a_deleted_deployment_goes(c: Cluster, d: DeploymentId) -> Whenever:
    """A Deployment that is deleted goes in the end: in the foreground it waits for its pods, which have to stop."""
    deployment = c.deployments.get(d)
    deleting = deployment is not None and deployment.deleting
    return Whenever(given=deleting, then=not deleting)


def _is_collected(p: PodId, before: Cluster, after: Cluster, r: ReplicaSetId) -> bool:
    pod = before.pods[p]
    return pod.owner == r and not pod.deleting and (p not in after.pods or after.pods[p].deleting)


@step
def orphans_stay(before: Cluster, after: Cluster, by: StepInfo, r: OrphanedReplicaSetId) -> Claims:
    """What `kubectl delete --cascade=orphan` leaves behind is never collected: the ReplicaSets and their pods."""
    owner = before.scope.replica_sets[r].deployment
    if by.component != "garbage-collector" or owner is None or r not in before.replica_sets:
        return
    if ownership.is_orphaned(before, r) or ownership.orphans_dependents(before, owner):
        yield claim(r in after.replica_sets, "the ReplicaSet of a Deployment that was deleted alone stays", r)
        pods = before.pods.matching(_is_collected, before, after, r, among=before.scope.replica_sets[r].pods)
        yield claim(not pods, "its pods stay", r, *pods)
