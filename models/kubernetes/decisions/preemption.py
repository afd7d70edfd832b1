"""Preemption: which pods of lower priority go so that a pod that fits nowhere gets a node.

Source: pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go,
pkg/scheduler/framework/preemption/preemption.go
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import evolve, frozen

from clusterproof.models.kubernetes.decisions.scheduler import feasible, status_code
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod

NEVER = "Never"


@frozen(kw_only=True)
class Budget:
    """A PodDisruptionBudget, as preemption looks at it.

    disruptions_allowed: how many more of its pods may be disrupted. covers: whether it selects a pod. disrupted: the
    names of pods that have been charged to it already.
    """

    disruptions_allowed: int
    covers: Callable[[PlacedPod], bool]
    disrupted: Collection[str] = ()


@frozen(kw_only=True)
class Candidate:
    """A node, with the pods that have to go, by their names, and how many of them break a budget."""

    node: str
    victims: tuple[str, ...]
    violations: int = 0


def pod_eligible_to_preempt_others(
    pod: PlacedPod, *, policy: str, nominated: NodeInfo | None = None, unresolvable: bool = False
) -> bool:
    """Whether a pod that fits nowhere may look for victims now.

    nominated: the node that was freed for it before, where pods of lower priority may still be on their way out.
    unresolvable: that node refuses it for a reason that no preemption mends, so that it need not wait.
    Source: default_preemption.go, PodEligibleToPreemptOthers
    """
    if policy == NEVER:
        return False
    if nominated is None or unresolvable:
        return True
    return not any(other.terminating and other.spec.priority < pod.spec.priority for other in nominated.pods)


def select_victims_on_node(
    pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo], names: Sequence[str], budgets: Sequence[Budget] = ()
) -> Candidate | None:
    """The least pods that have to go from a node; None where the pod does not fit even without any of lower priority.

    names: of the node's pods, in their order, which counts where priorities are equal: the first one is spared first.
    Source: default_preemption.go, SelectVictimsOnNode
    """
    lower = [n for n, other in enumerate(node.pods) if other.spec.priority < pod.spec.priority]
    kept = set(range(len(node.pods))) - set(lower)
    if not lower or not _fits(pod, node, all_nodes, kept):
        return None
    violating = _break_budgets(node.pods, lower, names, budgets)
    victims: list[int] = []
    by_importance = sorted(lower, key=lambda n: (n not in violating, -node.pods[n].spec.priority, n))
    for n in by_importance:  # those that would break a budget are spared first
        if _fits(pod, node, all_nodes, kept | {n}):
            kept.add(n)
        else:
            victims.append(n)
    victims.sort(key=lambda n: (-node.pods[n].spec.priority, n))
    return Candidate(
        node=node.spec.name,
        victims=tuple(names[n] for n in victims),
        violations=sum(n in violating for n in victims),
    )


def find_candidates(
    pod: PlacedPod,
    all_nodes: Sequence[NodeInfo],
    names: Mapping[str, Sequence[str]],
    budgets: Sequence[Budget] = (),
) -> list[Candidate]:
    """What could be done on each node where it helps that pods go. names: per node those of its pods.

    Source: preemption.go, findCandidates (which samples only from 100 nodes on)
    """
    hopeful = [node for node in all_nodes if status_code(feasible(pod, node, all_nodes)) == "Unschedulable"]
    found = (select_victims_on_node(pod, node, all_nodes, names[node.spec.name], budgets) for node in hopeful)
    return [each for each in found if each is not None]


def pick_one_node_for_preemption(candidates: Sequence[Candidate], priorities: Mapping[str, int]) -> tuple[str, ...]:
    """The best nodes: fewest broken budgets, lowest highest priority, lowest sum of priorities, fewest victims.

    priorities: of the victims, by name. Of nodes that are equal in all this upstream takes the one whose most important
    victim started last; start times are not known here, so that all of them may be taken.
    Source: preemption.go, pickOneNodeForPreemption
    """

    def rank(each: Candidate) -> tuple[int, int, int, int]:
        of = [priorities[name] for name in each.victims]
        return each.violations, max(of, default=-(2**31)), sum(priority + 2**31 for priority in of), len(of)

    best = min(map(rank, candidates), default=None)
    return tuple(each.node for each in candidates if rank(each) == best)


def _fits(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo], kept: Collection[int]) -> bool:
    """Whether the pod fits a node on which only some of its pods are left."""
    left = evolve(node, pods=tuple(other for n, other in enumerate(node.pods) if n in kept))
    return feasible(pod, left, [left if each is node else each for each in all_nodes]) is None


def _break_budgets(
    pods: Sequence[PlacedPod], lower: Sequence[int], names: Sequence[str], budgets: Sequence[Budget]
) -> set[int]:
    """Which of the pods, the most important ones first, would break a budget if all of them went.

    Source: default_preemption.go, filterPodsWithPDBViolation
    """
    left = [budget.disruptions_allowed for budget in budgets]
    violating = set()
    for n in sorted(lower, key=lambda n: (-pods[n].spec.priority, n)):
        for number, budget in enumerate(budgets):
            if budget.covers(pods[n]) and names[n] not in budget.disrupted:
                left[number] -= 1
                if left[number] < 0:
                    violating.add(n)
    return violating
