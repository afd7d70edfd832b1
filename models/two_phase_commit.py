"""Two-phase commit: resource managers prepare, a transaction manager decides, and nobody may disagree.

Source: Gray and Lamport, "Consensus on Transaction Commit"; the TwoPhase module of the TLA+ examples.
"""

from __future__ import annotations

from enum import Enum
from typing import NewType

from clusterproof import Claims, Component, Map, SetOf, System, always, claim, require, state

# --- state

ResourceManager = NewType("ResourceManager", str)


class Vote(Enum):
    """Where a resource manager stands."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Decision(Enum):
    """What the transaction manager has decided."""

    NONE = "none"
    COMMIT = "commit"
    ABORT = "abort"


@state
class Transaction:
    """The votes, the "prepared" messages that were sent and heard, and the decision."""

    votes: Map[ResourceManager, Vote]
    sent: SetOf[ResourceManager]
    heard: SetOf[ResourceManager]
    decision: Decision = Decision.NONE


# --- actions

manager = Component("transaction-manager")
resource = Component("resource-manager", each=ResourceManager)


@manager.action
def hear(t: Transaction, r: ResourceManager) -> None:
    """The transaction manager receives "prepared" from a resource manager."""
    require(t.decision is Decision.NONE)
    require(r in t.sent)
    t.heard.add(r)


@manager.action
def commit(t: Transaction) -> None:
    """It commits once it has heard from everybody."""
    require(t.decision is Decision.NONE)
    require(t.heard.is_full())
    t.decision = Decision.COMMIT


@manager.action
def abort(t: Transaction) -> None:
    """It may abort as long as it has not decided."""
    require(t.decision is Decision.NONE)
    t.decision = Decision.ABORT


@resource.action
def prepare(t: Transaction, r: ResourceManager) -> None:
    """A working resource manager prepares, and says so."""
    require(t.votes[r] is Vote.WORKING)
    t.votes[r] = Vote.PREPARED
    t.sent.add(r)


@resource.action
def give_up(t: Transaction, r: ResourceManager) -> None:
    """A working resource manager aborts by itself."""
    require(t.votes[r] is Vote.WORKING)
    t.votes[r] = Vote.ABORTED


@resource.action
def obey(t: Transaction, r: ResourceManager) -> None:
    """A resource manager hears the decision and follows it."""
    require(t.decision is not Decision.NONE)
    t.votes[r] = Vote.COMMITTED if t.decision is Decision.COMMIT else Vote.ABORTED


# --- faults: none; losing a message is the same as not receiving it yet

# --- properties


def has_vote(r: ResourceManager, t: Transaction, vote: Vote) -> bool:
    """It is this one's vote."""
    return t.votes[r] is vote


def has_decided(r: ResourceManager, t: Transaction) -> bool:
    """It is over for this one."""
    return t.votes[r] in (Vote.COMMITTED, Vote.ABORTED)


@always
def nobody_disagrees(t: Transaction) -> Claims:
    """No resource manager commits while another aborts."""
    committed = t.votes.count(has_vote, t, Vote.COMMITTED)
    aborted = t.votes.count(has_vote, t, Vote.ABORTED)
    decided = t.votes.matching(has_decided, t) if committed and aborted else ()
    yield claim(not decided, "all outcomes agree", *decided)


# --- system


def system(n: int = 3) -> System[Transaction]:
    """Two-phase commit with n resource managers."""
    managers = [ResourceManager(f"r{i}") for i in range(n)]
    start = Transaction(votes=Map((r, Vote.WORKING) for r in managers), sent=SetOf(managers), heard=SetOf(managers))
    return System(
        start,
        components=[manager, resource],
        properties=[nobody_disagrees],
        symmetric=[ResourceManager],
        symmetry=False,  # so that it has as many states as elsewhere
        name="two-phase-commit",
    )
