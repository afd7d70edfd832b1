"""Declared symmetry is checked: renaming interchangeable ids must commute with every action.

A random permutation of the ids is applied to sampled reachable states; the steps from the renamed state must be the
renamed steps. Pools hand out ids in the renamed order, for which of several equal ids is taken is a matter of names.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field

from clusterproof.claims import Property
from clusterproof.compiled import Compiled, Instance, PropertyInstance, text_of
from clusterproof.errors import SpecError
from clusterproof.schema import Shape

Renaming = Mapping[Any, Mapping[Any, Any]]
"""Per id type, which id becomes which."""


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
    recorder = compiled.evaluator.recorder
    steps = _steps_by_instance(compiled, row)
    recorder.pool_order = renamer.pool_order
    try:
        renamed = _steps_by_instance(compiled, there)
    finally:
        recorder.pool_order = None
    for instance in (*compiled.instances, compiled.clock):
        expected = {renamer.row(reached) for reached in steps.get(instance, ())}
        if expected != renamed.get(renamer.instance(instance), set()):
            raise SpecError(_complaint(f"{instance}", renaming))


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
    hints = list(judged.parameters.values())
    for about in compiled.property_instances(judged):
        arguments = tuple(renamer.value(a, h) for a, h in zip(about.arguments, hints, strict=True))
        first = compiled.judge(about, row)
        second = compiled.judge(PropertyInstance(judged=judged, arguments=arguments), there)
        if (first.holds, first.response) != (second.holds, second.response):
            return False
    return True


def _complaint(who: str, renaming: Renaming) -> str:
    names = ", ".join(getattr(hint, "__name__", str(hint)) for hint in renaming)
    swapped = ", ".join(f"{text_of(a)} -> {text_of(b)}" for to in renaming.values() for a, b in to.items() if a != b)
    message = f"{who} tells apart ids that are declared symmetric ({names}): renaming {swapped} changes what it does.\n"
    return message + f"  do not compare or order ids, or take the type out of System(symmetric=[{names}])"


@define(eq=False)
class Renamer:
    """Applies one renaming to rows, instances and pools of a compiled system."""

    compiled: Compiled
    renaming: Renaming
    _moved: list[int] = field(init=False)
    _instances: dict[tuple[Any, tuple[Any, ...]], Instance] = field(init=False)
    _ids: dict[Any, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        self._ids = {a: b for to in self.renaming.values() for a, b in to.items()}
        self._instances = {(instance.action, instance.arguments): instance for instance in compiled.instances}
        self._moved = list(range(len(compiled.schema.slots)))
        self._move(compiled.schema.root, compiled.schema.root)
        for instance in compiled.instances:
            if instance.deadline_slot >= 0:
                self._moved[instance.deadline_slot] = self.instance(instance).deadline_slot

    def _move(self, source: Shape, target: Shape) -> None:
        if source.slot >= 0:
            self._moved[source.slot] = target.slot
        to = self.renaming.get(source.key_type, {})
        for key, kid in source.kids.items():
            self._move(kid, target.kids[to.get(key, key)])

    def row(self, row: str) -> str:
        """The renamed row."""
        schema = self.compiled.schema
        renamed = list(row)
        for slot in schema.slots:
            value = self.value(schema.value_at(row, slot.number), slot.id_type) if slot.role == "value" else None
            target = self._moved[slot.number]
            if slot.role == "value":
                renamed[target] = schema.encode(target, value)
            else:
                renamed[target] = schema.encode(target, schema.value_at(row, slot.number))
        return "".join(renamed)

    def value(self, value: Any, hint: Any) -> Any:
        """A renamed value: an id, or a tuple or frozenset of ids."""
        if hint in self.renaming:
            return self.renaming[hint].get(value, value)
        return self._inside(value) if isinstance(value, (tuple, frozenset)) else value

    def _inside(self, value: Any) -> Any:
        """Inside a tuple or frozenset no type says which strings are ids: those that are equal to one."""
        if type(value) is tuple:
            return tuple(map(self._inside, value))
        if isinstance(value, frozenset):
            return frozenset(map(self._inside, value))
        return self._ids.get(value, value)

    def instance(self, instance: Instance) -> Instance:
        """The same action with renamed arguments."""
        if instance.action is None:
            return instance
        hints = instance.action.parameters.values()
        arguments = tuple(self.value(a, h) for a, h in zip(instance.arguments, hints, strict=True))
        return self._instances[instance.action, arguments]

    def pool_order(self, ids: tuple[Any, ...]) -> tuple[Any, ...]:
        """The order in which a pool of these ids hands them out."""
        return tuple(self._ids.get(identity, identity) for identity in ids)
