"""Is an execution that was taken again still a violation?"""

from __future__ import annotations

from clusterproof.checker.answers import Counterexample, fairness_of
from clusterproof.checker.fairness import Demands
from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK, is_pending
from clusterproof.checker.replay import ReplayError
from clusterproof.checker.search import Path
from clusterproof.compiled import Compiled, PropertyInstance


def require_violation(compiled: Compiled, found: Counterexample) -> None:
    """Raises ReplayError when the execution breaks nothing (for `reachable`: does not show it)."""
    judged, rows = found.about.judged, found.path.rows
    if judged is NO_DEADLOCK:
        if compiled.steps(rows[-1]).steps:
            raise ReplayError("the last state has steps: it is no deadlock any more")
    elif judged.kind in LIVENESS:
        _require_bad_loop(compiled, found)
        _require_fairness(compiled, found)
    elif found.says not in claims_at_the_end(compiled, found.about, found.path, holds=judged.kind == "reachable"):
        raise ReplayError(f"the steps can be taken, and {found.says!r} is not broken any more")


def claims_at_the_end(compiled: Compiled, about: PropertyInstance, path: Path, *, holds: bool) -> list[str]:
    """The claims about the end of an execution, its last state or its last step, that hold (or do not)."""
    rows = path.rows
    if about.judged.kind != "step":
        return [made.says for made, _ in compiled.judge(about, rows[-1]).claims if made.holds is holds]
    if not path.steps:
        return []
    instance, label = path.steps[-1]
    info = instance.info if about.judged.wants_step else None
    return [
        made.says
        for step in compiled.steps(rows[-2]).steps
        if step.instance is instance and step.label == label and step.row == rows[-1]
        for made, _ in compiled.judge(about, rows[-2], step.raw, info).claims
        if made.holds is holds
    ]


def _loop(found: Counterexample) -> tuple[str, ...]:
    rows = found.path.rows
    return rows[-1:] if found.loop_from is None else rows[found.loop_from : -1] or rows[-1:]


def _require_bad_loop(compiled: Compiled, found: Counterexample) -> None:
    about, kind = found.about, found.about.judged.kind
    if kind == "leads_to":
        broken = is_pending(compiled.judge(about, row).response for row in found.path.rows)
    else:
        holds = [compiled.judge(about, row).holds for row in _loop(found)]
        broken = not (all(holds) if kind == "eventually_always" else any(holds))
    if not broken:
        raise ReplayError("the steps can be taken, and the property holds in the end")


def _require_fairness(compiled: Compiled, found: Counterexample) -> None:
    """Raises ReplayError when the loop breaks a promise of fairness."""
    enabled = [sum(1 << number for number in _enabled(compiled, row)) for row in _loop(found)]
    steps = () if found.loop_from is None else found.path.steps[found.loop_from :]
    taken = 0
    for instance, _ in steps:
        taken |= 1 << instance.number
    weak, strong = Demands.of(fairness_of(compiled)).broken(enabled, taken)
    if weak | strong:
        number = (weak | strong).bit_length() - 1
        name = next((str(i) for i in compiled.instances if i.number == number), "the clock")
        raise ReplayError(f"the loop is not fair: {name} is put off for ever")


def _enabled(compiled: Compiled, row: str) -> set[int]:
    return {step.instance.number for step in compiled.steps(row).steps if step.row != row}
