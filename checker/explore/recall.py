"""Before the walks: counterexamples of earlier runs are tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.checker.explore import answers
from clusterproof.checker.explore.attempt import attempt, way_until_it_raises
from clusterproof.checker.explore.remembered import Remembered
from clusterproof.checker.replay import ReplayError, steps_named
from clusterproof.compiled import PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError

if TYPE_CHECKING:
    from clusterproof.checker.explore.exploration import Exploration

MOST_STARTS = 64
"""From so many initial states a remembered counterexample is tried."""


def recall(exploration: Exploration) -> int:
    """Try what is remembered, and forget what breaks nothing any more. Returns how many there were."""
    tried = 0
    scopes = exploration.scopes
    for about in exploration.terrain(0).abouts:
        for data, remembered in exploration.memory.recall(about.judged.name, about.object_name):
            tried += 1
            own = [n for n, each in enumerate(scopes) if dict(each.settings) == dict(remembered.settings)]
            said = [_again(exploration, remembered, scope, about) for scope in own or range(len(scopes))]
            kept = any(finding.kept == data for finding in exploration.findings.all())
            if own and None not in said and not kept:  # fixed, or known better now
                exploration.memory.forget(about.judged.name, about.object_name, data)
    return tried


def _again(exploration: Exploration, remembered: Remembered, scope: int, about: PropertyInstance) -> bool | None:
    """Whether a remembered counterexample still is one, in this scope.

    None where its steps mean nothing here, as with a fault that is not in scope: elsewhere it may be of use.
    """
    terrain = exploration.terrain(scope)
    try:
        steps = steps_named(terrain.compiled, remembered.steps)
    except ReplayError:
        return None
    named = [a for a in terrain.abouts if (a.judged.name, a.object_name) == (about.judged.name, about.object_name)]
    own_start = terrain.starts[remembered.start : remembered.start + 1]
    for start in [*own_start, *terrain.starts[:MOST_STARTS]]:  # its own may have another number now
        for there in named:
            example = answers.unproven(there, remembered, start, steps)
            try:
                found = attempt(terrain, example, steps[: remembered.stem])
            except (UserCodeError, ImpureError) as error:
                exploration.fail(error, way_until_it_raises(terrain, example))
            if found is not None:
                exploration.keep(terrain, scope, [found])
                return True
    return False
