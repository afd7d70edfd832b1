"""Workloads: the wanted replicas run in the end, and a rollout keeps its floor and its ceiling.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, eventually_always, step
from clusterproof.models.kubernetes import deployment_controller
from clusterproof.models.kubernetes.names import BareReplicaSetId, DeploymentId, PodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Pod, PodPhase

CONVERGE = "replicas-converge"
_CONTROLLERS = ("deployment-controller", "replicaset-controller")


def really_ready(c: Cluster, p: PodId, pod: Pod) -> bool:
    """The pod is not on its way out, and its container really runs and is ready."""
    container = c.containers.get(p)
    if pod.deleting or container is None:
        return False
    return container.state is ContainerState.RUNNING and container.ready


def _pods_of(c: Cluster, d: DeploymentId) -> list[tuple[PodId, Pod]]:
    return [(p, pod) for p in c.scope.pods_of_deployment[d] if (pod := c.pods.get(p)) is not None]


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
    staying = [(p, pod) for p, pod in _pods_of(c, d) if not pod.deleting]
    ready = [p for p, pod in staying if pod.owner == up_to_date and really_ready(c, p, pod)]
    blame = [p for p, _ in staying if p not in ready]
    yield claim(len(ready) == len(staying) == wanted, "exactly the wanted pods run and are ready", d, *blame)
    status = (
        deployment.status_replicas,
        deployment.updated_replicas,
        deployment.ready_replicas,
        deployment.available_replicas,
    )
    says = "the status says so: observedGeneration is current, and all counts are spec.replicas"
    yield claim(deployment.observed and status == (wanted,) * 4, says, d)


@eventually_always(name=CONVERGE)
def bare_replica_sets_converge(c: Cluster, r: BareReplicaSetId) -> Claims:
    """The same for a ReplicaSet that no Deployment owns."""
    rs = c.replica_sets.get(r)
    if rs is None:
        return
    pods = [(p, pod) for p in c.scope.replica_sets[r].pods if (pod := c.pods.get(p)) is not None]
    staying = [(p, pod) for p, pod in pods if not pod.deleting]
    ready = [p for p, pod in staying if really_ready(c, p, pod)]
    wanted = rs.replicas
    yield claim(len(ready) == len(staying) == wanted, "exactly the wanted pods run and are ready", r)
    status = (rs.status_replicas, rs.ready_replicas, rs.available_replicas)
    yield claim(rs.observed and status == (wanted,) * 3, "the status says so", r)


# ---------------------------------------------------------------- rolling update


def _available(c: Cluster, d: DeploymentId) -> list[PodId]:
    return [p for p, pod in _pods_of(c, d) if pod.ready and really_ready(c, p, pod) and not pod.until_available.armed]


def _active(c: Cluster, d: DeploymentId) -> int:
    return sum(not pod.deleting and pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED) for _, pod in _pods_of(c, d))


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
    lost = [p for p in had if p not in have]
    kept = len(have) >= min(floor, len(had))
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
