"""Preemption, step by step: nominate a node, delete the victims, bind.

Source: pkg/scheduler/framework/preemption/preemption.go
"""

from __future__ import annotations

from kubernetes_systems import WORKER, WORKER2, after, changed, disruption_budget, is_enabled, pod, small_system

from clusterproof import Table, evolve
from clusterproof.models.kubernetes import preemption, scheduler
from clusterproof.models.kubernetes.names import PodId
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase

LOW, VITAL = PodId("bare"), PodId("vital")
BUDGET = disruption_budget("maxUnavailable: 0")


def full(*more: str, workers: int = 1, **spec: str) -> Cluster:
    """Return a cluster whose first worker is full of a pod that matters little, while another one waits."""
    waits = pod(", ".join(["priority: 10", *(f"{key}: {value}" for key, value in spec.items())]), name="vital")
    system = small_system(pod(), waits, *more, workers=workers, pods=1, start="apply", properties=())
    (start,) = system.initial_states
    pods = {LOW: Pod(node=WORKER, phase=PodPhase.RUNNING), VITAL: Pod()}
    return evolve(start, pods=Table(start.pods.ids, pods))


def nominated(c: Cluster) -> set[str]:
    """Return the nodes that may be nominated for the waiting pod."""
    return {label.removeprefix("node=") for label in preemption.nominate.outcomes(c, VITAL)}


def test_a_node_is_freed_and_taken() -> None:
    """The node is nominated, its pod deleted, and once that is gone the waiting pod is bound there."""
    chosen = after(full(), preemption.nominate, VITAL)
    assert chosen.pods[VITAL].nominated == WORKER
    assert not is_enabled(chosen, preemption.nominate, VITAL)

    deleted = after(chosen, preemption.preempt, VITAL)
    assert deleted.pods[LOW].deleting
    assert not is_enabled(deleted, preemption.preempt, VITAL)
    assert not is_enabled(deleted, preemption.nominate, VITAL)
    assert not is_enabled(deleted, scheduler.bind, VITAL)

    gone = evolve(deleted, pods=Table(deleted.pods.ids, {VITAL: deleted.pods[VITAL]}))
    bound = after(gone, scheduler.bind, VITAL)
    assert (bound.pods[VITAL].node, bound.pods[VITAL].nominated) == (WORKER, None)


def test_a_pod_that_fits_preempts_nobody() -> None:
    """With a free node there is no victim."""
    assert nominated(full(workers=2)) == set()
    assert is_enabled(full(workers=2), scheduler.bind, VITAL)


def test_who_matters_as_little_has_no_such_action() -> None:
    """Only pods that matter more than some other one are asked."""
    assert full().scope.preempting_pods == (VITAL,)
    assert full(preemptionPolicy="Never").scope.preempting_pods == ()


def test_the_freed_room_is_kept() -> None:
    """A pod that matters less is not bound where room was made for another."""
    chosen = changed(full(), "pods", VITAL, nominated=WORKER)
    empty = evolve(chosen, pods=Table(chosen.pods.ids, {LOW: Pod(), VITAL: chosen.pods[VITAL]}))

    assert not is_enabled(empty, scheduler.bind, LOW)
    assert is_enabled(empty, scheduler.bind, VITAL)


def test_a_nominated_node_comes_first() -> None:
    """While its nominated node has room a pod goes nowhere else."""
    chosen = changed(full(workers=2), "pods", VITAL, nominated=WORKER2)
    free = evolve(chosen, pods=Table(chosen.pods.ids, {VITAL: chosen.pods[VITAL]}))

    assert set(scheduler.bind.outcomes(free, VITAL)) == {f"node={WORKER2}"}


def test_budgets_are_broken_only_where_nothing_else_helps() -> None:
    """Of two full nodes the one without a budget is nominated; a single one is nominated all the same."""
    covered = full(BUDGET)
    (b,) = covered.budgets
    covered = changed(covered, "budgets", b, exists=True)

    assert nominated(covered) == {WORKER}
