"""What an exploration covered: what was tried, what happened, and an honest guess at what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from clusterproof.checker.trace import Trace

PROVES_NOTHING = "a sample proves nothing"
"""How the reason of a verdict ends where an exploration found no counterexample."""


@frozen(kw_only=True)
class Coverage:
    """What was covered, over all scopes.

    examples: the mixes that were drawn. seen: distinct states. at_least: a lower bound for all states of the scopes.
    new_share: of the states that the last walks met, the share that was new. full: more states were met than are
    remembered, so that `seen` may count some twice. idle: actions and faults that nothing tried ever took.
    claims: how many different ones were judged. silent: properties that made none. remembered: counterexamples of
    earlier runs that were tried first. runs: some that broke nothing, unlike each other.
    """

    seed: int
    profile: str
    examples: int
    walks: int
    steps: int
    seconds: float
    seen: int
    at_least: int
    new_share: float
    full: bool = False
    scopes: Sequence[str] = ()
    actions: int = 0
    actions_taken: int = 0
    faults: int = 0
    faults_struck: int = 0
    claims: int = 0
    silent: Sequence[str] = ()
    remembered: int = 0
    runs: Sequence[Trace] = ()

    @property
    def steps_per_second(self) -> float:
        """How fast it walked."""
        return self.steps / self.seconds if self.seconds > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """As JSON, without the runs."""
        return {
            "seed": self.seed,
            "profile": self.profile,
            "examples": self.examples,
            "walks": self.walks,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "steps_per_second": round(self.steps_per_second),
            "states_seen": self.seen,
            "states_at_least": self.at_least,
            "new_share_of_last_walks": round(self.new_share, 4),
            "scopes": list(self.scopes),
            "actions": {"taken": self.actions_taken, "of": self.actions},
            "faults": {"struck": self.faults_struck, "of": self.faults},
            "claims_judged": self.claims,
            "silent_properties": list(self.silent),
            "remembered": self.remembered,
        }
