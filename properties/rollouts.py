"""Rollouts and their deadline: progress in time, and an end of `kubectl rollout status`.

Both are about Deployments whose manifest gives progressDeadlineSeconds.
Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
"""

from __future__ import annotations

from clusterproof import Claims, Whenever, always, claim, leads_to
from clusterproof.models.kubernetes import deployment_controller
from clusterproof.models.kubernetes.decisions.deployment_progress import DeploymentCounts
from clusterproof.models.kubernetes.deployment_state import ProgressReason
from clusterproof.models.kubernetes.names import DeadlineDeploymentId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.properties.workloads import really_ready


def _is_unready(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    pod = c.pods[p]
    return pod.owner == r and not pod.deleting and not really_ready(c, p, pod)


def _is_exceeded(c: Cluster, d: DeadlineDeploymentId) -> bool:
    return c.rollout_progress[d].reason is ProgressReason.PROGRESS_DEADLINE_EXCEEDED


@always(timed_only=True)
def rollouts_meet_their_deadline(c: Cluster, d: DeadlineDeploymentId) -> Claims:
    """No rollout goes without progress for longer than its progressDeadlineSeconds.

    So `kubectl rollout status` never says `exceeded its progress deadline`. Only what the manifest gives is looked at,
    not the default of 600 seconds.
    """
    if d not in c.deployments:
        return
    exceeded = _is_exceeded(c, d)
    new = deployment_controller.new_replica_set_of(c, d)
    waiting = c.pods.matching(_is_unready, c, new, among=c.scope.pods_of_deployment[d]) if exceeded else ()
    yield claim(not exceeded, "the rollout has progressed within progressDeadlineSeconds", d, *waiting)


@leads_to
def rollout_status_ends(c: Cluster, d: DeadlineDeploymentId) -> Whenever:
    """`kubectl rollout status` does not wait for ever: the rollout is done, or its deadline is exceeded.

    Not while the Deployment is paused, or being deleted. Source: DeploymentStatusViewer.Status
    """
    deployment = c.deployments.get(d)
    if deployment is None or deployment.deleting or deployment_controller.manifest_of(c, d).paused:
        return Whenever(given=False, then=True)
    answered = deployment.observed and (_is_exceeded(c, d) or _is_done(deployment.replicas, _counts(c, d)))
    return Whenever(given=not answered, then=answered)


def _counts(c: Cluster, d: DeadlineDeploymentId) -> DeploymentCounts:
    return deployment_controller.counts_of(c.deployments[d])


def _is_done(replicas: int, counts: DeploymentCounts) -> bool:
    """Whether all replicas are updated, no old pod is counted, and all that are updated are available."""
    updated = counts.updated_replicas
    return updated >= replicas and counts.replicas <= updated <= counts.available_replicas
