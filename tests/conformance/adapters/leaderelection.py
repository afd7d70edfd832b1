"""Leader election: rows tell what the Lease says, since when the candidate has seen that, and who holds it then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof.models.kubernetes.decisions.leader_election import (
    LeaderElectionRecord,
    Observation,
    try_acquire_or_renew,
)

from .conversion import Adapter, Expect, Given, seconds

ME = "me"
THOUSAND_HOURS = 1000 * 3600


def _record(given: str | Mapping[str, Any]) -> LeaderElectionRecord | None:
    if given == "absent":
        return None
    if isinstance(given, str):
        assert given == "record without holder"
        return LeaderElectionRecord()
    return LeaderElectionRecord(
        holder_identity=given.get("holder", ""), lease_duration_seconds=given.get("leaseDurationSeconds", 0)
    )


def _observation(given: Given, record: LeaderElectionRecord | None) -> Observation | None:
    """Since when the record is known: "recently" is a duration that has not run out.

    Upstream's test sets it a thousand hours ahead, so that a record without a duration has not run out either.
    """
    if record is None:
        return None
    if "observedSameRecordSince" in given:
        amount = given["observedSameRecordSince"].removesuffix(" ago")
        return Observation(record, seconds(f"now-{amount}") or 0)
    return Observation(record, THOUSAND_HOURS) if given.get("observed") == "recently" else None


def _try_acquire_or_renew(given: Given, expect: Expect) -> object:
    stored, now_seconds = _record(given["lease"]), 0
    observed = _observation(given, stored)
    if "firstTry" in given:
        first = try_acquire_or_renew(ME, stored, observed, now_seconds)
        assert first.write is None
        observed, now_seconds = first.observation, given["retryAfterSeconds"]
    written = try_acquire_or_renew(ME, stored, observed, now_seconds).write
    holder = written or stored
    assert holder is not None
    before = stored.leader_transitions if stored else 0
    answer = {
        "acquired": written is not None,
        "transition": holder.leader_transitions > before,
        "holder": holder.holder_identity,
    }
    return {key: answer[key] for key in expect}


ADAPTERS: dict[str, Adapter] = {"tryAcquireOrRenew": _try_acquire_or_renew}
