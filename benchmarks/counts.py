"""What a search has counted, held against what it should have counted."""

from __future__ import annotations

from anchors import Anchor
from attrs import frozen


class WrongCountsError(Exception):
    """A search did not see exactly what there is to see."""


@frozen(kw_only=True)
class Counts:
    """How many states a search has found, and how many steps it has generated."""

    states: int
    generated: int

    def check(self, anchor: Anchor) -> None:
        """Raises WrongCountsError where one of them is not what it should be."""
        for what, found, right in (
            ("states", self.states, anchor.states),
            ("generated steps", self.generated, anchor.generated),
        ):
            if found != right:
                raise WrongCountsError(f"{found:,} {what}, not {right:,}")
