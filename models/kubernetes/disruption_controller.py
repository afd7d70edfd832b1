"""The disruption controller: how many pods a PodDisruptionBudget can spare now.

Source: pkg/controller/disruption/disruption.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, ownership
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import disruption as decisions
from clusterproof.models.kubernetes.decisions.disruption import BudgetStatus, CoveredPod
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.names import (
    BudgetId,
    ControllerRevisionId,
    DaemonSetId,
    JobId,
    OwnerId,
    PodId,
    ReplicaSetId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.state import Cluster

controller = Component(
    "disruption-controller",
    runs_when=controllers_run,
    fair=weak,
    writes=("budgets", "pods.disrupted", *apiserver.COMMIT),
)


def covered_pods(c: Cluster, b: BudgetId) -> list[CoveredPod]:
    """The pods a budget selects, with what controls their number."""
    found = []
    for p in c.scope.pods_of_budget[b]:
        pod = c.pods.get(p)
        if pod is None or not matches(c.scope.budgets[b].selector, c.scope.template(p, pod.owner).labels):
            continue
        top = None
        if pod.owner is not None:
            top = _top_controller(c, pod.owner)
        awaited = pod.disrupted.armed and not pod.disrupted.due()
        ready = pod.ready and not awaited
        found.append(CoveredPod(name=p, ready=ready, deleting=pod.deleting, controller=top))
    return found


def _top_controller(c: Cluster, owner: OwnerId) -> str:
    """What sets the number of a pod's siblings: a Deployment rather than its ReplicaSet."""
    revision = c.scope.controller_revisions.get(ControllerRevisionId(owner))
    if revision is not None:
        return f"{revision.kind}/{revision.owner}"
    replica_set = c.scope.replica_sets.get(ReplicaSetId(owner))
    if replica_set is None or ownership.is_orphaned(c, ReplicaSetId(owner)):
        return owner
    return replica_set.deployment or owner


def wanted_status(c: Cluster, b: BudgetId) -> BudgetStatus | None:
    """The status that a sync would write; None when it fails, as with a percentage of a DaemonSet's pods."""
    budget = c.scope.budgets[b]
    pods = covered_pods(c, b)
    scales: dict[str, int] = {}
    for pod in pods:
        if pod.controller is not None and pod.controller not in scales:
            replicas = _replicas(c, pod.controller)
            if replicas is not None:
                scales[pod.controller] = replicas
    try:
        return decisions.sync_pdb(budget.min_available, budget.max_unavailable, pods, scales, {})
    except decisions.NoScaleError:
        return None


def _replicas(c: Cluster, controller_name: str) -> int | None:
    """How many pods a controller is to have; DaemonSets and Jobs have no scale subresource that would say it."""
    kind, slash, name = controller_name.partition("/")
    if slash and kind == "DaemonSet" and DaemonSetId(name) in c.scope.daemon_sets:
        return None
    if JobId(controller_name) in c.scope.jobs:
        return None
    if slash and kind == "StatefulSet" and (s := StatefulSetId(name)) in c.scope.stateful_sets:
        return c.stateful_sets[s].replicas if s in c.stateful_sets else 0
    for d in c.scope.deployments:
        if d == controller_name:
            return c.deployments[d].replicas if d in c.deployments else 0
    return next((rs.replicas for r, rs in c.replica_sets.items() if r == controller_name), 0)


@controller.action
def sync(c: Cluster, b: BudgetId) -> None:
    """Write the budget's status, whole, when it differs from what the pods say.

    When that cannot be told, disruptionsAllowed becomes 0 and the rest stays (failSafe).
    """
    budget = c.budgets[b]
    require(budget.exists)
    wanted = wanted_status(c, b)
    if wanted is None:
        require(budget.disruptions_allowed != 0)
        budget.disruptions_allowed = 0
        apiserver.update(c, budget)
        return
    new = (wanted.expected_pods, wanted.desired_healthy, wanted.current_healthy, wanted.disruptions_allowed)
    old = (budget.expected_pods, budget.desired_healthy, budget.current_healthy, budget.disruptions_allowed)
    going = [p for p in c.scope.pods_of_budget[b] if p in c.pods and _is_settled(c, p)]
    require(new != old or not budget.observed or bool(going))
    budget.expected_pods, budget.desired_healthy, budget.current_healthy, budget.disruptions_allowed = new
    budget.observed = True
    for p in going:
        c.pods[p].disrupted = Timer()
    apiserver.update(c, budget)


def _is_settled(c: Cluster, p: PodId) -> bool:
    """An entry of disruptedPods that has served: its pod is being deleted, or two minutes have passed.

    Source: buildDisruptedPodMap
    """
    pod = c.pods[p]
    return pod.disrupted.armed and (pod.deleting or pod.disrupted.due())
