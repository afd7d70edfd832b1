"""No read escapes the recorder: what is read is in the footprint, exactly, or the way of reading is refused."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from language_systems import HOUSE, A, B, C, Color, House, Id, Lamp, footprint, judged, reads, system_of, take

from clusterproof import SpecError, always, claim, evolve
from clusterproof.checker.memo import Memo
from clusterproof.compiled import Compiled
from clusterproof.errors import ImpureError, UserCodeError

A_LAMP = ["lamps[a].color", "lamps[a].size", "lamps[a].room"]
PRESENT = ["lamps[a]", "lamps[b]", "lamps[c]"]
ROOMS = ["rooms[a]", "rooms[b]", "rooms[c]"]
LIT = ["lit[a]", "lit[b]", "lit[c]"]
OUTSIDE: list[Any] = []


def by_pattern(c: House) -> str:
    match c.lamps[B]:
        case Lamp(size=0):
            return "small"
        case Lamp(size=2, color=Color.GREEN):
            return "big and green"
        case _:
            return "another"


def by_mapping_pattern(c: House) -> bool:
    match c.rooms:
        case {"b": 2}:
            return True
        case _:
            return False


EXACT: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "field": (lambda c: c.door, ["door"]),
    "field twice": (lambda c: c.door and c.door, ["door"]),
    "field of an object": (lambda c: c.hall.size, ["hall.size"]),
    "an object alone": (lambda c: c.hall, []),
    "a collection alone": (lambda c: (c.lamps, c.rooms, c.lit), []),
    "Map[...]": (lambda c: c.rooms[B], ["rooms[b]"]),
    "Map.get": (lambda c: c.rooms.get(B), ["rooms[b]"]),
    "in Map": (lambda c: A in c.rooms, []),
    "len(Map)": (lambda c: len(c.rooms), []),
    "iterating a Map": (lambda c: list(c.rooms), []),
    "Map.items": (lambda c: list(c.rooms.items()), ROOMS),
    "Map.values, stopped early": (lambda c: next(iter(c.rooms.values())), ROOMS[:1]),
    "Table[...]": (lambda c: c.lamps[A], ["lamps[a]"]),
    "Table.get of what is absent": (lambda c: c.lamps.get(C), ["lamps[c]"]),
    "Table.get of an unknown id": (lambda c: c.lamps.get("zz"), []),
    "in Table": (lambda c: C in c.lamps, ["lamps[c]"]),
    "len(Table)": (lambda c: len(c.lamps), PRESENT),
    "bool(Table)": (lambda c: bool(c.lamps), PRESENT),
    "iterating a Table": (lambda c: list(c.lamps), PRESENT),
    "iterating a Table, stopped early": (lambda c: next(iter(c.lamps)), PRESENT[:1]),
    "Table.ids": (lambda c: c.lamps.ids, []),
    "in SetOf": (lambda c: B in c.lit, ["lit[b]"]),
    "len(SetOf)": (lambda c: len(c.lit), LIT),
    "bool(SetOf)": (lambda c: bool(c.lit), LIT[:1]),
    "iterating a SetOf": (lambda c: list(c.lit), LIT),
    "SetOf.is_full": (lambda c: c.lit.is_full(), LIT),
    "SetOf.universe": (lambda c: c.lit.universe, []),
    "SetOf == SetOf": (lambda c: c.lit == HOUSE.lit, LIT),
    "object == value": (lambda c: c.lamps[A] == Lamp(room=A), ["lamps[a]", *A_LAMP]),
    "value == object": (lambda c: Lamp(room=A) == c.lamps[A], ["lamps[a]", *A_LAMP]),
    "object == object, up to the first difference": (
        lambda c: c.lamps[A] == c.lamps[B],
        ["lamps[a]", "lamps[b]", "lamps[a].color", "lamps[b].color", "lamps[a].size", "lamps[b].size"],
    ),
    "object != value": (lambda c: c.hall != Lamp(color=Color.BLUE), ["hall.color"]),
    "object == itself": (lambda c: c.hall == c.hall, []),
    "object in a list": (lambda c: c.hall in [Lamp(color=Color.BLUE), HOUSE], ["hall.color"]),
    "Map == Map": (lambda c: c.rooms == HOUSE.rooms, ROOMS),
    "Map == Map, reflected": (lambda c: HOUSE.rooms == c.rooms, ROOMS),
    "keys == set": (lambda c: c.lamps.keys() == {A}, PRESENT),
    "repr": (lambda c: repr((c, c.hall, c.lamps, c.rooms, c.lit, c.lamps[A])), ["lamps[a]"]),
    "str": (lambda c: str(c.hall), []),
    "f-string of an object": (lambda c: f"{c.hall} {c.rooms!r}", []),
    "f-string of a field": (lambda c: f"{c.hall.size} {c.rooms[A]}", ["hall.size", "rooms[a]"]),
    "dict(Map)": (lambda c: dict(c.rooms), ROOMS),
    "{**Map}": (lambda c: {**c.rooms}, ROOMS),
    "dict(Table)": (lambda c: dict(c.lamps), PRESENT),
    "sorted": (lambda c: sorted(c.rooms.values()), ROOMS),
    "max with a key": (lambda c: max(c.rooms, key=c.rooms.__getitem__), ROOMS),
    "sum": (lambda c: sum(c.rooms.values()), ROOMS),
    "any stops at the first yes": (lambda c: any(size > 0 for size in c.rooms.values()), ROOMS[:1]),
    "all stops at the first no": (lambda c: all(size < 2 for size in c.rooms.values()), ROOMS[:2]),
    "and stops": (lambda c: c.door and c.hall.size and c.owner, ["door", "hall.size"]),
    "match reads what the patterns need": (by_pattern, ["lamps[b]", "lamps[b].size", "lamps[b].color"]),
    "match on a Map": (by_mapping_pattern, ["rooms[b]"]),
    "isinstance": (lambda c: isinstance(c.hall, Lamp) and isinstance(c, House), []),
    "a property of the class": (lambda c: c.lamps[B].is_big, ["lamps[b]", "lamps[b].size"]),
    "a method of the class": (lambda c: c.hall.is_like(c.lamps[A]), ["lamps[a]", "hall.color", "lamps[a].color"]),
    "a method taken from the class": (lambda c: Lamp.is_like(c.hall, HOUSE.hall), ["hall.color"]),
    "getattr": (lambda c: getattr(c.hall, "size"), ["hall.size"]),  # noqa: B009
    "copy.copy of an object": (lambda c: copy.copy(c.hall), ["hall.color", "hall.size", "hall.room"]),
    "copy.deepcopy of an object": (lambda c: copy.deepcopy(c.hall), ["hall.color", "hall.size", "hall.room"]),
    "copy.copy of a Map": (lambda c: copy.copy(c.rooms), ROOMS),
    "copy.deepcopy of a Map": (lambda c: copy.deepcopy(c.rooms), ROOMS),
    "copy.deepcopy of a SetOf": (lambda c: copy.deepcopy(c.lit), LIT),
    "copy.copy of a SetOf": (lambda c: copy.copy(c.lit), LIT),
    "attrs.evolve": (lambda c: attrs.evolve(c.hall, size=1), ["hall.color", "hall.room"]),
    "evolve": (lambda c: evolve(c.hall, size=1), ["hall.color", "hall.room"]),
    "attrs.asdict": (lambda c: attrs.asdict(c.hall), ["hall.color", "hall.size", "hall.room"]),
    "pickle's state": (lambda c: c.hall.__getstate__(), ["hall.color", "hall.size", "hall.room"]),
}


@pytest.mark.parametrize("way", EXACT)
def test_the_footprint_is_exact(way: str):
    """Every way to read is recorded: neither less than was read, nor more."""
    look, expected = EXACT[way]

    assert reads(look) == expected


def test_a_copy_of_a_table_reads_all_that_exists():
    """A copy is a value: it holds what is there, and does not follow the state."""

    def act(c: House) -> None:
        before = copy.deepcopy(c)
        c.lamps[A].size = 7
        c.notes = before.lamps[A].size

    found = footprint(act)

    assert found.writes == {"lamps[a].size": 7, "notes": 0}
    assert set(found.reads) >= {*A_LAMP, *PRESENT, *ROOMS, *LIT, "lamps[b].size", "owner"}
    assert "lamps[c].size" not in found.reads


REFUSED: dict[str, Callable[[Any], object]] = {
    "hash(object)": lambda c: hash(c.hall),
    "hash(state)": hash,
    "hash(Map)": lambda c: hash(c.rooms),
    "hash(Table)": lambda c: hash(c.lamps),
    "hash(SetOf)": lambda c: hash(c.lit),
    "a set of objects": lambda c: set(c.lamps.values()),
    "an object as a key": lambda c: {c.hall: 1},
    "lru_cache": lambda c: functools.lru_cache(lambda lamp: lamp.size)(c.hall),
    "in a frozenset": lambda c: c.hall in frozenset({1, 2}),
}


@pytest.mark.parametrize("way", REFUSED)
def test_views_refuse_hashing(way: str):
    """A view is a place, not a value: it cannot be a key, a member, or an argument of a cache."""
    with pytest.raises(SpecError, match="keep its id"):
        reads(REFUSED[way])


def test_a_view_in_a_global_cannot_be_read_outside():
    """A view that was kept says so when it is read while nothing is evaluated."""
    OUTSIDE.clear()
    reads(lambda c: OUTSIDE.append(c.lamps[A]))

    with pytest.raises(SpecError, match=r"lamps\[a\]\.size is read outside an evaluation.*\n  keep its id"):
        bool(OUTSIDE[0].size)


def test_a_view_in_a_closure_is_recorded():
    """Inside an evaluation a view that was bound before is as good as another."""

    def look(c: House) -> int:
        hall = c.hall

        def later() -> int:
            return hall.size

        return later()

    assert reads(look) == ["hall.size"]


def test_a_view_as_default_argument_is_recorded():
    """A default argument is evaluated early, and read late."""

    def look(c: House) -> int:
        def later(lamp: Lamp = c.hall) -> int:
            return lamp.size

        return later()

    assert reads(look) == ["hall.size"]


@pytest.mark.parametrize(
    "stored",
    [
        lambda c: [1],
        lambda c: {1: 2},
        lambda c: {1},
        lambda c: ([1],),
        lambda c: (n for n in c.rooms),
        lambda c: iter(c.rooms),
        lambda c: map(str, c.rooms),
        lambda c: c.rooms.values(),
        lambda c: c.rooms.items(),
        lambda c: lambda: c.door,
        lambda c: c.hall.is_like,
    ],
    ids=[
        "list",
        "dict",
        "set",
        "list in a tuple",
        "generator",
        "iterator",
        "map",
        "values",
        "items",
        "lambda",
        "method",
    ],
)
def test_only_values_go_into_slots(stored: Callable[[Any], object]):
    """What can change later, or looks at the state later, cannot be stored."""

    def act(c: House) -> None:
        c.notes = stored(c)

    with pytest.raises(SpecError, match="which can change behind the checker's back"):
        footprint(act)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (lambda c: c.hall, "places, not values"),
        (lambda c: c.rooms, "places, not values"),
        (lambda c: (c.hall,), "keep its id"),
        (lambda c: frozenset([c.rooms]), "keep its id"),
    ],
    ids=["object", "Map", "object in a tuple", "Map in a frozenset"],
)
def test_places_do_not_go_into_slots(stored: Callable[[Any], object], text: str):
    """A view cannot be stored, nor hidden in a tuple."""

    def act(c: House) -> None:
        c.notes = stored(c)

    with pytest.raises(SpecError, match=text):
        footprint(act)


def test_initial_states_hold_values_too():
    """A list in the first state is refused with the path of its slot."""
    with pytest.raises(SpecError, match=r"^notes holds a list"):
        footprint(lambda c: None, evolve(HOUSE, notes=[1]))


def test_claims_blame_ids_not_places():
    """A view would outlive the evaluation in a claim."""

    @always
    def nothing_is_wrong(c: House):
        """Blames an object instead of its id."""
        yield claim(c.door, "the door is open", c.hall)

    with pytest.raises(SpecError, match="blame its id"):
        judged(nothing_is_wrong)


def test_what_an_object_lacks_cannot_be_assigned():
    """A misspelt field is an error that names those there are."""

    def act(c: House) -> None:
        c.hall.colour = Color.RED  # type: ignore[attr-defined]

    with pytest.raises(SpecError, match=r"Lamp has no field 'colour'.*it has color, size, room"):
        footprint(act)


def test_attributes_cannot_be_deleted():
    """Nothing of an object can be deleted, only entries of a Table."""

    def act(c: House) -> None:
        del c.hall.size

    with pytest.raises(UserCodeError):
        footprint(act)
    assert Id("a") in HOUSE.lamps


# --- what no recorder can see

CALLS: list[int] = []


def look_elsewhere(c: House) -> None:
    """Reads the hall the first time it is called, and the door after that."""
    CALLS.append(1)
    c.notes = c.hall.size if len(CALLS) == 1 else c.door


def grow(c: House) -> None:
    """Makes a second row to look at."""
    c.hall.size = 9


def test_reads_that_depend_on_a_global_are_found_out():
    """A function that reads something else in an equal state is impure, and refused."""
    CALLS.clear()
    compiled = Compiled(system_of(grow, look_elsewhere))
    memo = Memo(compiled)
    (row,) = compiled.initial_rows()
    memo.evaluate(row, compiled.instances[1])

    with pytest.raises(ImpureError, match="look for random numbers, the wall clock, globals"):
        memo.evaluate(take(compiled, row, "tester.grow"), compiled.instances[1])
