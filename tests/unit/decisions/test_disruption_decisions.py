"""Budgets, and what evictions may take from them."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions import disruption, eviction
from clusterproof.models.kubernetes.decisions.disruption import BudgetStatus, CoveredPod, NoScaleError, sync_pdb
from clusterproof.models.kubernetes.decisions.eviction import BudgetView, EvictionDecision, OnConflict, Outcome, evict


def ready_pods(count: int, controller: str | None = "web") -> list[CoveredPod]:
    """Ready pods of one controller."""
    return [CoveredPod(name=f"p{index}", ready=True, controller=controller) for index in range(count)]


def test_percentages_round_up_on_both_sides() -> None:
    """30% of 7 is 3 that may be unavailable, and 28% of 11 is 4 that must be available."""
    assert disruption.get_expected_pod_count(None, "30%", 5, 7) == (7, 4)
    assert disruption.get_expected_pod_count("28%", None, 5, 11) == (11, 4)


def test_an_integer_minimum_counts_the_pods_that_are_there() -> None:
    """It needs no controller, so that it covers bare pods too."""
    assert BudgetStatus(disruptions_allowed=1, current_healthy=3, desired_healthy=2, expected_pods=3) == sync_pdb(
        2, None, ready_pods(3, controller=None), {}, {}
    )


def test_a_budget_without_limits_allows_nothing() -> None:
    """With neither field set, no pods are expected and no healthy one may go."""
    assert sync_pdb(None, None, ready_pods(3), {"web": 3}, {}).disruptions_allowed == 0


def test_a_controller_without_scale_is_an_error() -> None:
    """A percentage of nobody-knows-what fails, and the controller then allows nothing."""
    with pytest.raises(NoScaleError, match="has no scale subresource"):
        sync_pdb("50%", None, ready_pods(1, controller="daemon"), {"web": 3}, {})


def test_each_controller_counts_once() -> None:
    """Two pods of one Deployment expect its replicas, not twice that."""
    pods = [*ready_pods(2), CoveredPod(name="x", ready=True, controller="api"), CoveredPod(name="y", ready=True)]

    assert disruption.get_expected_scale(pods, {"web": 3, "api": 2, "other": 9}) == 5


def test_granted_evictions_count_as_gone_for_two_minutes() -> None:
    """A pod about to go is not healthy; when it is overdue it counts again."""
    pods = ready_pods(3)

    assert sync_pdb(1, None, pods, {}, {"p0": 0.0}, now_seconds=119).current_healthy == 2
    assert sync_pdb(1, None, pods, {}, {"p0": 0.0}, now_seconds=121).current_healthy == 3
    assert sync_pdb(1, None, pods, {}, {"p0": 0.0}, now_seconds=121).disrupted_pods == {}


def test_the_deployment_above_a_replica_set_is_asked() -> None:
    """A ReplicaSet's own number is used only when nothing controls it."""
    rs, deployment = ("ReplicaSet", "apps/v1"), ("Deployment", "apps/v1")

    assert disruption.scale_of_pod_controller(rs, 4, deployment, 10) == 10
    assert disruption.scale_of_pod_controller(rs, 4) == 4
    assert disruption.scale_of_pod_controller(("DaemonSet", "apps/v1"), 4) is None


@pytest.mark.parametrize(
    ("phase", "deleting", "on_conflict"),
    [
        ("Pending", False, OnConflict.RETRY),
        ("Failed", False, OnConflict.IMPOSSIBLE),
        ("Running", True, OnConflict.IMPOSSIBLE),
    ],
)
def test_pods_that_disrupt_nothing_are_deleted_directly(phase: str, deleting: bool, on_conflict: OnConflict) -> None:
    """Pending, terminal and terminating pods never ask the budget, even an empty or a doubled one."""
    expected = EvictionDecision(outcome=Outcome.DELETE, on_conflict=on_conflict)

    assert expected == evict(phase, True, deleting, [BudgetView(), BudgetView()])


def test_without_a_budget_every_pod_may_be_evicted_and_with_two_none() -> None:
    """No budget deletes, several are an internal error."""
    assert Outcome.DELETE is evict("Running", True, False, []).outcome
    assert evict("Running", True, False, [BudgetView(), BudgetView()]).code == 500


def test_a_healthy_pod_is_charged() -> None:
    """A ready pod takes one from the budget, or is refused with 429 when there is none."""
    assert Outcome.DECREMENT_AND_DELETE is evict("Running", True, False, [BudgetView(disruptions_allowed=1)]).outcome
    assert evict("Running", True, False, [BudgetView()]).code == 429


def test_an_unhealthy_pod_goes_free_when_the_budget_is_met_or_does_not_care() -> None:
    """IfHealthyBudget looks at the others; AlwaysAllow does not."""
    met = BudgetView(current_healthy=2, desired_healthy=2)
    missed = BudgetView(current_healthy=1, desired_healthy=2)
    always = BudgetView(current_healthy=1, desired_healthy=2, unhealthy_pod_eviction_policy="AlwaysAllow")

    assert OnConflict.TOO_MANY_REQUESTS is evict("Running", False, False, [met]).on_conflict
    assert evict("Running", False, False, [missed]).code == 429
    assert Outcome.DELETE is evict("Running", False, False, [always]).outcome
    assert evict("Running", True, False, [always]).code == 429


def test_a_budget_that_is_behind_or_overdrawn_refuses() -> None:
    """A status of an older spec asks to wait; a negative or overfull one forbids."""
    assert evict("Running", True, False, [BudgetView(disruptions_allowed=1, observed=False)]).retry_after_seconds == 10
    assert evict("Running", True, False, [BudgetView(disruptions_allowed=-1)]).code == 403
    assert evict("Running", True, False, [BudgetView(disruptions_allowed=1, disrupted_pods=2001)]).code == 403


def test_dry_runs_must_agree() -> None:
    """Either side may ask for a dry run, and two different wishes are an error."""
    assert ("All",) == eviction.propagate_dry_run([], ["All"]) == eviction.propagate_dry_run(["All"], [])
    with pytest.raises(ValueError, match="dryRun differs"):
        eviction.propagate_dry_run(["All"], ["Some"])
