"""Workloads: the wanted replicas run in the end, and a rollout keeps its floor and its ceiling.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, eventually_always, step
from clusterproof.models.kubernetes import deployment_controller, ownership
from clusterproof.models.kubernetes.names import BareReplicaSetId, DeploymentId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Pod, PodPhase

CONVERGE = "replicas-converge"
_CONTROLLERS = ("deployment-controller", "replicaset-controller")


def really_ready(c: Cluster, p: PodId, pod: Pod) -> bool:
    """The pod is not on its way out, and its container really runs and is ready."""
    container = c.containers.get(p)
    if pod.deleting or container is None:
        return False
    return container.state is ContainerState.RUNNING and container.ready


def _stays(p: PodId, c: Cluster) -> bool:
    return not c.pods[p].deleting


def _is_no_ready_pod_of(p: PodId, c: Cluster, r: ReplicaSetId | None) -> bool:
    pod = c.pods[p]
    return not pod.deleting and not (pod.owner == r and really_ready(c, p, pod))


@eventually_always(name=CONVERGE)
def deployments_converge(c: Cluster, d: DeploymentId) -> Claims:
    """Once faults stop, exactly the wanted pods run and are ready, and the status says so.

    There is no excuse for what cannot be scheduled. Source: Anvil's eventually stable reconciliation.
    """
    deployment = c.deployments.get(d)
    if deployment is None or deployment.deleting:
        return
    wanted = deployment.replicas
    up_to_date = deployment_controller.new_replica_set_of(c, d)
    pods = c.scope.pods_of_deployment[d]
    staying = c.pods.count(_stays, c, among=pods)
    blame = c.pods.matching(_is_no_ready_pod_of, c, up_to_date, among=pods)
    yield claim(not blame and staying == wanted, "exactly the wanted pods run and are ready", d, *blame)
    status = (
        deployment.status_replicas,
        deployment.updated_replicas,
        deployment.ready_replicas,
        deployment.available_replicas,
    )
    says = "the status says so: observedGeneration is current, and all counts are spec.replicas"
    yield claim(deployment.observed and status == (wanted,) * 4, says, d)


def _stays_ready(p: PodId, c: Cluster) -> bool:
    return really_ready(c, p, c.pods[p])


@eventually_always(name=CONVERGE)
def bare_replica_sets_converge(c: Cluster, r: BareReplicaSetId) -> Claims:
    """The same for a ReplicaSet that no Deployment owns, or no longer owns."""
    rs = c.replica_sets.get(r)
    owned = c.scope.replica_sets[r].deployment is not None and not ownership.is_orphaned(c, r)
    if rs is None or owned:
        return
    pods = c.scope.replica_sets[r].pods
    staying = c.pods.count(_stays, c, among=pods)
    ready = c.pods.count(_stays_ready, c, among=pods)
    wanted = rs.replicas
    yield claim(ready == staying == wanted, "exactly the wanted pods run and are ready", r)
    status = (rs.status_replicas, rs.ready_replicas, rs.available_replicas)
    yield claim(rs.observed and status == (wanted,) * 3, "the status says so", r)


# ---------------------------------------------------------------- rolling update


def _is_available(p: PodId, c: Cluster) -> bool:
    pod = c.pods[p]
    return pod.ready and really_ready(c, p, pod) and not pod.until_available.armed


def _is_lost(p: PodId, before: Cluster, after: Cluster) -> bool:
    return _is_available(p, before) and not (p in after.pods and _is_available(p, after))


def _is_active(p: PodId, c: Cluster) -> bool:
    pod = c.pods[p]
    return not pod.deleting and pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED)


def _available(c: Cluster, d: DeploymentId) -> int:
    return c.pods.count(_is_available, c, among=c.scope.pods_of_deployment[d])


def _active(c: Cluster, d: DeploymentId) -> int:
    return c.pods.count(_is_active, c, among=c.scope.pods_of_deployment[d])


def _rolls(c: Cluster, d: DeploymentId) -> bool:
    return d in c.deployments and deployment_controller.manifest_of(c, d).strategy == "RollingUpdate"


@step(name="rollout-keeps-its-floor")
def rollout_keeps_its_floor(before: Cluster, after: Cluster, by: StepInfo, d: DeploymentId) -> Claims:
    """No step of the Deployment and ReplicaSet controllers takes really available pods below the floor (B01).

    The floor is replicas - maxUnavailable, percentages rounded down.
    """
    if by.component not in _CONTROLLERS or not _rolls(before, d) or d not in after.deployments:
        return
    floor = before.deployments[d].replicas - deployment_controller.unavailable(before, d)
    had, have = _available(before, d), _available(after, d)
    kept = have >= min(floor, had)
    lost = () if kept else before.pods.matching(_is_lost, before, after, among=before.scope.pods_of_deployment[d])
    yield claim(kept, "the controllers leave at least replicas - maxUnavailable pods available", d, *lost)


@step(name="rollout-keeps-its-ceiling")
def rollout_keeps_its_ceiling(before: Cluster, after: Cluster, by: StepInfo, d: DeploymentId) -> Claims:
    """No step of the two controllers creates a pod above the ceiling (B02); terminating pods do not count.

    The ceiling is replicas + maxSurge, percentages rounded up.
    """
    if by.component not in _CONTROLLERS or not _rolls(before, d) or d not in after.deployments:
        return
    ceiling = before.deployments[d].replicas + deployment_controller.surge(before, d)
    kept = _active(after, d) <= max(ceiling, _active(before, d))
    yield claim(kept, "the controllers create at most replicas + maxSurge pods", d)
