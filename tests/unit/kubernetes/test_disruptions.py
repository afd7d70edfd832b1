"""Budgets, evictions, drains and cordons.

Source: pkg/controller/disruption/disruption.go, pkg/registry/core/pod/storage/eviction.go
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    WORKER,
    after,
    changed,
    deployment,
    disruption_budget,
    is_enabled,
    running_cluster,
    without,
)

from clusterproof import Timer
from clusterproof.models.kubernetes import disruption_controller, kubectl
from clusterproof.models.kubernetes.names import BudgetId, PodId
from clusterproof.models.kubernetes.state import Cluster, DrainState, PodPhase

WEB, A, B = BudgetId("web"), PodId("web-a"), PodId("web-b")


@cache
def calm(budget: str = "maxUnavailable: 1", replicas: int = 2) -> Cluster:
    """Return pods with a budget on one worker, which may be drained."""
    return running_cluster(deployment(replicas), disruption_budget(budget), drains=[WORKER])


@cache
def draining(budget: str = "maxUnavailable: 1") -> Cluster:
    """Return the same while the worker is drained."""
    return after(calm(budget), kubectl.drain, WORKER)


@pytest.mark.parametrize(
    ("budget", "replicas", "desired", "allowed"),
    [
        ("maxUnavailable: 10%", 3, 2, 1),
        ("maxUnavailable: 1", 2, 1, 1),
        ("maxUnavailable: 0", 2, 2, 0),
        ("minAvailable: 50%", 3, 2, 1),
        ("minAvailable: 2", 2, 2, 0),
    ],
)
def test_a_budget_spares_what_it_says(budget: str, replicas: int, desired: int, allowed: int) -> None:
    """Percentages round up, of maxUnavailable as well as of minAvailable: 10 % of 3 is 1."""
    status = calm(budget, replicas).budgets[WEB]

    assert (status.expected_pods, status.current_healthy) == (replicas, replicas)
    assert (status.desired_healthy, status.disruptions_allowed) == (desired, allowed)


def test_an_eviction_is_charged_before_the_pod_goes() -> None:
    """First the budget is written, then the pod is deleted: two writes, two steps."""
    c = after(draining(), kubectl.evict, WORKER, A)
    assert (c.budgets[WEB].disruptions_allowed, c.pods[A].deleting) == (0, False)
    assert c.pods[A].disrupted == Timer(120)

    c = after(c, kubectl.delete_evicted, A)
    assert c.pods[A].deleting


def test_a_budget_without_anything_to_spare_refuses() -> None:
    """429: nothing changes, and kubectl tries again."""
    c = after(draining(), kubectl.evict, WORKER, A)

    assert not is_enabled(c, kubectl.evict, WORKER, B)
    assert not is_enabled(draining("maxUnavailable: 0"), kubectl.evict, WORKER, A)


def test_a_pod_that_is_not_running_is_deleted_at_once() -> None:
    """A pending pod is not asked about.

    Source: canIgnorePDB
    """
    c = changed(draining("maxUnavailable: 0"), "pods", A, phase=PodPhase.PENDING, ready=False)

    c = after(c, kubectl.evict, WORKER, A)
    assert c.pods[A].deleting


def test_an_evicted_pod_counts_as_disrupted() -> None:
    """Until it goes it is not healthy, so that nobody spends the same budget twice."""
    charged = after(draining(), kubectl.evict, WORKER, A)

    assert after(charged, disruption_controller.sync, WEB).budgets[WEB].current_healthy == 1


def test_an_entry_ends_after_two_minutes() -> None:
    """A granted eviction whose pod did not go is forgotten."""
    c = changed(after(draining(), kubectl.evict, WORKER, A), "pods", A, disrupted=Timer(0), evicting=False)
    c = after(c, disruption_controller.sync, WEB)

    assert (c.pods[A].disrupted, c.budgets[WEB].current_healthy) == (Timer(), 2)


def test_a_drain_cordons_first() -> None:
    """The node is unschedulable before the first eviction."""
    assert draining().nodes[WORKER].unschedulable
    assert draining().drains[WORKER] is DrainState.DRAINING


def test_a_drain_ends_when_no_pod_is_left() -> None:
    """`node drained`."""
    assert not is_enabled(draining(), kubectl.finish_drain, WORKER)
    empty = without(without(draining(), "pods", A), "pods", B)

    assert after(empty, kubectl.finish_drain, WORKER).drains[WORKER] is DrainState.DONE


def test_nothing_is_evicted_from_a_node_that_is_not_drained() -> None:
    """A cordon alone drives nobody away."""
    c = after(calm(), kubectl.cordon, WORKER)

    assert not is_enabled(c, kubectl.evict, WORKER, A)


def test_an_uncordoned_node_may_be_drained_again() -> None:
    """Uncordon undoes the cordon of a drain that is over."""
    c = changed(draining(), "nodes", WORKER)
    assert not is_enabled(c, kubectl.uncordon, WORKER)
    done = after(without(without(c, "pods", A), "pods", B), kubectl.finish_drain, WORKER)
    c = after(done, kubectl.uncordon, WORKER)

    assert not c.nodes[WORKER].unschedulable
    assert is_enabled(c, kubectl.drain, WORKER)


def test_kubectl_delete_asks_no_budget() -> None:
    """Budgets guard evictions, not deletions."""
    assert after(calm("maxUnavailable: 0"), kubectl.delete_pod, A).pods[A].deleting
