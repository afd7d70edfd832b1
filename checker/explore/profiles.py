"""How long and how to explore: named as Hypothesis' own profiles are."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Profile:
    """The bounds of an exploration.

    seconds: in all, shrinking included. examples: how many mixes Hypothesis draws at most. steps: the most that one
    walk takes. seed: of everything that is drawn; None takes a new one each time, which the report names.
    """

    seconds: float = 45.0
    examples: int = 100_000
    steps: int = 200
    seed: int | None = None


PROFILES: Mapping[str, Profile] = {
    "dev": Profile(),
    "ci": Profile(seed=0),
    "nightly": Profile(seconds=900.0, examples=1_000_000, steps=500),
}
"""dev: something new each time. ci: every run draws the same. nightly: longer walks for a quarter of an hour."""
