"""Executions that once broke a property, tried on a system that may have changed since: do they still?"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.evidence import build_trace
from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK
from clusterproof.checker.replay import ReplayError, replay_steps, steps_written
from clusterproof.checker.search import Path, Stepped
from clusterproof.checker.trace import Trace
from clusterproof.checker.violation import claims_at_the_end, require_violation
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.recorder import CutRead


def properties_named(whole: Compiled, name: str, object_name: str) -> list[PropertyInstance]:
    """The parts of a property, for one object. Raises ReplayError when there is none."""
    if name == NO_DEADLOCK.name:
        return [PropertyInstance(judged=NO_DEADLOCK)]
    found = [
        about
        for judged in whole.system.properties
        if judged.name == name
        for about in whole.property_instances(judged)
        if about.object_name == object_name
    ]
    if not found:
        shown = f"{name} [{object_name}]".removesuffix(" []")
        raise ReplayError(f"the system has no property {shown} any more")
    return found


def broken_along(
    whole: Compiled,
    about: PropertyInstance,
    texts: Sequence[str],
    *,
    says: str = "",
    loop_from: int | None = None,
    sliced: bool = False,
) -> Trace | None:
    """The story of how the steps break a property, from any initial state; None when they do not.

    says, loop_from, sliced: see `assert_fixed`. Raises ReplayError when the system does not know a step, or when the
    part that the property depends on cannot be told.
    """
    steps = steps_written(whole, texts)
    compiled = whole
    if sliced:
        from clusterproof.checker.slicing import slice_for  # noqa: PLC0415  (only large systems are sliced)

        compiled = slice_for(whole, [about]).compiled
        steps = steps_written(compiled, texts)
    try:
        for row in compiled.initial_rows():
            found = _found(compiled, about, row, steps, says, loop_from)
            if found is not None:
                return attrs.evolve(build_trace(compiled, found), shortest=False)
    except CutRead:
        raise ReplayError("the property depends on more than it did; check again") from None
    return None


def _found(
    compiled: Compiled,
    about: PropertyInstance,
    start: str,
    steps: Sequence[Stepped],
    says: str,
    loop_from: int | None,
) -> Counterexample | None:
    """The counterexample that the steps are from one initial row, if they are one."""
    rows = _taken(compiled, start, steps)
    if about.judged.kind in LIVENESS or about.judged is NO_DEADLOCK:
        if len(rows) <= len(steps) or (loop_from is not None and rows[loop_from] != rows[-1]):
            return None
        path = Path(steps=tuple(steps), rows=tuple(rows))
        stutters = loop_from is None and about.judged is not NO_DEADLOCK
        found = Counterexample(about=about, says=says, path=path, loop_from=loop_from, stutters=stutters)
        try:
            require_violation(compiled, found)
        except ReplayError:
            return None
        return found
    for length in range(len(rows)):  # it may break earlier than it did
        path = Path(steps=tuple(steps[:length]), rows=tuple(rows[: length + 1]))
        broken = claims_at_the_end(compiled, about, path, holds=False)
        if broken:
            return Counterexample(about=about, says=says if says in broken else broken[0], path=path)
    return None


def _taken(compiled: Compiled, start: str, steps: Sequence[Stepped]) -> list[str]:
    """The rows, as far as the steps can be taken."""
    rows = [start]
    for stepped in steps:
        try:
            rows.append(replay_steps(compiled, rows[-1], [stepped])[-1])
        except ReplayError:
            break
    return rows
