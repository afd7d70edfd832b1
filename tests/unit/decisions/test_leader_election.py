"""Leader election: who may write the Lease, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.leader_election import (
    LEASE_DURATION_SECONDS,
    RENEW_DEADLINE_SECONDS,
    RETRY_PERIOD_SECONDS,
    LeaderElectionRecord,
    Observation,
    try_acquire_or_renew,
)

OTHERS = LeaderElectionRecord(holder_identity="other", renew_time=100, leader_transitions=3)
EXPIRY = LEASE_DURATION_SECONDS


def test_a_lease_that_does_not_exist_is_taken() -> None:
    """The first candidate creates it, and counts no transition."""
    attempt = try_acquire_or_renew("me", None, None, 7)

    assert attempt.write == LeaderElectionRecord(holder_identity="me", acquire_time=7, renew_time=7)


def test_another_holder_is_waited_for() -> None:
    """The wait runs from the moment at which the candidate has first seen the record."""
    first = try_acquire_or_renew("me", OTHERS, None, 0)
    before = try_acquire_or_renew("me", OTHERS, first.observation, EXPIRY - 1)
    at_end = try_acquire_or_renew("me", OTHERS, before.observation, EXPIRY)

    assert (first.write, before.write) == (None, None)
    assert at_end.write is not None
    assert (at_end.write.holder_identity, at_end.write.leader_transitions) == ("me", 4)


@given(
    renew_time=st.floats(allow_nan=False, allow_infinity=False),
    acquire_time=st.floats(allow_nan=False, allow_infinity=False),
)
def test_clocks_are_never_compared(renew_time: float, acquire_time: float) -> None:
    """Whatever times stand in the record, only the candidate's own clock decides."""
    stored = LeaderElectionRecord(holder_identity="other", renew_time=renew_time, acquire_time=acquire_time)

    assert try_acquire_or_renew("me", stored, Observation(stored, 0), EXPIRY - 1).write is None
    assert try_acquire_or_renew("me", stored, Observation(stored, 0), EXPIRY).write is not None


def test_a_renewal_starts_the_wait_anew() -> None:
    """A record that has changed is a holder that lives."""
    renewed = LeaderElectionRecord(holder_identity="other", renew_time=101, leader_transitions=3)

    attempt = try_acquire_or_renew("me", renewed, Observation(OTHERS, 0), 1000)

    assert attempt.write is None
    assert attempt.observation == Observation(renewed, 1000)


def test_a_released_lease_is_taken_at_once() -> None:
    """A record without a holder keeps nobody out."""
    released = LeaderElectionRecord(leader_transitions=3)

    attempt = try_acquire_or_renew("me", released, Observation(released, 0), 0)

    assert attempt.write is not None
    assert attempt.write.leader_transitions == 4


def test_the_holder_renews() -> None:
    """When it became leader and the number of transitions stay, even after its duration has run out."""
    mine = LeaderElectionRecord(holder_identity="me", acquire_time=1, renew_time=5, leader_transitions=2)

    attempt = try_acquire_or_renew("me", mine, Observation(mine, 5), 500)

    assert attempt.write == LeaderElectionRecord(
        holder_identity="me", acquire_time=1, renew_time=500, leader_transitions=2
    )


def test_a_leader_gives_up_before_another_may_take_over() -> None:
    """The deadlines leave room: 10 seconds and one retry are less than 15."""
    assert RENEW_DEADLINE_SECONDS + RETRY_PERIOD_SECONDS < LEASE_DURATION_SECONDS
