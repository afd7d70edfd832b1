"""After the walks: what was found is made readable, shown in a smaller scope where that is possible, and kept."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clusterproof.checker.explore import answers
from clusterproof.checker.explore.findings import Finding
from clusterproof.checker.explore.shrink import shrunk

if TYPE_CHECKING:
    from clusterproof.checker.explore.exploration import Exploration

SECONDS_AFTER_INTERRUPT = 3.0
"""How long what was found is shrunk when somebody has pressed Ctrl-C."""


def make_readable(exploration: Exploration, interrupted: Sequence[bool]) -> None:
    """Shrink every finding, each with a fair share of the time that is left. interrupted: once more, by Ctrl-C."""
    found = list(exploration.findings.all())
    end = exploration.stop.started + exploration.profile.seconds
    if exploration.stop.interrupted:
        end = min(end, time.monotonic() + SECONDS_AFTER_INTERRUPT)
    for number, finding in enumerate(found):
        left = max(end - time.monotonic(), 1.0) / (len(found) - number)
        deadline = time.monotonic() + (0.0 if interrupted else left)
        with contextlib.suppress(KeyboardInterrupt):
            finding.example = shrunk(finding.terrain, finding.example, deadline, interrupted)
            _in_a_smaller_scope(exploration, finding, deadline)
        exploration.remember(finding)


def _in_a_smaller_scope(exploration: Exploration, finding: Finding, deadline: float) -> None:
    """Show the same in an earlier scope, where that is possible: scopes are ordered by size."""
    for scope in range(finding.scope):
        if time.monotonic() > deadline:
            return
        terrain = exploration.terrain(scope)
        smaller = answers.translated(terrain, finding)
        if smaller is not None:
            finding.terrain, finding.scope = terrain, scope
            finding.example = shrunk(terrain, smaller, deadline)
            return
