"""Renaming ids: what rows, values, instances of actions and of properties become when some ids change their names.

Types say what is an id. A string in a slot that is declared as `str` is no id, whatever it says.
"""

from __future__ import annotations

import typing
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from attrs import define, field

from clusterproof.claims import Property
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.components import Action
from clusterproof.errors import SpecError
from clusterproof.schema import Shape

Renaming = Mapping[Any, Mapping[Any, Any]]
"""Per id type, which id becomes which."""


@lru_cache(maxsize=4096)
def id_types_in(hint: Any) -> frozenset[Any]:
    """The id types that a hint is made of: PodId and NodeId for `tuple[PodId, NodeId | None]`."""
    return frozenset(_id_types(hint))


def _id_types(hint: Any) -> Iterator[Any]:
    if isinstance(hint, typing.NewType):
        yield hint
        yield from _id_types(hint.__supertype__)
    for part in typing.get_args(hint):
        yield from _id_types(part)


@lru_cache(maxsize=4096)
def is_one_of(hint: Any, of: Any) -> bool:
    """Whether every id of a type is one of another type: the same, or what it was made of by NewType."""
    while isinstance(hint, typing.NewType):
        if hint is of:
            return True
        hint = hint.__supertype__
    return hint is of


@lru_cache(maxsize=4096)
def hints_of(takes: Action[Any] | Property[Any]) -> tuple[Any, ...]:
    """The types of the parameters of an action or a property."""
    return tuple(takes.parameters.values())


@lru_cache(maxsize=4096)
def id_types_of(takes: Action[Any] | Property[Any]) -> frozenset[Any]:
    """The id types that the parameters of an action or a property are made of."""
    return frozenset().union(*map(id_types_in, hints_of(takes)))


def id_types_of_values(compiled: Compiled, slot: int) -> frozenset[Any]:
    """The id types whose ids the values of a slot may hold."""
    return frozenset().union(*(id_types_in(hint) for hint in compiled.schema.ids_in.get(slot, ())))


@define(eq=False)
class _Run:
    """Slots `start` to `end` that move together, to `target` and what follows. known: what became of their characters.

    The fields of one object are such slots, and much the same in many rows.
    """

    start: int
    end: int
    target: int
    known: dict[str, str] = field(init=False, factory=dict)


def _runs(moved: Sequence[int], changing: Collection[int]) -> list[_Run]:
    """The runs of the slots that change in some way."""
    found: list[_Run] = []
    for slot in sorted(changing):
        last = found[-1] if found else None
        if last and last.end == slot and moved[slot] - last.target == slot - last.start:
            last.end += 1
        else:
            found.append(_Run(slot, slot + 1, moved[slot]))
    return found


@define(eq=False)
class Renamer:
    """Applies one renaming to everything that a compiled system speaks of.

    moved: per slot the slot that has its place after the renaming; back: the other way round. Slots that a slice does
    not have stay as they are.
    Raises SpecError where a collection, or the actions, do not have the renamed ids.
    """

    compiled: Compiled
    renaming: Renaming
    moved: list[int] = field(init=False)
    back: list[int] = field(init=False)
    _codes: dict[int, dict[str, str]] = field(init=False, factory=dict)  # of slots that move, or whose values may
    _types: dict[int, frozenset[Any]] = field(init=False, factory=dict)  # of the same slots: what their values may hold
    _runs: list[_Run] = field(init=False)
    _last: tuple[str, str] = ("", "")
    _to: dict[frozenset[Any], dict[Any, Any]] = field(init=False, factory=dict)
    _instances: dict[tuple[Any, tuple[Any, ...]], Instance] = field(init=False)
    _renamed: dict[Instance, Instance] = field(init=False, factory=dict)
    _abouts: dict[Any, dict[tuple[Any, ...], PropertyInstance]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        compiled = self.compiled
        self._instances = {(instance.action, instance.arguments): instance for instance in compiled.instances}
        self.moved = list(range(len(compiled.schema.slots)))
        self._move(compiled.schema.root, compiled.schema.root)
        for instance in compiled.instances:
            if instance.deadline_slot >= 0:
                self.moved[instance.deadline_slot] = self.instance(instance).deadline_slot
        for slot, target in enumerate(self.moved):
            if slot in compiled.cut:
                self.moved[slot] = slot
                continue
            types = id_types_of_values(compiled, slot)
            if target != slot or self._ids(types):
                self._codes[slot], self._types[slot] = {}, types
        self._runs = _runs(self.moved, self._codes)
        self.back = sorted(range(len(self.moved)), key=self.moved.__getitem__)

    def _move(self, source: Shape, target: Shape) -> None:
        if source.slot >= 0:
            self.moved[source.slot] = target.slot
        for key, kid in source.kids.items():
            place = self.value(key, source.key_type)
            if place not in target.kids:
                raise SpecError(f"{target.path} has no {place!r}, which is said to be interchangeable with {key!r}")
            self._move(kid, target.kids[place])

    # ---------------------------------------------------------------- rows
    def row(self, row: str) -> str:
        """The renamed row. Several functions are often looked at on one, so the last one is remembered."""
        if row == self._last[0]:
            return self._last[1]
        renamed = list(row)
        for run in self._runs:
            part = row[run.start : run.end]
            renamed[run.target : run.target + len(part)] = run.known.get(part) or self._part(run, part)
        self._last = row, "".join(renamed)
        return self._last[1]

    def _part(self, run: _Run, part: str) -> str:
        """What becomes of the characters of slots that stay together."""
        known = run.known[part] = "".join(self.character(slot, c) for slot, c in enumerate(part, start=run.start))
        return known

    def character(self, slot: int, character: str) -> str:
        """What stands in the slot `moved[slot]` of the renamed row where this stands in a slot of the row."""
        codes = self._codes.get(slot)
        if codes is None:
            return character
        known = codes.get(character)
        if known is None:
            schema = self.compiled.schema
            value = self._inside(schema.decode[slot][ord(character)], self._types[slot])
            known = codes[character] = schema.encode(self.moved[slot], value)
        return known

    def fixes(self, row: str, slot: int) -> bool:
        """Whether a slot stays where it is and keeps the value that it has in a row."""
        codes = self._codes.get(slot)
        return codes is None or (self.moved[slot] == slot and self.character(slot, row[slot]) == row[slot])

    def fixes_write(self, slot: int, character: str) -> bool:
        """Whether it is the same, renamed, that a slot gets this."""
        return slot not in self._codes or (self.moved[slot] == slot and self.character(slot, character) == character)

    # ---------------------------------------------------------------- values
    def value(self, value: Any, hint: Any) -> Any:
        """A value of a type, renamed: ids, also in tuples and frozensets."""
        return self._inside(value, id_types_in(hint))

    def _inside(self, value: Any, types: frozenset[Any]) -> Any:
        to = self._ids(types)
        return _renamed(value, to) if to else value

    def _ids(self, types: frozenset[Any]) -> dict[Any, Any]:
        """What becomes of the ids of some types, by class and id: True is not the id 1."""
        found = self._to.get(types)
        if found is None:
            pairs = [pair for hint, to in self.renaming.items() if hint in types for pair in to.items()]
            found = self._to[types] = {(a.__class__, a): b for a, b in pairs if a != b}
        return found

    # ---------------------------------------------------------------- instances
    def instance(self, instance: Instance) -> Instance:
        """The same action with renamed arguments."""
        found = self._renamed.get(instance)
        if found is None:
            found = self._renamed[instance] = self._instance(instance)
        return found

    def _instance(self, instance: Instance) -> Instance:
        if instance.action is None:
            return instance
        arguments = self._arguments(instance.arguments, hints_of(instance.action))
        if arguments == instance.arguments:
            return instance
        found = self._instances.get((instance.action, arguments))
        if found is None:
            raise SpecError(f"{instance}: the renamed ids are not among those that {instance.action} takes")
        return found

    def property_instance(self, about: PropertyInstance) -> PropertyInstance:
        """The same property about the renamed objects. Raises SpecError when it is not about these."""
        arguments = self._arguments(about.arguments, hints_of(about.judged))
        if arguments == about.arguments:
            return about
        if about.judged not in self._abouts:
            known = self.compiled.property_instances(about.judged)
            self._abouts[about.judged] = {other.arguments: other for other in known}
        renamed = self._abouts[about.judged].get(arguments)
        if renamed is None:
            name = about.judged.name
            raise SpecError(f"{name} is about {about.object_name}, and not about all that may take its place")
        return renamed

    def _arguments(self, arguments: tuple[Any, ...], hints: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(self.value(argument, hint) for argument, hint in zip(arguments, hints, strict=True))

    # ---------------------------------------------------------------- pools
    @contextmanager
    def handing_out(self) -> Iterator[None]:
        """While it lasts pools hand out ids in the renamed order: which of several equal ids is a matter of names."""
        recorder = self.compiled.evaluator.recorder
        recorder.pool_order = self._pool_order
        try:
            yield
        finally:
            recorder.pool_order = None

    def _pool_order(self, hint: Any, ids: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(self.value(identity, hint) for identity in ids)


def _renamed(value: Any, to: Mapping[Any, Any]) -> Any:
    if value.__class__ is tuple:
        return tuple(_renamed(part, to) for part in value)
    if value.__class__ is frozenset:
        return frozenset(_renamed(part, to) for part in value)
    return to.get((value.__class__, value), value)
