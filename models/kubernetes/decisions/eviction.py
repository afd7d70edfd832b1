"""What the apiserver answers to an eviction.

Source: pkg/registry/core/pod/storage/eviction.go
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from attrs import frozen

MAX_DISRUPTED_PODS = 2000
RETRIES = 20
"""How often a conflicting write is tried before the handler gives up."""


class Outcome(Enum):
    """What the handler does with one look at the pod and at its budgets."""

    DELETE = "delete"
    """Delete the pod; the budget is not consulted, or not charged."""
    DECREMENT_AND_DELETE = "decrement and delete"
    """Write the budget's status first (compare and swap: a conflict re-reads it), then delete the pod."""
    REFUSE = "refuse"


class OnConflict(Enum):
    """What a conflict of the DELETE's resourceVersion precondition leads to."""

    IMPOSSIBLE = "no precondition"
    RETRY = "look at the pod again"
    TOO_MANY_REQUESTS = "429"


@frozen(kw_only=True)
class BudgetView:
    """A PodDisruptionBudget that selects the pod, as the handler reads it."""

    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    disrupted_pods: int = 0
    observed: bool = True
    unhealthy_pod_eviction_policy: str = "IfHealthyBudget"


@frozen(kw_only=True)
class EvictionDecision:
    """What happens, and for a refusal its status code, cause and Retry-After."""

    outcome: Outcome
    on_conflict: OnConflict = OnConflict.IMPOSSIBLE
    code: int = 0
    cause: str = ""
    retry_after_seconds: int = 0


DELETE = EvictionDecision(outcome=Outcome.DELETE)
DECREMENT_AND_DELETE = EvictionDecision(outcome=Outcome.DECREMENT_AND_DELETE)
STILL_BEING_PROCESSED = EvictionDecision(
    outcome=Outcome.REFUSE, code=429, cause="still being processed", retry_after_seconds=10
)


def can_ignore_pdb(phase: str, deleting: bool) -> bool:
    """Whether a pod is deleted without asking any budget. Source: eviction.go, canIgnorePDB."""
    return phase in ("Pending", "Succeeded", "Failed") or deleting


def evict(phase: str, ready: bool, deleting: bool, budgets: Sequence[BudgetView]) -> EvictionDecision:
    """The answer to an eviction of a pod that these budgets select.

    A pod that may be ignored is deleted; only one that is Pending, and may become ready meanwhile, with a
    resourceVersion precondition.
    Source: eviction.go, EvictionREST.Create
    """
    if can_ignore_pdb(phase, deleting):
        pending = phase == "Pending" and not deleting
        retry = OnConflict.RETRY if pending else OnConflict.IMPOSSIBLE
        return EvictionDecision(outcome=Outcome.DELETE, on_conflict=retry)
    if len(budgets) > 1:
        return EvictionDecision(outcome=Outcome.REFUSE, code=500, cause="more than one PodDisruptionBudget")
    if not budgets:
        return DELETE
    budget = budgets[0]
    if not ready and unhealthy_pod_may_go(budget):
        return EvictionDecision(outcome=Outcome.DELETE, on_conflict=OnConflict.TOO_MANY_REQUESTS)
    return check_and_decrement(budget)


def unhealthy_pod_may_go(budget: BudgetView) -> bool:
    """Whether a pod that is not ready is deleted without charging the budget.

    Source: eviction.go, EvictionREST.Create (unhealthyPodEvictionPolicy)
    """
    if budget.unhealthy_pod_eviction_policy == "AlwaysAllow":
        return True
    return budget.current_healthy >= budget.desired_healthy > 0


def check_and_decrement(budget: BudgetView) -> EvictionDecision:
    """Charge the budget, or refuse: 429 may be tried again, 403 may not.

    Source: eviction.go, checkAndDecrement
    """
    if not budget.observed:
        return STILL_BEING_PROCESSED
    if budget.disruptions_allowed < 0:
        return EvictionDecision(outcome=Outcome.REFUSE, code=403, cause="disruptions allowed is negative")
    if budget.disrupted_pods > MAX_DISRUPTED_PODS:
        return EvictionDecision(outcome=Outcome.REFUSE, code=403, cause="too many evictions not confirmed")
    if budget.disruptions_allowed == 0:
        return EvictionDecision(outcome=Outcome.REFUSE, code=429, cause="DisruptionBudget")
    return DECREMENT_AND_DELETE


def disruption_allowed_reason(disruptions_allowed: int) -> str:
    """The reason of a budget's condition DisruptionAllowed.

    Source: staging/src/k8s.io/component-helpers/apps/poddisruptionbudget/helpers.go
    """
    return "SufficientPods" if disruptions_allowed > 0 else "InsufficientPods"


def propagate_dry_run(of_request: Sequence[str], of_eviction: Sequence[str]) -> tuple[str, ...]:
    """The dryRun that holds: of whichever names one. Source: eviction.go, propagateDryRun.

    Raises ValueError when both name one and they differ.
    """
    if of_request and of_eviction and list(of_request) != list(of_eviction):
        raise ValueError(f"dryRun differs: {list(of_request)} in the request, {list(of_eviction)} in the eviction")
    return tuple(of_eviction or of_request)
