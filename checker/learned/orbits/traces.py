"""The trace of one object as the trace of another: the same steps with ids exchanged, as they really happen.

Which id a pool hands out is not for a renaming to say. Where another free id comes, the rest of the trace goes on with
that one; both are free, so nothing else changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from clusterproof.checker.learned.orbits.classes import Classes
from clusterproof.checker.renaming import Renamer, Renaming
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import Compiled, Step


def renamed_trace(compiled: Compiled, path: Path, renaming: Renaming, classes: Classes) -> tuple[Path, Renaming] | None:
    """A path with ids renamed, and the renaming that its end came out by; None when the system has no such path.

    classes: the ids that may take each other's place where a pool hands them out. Every row of the path that is
    returned is reached by steps of the system from one of its initial rows.
    """
    renamer = Renamer(compiled, renaming)
    rows = [renamer.row(path.rows[0])]
    if rows[0] not in compiled.initial_rows():
        return None
    steps: list[Stepped] = []
    for (instance, _), row in zip(path.steps, path.rows[1:], strict=True):
        wanted = renamer.instance(instance)
        enabled = [step for step in compiled.steps(rows[-1]).steps if step.instance is wanted]
        found = _taken(renamer, rows[-1], row, enabled, classes)
        if found is None:
            return None
        step, renamer = found
        steps.append((step.instance, step.label))
        rows.append(step.row)
    return Path(steps=tuple(steps), rows=tuple(rows)), renamer.renaming


def _taken(
    renamer: Renamer, here: str, row: str, enabled: Sequence[Step], classes: Classes
) -> tuple[Step, Renamer] | None:
    """The step that leads to the renamed row, maybe after exchanging ids that are both free here."""
    there = renamer.row(row)
    for step in enabled:
        if step.row == there:
            return step, renamer
    free = _free_exchanges(renamer.compiled, here, classes)
    for step in enabled:
        met = _exchanged(renamer, row, step.row, free)
        if met is not None:
            return step, met
    return None


def _free_exchanges(compiled: Compiled, here: str, classes: Classes) -> list[Renaming]:
    """The exchanges of two ids of a pool that change nothing in a row."""
    pairs = [each.exchange(*pair) for each in classes.of if each.pooled for pair in combinations(each.ids, 2)]
    return [exchange for exchange in pairs if Renamer(compiled, exchange).row(here) == here]


def _exchanged(renamer: Renamer, row: str, target: str, free: Sequence[Renaming]) -> Renamer | None:
    """The renaming with further exchanges that turns a row into the target; each must make them more alike."""
    apart = _differences(renamer.row(row), target)
    while apart:
        options = [Renamer(renamer.compiled, _then(renamer.renaming, exchange)) for exchange in free]
        best = min(options, key=lambda option: _differences(option.row(row), target), default=renamer)
        left = _differences(best.row(row), target)
        if left >= apart:
            return None
        renamer, apart = best, left
    return renamer


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _then(renaming: Renaming, exchange: Renaming) -> Renaming:
    """One renaming after the other."""
    found: dict[Any, dict[Any, Any]] = {hint: dict(to) for hint, to in renaming.items()}
    for hint, to in exchange.items():
        before = found.setdefault(hint, {})
        sources = {*before, *to}
        found[hint] = {i: to.get(before.get(i, i), before.get(i, i)) for i in sources}
    return found
