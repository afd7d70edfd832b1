"""Taking the steps of a counterexample again, some of them left out: does what is left still show it?"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import attrs

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.endings import Ending, is_pending
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import PropertyInstance, Step
from clusterproof.errors import ImpureError, UserCodeError


def stem_of(example: Counterexample) -> tuple[Stepped, ...]:
    """The steps of a counterexample up to where its loop begins, all of them where it has none."""
    return example.path.steps if example.loop_from is None else example.path.steps[: example.loop_from]


def attempt(
    terrain: Terrain, example: Counterexample, steps: Sequence[Stepped], start: str | None = None
) -> Counterexample | None:
    """The counterexample that other steps to the same end give, if they do; steps that are not possible are left out.

    steps: up to where the loop begins. start: where to begin, the start of the example unless told.
    """
    about, says = example.about, example.says
    first = example.path.rows[0] if start is None else start
    at_end = about.judged.kind in LIVENESS or about.judged is NO_DEADLOCK
    if not at_end and is_broken_in(terrain, about, says, first):
        return attrs.evolve(example, path=Path(steps=(), rows=(first,)))
    taken: list[Stepped] = []
    rows = [first]
    for stepped in steps:
        step = terrain.step_named(rows[-1], stepped)
        if step is None:
            continue
        broken = not at_end and is_broken_by(terrain, about, says, rows[-1], step)
        if step.row == rows[-1] and not broken:
            continue
        taken.append((step.instance, step.label))
        rows.append(step.row)
        if broken:
            return attrs.evolve(example, path=Path(steps=tuple(taken), rows=tuple(rows)))
    return ended(terrain, example, Path(steps=tuple(taken), rows=tuple(rows))) if at_end else None


def way_until_it_raises(terrain: Terrain, example: Counterexample) -> Path:
    """The steps of a counterexample that can be taken before a function raises."""
    path = Path(steps=(), rows=example.path.rows[:1])
    with contextlib.suppress(UserCodeError, ImpureError):
        for stepped in example.path.steps:
            step = terrain.step_named(path.rows[-1], stepped)
            if step is not None:
                path = path.then((step.instance, step.label), step.row)
    return path


def is_broken_in(terrain: Terrain, about: PropertyInstance, says: str, row: str) -> bool:
    """Whether a claim about states is broken in one (or, of `reachable`, holds there)."""
    if about.judged.kind not in ("always", "reachable"):
        return False
    wanted = about.judged.kind == "reachable"
    return any(made.holds is wanted and made.says == says for made, _ in terrain.memo.judge(about, row).claims)


def is_broken_by(terrain: Terrain, about: PropertyInstance, says: str, before: str, step: Step) -> bool:
    """Whether a claim is broken by a step, or in the state that it leads to."""
    if about.judged.kind != "step":
        return is_broken_in(terrain, about, says, step.row)
    info = step.instance.info if about.judged.wants_step else None
    claims = terrain.memo.judge(about, before, step.raw, info).claims
    return any(not made.holds and made.says == says for made, _ in claims)


def ended(terrain: Terrain, example: Counterexample, path: Path) -> Counterexample | None:
    """The counterexample that a way to its end gives: nothing is possible there, or a fair run goes on from there."""
    about = example.about
    if about.judged is NO_DEADLOCK:
        return attrs.evolve(example, path=path) if terrain.is_stuck(path.rows[-1]) else None
    rows, steps = [path.rows[-1]], list[Stepped]()
    for stepped in example.path.steps[len(stem_of(example)) :]:
        step = terrain.step_named(rows[-1], stepped)
        if step is not None and step.row != rows[-1]:
            steps.append((step.instance, step.label))
            rows.append(step.row)
    pending = about.judged.kind == "leads_to" and is_pending(terrain, about, path.rows)
    violation = Ending(terrain, Path(steps=tuple(steps), rows=tuple(rows))).violation(about, pending=pending)
    if violation is None:
        return None
    return attrs.evolve(
        violation,
        path=Path(
            steps=(*path.steps, *violation.path.steps),
            rows=(*path.rows, *violation.path.rows[1:]),
        ),
        loop_from=None if violation.loop_from is None else violation.loop_from + len(path.steps),
    )
