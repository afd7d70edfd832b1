"""Which slots a state has: the shape of a state class, and states as rows.

A *row* is a string with one character per slot: character number i stands for the i-th value that was ever stored in
that slot. Rows are small, hash fast, and compare as states do.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

import attrs
from attrs import Factory, define, frozen

from clusterproof.containers import Map, SetOf, Table
from clusterproof.errors import SpecError
from clusterproof.state_class import display_name, is_state_class
from clusterproof.values import Timer, _SerialKind

Kind = Literal["scalar", "object", "map", "table", "set"]
Role = Literal["value", "presence", "member", "timer", "serial", "held serial", "budget", "deadline"]


@frozen(kw_only=True)
class Slot:
    """One scalar of the state.

    path: as Python reads it, e.g. "pods[web-0].node". object_name and field_path: as its users name it, e.g.
    "Pod/web-0" and ".spec.nodeName". id_type: the id type whose ids the slot holds, or is about, if any.
    """

    number: int
    path: str
    object_name: str = ""
    field_path: str = ""
    role: Role = "value"
    id_type: Any = None


@define(eq=False, kw_only=True)
class Shape:
    """A node of the tree of a state: how the value under a path is made of slots.

    slot: of a scalar its own; of an object in a Table the slot that says whether it exists; else -1.
    references: of an object in a Table, per id: the slots that refer to it and keep its id from being recycled, with
    whether the slot holds the id, maybe in a tuple (True), or is a yes/no about it (False).
    """

    kind: Kind
    path: str
    object_name: str = ""
    field_path: str = ""
    slot: int = -1
    cls: Any = None
    key_type: Any = None
    kids: dict[Any, Shape] = Factory(dict)
    references: tuple[tuple[int, bool], ...] = ()

    def walk(self) -> Iterator[Shape]:
        """This shape and everything below it."""
        yield self
        for kid in self.kids.values():
            yield from kid.walk()


class Schema:
    """The slots of a state class for one universe of ids, and the values each slot has taken."""

    def __init__(self, initial: Any) -> None:
        self.slots: list[Slot] = []
        self.entries: list[int] = []  # per slot: the slot that says whether the Table's object it is part of exists
        self.decode: list[list[Any]] = []
        self._encode: list[dict[Any, str]] = []
        self.universes: dict[Any, tuple[Any, ...]] = {}
        self.ambiguous: set[Any] = set()
        self._entry_slot = -1
        self.ids_in: dict[int, set[Any]] = {}  # per slot that holds values: the id types that its hint names
        if not is_state_class(type(initial)):
            name = type(initial).__name__
            raise SpecError(f"{name} is no state class.\n  write @state above class {name}")
        self.root = self._object(type(initial), initial, path="", object_name="", field_path="")
        self._link_references()

    # ---------------------------------------------------------------- fields <-> slots
    def slots_of(self, field: str) -> Iterator[int]:
        """The slots of a field, by its names below the state without ids: "pods.node" for the node of every pod.

        Raises SpecError when there is no such field.
        """

        def below(shape: Shape, names: list[str]) -> Iterator[int]:
            if not names:
                yield from (each.slot for each in shape.walk() if each.slot >= 0)
            elif shape.kind == "object":
                if names[0] not in shape.kids:
                    known = ", ".join(shape.kids)
                    raise SpecError(f"{shape.cls.__name__} has no field {names[0]!r}.\n  there are {known}")
                yield from below(shape.kids[names[0]], names[1:])
            elif shape.kind == "scalar":
                raise SpecError(f"{shape.path} is a value, and has no field {names[0]!r}")
            else:
                for kid in shape.kids.values():
                    yield from below(kid, names)

        yield from below(self.root, field.split("."))

    def field_of(self, slot: int) -> str:
        """The field that a slot belongs to, as `slots_of` takes it; "" for what the state does not have."""

        def find(shape: Shape, names: tuple[str, ...]) -> str | None:
            if shape.slot == slot:
                return ".".join(names)
            for name, kid in shape.kids.items():
                found = find(kid, (*names, name) if shape.kind == "object" else names)
                if found is not None:
                    return found
            return None

        return find(self.root, ()) or ""

    # ---------------------------------------------------------------- values <-> characters
    def encode(self, slot: int, value: Any) -> str:
        """The character that stands for a value in a slot."""
        codes = self._encode[slot]
        key = _identity(value)
        try:
            code = codes.get(key)
        except TypeError:
            where, kind = self.slots[slot].path, type(value).__name__
            message = f"{where} holds a {kind}, which can change behind the checker's back.\n"
            raise SpecError(message + "  store a tuple or a frozenset, or declare a Map, Table or SetOf") from None
        if code is None:
            if len(codes) > sys.maxunicode:
                message = f"{self.slots[slot].path} has taken more than a million values.\n"
                raise SpecError(message + "  let it saturate, e.g. min(n + 1, 3), or make it a Serial")
            code = codes[key] = chr(len(codes))
            self.decode[slot].append(value)
        return code

    def reserve(self, slot: int, value: Any) -> str:
        """A character for a value that may be neither hashed nor compared."""
        code = self._encode[slot][value.__class__, id(value)] = chr(len(self._encode[slot]))
        self.decode[slot].append(value)
        return code

    def value_at(self, row: str, slot: int) -> Any:
        """The value of one slot of a row."""
        return self.decode[slot][ord(row[slot])]

    def row(self, value: Any) -> str:
        """The row of a state. Raises SpecError when it has other ids than the state the schema was made from."""
        written: dict[int, Any] = {}
        assign(self.root, value, written)
        return "".join(self.encode(slot, written[slot]) for slot in range(len(written)))

    def state(self, row: str, shape: Shape | None = None) -> Any:
        """The state (or the part of it below `shape`) that a row stands for."""
        shape = shape or self.root
        if shape.kind == "scalar":
            return self.value_at(row, shape.slot)
        if shape.kind == "object":
            return shape.cls(**{name: self.state(row, kid) for name, kid in shape.kids.items()})
        if shape.kind == "map":
            return Map({key: self.state(row, kid) for key, kid in shape.kids.items()})
        if shape.kind == "table":
            present = {k: self.state(row, kid) for k, kid in shape.kids.items() if self.value_at(row, kid.slot)}
            return Table(shape.kids, present)
        return SetOf(shape.kids, [key for key, kid in shape.kids.items() if self.value_at(row, kid.slot)])

    # ---------------------------------------------------------------- building
    def add_slot(self, **description: Any) -> int:
        """Append a slot and return its number."""
        number = len(self.slots)
        self.slots.append(Slot(number=number, **description))
        self.entries.append(self._entry_slot)
        self.decode.append([])
        self._encode.append({})
        return number

    def _object(self, cls: Any, value: Any, *, path: str, object_name: str, field_path: str) -> Shape:
        shape = Shape(kind="object", path=path, object_name=object_name, field_path=field_path, cls=cls)
        try:
            hints = typing.get_type_hints(cls, include_extras=True)
        except NameError as error:
            message = f"{cls.__name__}: the annotation {error.name!r} cannot be resolved.\n"
            raise SpecError(message + "  define state classes at the top level of a module") from None
        for attribute in attrs.fields(cls):
            name = attribute.name
            inner = _default(attribute) if value is None else getattr(value, name)
            shown = display_name(attribute)
            dotted = f"{path}.{name}" if path else name
            shape.kids[name] = self._shape(inner, hints[name], dotted, object_name, field_path, shown or f".{name}")
        return shape

    def _shape(self, value: Any, hint: Any, path: str, object_name: str, field_path: str, shown: str) -> Shape:
        if typing.get_origin(hint) in (Map, Table, SetOf):
            if value is None:
                message = f"{path}: which ids may it hold?\n"
                raise SpecError(
                    message + "  give the field a default, e.g. SetOf(ids), so that an absent object has a shape"
                )
            return self._collection(value, hint, path, object_name, field_path, shown)
        if is_state_class(hint) and not object_name:
            return self._object(hint, value, path=path, object_name=shown.lstrip("."), field_path="")
        if is_state_class(hint):
            return self._object(hint, value, path=path, object_name=object_name, field_path=field_path + shown)
        if any(is_state_class(a) for a in typing.get_args(hint)):
            message = f"{path}: an object that may be missing is not a field.\n"
            raise SpecError(message + "  write a Table with one id, or give the class a field that says so")
        role = _role(hint, value, path)
        slot = self.add_slot(
            path=path, object_name=object_name, field_path=field_path + shown, role=role, id_type=_id_type(hint)
        )
        if role == "value":
            self.ids_in[slot] = {part for part in _parts(hint) if isinstance(part, typing.NewType)}
        return Shape(kind="scalar", path=path, slot=slot)

    def _collection(self, value: Any, hint: Any, path: str, object_name: str, field_path: str, shown: str) -> Shape:
        kind: Kind = "table" if isinstance(value, Table) else "map" if isinstance(value, Map) else "set"
        key_type, *of = typing.get_args(hint)
        keys = value.ids if isinstance(value, Table) else value.universe if isinstance(value, SetOf) else tuple(value)
        known = self.universes.get(key_type)
        if not known:
            self.universes[key_type] = keys
        elif keys and known != keys:  # an empty collection says nothing about its ids
            self.ambiguous.add(key_type)  # two universes: a parameter of this type needs System(domains=...)
        shape = Shape(kind=kind, path=path, object_name=object_name, field_path=field_path + shown, key_type=key_type)
        for key in keys:
            place = f"{path}[{key}]"
            named, below = (
                (object_name, f"{field_path}{shown}[{key}]")
                if object_name
                else (f"{shown.lstrip('.')}/{key}".lstrip("/"), "")
            )
            if kind == "set":
                slot = self.add_slot(
                    path=place, object_name=named, field_path=below or ".member", role="member", id_type=key_type
                )
                shape.kids[key] = Shape(kind="scalar", path=place, slot=slot)
            elif kind == "map":
                shape.kids[key] = self._shape(value[key], of[0], place, named, below, "")
            else:
                shape.kids[key] = self._entry(value.get(key), of[0], place, named, below)
        return shape

    def _entry(self, value: Any, cls: Any, path: str, object_name: str, field_path: str) -> Shape:
        if not is_state_class(cls):
            raise SpecError(
                f"{path}: a Table holds @state objects, not {cls}.\n  write a Map, or a SetOf for yes and no"
            )
        presence = self.add_slot(path=path, object_name=object_name, field_path=field_path, role="presence")
        around, self._entry_slot = self._entry_slot, presence
        shape = self._object(cls, value, path=path, object_name=object_name, field_path=field_path)
        shape.slot, self._entry_slot = presence, around
        return shape

    def _link_references(self) -> None:
        """Find, for every id of a Table, the slots that keep it from being recycled."""
        holders: dict[Any, list[int]] = {}
        about: dict[tuple[Any, Any], list[int]] = {}
        tables = []
        for shape in self.root.walk():
            if shape.kind in ("table", "set"):
                for key, kid in shape.kids.items():
                    about.setdefault((shape.key_type, key), []).append(kid.slot)
            if shape.kind == "table":
                tables.append(shape)
            for id_type in self.ids_in.get(shape.slot, ()) if shape.kind == "scalar" else ():
                holders.setdefault(id_type, []).append(shape.slot)
        for table in tables:
            for key, entry in table.kids.items():
                inside = {below.slot for below in entry.walk()}
                yes_no = [(s, False) for s in about[table.key_type, key] if s not in inside]
                named = [(s, True) for s in holders.get(table.key_type, ()) if s not in inside]
                entry.references = tuple(yes_no + named)


def listed(ids: Collection[Any]) -> str:
    """The first few ids, for messages."""
    shown = [str(identity) for identity, _ in zip(ids, range(6), strict=False)]
    return ", ".join(shown) + (", ..." if len(ids) > len(shown) else "")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


def _identity(value: Any) -> Any:
    """What tells the values of a slot apart: True is not 1, inside a tuple neither."""
    cls = value.__class__
    if cls is tuple or cls is frozenset:
        return (cls, cls(map(_identity, value)))
    return (cls, value)


def _default(attribute: attrs.Attribute[Any]) -> Any:
    default: Any = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return None if default.takes_self else default.factory()
    return None if default is attrs.NOTHING else default


def _parts(hint: Any) -> Iterator[Any]:
    """A hint and everything it is made of."""
    yield hint
    for part in typing.get_args(hint):
        yield from _parts(part)


def _role(hint: Any, value: Any, path: str) -> Role:
    """What one slot is for. Raises SpecError for hints that would hide what is in it."""
    parts = list(_parts(hint))
    if isinstance(value, (Map, SetOf)) or any(part in (Map, Table, SetOf) or _is_collection(part) for part in parts):
        message = f"{path}: a Map, Table or SetOf is a field of its own, with the types of what is in it.\n"
        raise SpecError(message + "  write e.g. Map[NodeId, int], without `| None`")
    if Timer in parts:
        if hint is not Timer:
            raise SpecError(f"{path}: the clock only sees timers that are fields.\n  write Timer; Timer() is off")
        return "timer"
    for part in parts:
        for extra in getattr(part, "__metadata__", ()):
            if isinstance(extra, _SerialKind):
                if part is not hint:
                    raise SpecError(f"{path}: a serial number that may be missing is a HeldSerial")
                return "held serial" if extra.held else "serial"
    return "value"


def _is_collection(hint: Any) -> bool:
    return typing.get_origin(hint) in (Map, Table, SetOf)


def _id_type(hint: Any) -> Any:
    """PodId for the hints PodId and PodId | None, where PodId is a NewType; else None."""
    optional = typing.get_origin(hint) in (typing.Union, types.UnionType)
    candidates = [a for a in typing.get_args(hint) if a is not type(None)] if optional else [hint]
    if len(candidates) == 1 and isinstance(candidates[0], typing.NewType):
        return candidates[0]
    return None


def refers(value: Any, identity: Any, *, holds_id: bool) -> bool:
    """Whether the value of a reference speaks of an id: holds_id, as in `Shape.references`."""
    if not holds_id:
        return bool(value)
    if isinstance(value, (tuple, frozenset)):
        return any(refers(part, identity, holds_id=True) for part in value)
    return bool(value == identity)


def assign(shape: Shape, value: Any, out: dict[int, Any]) -> None:
    """Write a value over everything below a shape, into {slot: value}."""
    place = getattr(value, "_place", None)
    if isinstance(place, Shape):
        message = f"{shape.path or 'the state'} = {place.path}: objects of the state are places, not values.\n"
        raise SpecError(message + "  write copy.copy(...) to copy what is in one, or change its fields")
    if shape.kind == "scalar":
        out[shape.slot] = value
    elif shape.kind == "object":
        if value.__class__ is not shape.cls:
            raise SpecError(f"{shape.path or 'the state'}: a {shape.cls.__name__} belongs here, not {_shown(value)}")
        if shape.slot >= 0:
            out[shape.slot] = True
        for name, kid in shape.kids.items():
            assign(kid, getattr(value, name), out)
    else:
        _assign_collection(shape, value, out)


def _assign_collection(shape: Shape, value: Any, out: dict[int, Any]) -> None:
    if not isinstance(value, (SetOf,) if shape.kind == "set" else (Mapping,)):
        name = {"map": "Map", "table": "Table", "set": "SetOf"}[shape.kind]
        message = f"{shape.path}: a {name} belongs here, not {_shown(value)}.\n"
        raise SpecError(message + f"  write a {name} with the same ids, or change the entries one by one")
    given = tuple(getattr(value, "universe", None) or getattr(value, "ids", None) or value)
    if set(given) != set(shape.kids):
        message = f"{shape.path}: the ids are fixed when the system is built ({listed(shape.kids)}), "
        raise SpecError(message + f"not {listed(given) or 'none'}.\n  change the entries one by one")
    for key, kid in shape.kids.items():
        if shape.kind == "set":
            out[kid.slot] = key in value
        elif shape.kind == "table" and key not in value:
            erase(kid, out)
        else:
            assign(kid, value[key], out)  # type: ignore[index]  # a Mapping, here


def erase(shape: Shape, out: dict[int, Any]) -> None:
    """Write the one canonical encoding of an object that does not exist."""
    if shape.slot >= 0:
        out[shape.slot] = False if shape.kind == "object" else None
    for kid in shape.kids.values():
        erase(kid, out)
