"""Ways in which a read might pass by the recorder: each is recorded, refused, or found out as impure."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import functools
import inspect
import operator
import pickle
import reprlib
import threading
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from language_systems import HOUSE, A, B, C, House, Lamp, footprint, reads, system_of

from clusterproof import SpecError, always, claim, evolve, require
from clusterproof.checker.memo import Memo
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError

HALL = ["hall.color", "hall.size", "hall.room"]
PRESENT = ["lamps[a]", "lamps[b]", "lamps[c]"]
LAMPS = [f"lamps[{i}].{name}" for i in "ab" for name in ("color", "size", "room")]
ROOMS = ["rooms[a]", "rooms[b]", "rooms[c]"]
LIT = ["lit[a]", "lit[b]", "lit[c]"]


def swallowed(look: Callable[[], object]) -> object:
    """What is left when whatever it raises is swallowed."""
    try:
        return look()
    except BaseException:  # noqa: BLE001  (a function of the user's may do this)
        return None


def in_a_thread(look: Callable[[], object]) -> None:
    """Look in another thread, and wait for it."""
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()


async def later(look: Callable[[], object]) -> object:
    """Look on another turn of an event loop."""
    await asyncio.sleep(0)
    return look()


def by_sequence_pattern(c: House) -> int:
    match list(c.rooms.values()):
        case [1, *_, last]:
            return last
        case _:
            return 0


def by_rest_pattern(c: House) -> dict[Any, Any]:
    match c.rooms:
        case {"a": 1, **rest}:
            return rest
        case _:
            return {}


def suspended(c: House) -> Iterator[int]:
    yield c.hall.size
    yield c.rooms[A]


def unpacked(*ids: object, **_rooms: int) -> object:
    return ids


RECORDED: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "== from the other side": (lambda c: HOUSE.lit == c.lit, LIT),
    "!= of collections": (lambda c: c.rooms != HOUSE.rooms, ROOMS),
    "state == state": (lambda c: c == evolve(HOUSE, hall=Lamp(size=1)), [*PRESENT, *LAMPS, *ROOMS, *LIT, *HALL[:2]]),
    "is": (lambda c: c.hall is c.hall, []),
    "in the values": (lambda c: 2 in c.rooms.values(), ROOMS[:2]),
    "in the items": (lambda c: (A, 1) in c.rooms.items(), ROOMS[:1]),
    "in the keys": (lambda c: C in c.lamps.keys(), PRESENT[2:]),  # noqa: SIM118
    "not in": (lambda c: C not in c.lit, LIT[2:]),
    "keys & set": (lambda c: c.lamps.keys() & {A}, PRESENT[:1]),
    "isdisjoint": (lambda c: c.lamps.keys().isdisjoint({C}), PRESENT[2:]),
    "len(values)": (lambda c: len(c.lamps.values()), PRESENT),
    "bool of an object": (lambda c: bool(c.hall), []),
    "reversed(list)": (lambda c: list(reversed(list(c.lit))), LIT),
    "min with a key": (lambda c: min(c.rooms, key=c.rooms.get), ROOMS),
    "max with a default": (lambda c: max(c.lit, default=None), LIT),
    "zip, enumerate, map and filter": (
        lambda c: list(filter(None, map(operator.eq, *zip(*enumerate(c.rooms.values()), strict=True)))),
        ROOMS,
    ),
    "a nested comprehension": (lambda c: [n for i in c.lit if c.rooms[i] > 1 for n in range(c.rooms[i])],
                               ["lit[a]", "rooms[a]", "lit[b]", "rooms[b]", "lit[c]"]),
    "unpacking": (lambda c: [*c.lit], LIT),
    "first, *rest": (lambda c: operator.itemgetter(0)([*c.rooms.values()]), ROOMS),
    "f(*set)": (lambda c: unpacked(*c.lit), LIT),
    "f(**map)": (lambda c: unpacked(**c.rooms), ROOMS),
    "str of the values": (lambda c: str(list(c.rooms.values())), ROOMS),
    "repr of the items": (lambda c: repr(c.rooms.items()), []),
    "format": (lambda c: format(c.hall.size, "03") + format(c.hall), ["hall.size"]),
    "%": (lambda c: "%s %d" % (c.hall, c.rooms[B]), ["rooms[b]"]),  # noqa: UP031
    "reprlib": (lambda c: reprlib.repr(c.rooms), []),
    "attrs.astuple": (lambda c: attrs.astuple(c.hall), HALL),
    "attrs.asdict of the state": (attrs.asdict, [*HALL, "owner", "door", "notes"]),
    "attrs.fields": (lambda c: [getattr(c.hall, each.name) for each in attrs.fields(Lamp)], HALL),
    "inspect.getmembers": (lambda c: inspect.getmembers(c.hall), HALL),
    "dir": (lambda c: dir(c.hall), []),
    "getattr with a default": (lambda c: getattr(c.hall, "colour", 3), []),
    "attrgetter": (operator.attrgetter("hall.size", "door"), ["hall.size", "door"]),
    "__getattribute__": (lambda c: c.hall.__getattribute__("size"), ["hall.size"]),
    "the property itself": (lambda c: type(c.hall).size.fget(c.hall), ["hall.size"]),  # type: ignore[attr-defined]
    "the class's hash": (lambda c: Lamp.__hash__(c.hall), HALL),
    "the class's equality": (lambda c: Lamp.__eq__(HOUSE.hall, c.hall), HALL),
    "match on a sequence": (by_sequence_pattern, ROOMS),
    "match with the rest": (by_rest_pattern, ROOMS),
    "ChainMap": (lambda c: ChainMap({}, c.rooms)[B], ROOMS[1:2]),
    "MappingProxyType": (lambda c: MappingProxyType(c.rooms)[B], ROOMS[1:2]),
    "weakref": (lambda c: weakref.ref(c.hall)().size, ["hall.size"]),  # type: ignore[union-attr]
    "partial": (lambda c: functools.partial(getattr, c.hall)("size"), ["hall.size"]),
    "reduce": (lambda c: functools.reduce(operator.add, c.rooms.values()), ROOMS),
    "singledispatch": (lambda c: functools.singledispatch(lambda lamp: lamp.size)(c.hall), ["hall.size"]),
    "deepcopy of the items": (lambda c: copy.deepcopy(c.rooms.items()), ROOMS),
    "a swallowed error": (lambda c: swallowed(lambda: c.lamps[C].size), PRESENT[2:]),
    "a swallowed guard": (lambda c: swallowed(lambda: require(c.hall.size > 3)), ["hall.size"]),
    "a thread": (lambda c: in_a_thread(lambda: c.hall.size), ["hall.size"]),
    "another context": (lambda c: contextvars.Context().run(lambda: c.hall.size), ["hall.size"]),
    "an event loop": (lambda c: asyncio.run(later(lambda: c.hall.size)), ["hall.size"]),
    "a generator, not begun": (suspended, []),
    "a generator, suspended": (lambda c: next(suspended(c)), ["hall.size"]),
    "a cache inside": (lambda c: [functools.cache(lambda i: c.rooms[i])(A) for _ in range(2)], ROOMS[:1]),
}  # fmt: skip


@pytest.mark.parametrize("way", RECORDED)
def test_it_is_recorded(way: str):
    """Exactly what was looked at is in the footprint, whichever way Python looks at it."""
    look, expected = RECORDED[way]

    assert reads(look) == expected


REFUSED: dict[str, tuple[Callable[[Any], object], str]] = {
    "pickle of the state": (pickle.dumps, "cannot be pickled"),
    "pickle of an object": (lambda c: pickle.dumps(c.hall), "cannot be pickled"),
    "pickle of a Map": (lambda c: pickle.dumps(c.rooms), "cannot be pickled"),
    "pickle of a Table": (lambda c: pickle.dumps(c.lamps), "cannot be pickled"),
    "pickle of a SetOf": (lambda c: pickle.dumps(c.lit), "cannot be pickled"),
    "pickle of the items": (lambda c: pickle.dumps(c.rooms.items()), "cannot be pickled"),
    "__reduce__": (lambda c: c.rooms.__reduce_ex__(4), "cannot be pickled"),
    "__getstate__": (lambda c: c.lit.__getstate__(), "cannot be pickled"),
    "vars of a Map": (lambda c: vars(c.rooms), "looked into with vars"),
    "vars of a Table": (lambda c: vars(c.lamps), "looked into with vars"),
    "__dict__ of a SetOf": (lambda c: c.lit.__dict__, "looked into with vars"),
    "functools.cache": (lambda c: functools.cache(lambda rooms: rooms[A])(c.rooms), "keep its id"),
    "another action, on this state": (
        system_of(lambda c: None).components[0].actions[0].outcomes, "is no state class"
    ),
    "an iterator in a tuple": (lambda c: setattr(c, "notes", (iter(c.rooms),)), "behind the checker's back"),
    "a method in a tuple": (lambda c: setattr(c, "notes", ((c.hall.is_like,),)), "behind the checker's back"),
    "a lambda in a frozenset": (lambda c: setattr(c, "notes", frozenset([lambda: c])), "behind the checker's back"),
    "a partial": (lambda c: setattr(c, "notes", functools.partial(getattr, c.hall)), "behind the checker's back"),
}  # fmt: skip


@pytest.mark.parametrize("way", REFUSED)
def test_it_is_refused(way: str):
    """What would be read unseen, now or later, is an error that says what to write instead."""
    look, text = REFUSED[way]

    with pytest.raises(SpecError, match=text):
        reads(look)


UNKNOWN_TO_PYTHON: dict[str, Callable[[Any], object]] = {
    "reversed(Map)": lambda c: reversed(c.rooms),
    "reversed(SetOf)": lambda c: reversed(c.lit),
    "objects have no order": lambda c: sorted([c.hall, c.lamps[A]]),
    "vars of an object": lambda c: vars(c.hall),
    "where the class keeps a field": lambda c: vars(Lamp)["size"].__get__(c.hall),
    "where a value keeps its entries": lambda c: c.rooms._entries,
    "a base class's own reading": lambda c: type(HOUSE.lit).__hash__(c.lit),
}


@pytest.mark.parametrize("way", UNKNOWN_TO_PYTHON)
def test_there_is_nothing_behind_a_view(way: str):
    """What a view cannot do raises, and never answers from somewhere else."""
    with pytest.raises(UserCodeError):
        reads(UNKNOWN_TO_PYTHON[way])


def grow(c: House) -> None:
    """Lead to rows that differ in the size of the hall."""
    require(c.hall.size < 3)
    c.hall.size += 1


def evaluated_twice(look: Callable[[Any], object]) -> list[list[str]]:
    """What an action reads that looks in this way: at first, and when the hall has grown."""

    def act(c: House) -> None:
        c.notes = look(c)

    compiled = Compiled(system_of(grow, act))
    (row,) = compiled.initial_rows()
    (grown,) = (step.row for step in compiled.steps(row).steps if step.instance.name == "grow")
    found = [compiled.evaluate(each, compiled.instances[1]) for each in (row, grown)]
    return [[compiled.schema.slots[slot].path for slot in evaluation.reads] for evaluation in found]


KEPT: list[Any] = []


def with_a_kept_view(c: House) -> int:
    if not KEPT:
        KEPT.append(c.hall)
    return int(KEPT[0].size)


def with_a_kept_closure(c: House) -> int:
    if not KEPT:
        KEPT.append(lambda: c.hall.size)
    return int(KEPT[0]())


def with_a_kept_generator(c: House) -> int:
    if not KEPT:
        KEPT.append(c.hall.size for _ in range(9))
    return int(next(KEPT[0]))


def with_a_default(c: House, kept: list[Any] = KEPT) -> int:
    return with_a_kept_view(c) if kept is KEPT else 0


@pytest.mark.parametrize("look", [with_a_kept_view, with_a_kept_closure, with_a_kept_generator, with_a_default])
def test_what_was_kept_reads_the_state_of_today(look: Callable[[Any], int]):
    """A view, closure or generator of an earlier evaluation is a place: it reads, and records, where it is used."""
    KEPT.clear()

    assert evaluated_twice(look) == [["hall.size"], ["hall.size"]]


@functools.cache
def answer_of(question: Callable[[], object]) -> object:
    """Remember what a method said: Python lets one be a key without asking the object it belongs to."""
    return question()


SEEN: dict[str, Any] = {}


def with_a_cached_method(c: House) -> object:
    return answer_of(c.lit.is_full) or c.hall.size


def with_a_value_in_a_global(c: House) -> object:
    if not SEEN:
        SEEN["size"] = c.hall.size
    return SEEN["size"]


def with_a_value_in_the_class(c: House) -> object:
    if not hasattr(type(c), "seen"):
        type(c).seen = c.hall.size  # type: ignore[attr-defined]
    return type(c).seen  # type: ignore[attr-defined]


def with_a_value_in_a_context(c: House) -> object:
    if not REMEMBERED.get():
        REMEMBERED.set((c.hall.size,))
    return REMEMBERED.get()[0]


REMEMBERED: contextvars.ContextVar[tuple[int, ...]] = contextvars.ContextVar("remembered", default=())


@pytest.mark.parametrize(
    "look", [with_a_cached_method, with_a_value_in_a_global, with_a_value_in_the_class, with_a_value_in_a_context]
)
def test_a_value_that_was_kept_is_found_out(look: Callable[[Any], object]):
    """Who reads less than before because it remembers a value is impure, and no memory takes its answer."""
    SEEN.clear()
    answer_of.cache_clear()

    def act(c: House) -> None:
        c.notes = look(c)

    compiled = Compiled(system_of(grow, act))
    memo = Memo(compiled)
    (row,) = compiled.initial_rows()
    context = contextvars.copy_context()
    context.run(memo.evaluate, row, compiled.instances[1])
    grown = next(step.row for step in compiled.steps(row).steps if step.instance.name == "grow")

    with pytest.raises(ImpureError, match=r"tester\.act\(\) read something else in an equal state"):
        context.run(memo.evaluate, grown, compiled.instances[1])


def test_a_property_that_remembers_is_found_out():
    """A property that reads nothing the second time is impure as well."""
    SEEN.clear()

    @always
    def small(c: House) -> Iterator[Any]:
        """Look once, and never again."""
        yield claim(with_a_value_in_a_global(c) == 0, "the hall is small")

    compiled = Compiled(system_of(grow))
    memo = Memo(compiled)
    (row,) = compiled.initial_rows()
    grown = compiled.steps(row).steps[0].row
    about = PropertyInstance(judged=small)
    memo.judge(about, row)

    with pytest.raises(ImpureError, match="small read something else in an equal state"):
        memo.judge(about, grown)


def test_a_bound_hit_cannot_be_swallowed():
    """A function that goes on after its pool ran out of ids has still hit the bound of the scope."""

    def fill(c: House) -> None:
        for _ in c.lamps.ids:
            swallowed(lambda: c.lamps.add(Lamp()))
        c.door = False

    found = footprint(fill)

    assert found.exhausted == ("lamps (a, b, c)",)
    assert found.outcomes == []
