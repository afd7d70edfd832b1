"""When an exploration ends, and why, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence

from attrs import define, field

from clusterproof.checker.explore.profiles import Profile
from clusterproof.checker.memory import resident_bytes, size_text

SHARE_OF_SHRINKING = 0.3
"""How much of the time is kept for shrinking, once something was found."""

MORE_SECONDS = 10.0
"""How long walks go on after something was found: other claims may be broken as easily."""

MOST_IDLE_WALKS = 5_000
"""After so many walks that met no new state it is not worth while to go on."""


class Over(Exception):
    """Enough was tried."""


@define(eq=False, kw_only=True)
class Stop:
    """What ends an exploration.

    most_states: how many states may be seen. most_bytes: how much memory the process may use.
    scopes: how many there are. interrupted: not empty once the user has pressed Ctrl-C.
    idle_walks: how many walks in a row have met no new state. started: when the walks began.
    """

    profile: Profile
    most_states: int | None
    most_bytes: int | None = None
    stop_at_first: bool
    scopes: int
    interrupted: Sequence[bool] = ()
    idle_walks: int = 0
    started: float = field(init=False, factory=time.monotonic)
    _found_at: float | None = field(init=False, default=None)

    def note_found(self) -> None:
        """Something was refuted."""
        if self._found_at is None:
            self._found_at = time.monotonic()

    def reason(self, seen: int, *, nothing_is_left: bool) -> str:
        """Why to end now; empty where there is no reason. seen: how many states were met."""
        now, seconds = time.monotonic(), self.profile.seconds
        if self.interrupted:
            return "interrupted"
        if self._found_at is not None and self.stop_at_first:
            return "stopped at the first refutation"
        if self._found_at is not None and now > self._found_at + min(MORE_SECONDS, seconds):
            return f"{MORE_SECONDS:g} more seconds after the first refutation"
        share = 1.0 - SHARE_OF_SHRINKING if self._found_at is not None else 1.0
        if now > self.started + seconds * share:
            return f"the bound of {seconds:g} seconds"
        if self.most_states is not None and seen >= self.most_states:
            return f"the bound of {self.most_states} states"
        if self.most_bytes is not None and resident_bytes() > self.most_bytes:
            return f"the bound of {size_text(self.most_bytes)} of memory"
        if nothing_is_left:
            return "every property is decided"
        if self.idle_walks >= MOST_IDLE_WALKS * self.scopes:
            return f"the last {self.idle_walks:,} walks met no new state"
        return ""
