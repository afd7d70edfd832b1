"""What changed between two rows, named as the users of the system think of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, field

from clusterproof.checker.trace import Change
from clusterproof.compiled import Compiled, text_of
from clusterproof.schema import Shape

HIDDEN = frozenset({"budget", "deadline", "serial", "held serial"})
"""The checker's own slots: they would drown what happened to the system."""


@define(eq=False)
class Differences:
    """The diffs of one compiled system; knows for each slot the place it has in the state."""

    compiled: Compiled
    _set_of: dict[int, tuple[Shape, Any]] = field(factory=dict)
    _entry_of: dict[int, Shape] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for shape in self.compiled.schema.root.walk():
            for key, kid in shape.kids.items():
                if shape.kind == "set":
                    self._set_of[kid.slot] = shape, key
                elif shape.kind == "table":
                    self._entry_of[kid.slot] = kid

    def between(self, before: str, after: str) -> tuple[Change, ...]:
        """The changes that one step made. An object that came or went is one change, whatever it contains."""
        found = [(c.object_name, c.path, c.before, c.after) for c in self._changes(before, after)]
        tidied = self.compiled.system.narration.tidy(found)
        return tuple(Change(object_name=n, path=path, before=old, after=new) for n, path, old, new in tidied)

    def _changes(self, before: str, after: str) -> Iterator[Change]:
        schema, cut = self.compiled.schema, self.compiled.cut
        covered: set[int] = set()
        for slot in schema.slots:
            number = slot.number
            if before[number] == after[number] or number in cut or number in covered or slot.role in HIDDEN:
                continue
            if slot.role == "presence":
                covered.update(below.slot for below in self._entry_of[number].walk())
            then, now = schema.value_at(before, number), schema.value_at(after, number)
            if slot.role == "timer":
                yield from self._timer(number, then, now)
            elif slot.role in ("presence", "member"):
                yield self._came_or_went(number, came=bool(now))
            else:
                yield self._named(number, _text(then), _text(now))

    def _named(self, number: int, before: str, after: str) -> Change:
        slot = self.compiled.schema.slots[number]
        if slot.object_name:
            return Change(object_name=slot.object_name, path=slot.field_path, before=before, after=after)
        return Change(object_name=slot.field_path.lstrip("."), path="", before=before, after=after)

    def _came_or_went(self, number: int, *, came: bool) -> Change:
        slot = self.compiled.schema.slots[number]
        name, path, value = slot.object_name, "", ""
        if number in self._set_of:
            shape, key = self._set_of[number]
            if shape.object_name:  # a set inside an object: its members come and go under its path
                name, path, value = shape.object_name, shape.field_path, text_of(key)
        elif slot.field_path:  # a table inside an object
            path, _, key = slot.field_path.rpartition("[")
            value = key.rstrip("]")
        return Change(object_name=name, path=path, before=None if came else value, after=value if came else None)

    def _timer(self, number: int, then: Any, now: Any) -> Iterator[Change]:
        """Only arming and firing are shown: that a timer runs down is what time means."""
        timed = self.compiled.evaluator.timed
        if not then.armed and now.armed:
            yield self._named(number, "off", str(now) if timed else "armed")
        elif then.seconds == 0 and not now.armed:
            yield self._named(number, "due" if timed else "armed", "off")


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)


def state_values(compiled: Compiled, row: str) -> dict[str, Any]:
    """The full state as {slot path: value}; of objects that do not exist only that they do not."""
    schema = compiled.schema
    absent: set[int] = set()
    for shape in schema.root.walk():
        if shape.kind == "table":
            for kid in shape.kids.values():
                if kid.slot not in compiled.cut and not schema.value_at(row, kid.slot):
                    absent.update(below.slot for below in kid.walk() if below is not kid)
    values: dict[str, Any] = {}
    for slot in schema.slots:
        if slot.number not in compiled.cut and slot.number not in absent:
            value = schema.value_at(row, slot.number)
            plain = value is None or isinstance(value, (bool, int, str))
            values[slot.path] = value if plain else text_of(value)
    return values


def objects_present(compiled: Compiled, row: str) -> tuple[str, ...]:
    """The objects that exist, to describe an initial state."""
    schema = compiled.schema
    return tuple(
        kid.object_name
        for shape in schema.root.walk()
        if shape.kind == "table" and not shape.object_name
        for kid in shape.kids.values()
        if kid.slot not in compiled.cut and schema.value_at(row, kid.slot)
    )
