"""Actions assign to a draft: what they write is collected, what they have written they read back."""

from __future__ import annotations

import copy
from typing import Any, NewType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_systems import HOUSE, A, B, C, Color, House, Id, Lamp, explore, footprint, system_of, values

from clusterproof import Map, SetOf, SpecError, System, Table, Timer, choose, evolve, field, require, state, unbounded
from clusterproof.compiled import Compiled
from clusterproof.errors import UserCodeError


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("door", False),
        ("owner", A),
        ("owner", None),
        ("notes", (1, "x")),
        ("notes", None),
        ("notes", 0),
        ("door", True),
    ],
)
def test_every_write_is_in_the_footprint(path: str, value: object):
    """Whatever is assigned is a write: None and the value that was there before, too."""

    def act(c: House) -> None:
        setattr(c, path, value)

    found = footprint(act)

    assert found.writes == {path: value}
    assert found.reads == []


def test_none_over_a_value_is_written():
    """A field of an object that is set to None is a write of None."""

    def act(c: House) -> None:
        c.lamps[A].room = None

    assert footprint(act).writes == {"lamps[a].room": None}


def test_collections_write_their_entries():
    """An entry of a Map and a member of a SetOf are a slot each."""

    def act(c: House) -> None:
        c.rooms[B] = 9
        c.lit.add(C)
        c.lit.discard(A)

    found = footprint(act)

    assert found.writes == {"rooms[b]": 9, "lit[c]": True, "lit[a]": False}
    assert found.reads == []


def test_a_new_object_writes_all_its_fields():
    """Creating an object reads nothing."""

    def act(c: House) -> None:
        c.lamps[C] = Lamp(size=4)

    found = footprint(act)

    assert found.writes == {
        "lamps[c]": True, "lamps[c].color": Color.RED, "lamps[c].size": 4, "lamps[c].room": None,
    }  # fmt: skip
    assert found.reads == []


def test_whole_collections_can_be_assigned():
    """With the ids they have; the entries that are not there are erased."""

    def act(c: House) -> None:
        c.lit = SetOf(c.lit.universe, (C,))
        c.rooms = Map({A: 0, B: 0, C: 0})
        c.lamps = Table((A, B, C), {B: Lamp()})

    writes = footprint(act).writes

    assert [writes[f"lit[{i}]"] for i in "abc"] == [False, False, True]
    assert [writes[f"rooms[{i}]"] for i in "abc"] == [0, 0, 0]
    assert [writes[f"lamps[{i}]"] for i in "abc"] == [False, True, False]


def test_what_was_written_is_read_back_and_is_no_read():
    """An action sees its own writes, and the footprint does not call that reading."""

    def act(c: House) -> None:
        c.hall.size = 5
        c.hall.size += 1
        c.lit.add(C)
        require(c.hall.size == 6 and C in c.lit)
        c.lamps[C] = Lamp(size=3)
        c.lamps[C].size += c.hall.size
        del c.lamps[A]
        require(c.lamps.get(A) is None and list(c.lamps) == [B, C])

    found = footprint(act)

    assert found.reads == ["lamps[b]"]
    assert found.writes["lamps[c].size"] == 9


def test_an_alias_is_the_same_place():
    """A local name for an object writes to the state."""

    def act(c: House) -> None:
        lamp = c.lamps[A]
        lamp.color = Color.BLUE
        require(c.lamps[A].color is Color.BLUE)

    assert footprint(act).writes == {"lamps[a].color": Color.BLUE}


def absent_fields(compiled: Compiled, row: str) -> dict[str, Any]:
    """The fields of lamp a."""
    return {path: value for path, value in values(compiled, row).items() if path.startswith("lamps[a].")}


def test_absent_objects_have_one_encoding():
    """However an object came to be absent, equal states are equal rows."""

    def change(c: House) -> None:
        require(A in c.lamps)
        c.lamps[A].size = 3

    def drop(c: House) -> None:
        del c.lamps[A]

    def replace(c: House) -> None:
        c.lamps = Table((A, B, C), {B: Lamp(size=2)})

    compiled = Compiled(system_of(change, drop, replace))
    absent = {row for row in explore(compiled) if not values(compiled, row)["lamps[a]"]}

    assert len(absent) == 1
    assert set(absent_fields(compiled, absent.pop()).values()) == {None}


@pytest.mark.parametrize("late", [3, 0])
def test_nothing_is_written_to_what_was_deleted(late: int):
    """An alias of a deleted object is a place that is gone."""

    def act(c: House) -> None:
        lamp = c.lamps[A]
        del c.lamps[A]
        lamp.size = late

    with pytest.raises(SpecError, match=r"lamps\[a\]\.size, of an object that does not exist"):
        footprint(act)


def test_nothing_is_read_from_what_was_deleted():
    """Nor read: None would be taken for a value."""

    def act(c: House) -> None:
        lamp = c.lamps[A]
        del c.lamps[A]
        c.door = lamp.size is None

    with pytest.raises(SpecError, match=r"reads lamps\[a\]\.size of an object it has deleted"):
        footprint(act)


def test_deleting_what_is_absent_changes_nothing():
    """Deleting twice is deleting once."""

    def act(c: House) -> None:
        del c.lamps[C]

    steps = Compiled(system_of(act)).steps
    (row,) = Compiled(system_of(act)).initial_rows()

    assert steps(row).steps == []
    assert steps(row).stuttering == 1


def swap_objects(c: House) -> None:
    c.lamps[A], c.lamps[B] = c.lamps[B], c.lamps[A]


def swap_maps(c: TwoMaps) -> None:
    c.one, c.other = c.other, c.one


def alias_an_object(c: House) -> None:
    c.lamps[A] = c.hall


@state
class TwoMaps:
    """Two collections of the same shape."""

    one: Map[Id, int] = Map({A: 1})
    other: Map[Id, int] = Map({A: 2})


@pytest.mark.parametrize(
    ("act", "start"),
    [(swap_objects, HOUSE), (alias_an_object, HOUSE), (swap_maps, TwoMaps())],
    ids=["swap", "alias", "maps"],
)
def test_places_are_not_assigned(act: Any, start: Any):
    """Swapping two objects or collections would lose a write, so a place is no value."""
    with pytest.raises(SpecError, match=r"places, not values\.\n  write copy\.copy"):
        footprint(act, start)


def test_copies_are_swapped():
    """What the message says works."""

    def act(c: House) -> None:
        c.lamps[A], c.lamps[B] = copy.copy(c.lamps[B]), copy.copy(c.lamps[A])

    writes = footprint(act).writes

    assert (writes["lamps[a].size"], writes["lamps[b].size"]) == (2, 0)
    assert (writes["lamps[a].room"], writes["lamps[b].room"]) == (None, A)

    def swap(c: TwoMaps) -> None:
        c.one, c.other = copy.copy(c.other), copy.deepcopy(c.one)

    assert footprint(swap, TwoMaps()).writes == {"one[a]": 2, "other[a]": 1}


@pytest.mark.parametrize("ids", [(A, B), (A, B, C, Id("d"))])
def test_the_ids_of_a_collection_are_fixed(ids: tuple[Id, ...]):
    """A Map with other ids is refused, with both lists of ids."""

    def act(c: House) -> None:
        c.rooms = Map((i, 0) for i in ids)

    with pytest.raises(SpecError, match=r"rooms: the ids are fixed when the system is built \(a, b, c\), not a, b"):
        footprint(act)


@pytest.mark.parametrize(
    ("name", "value"),
    [("rooms", 5), ("rooms", SetOf((A, B, C))), ("lit", {A}), ("lamps", [A]), ("hall", None), ("hall", 3)],
)
def test_what_belongs_elsewhere_is_refused(name: str, value: object):
    """A value of another kind is refused in words."""

    def act(c: House) -> None:
        setattr(c, name, value)

    with pytest.raises(SpecError, match="belongs here, not"):
        footprint(act)


def test_unknown_ids_are_named():
    """A Map is asked for an id that it does not have."""
    with pytest.raises(SpecError, match=r"rooms\[zz\]: no such id \(there are a, b, c\)"):
        footprint(lambda c: c.rooms["zz"])
    with pytest.raises(SpecError, match="guard it first"):
        footprint(lambda c: c.rooms[c.owner])
    with pytest.raises(SpecError, match=r"lit: 'zz' is not in its universe \(a, b, c\)"):
        footprint(lambda c: c.lit.add("zz"))


def test_absent_objects_are_not_read():
    """Table[...] of an object that does not exist says how to ask."""
    with pytest.raises(SpecError, match=r"require\(lamps\.get\('c'\)\)"):
        footprint(lambda c: c.lamps[C])


# --- validators


@state
class Gauge:
    """A level between 0 and 9, in a place with a validator of the whole object."""

    level: int = field(default=0, validator=[attrs.validators.ge(0), attrs.validators.le(9)])
    most: int = field(default=5)


def test_validators_run_on_draft_writes():
    """A validator sees what an action assigns; its refusal names the step."""

    def fill(g: Gauge) -> None:
        g.level = choose((9, 10), label="to")

    with pytest.raises(UserCodeError, match=r"^tester\.fill\(\) raised ValueError"):
        footprint(fill, Gauge())
    with pytest.raises(ValueError, match="level"):
        Gauge(level=-1)


# --- values outside actions


def test_states_are_values_outside_actions():
    """Nothing can be assigned to a state but in an action."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        HOUSE.door = False
    for assign in (
        lambda: HOUSE.rooms.__setitem__(A, 1),
        lambda: HOUSE.lamps.__delitem__(A),
        lambda: HOUSE.lamps.add(Lamp()),
        lambda: HOUSE.lit.add(A),
        lambda: HOUSE.lit.discard(A),
    ):
        with pytest.raises(SpecError, match="inside an @action"):
            assign()


def test_states_are_equal_and_hash_by_their_fields():
    """Two states that were built alike are one."""
    again = evolve(HOUSE, door=True)

    assert again == HOUSE
    assert hash(again) == hash(HOUSE)
    assert evolve(HOUSE, door=False) != HOUSE


def test_evolve_names_the_fields_there_are():
    """A misspelt change is refused."""
    with pytest.raises(SpecError, match=r"House has no field 'dor' \(it has"):
        evolve(HOUSE, dor=1)
    with pytest.raises(SpecError, match="only @state values"):
        evolve(3, dor=1)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Table((A, A)), "Table: the id 'a' occurs twice"),
        (lambda: SetOf((A, A)), "SetOf: the id 'a' occurs twice"),
        (lambda: Map([(A, 1), (A, 2)]), "Map: the id 'a' occurs twice"),
        (lambda: Table((A,), {B: Lamp()}), "Table: 'b' is present but not among its ids"),
        (lambda: SetOf((A,), (B,)), "SetOf: 'b' is a member but not in the universe"),
    ],
)
def test_collections_refuse_contradictions(make: Any, text: str):
    """What can only be a slip is refused when the collection is made."""
    with pytest.raises(SpecError, match=text):
        make()


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_sets_behave_like_sets(members: set[str], others: set[str]):
    """A SetOf has the members, the size, the truth and the equality of a set, in the order of its universe."""
    ours, theirs = SetOf("abcdef", members), SetOf("abcdef", others)

    assert list(ours) == sorted(members)
    assert (len(ours), bool(ours), ours.is_full()) == (len(members), bool(members), len(members) == 6)
    assert (ours == theirs) == (members == others)
    assert {i for i in "abcdef" if i in ours} == members


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)),
)
def test_maps_behave_like_dictionaries(ours: dict[str, int], theirs: dict[str, int]):
    """A Map and a Table are equal, and hash equally, when the dictionaries they were made from are equal."""
    assert (Map(ours) == Map(theirs)) == (ours == theirs)
    assert (hash(Map(ours)) == hash(Map(theirs))) >= (ours == theirs)
    assert dict(Table("abc", ours)) == ours
    assert Table("abc", ours).ids == ("a", "b", "c")


# --- state classes

Key = NewType("Key", str)


@state
class Hidden:
    """A timer where the clock does not see it."""

    timer: Timer | None = None


@state
class Optional:
    """A collection that may be missing."""

    rooms: Map[Key, int] | None = None


@state
class Untyped:
    """A collection without types."""

    rooms: Map = Map({})  # type: ignore[type-arg]


@state
class Holder:
    """An object that may be missing."""

    lamp: Lamp | None = None


@state
class Numbers:
    """A Table of what is no object."""

    numbers: Table[Key, int] = Table((Key("k"),))


class Undecorated:
    """No state class."""


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (Hidden(), "timer: the clock only sees timers that are fields"),
        (Optional(), "rooms: a Map, Table or SetOf is a field of its own"),
        (Untyped(), "rooms: a Map, Table or SetOf is a field of its own"),
        (Holder(), "lamp: an object that may be missing is not a field"),
        (Numbers(), r"numbers\[k\]: a Table holds @state objects"),
        (Undecorated(), "write @state above class Undecorated"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_shapes_that_hide_something_are_refused(start: Any, text: str):
    """A state whose slots could not be told is refused when the system is made ready."""
    with pytest.raises(SpecError, match=text):
        Compiled(System(start))


def test_an_object_of_a_subclass_is_refused():
    """The further fields of a subclass would have no slots."""

    @state
    class Chandelier(Lamp):
        """A lamp with arms."""

        arms: int = 8

    with pytest.raises(SpecError, match="hall: a Lamp belongs here"):
        Compiled(System(evolve(HOUSE, hall=Chandelier()))).initial_rows()


def test_an_unbounded_budget_has_no_slot():
    """A step without limit does not count."""

    def toggle(c: House) -> None:
        c.door = not c.door

    system = system_of(toggle)
    system.budgets = {system.components[0].actions[0]: unbounded}

    assert not [slot for slot in Compiled(system).schema.slots if slot.role == "budget"]
