"""PodDisruptionBudgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, timestamp
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, plain_name, typed
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.names import BudgetId, PodId
from clusterproof.models.kubernetes.state import PodDisruptionBudget


def disruption_budgets(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every PodDisruptionBudget."""
    for b, budget in instant.cluster.budgets.items():
        if budget.exists:
            yield _budget(instant, b, budget)


def _budget(instant: Instant, b: BudgetId, budget: PodDisruptionBudget) -> dict[str, Any]:
    fixed = instant.cluster.scope.budgets[b]
    policy = fixed.unhealthy_pod_eviction_policy
    selector = {} if fixed.selector is None else {"selector": label_selector(fixed.selector)}
    return typed(
        "PodDisruptionBudget",
        metadata=metadata_of_manifest(
            instant, "PodDisruptionBudget", fixed.metadata, lambda c: c.budgets[b].exists, generation=1
        ),
        spec={
            **given(
                minAvailable=fixed.min_available,
                maxUnavailable=fixed.max_unavailable,
                unhealthyPodEvictionPolicy=None if policy == "IfHealthyBudget" else policy,
            ),
            **selector,
        },
        status=given(
            observedGeneration=1 if budget.observed else None,
            expectedPods=budget.expected_pods,
            desiredHealthy=budget.desired_healthy,
            currentHealthy=budget.current_healthy,
            disruptionsAllowed=budget.disruptions_allowed,
            disruptedPods=_disrupted_pods(instant, b),
        ),
    )


def _disrupted_pods(instant: Instant, b: BudgetId) -> dict[str, str]:
    """The pods whose eviction was granted and who are not gone, with when it was."""
    c = instant.cluster
    pods = [p for p in c.scope.pods_of_budget[b] if p in c.pods and c.pods[p].disrupted.armed]
    return {plain_name(p): _since(instant, p) for p in pods}


def _since(instant: Instant, p: PodId) -> str:
    return instant.since(lambda c: p in c.pods and c.pods[p].disrupted.armed) or timestamp(0)
