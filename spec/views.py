"""Views: the state as a function sees it while it is evaluated. Every read is recorded, every write collected.

A view is a place, not a value: `pod = c.pods[p]` is the place of pod p, and assigning `pod.node` writes there. A view
cannot be hashed or kept, and looks at nothing when it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import attrs

from clusterproof.containers import Map, SetOf, Table
from clusterproof.counting import is_there
from clusterproof.errors import SpecError
from clusterproof.recorder import Reader
from clusterproof.schema import Shape, assign, erase, listed, refers


def make_view(shape: Shape, reader: Reader) -> Any:
    """The view of everything below a shape, reading through `reader`."""
    if shape.kind == "map":
        return _MapView(shape, reader)
    if shape.kind == "table":
        return _TableView(shape, reader)
    if shape.kind == "set":
        return _SetView(shape, reader)
    return _object_view(shape, reader)


def _no_hash(_self: object) -> NoReturn:
    message = "a view of the state cannot go into a set, a dict key or an lru_cache: it changes with the state.\n"
    raise SpecError(message + "  keep its id, e.g. `for p, pod in c.pods.items()` and keep p")


def _no_pickle(_self: object, _protocol: object = None) -> NoReturn:
    message = "a view of the state cannot be pickled, nor looked into with vars(): its slots would be read unseen.\n"
    raise SpecError(message + "  write copy.copy(...) to take what is in it now")


def _write(reader: Reader, shape: Shape, value: Any) -> None:
    written: dict[int, Any] = {}
    assign(shape, value, written)
    for slot, inner in written.items():
        reader.recorder.write(slot, inner)


def _value(shape: Shape, reader: Reader) -> Any:
    """What is in a place now, as a value: reads all of it."""
    if shape.kind == "scalar":
        return reader.read(shape.slot, shape.path)
    if shape.kind == "object":
        return shape.cls(**{name: _value(kid, reader) for name, kid in shape.kids.items()})
    if shape.kind == "map":
        return Map({key: _value(kid, reader) for key, kid in shape.kids.items()})
    there = [key for key, kid in shape.kids.items() if reader.read(kid.slot, kid.path)]
    if shape.kind == "table":
        return Table(shape.kids, {key: _value(shape.kids[key], reader) for key in there})
    return SetOf(shape.kids, there)


def _object_view(shape: Shape, reader: Reader) -> Any:
    cls = shape.cls
    names = tuple(shape.kids)

    def equal(self: Any, other: object) -> bool:
        return self is other or (isinstance(other, cls) and all(getattr(self, n) == getattr(other, n) for n in names))

    def refuse_unknown(_self: Any, name: str, value: Any) -> None:
        if name not in shape.kids:
            known = ", ".join(names)
            raise SpecError(f"{cls.__name__} has no field {name!r} to assign {value!r} to (it has {known})")
        object.__setattr__(_self, name, value)

    members: dict[str, Any] = {
        "__slots__": (),
        "_place": shape,
        "_offset": reader.offset,
        "__class__": property(lambda _self: cls),  # isinstance, match and attrs.evolve see the user's class
        "__setattr__": refuse_unknown,
        "__hash__": _no_hash,
        "__reduce_ex__": _no_pickle,
        "__eq__": equal,
        "__ne__": lambda self, other: not equal(self, other),
        "__repr__": lambda _self: shape.path or cls.__name__,
        "__copy__": lambda _self: _value(shape, reader),
        "__deepcopy__": lambda _self, _memo: _value(shape, reader),
    }
    for name, kid in shape.kids.items():
        members[name] = _field(name, kid, reader, cls)
    return object.__new__(type(f"{cls.__name__}View", (cls,), members))


def _field(name: str, kid: Shape, reader: Reader, cls: Any) -> property:
    attribute = getattr(attrs.fields(cls), name)

    def store(self: Any, value: Any) -> None:
        if attribute.validator is not None:
            attribute.validator(self, attribute, value)
        _write(reader, kid, value)

    if kid.kind != "scalar":
        view = make_view(kid, reader)
        return property(lambda _self: view, store)
    slot, path = kid.slot, kid.path
    return property(lambda _self: reader.read(slot, path), store)


class _Place:
    """What the views of all collections refuse, and what they are when they are copied or printed."""

    _place: Shape
    _reader: Reader

    __hash__ = _no_hash
    __reduce_ex__ = _no_pickle
    __getstate__ = _no_pickle

    def __copy__(self) -> Any:
        return _value(self._place, self._reader)

    def __deepcopy__(self, _memo: object) -> Any:
        return _value(self._place, self._reader)

    def __repr__(self) -> str:
        return self._place.path


class _MapView(_Place, Map[Any, Any]):
    __dict__ = property(_no_pickle)  # not inherited: each class makes one of its own

    def __init__(self, shape: Shape, reader: Reader) -> None:
        self._place = shape
        self._reader = reader
        self._views = {k: make_view(kid, reader) for k, kid in shape.kids.items() if kid.kind != "scalar"}

    def _kid(self, key: Any) -> Shape:
        kid = self._place.kids.get(key)
        if kid is None:
            known = listed(self._place.kids)
            hint = "\n  guard it first: `x = require(...)` turns None into 'not enabled'" if key is None else ""
            raise SpecError(f"{self._place.path}[{key}]: no such id (there are {known}){hint}")
        return kid

    def __getitem__(self, key: Any) -> Any:
        kid = self._kid(key)
        return self._reader.read(kid.slot, kid.path) if kid.kind == "scalar" else self._views[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        _write(self._reader, self._kid(key), value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._place.kids)

    def __len__(self) -> int:
        return len(self._place.kids)

    def __contains__(self, key: object) -> bool:
        return key in self._place.kids

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  (this is get)


class _TableView(_MapView, Table[Any, Any]):
    __dict__ = property(_no_pickle)

    @property
    def ids(self) -> tuple[Any, ...]:
        return tuple(self._place.kids)

    def _exists(self, kid: Shape) -> bool:
        return bool(self._reader.read(kid.slot, kid.path))

    def __contains__(self, key: object) -> bool:
        kid = self._place.kids.get(key)
        return kid is not None and self._exists(kid)

    def __getitem__(self, key: Any) -> Any:
        kid = self._kid(key)
        if not self._exists(kid):
            path = self._place.path
            message = f"{kid.path} does not exist in this state.\n"
            raise SpecError(message + f"  write `require({path}.get({key!r}))`, or test `{key!r} in {path}` first")
        return self._views[key]

    def __iter__(self) -> Iterator[Any]:
        return (k for k, kid in self._place.kids.items() if self._exists(kid))

    def __len__(self) -> int:
        return self.count(is_there)

    def __delitem__(self, key: Any) -> None:
        erased: dict[int, Any] = {}
        erase(self._kid(key), erased)
        for slot, value in erased.items():
            self._reader.recorder.write(slot, value)

    def add(self, value: Any, *, among: Iterable[Any] | None = None) -> Any:
        recorder = self._reader.recorder
        recorder.refuse_to_write()
        if isinstance(among, (set, frozenset)):
            message = f"{self._place.path}.add(among=...): the order of a set changes from run to run.\n"
            raise SpecError(message + "  write a tuple, or sorted(...)")
        pool = tuple(self._place.kids if among is None else among)
        recorder.drew = True
        recorder.pools.add((self._place.path, self._place.key_type, pool))
        for key in pool if recorder.pool_order is None else recorder.pool_order(self._place.key_type, pool):
            kid = self._kid(key)
            if not self._exists(kid) and not self._is_referred_to(key, kid):
                self[key] = value
                return key
        raise recorder.out_of_ids(f"{self._place.path} ({', '.join(map(str, pool))})")

    def _is_referred_to(self, key: Any, kid: Shape) -> bool:
        """Whether anything in the state still refers to the id.

        These reads are soft: where ids are interchangeable, which of several free ones is handed out is a matter of
        names, and does not make a slice grow.
        """
        recorder = self._reader.recorder
        nameless = self._place.key_type in recorder.nameless
        unsure = False
        for slot, holds_id in kid.references:
            if slot in recorder.unknown:
                unsure = True
                continue
            if nameless and slot in recorder.cut:
                continue
            if recorder.writes.get(slot, slot) is None:  # deleted in this step, or emptied
                continue
            if not recorder.has_read(slot):
                recorder.soft_reads.add(slot)
            value = self._reader.read(slot, kid.path)
            if refers(value, key, holds_id=holds_id):
                return True
        return unsure and recorder.pick(2) == 1


class _SetView(_Place, SetOf[Any]):
    __dict__ = property(_no_pickle)

    def __init__(self, shape: Shape, reader: Reader) -> None:
        self._place = shape
        self._reader = reader

    @property
    def universe(self) -> tuple[Any, ...]:
        return tuple(self._place.kids)

    def _kid(self, key: Any) -> Shape:
        kid = self._place.kids.get(key)
        if kid is None:
            known = listed(self._place.kids)
            raise SpecError(f"{self._place.path}: {key!r} is not in its universe ({known})")
        return kid

    def __contains__(self, key: object) -> bool:
        kid = self._place.kids.get(key)
        return kid is not None and bool(self._reader.read(kid.slot, kid.path))

    def __len__(self) -> int:
        return self.count(is_there)

    def add(self, key: Any) -> None:
        self._reader.recorder.write(self._kid(key).slot, True)

    def discard(self, key: Any) -> None:
        self._reader.recorder.write(self._kid(key).slot, False)
