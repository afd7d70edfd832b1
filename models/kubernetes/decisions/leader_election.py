"""Leader election over a Lease: who may write it, and when a holder counts as gone.

A holder is gone when its record has not changed for its duration on the candidate's own clock; the times that stand in
the record are never compared with it. Nothing is fenced: an old holder may still finish a write that it has begun.
Source: staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go
"""

from __future__ import annotations

from attrs import evolve, frozen

LEASE_DURATION_SECONDS = 15
RENEW_DEADLINE_SECONDS = 10
"""A leader that could not renew for this long exits."""
RETRY_PERIOD_SECONDS = 2


@frozen(kw_only=True)
class LeaderElectionRecord:
    """What the Lease says; times are in seconds, on the clock of whoever wrote them."""

    holder_identity: str = ""
    lease_duration_seconds: int = LEASE_DURATION_SECONDS
    acquire_time: float = 0
    renew_time: float = 0
    leader_transitions: int = 0


@frozen
class Observation:
    """The record that a candidate saw last, and since when on its own clock (seconds) it has been the same."""

    record: LeaderElectionRecord
    since_seconds: float


@frozen
class Attempt:
    """What a candidate does: write is the record it tries to store, None while another one holds the lease.

    The candidate leads once the write has succeeded, which is a compare-and-swap on what it has read.
    """

    write: LeaderElectionRecord | None
    observation: Observation | None


def is_lease_valid(observation: Observation, now_seconds: float) -> bool:
    """Whether the record has changed within its own duration. Source: isLeaseValid"""
    return observation.since_seconds + observation.record.lease_duration_seconds > now_seconds


def try_acquire_or_renew(
    identity: str,
    stored: LeaderElectionRecord | None,
    observed: Observation | None,
    now_seconds: float,
    lease_duration_seconds: int = LEASE_DURATION_SECONDS,
) -> Attempt:
    """What the candidate writes, having read the stored record; None is a Lease that does not exist yet.

    A leader whose write fails has lost nothing: it asks again until its renew deadline.
    Source: tryAcquireOrRenew
    """
    fresh = LeaderElectionRecord(
        holder_identity=identity,
        lease_duration_seconds=lease_duration_seconds,
        acquire_time=now_seconds,
        renew_time=now_seconds,
    )
    if stored is None:
        return Attempt(fresh, observed)
    if observed is None or observed.record != stored:
        observed = Observation(stored, now_seconds)
    if stored.holder_identity == identity:
        kept = evolve(fresh, acquire_time=stored.acquire_time, leader_transitions=stored.leader_transitions)
        return Attempt(kept, observed)
    if stored.holder_identity and is_lease_valid(observed, now_seconds):
        return Attempt(None, observed)
    return Attempt(evolve(fresh, leader_transitions=stored.leader_transitions + 1), observed)
