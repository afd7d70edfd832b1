"""Declared symmetry is checked: renaming interchangeable ids must commute with every action.

A random permutation of the ids is applied to sampled reachable states; the steps from the renamed state must be the
renamed steps. Pools hand out ids in the renamed order, for which of several equal ids is taken is a matter of names.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from typing import Any

from clusterproof.checker.renaming import Renamer, Renaming
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, Instance, PropertyInstance, Step, text_of
from clusterproof.errors import SpecError
from clusterproof.evaluation import Judgement


def check_symmetry(compiled: Compiled, *, samples: int = 24, seconds: float = 2.0, seed: int = 0) -> None:
    """Check the symmetry a system declares on some reachable states.

    samples: how many states. seconds: where it stops early. Raises SpecError that names the action and the ids.
    """
    universes = {hint: _universe(compiled, hint) for hint in compiled.system.symmetric}
    if not any(len(ids) > 1 for ids in universes.values()):
        return
    chance = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    deadline = time.monotonic() + seconds
    for row in sampled_rows(compiled, samples, chance):
        renaming = {hint: _shuffled(ids, chance) for hint, ids in universes.items()}
        check_renaming(compiled, row, renaming)
        if time.monotonic() > deadline:
            return


def _universe(compiled: Compiled, hint: Any) -> tuple[Any, ...]:
    ids = compiled.schema.universes.get(hint)
    if ids is None or hint in compiled.schema.ambiguous:
        name = getattr(hint, "__name__", hint)
        message = f"symmetric={name}: the state has no collection, or different ones, over its ids.\n"
        raise SpecError(message + "  declare id types only that are keys of a Map, Table or SetOf")
    return ids


def _shuffled(ids: Sequence[Any], chance: random.Random) -> dict[Any, Any]:
    to = list(ids)
    while len(ids) > 1 and to == list(ids):
        chance.shuffle(to)
    return dict(zip(ids, to, strict=True))


def sampled_rows(compiled: Compiled, count: int, chance: random.Random) -> Iterable[str]:
    """Reachable rows, from random walks of growing length; the initial ones first."""
    starts = compiled.initial_rows()
    yield from starts[:count]
    row, length, walked = starts[0], 8, 0
    for _ in range(count - len(starts)):
        steps = compiled.steps(row).steps
        if not steps or walked >= length:
            row, length, walked = chance.choice(starts), length * 2, 0
            steps = compiled.steps(row).steps
            if not steps:
                return
        row, walked = chance.choice(steps).row, walked + 1
        yield row


def check_renaming(compiled: Compiled, row: str, renaming: Renaming) -> None:
    """Compare the steps of a row with those of the renamed row. Raises SpecError where they differ."""
    renamer = Renamer(compiled, renaming)
    there = renamer.row(row)
    steps = _steps_by_instance(compiled, row)
    with renamer.handing_out():
        renamed = _steps_by_instance(compiled, there)
    for instance in (*compiled.instances, compiled.clock):
        expected = {renamer.row(reached) for reached in steps.get(instance, ())}
        if expected != renamed.get(renamer.instance(instance), set()):
            raise SpecError(told_apart(f"{instance}", renaming))


def _steps_by_instance(compiled: Compiled, row: str) -> dict[Instance, set[str]]:
    found: dict[Instance, set[str]] = {}
    for step in compiled.steps(row).steps:
        found.setdefault(step.instance, set()).add(step.row)
    return found


def property_is_symmetric(compiled: Compiled, judged: Property[Any], row: str, renaming: Renaming) -> bool:
    """Whether a property says the same of a row and of the renamed row, about the renamed objects.

    A property may well tell ids apart; only then it must not be judged on states merged by symmetry.
    """
    renamer = Renamer(compiled, renaming)
    there = renamer.row(row)
    return all(
        _say_the_same(compiled.judge(about, row), compiled.judge(_renamed(about, renamer), there))
        for about in compiled.property_instances(judged)
    )


def step_property_is_symmetric(
    compiled: Compiled, judged: Property[Any], row: str, step: Step, renaming: Renaming
) -> bool:
    """Whether a step property says the same of a step and of the renamed step, about the renamed objects."""
    renamer = Renamer(compiled, renaming)
    by = [each.info if judged.wants_step else None for each in (step.instance, renamer.instance(step.instance))]
    before, after = renamer.row(row), renamer.row(step.raw)
    return all(
        _say_the_same(
            compiled.judge(about, row, step.raw, by[0]),
            compiled.judge(_renamed(about, renamer), before, after, by[1]),
        )
        for about in compiled.property_instances(judged)
    )


def _renamed(about: PropertyInstance, renamer: Renamer) -> PropertyInstance:
    hints = about.judged.parameters.values()
    arguments = tuple(renamer.value(a, h) for a, h in zip(about.arguments, hints, strict=True))
    return PropertyInstance(judged=about.judged, arguments=arguments)


def _say_the_same(first: Judgement, second: Judgement) -> bool:
    return (first.holds, first.response) == (second.holds, second.response)


def told_apart(who: str, renaming: Renaming) -> str:
    """The message for somebody who tells apart ids that are declared symmetric."""
    names = ", ".join(getattr(hint, "__name__", str(hint)) for hint in renaming)
    swapped = ", ".join(f"{text_of(a)} -> {text_of(b)}" for to in renaming.values() for a, b in to.items() if a != b)
    message = f"{who} tells apart ids that are declared symmetric ({names}): renaming {swapped} changes what it does.\n"
    return message + f"  do not compare or order ids, or take the type out of System(symmetric=[{names}])"
