"""Preemption: the scheduler makes room for a pod that fits nowhere, at the cost of pods of lower priority.

Upstream deletes the victims and nominates the node within one scheduling cycle. Here each write is a step of its own:
first the nomination, which keeps the room from pods that are no more important, then one victim after the other.
Source: pkg/scheduler/framework/preemption/preemption.go (Preempt, prepareCandidate), pkg/scheduler/schedule_one.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof import choose, require
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.decisions import preemption as decisions
from clusterproof.models.kubernetes.decisions import scheduler as scheduling
from clusterproof.models.kubernetes.decisions.preemption import Budget, Candidate
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.names import BudgetId, PodId, PreemptingPodId
from clusterproof.models.kubernetes.scheduler import node_infos, placed, pods_on_nodes, priority_of, scheduler
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase

__all__ = ["candidates", "nominate", "preempt", "scheduler"]


@scheduler.action(writes=("pods.nominated", "pods.resource_version", *apiserver.COMMIT))
def nominate(c: Cluster, p: PreemptingPodId) -> None:
    """A pod fits nowhere, and would on a node without some pods of lower priority: that is its nominated node."""
    pod = _waiting(c, p)
    found = candidates(c, p, pod)
    require(pod.nominated not in {each.node for each in found})  # its victims are still to be deleted
    priorities = {q: priority_of(c, PodId(q), c.pods[PodId(q)]) for each in found for q in each.victims}
    best = decisions.pick_one_node_for_preemption(found, priorities)
    pod.nominated = choose([n for n in c.scope.nodes if n in best], label="node")
    apiserver.update(c, pod)


@scheduler.action(writes=("pods", *apiserver.COMMIT))
def preempt(c: Cluster, p: PreemptingPodId) -> None:
    """DELETE the next victim on the nominated node; budgets are asked only when victims are chosen."""
    pod = _waiting(c, p)
    require(pod.nominated is not None)
    here = [each for each in candidates(c, p, pod, going_on=True) if each.node == pod.nominated]
    victims = [PodId(q) for each in here for q in each.victims]
    apiserver.delete_pod(c, require(next((q for q in victims if not c.pods[q].deleting), None)))


def _waiting(c: Cluster, p: PodId) -> Pod:
    """A pod that waits for a node."""
    pod = require(c.pods.get(p))
    require(pod.node is None and not pod.deleting and pod.phase is PodPhase.PENDING)
    return pod


def candidates(c: Cluster, p: PodId, pod: Pod, *, going_on: bool = False) -> list[Candidate]:
    """The nodes where it helps that pods go; none where the pod fits somewhere, or has to wait for earlier victims.

    going_on: the victims of its nominated node are being deleted.
    """
    incoming, pods = placed(c, p, pod), pods_on_nodes(c, p)
    nodes = node_infos(c, pods)
    if scheduling.find_nodes_that_fit(incoming, nodes):
        return []
    nominated = next((node for node in nodes if node.spec.name == pod.nominated), None)
    if not _is_eligible(incoming, nominated, nodes, going_on=going_on):
        return []
    names = {str(n): [q for q, _ in pods.get(n, ())] for n in c.scope.nodes}
    budgets = [_budget(c, b) for b in c.scope.budgets if c.budgets[b].exists]
    return decisions.find_candidates(incoming, nodes, names, budgets)


def _is_eligible(pod: PlacedPod, nominated: NodeInfo | None, nodes: Sequence[NodeInfo], *, going_on: bool) -> bool:
    unresolvable = nominated is not None and (
        scheduling.status_code(scheduling.feasible(pod, nominated, nodes)) == "UnschedulableAndUnresolvable"
    )
    return decisions.pod_eligible_to_preempt_others(
        pod,
        policy=pod.spec.preemption_policy,
        nominated=None if going_on else nominated,
        unresolvable=unresolvable,
    )


def _budget(c: Cluster, b: BudgetId) -> Budget:
    budget = c.scope.budgets[b]
    return Budget(
        disruptions_allowed=c.budgets[b].disruptions_allowed,
        covers=lambda pod: pod.namespace == budget.metadata.namespace and matches(budget.selector, pod.labels),
        disrupted=[p for p in c.scope.pods_of_budget[b] if p in c.pods and c.pods[p].disrupted.armed],
    )
