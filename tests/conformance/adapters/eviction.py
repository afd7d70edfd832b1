"""Rows of the eviction subresource's tables: the handler's loop around the decision, as the transitions have it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from clusterproof.models.kubernetes.decisions import eviction
from clusterproof.models.kubernetes.decisions.eviction import BudgetView, OnConflict, Outcome

from .conversion import Adapter, Expect, Given

CODES = {400: "400 BadRequest", 403: "403 Forbidden", 409: "409 Conflict", 429: "429 TooManyRequests"}


@frozen(kw_only=True)
class Answer:
    """What the client gets."""

    result: str
    cause: str = ""
    delete_attempts: int = 0
    budget_consulted: bool = True
    retry_after_seconds: int = 0


def budgets_of(given: Given, policy: str) -> Sequence[BudgetView]:
    """The matching budget, if the row has one. An unset policy is the default."""
    pdb = given.get("pdb") or {}
    if not pdb.get("matchesPod", True):
        return ()
    status = pdb.get("status") or {}
    return (
        BudgetView(
            disruptions_allowed=status.get("disruptionsAllowed", 0),
            current_healthy=status.get("currentHealthy", 0),
            desired_healthy=status.get("desiredHealthy", 0),
            unhealthy_pod_eviction_policy="IfHealthyBudget" if policy == "default" else policy,
        ),
    )


def handle(given: Given, policy: str) -> Answer:
    """Repeat the decision as the handler does, against a DELETE that conflicts as often as the row says."""
    if given.get("urlNameMismatch"):
        return Answer(result=CODES[400])
    row = given.get("pod") or {}
    phase, ready = row.get("phase", ""), row.get("ready", False)
    conflicts = given.get("deleteConflicts", 0)
    conflicts_left = eviction.RETRIES if conflicts == "always" else conflicts
    attempts = 0
    while True:
        decision = eviction.evict(phase, ready, row.get("deleting", False), budgets_of(given, policy))
        consulted = not eviction.can_ignore_pdb(phase, row.get("deleting", False))
        if decision.outcome is Outcome.REFUSE:
            return Answer(
                result=CODES.get(decision.code, str(decision.code)),
                cause=decision.cause,
                delete_attempts=attempts,
                retry_after_seconds=decision.retry_after_seconds,
            )
        attempts += 1
        if given.get("deleteError"):
            return Answer(result=given["deleteError"], delete_attempts=attempts)
        if conflicts_left == 0:
            return Answer(result="deleted", delete_attempts=attempts, budget_consulted=consulted)
        conflicts_left -= 1
        if decision.on_conflict is OnConflict.TOO_MANY_REQUESTS:
            return Answer(result=CODES[429], cause=eviction.STILL_BEING_PROCESSED.cause, delete_attempts=attempts)
        if attempts >= eviction.RETRIES or given.get("clientResourceVersionPrecondition"):
            return Answer(result=CODES[409], delete_attempts=attempts)
        phase, ready = becomes(given, phase, ready)


def becomes(given: Given, phase: str, ready: bool) -> tuple[str, bool]:
    """What the pod turned into when the DELETE conflicted: "Running (not ready)" or a phase alone."""
    if "podBecomes" not in given:
        return phase, ready
    new_phase, _, remark = given["podBecomes"].partition(" (")
    return new_phase, ready and "not ready" not in remark


def eviction_rows(given: Given, expect: Expect) -> object:
    """A row holds for every policy that it lists."""
    for policy in given["unhealthyPodEvictionPolicies"]:
        answer = handle(given, policy)
        full = {
            "result": answer.result,
            "cause": answer.cause,
            "deleteAttempts": answer.delete_attempts,
            "pdbConsulted": answer.budget_consulted,
        }
        seen = {key: full[key] for key in expect}
        if seen != expect:
            return {"policy": policy, **seen}
    return expect


def eviction_pdb_status(given: Given, expect: Expect) -> object:
    """Ready pods, each evicted in turn: every granted eviction takes one from the budget."""
    (budget,) = budgets_of(given, "default")
    for _ in range(given["evict"]):
        assert eviction.evict("Running", True, False, (budget,)).outcome is Outcome.DECREMENT_AND_DELETE
        budget = evolve(budget, disruptions_allowed=budget.disruptions_allowed - 1)
    return {
        "disruptionsAllowed": budget.disruptions_allowed,
        "DisruptionAllowedConditionReason": eviction.disruption_allowed_reason(budget.disruptions_allowed),
    }


def eviction_with_delete_options(given: Given, _: Expect) -> object:
    try:
        dry_run = eviction.propagate_dry_run(given.get("requestDryRun") or [], given.get("evictionDryRun") or [])
    except ValueError:
        return {"result": CODES[400], "podDeleted": False}
    return {"result": "success", "podDeleted": not dry_run}


def check_and_decrement(given: Given, expect: Expect) -> object:
    budget = BudgetView(
        disruptions_allowed=given.get("disruptionsAllowed", 0),
        disrupted_pods=given.get("disruptedPods", 0),
        observed=given.get("observedGeneration", 0) >= given.get("generation", 0),
    )
    decision = eviction.evict("Running", True, False, (budget,) * given.get("matchingPDBs", 1))
    full = {
        "result": CODES.get(decision.code, str(decision.code)),
        "cause": decision.cause,
        "retryAfterSeconds": decision.retry_after_seconds,
    }
    return {key: full[key] for key in expect}


ADAPTERS: dict[str, Adapter] = {
    "Eviction": eviction_rows,
    "EvictionIgnorePDB": eviction_rows,
    "EvictionPDBStatus": eviction_pdb_status,
    "EvictionWithDeleteOptions": eviction_with_delete_options,
    "checkAndDecrement (source)": check_and_decrement,
}
