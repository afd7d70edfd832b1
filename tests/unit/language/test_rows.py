"""States as rows of characters: nothing is lost on the way there and back."""

from __future__ import annotations

import sys
from typing import Any, NewType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from language_systems import A, B, C, Color, House, Lamp

from clusterproof import Map, SetOf, SpecError, Table, Timer, evolve, field, state
from clusterproof.compiled import patch
from clusterproof.schema import Schema

Inner = NewType("Inner", str)
ids = st.sampled_from((A, B, C))
lamps = st.builds(Lamp, color=st.sampled_from(Color), size=st.integers(), room=st.none() | ids)
scalars = (
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(Color) | st.builds(Timer, st.integers(0))
)
notes = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
houses = st.builds(
    House,
    lamps=st.dictionaries(ids, lamps).map(lambda present: Table((A, B, C), present)),
    rooms=st.tuples(st.integers(), st.integers(), st.integers()).map(
        lambda sizes: Map(zip((A, B, C), sizes, strict=True))
    ),
    lit=st.sets(ids).map(lambda members: SetOf((A, B, C), members)),
    hall=lamps,
    owner=st.none() | ids,
    door=st.booleans(),
    notes=notes,
)


@given(houses, houses)
def test_rows_stand_for_states(one: House, another: House):
    """A row gives back the state, type for type, and two rows are equal when the states are."""
    schema = Schema(one)
    rows = schema.row(one), schema.row(another)

    assert schema.state(rows[0]) == one
    assert repr(schema.state(rows[1])) == repr(another)
    assert len(rows[0]) == len(schema.slots)
    assert (rows[0] == rows[1]) == (repr(one) == repr(another))


@pytest.mark.parametrize(
    "pair",
    [(True, 1), (False, 0), (1, 1.0), ((True,), (1,)), ((0, (False,)), (0, (0,))), (frozenset({1}), frozenset({True}))],
)
def test_what_python_calls_equal_may_differ(pair: tuple[Any, Any]):
    """True is not 1: not in a slot, and not inside a tuple."""
    schema = Schema(House(lamps=Table((A,)), rooms=Map({}), lit=SetOf(())))
    slot = next(slot.number for slot in schema.slots if slot.path == "notes")
    characters = [schema.encode(slot, value) for value in pair]

    assert characters[0] != characters[1]
    assert [repr(schema.decode[slot][ord(character)]) for character in characters] == [repr(value) for value in pair]


def test_a_slot_may_take_many_values():
    """More than a byte, more than up to the surrogates, more than 16 bits: each has a character of its own."""
    schema = Schema(Lamp())
    slot = schema.root.kids["size"].slot
    row = schema.row(Lamp(size=-1))
    characters = [schema.encode(slot, number) for number in range(70_000)]

    assert len(set(characters)) == 70_000
    for number in (0, 255, 256, 0xD7FF, 0xD800, 0xDFFF, 0xFFFF, 0x10000, 69_999):
        assert schema.state(patch(row, ((slot, characters[number]),))) == Lamp(size=number)
        assert schema.row(Lamp(size=number)) == patch(row, ((slot, characters[number]),))


def test_a_slot_cannot_take_endlessly_many_values(monkeypatch: pytest.MonkeyPatch):
    """When the characters are used up, the message says how to stay finite."""
    monkeypatch.setattr(sys, "maxunicode", 9)
    schema = Schema(Lamp())
    slot = schema.root.kids["size"].slot

    with pytest.raises(SpecError, match=r"^size has taken more than a million values.\n  let it saturate"):
        [schema.encode(slot, number) for number in range(12)]


@given(st.data(), st.text(min_size=1, max_size=8))
@example(None, "\ud800x")
def test_patch_replaces_characters(data: Any, row: str):
    """The characters named are replaced, the others stay."""
    writes: dict[int, str] = {0: "\uffff"}
    if data is not None:
        writes = data.draw(st.dictionaries(st.integers(0, len(row) - 1), st.characters()))
    patched = patch(row, tuple(writes.items()))

    assert list(patched) == [writes.get(slot, character) for slot, character in enumerate(row)]


@state
class Leaf:
    """At the bottom."""

    on: bool = False


@state
class Branch:
    """In the middle, with objects of its own."""

    leaves: Table[Inner, Leaf] = Table(tuple(map(Inner, "xy")))
    tags: SetOf[Inner] = field(default=SetOf(tuple(map(Inner, "xy"))), display=".metadata.tags")
    counts: Map[Inner, int] = Map((Inner(i), 0) for i in "xy")


@state
class Tree:
    """At the top."""

    branches: Table[Inner, Branch] = field(display="Branch")
    trunk: Branch = field(default=Branch(), display="Trunk")


def test_collections_nest():
    """Objects in objects have slots, paths and names as users give them, whether or not they exist."""
    grown = Branch(leaves=Table(map(Inner, "xy"), {Inner("y"): Leaf(on=True)}), tags=SetOf(map(Inner, "xy"), "x"))
    tree = Tree(branches=Table(map(Inner, "pq"), {Inner("q"): grown}))
    schema = Schema(tree)
    named = {slot.path: (slot.object_name, slot.field_path) for slot in schema.slots}

    assert schema.state(schema.row(tree)) == tree
    assert named["branches[p].leaves[x].on"] == ("Branch/p", ".leaves[x].on")
    assert named["branches[q].tags[x]"] == ("Branch/q", ".metadata.tags[x]")
    assert named["trunk.counts[y]"] == ("Trunk", ".counts[y]")
    assert schema.ambiguous == {Inner}


@state
class Pair:
    """Two collections over one type of ids."""

    some: Table[Inner, Leaf] = field(display="Some")
    more: Table[Inner, Leaf] = field(display="More")


@pytest.mark.parametrize(
    ("some", "more", "ids"), [("", "", ""), ("xy", "", "xy"), ("", "xy", "xy"), ("xy", "xy", "xy")]
)
def test_an_empty_collection_says_nothing_about_its_ids(some, more, ids):
    """A collection that a system has no use for leaves the ids of the others what they are."""
    schema = Schema(Pair(some=Table(map(Inner, some)), more=Table(map(Inner, more))))

    assert (schema.universes[Inner], schema.ambiguous) == (tuple(ids), set())


def test_two_collections_with_other_ids_are_ambiguous():
    """Nobody can tell which ids a parameter would take."""
    assert Schema(Pair(some=Table(map(Inner, "xy")), more=Table(map(Inner, "x")))).ambiguous == {Inner}


def test_an_absent_object_is_one_whatever_it_was():
    """Deleting whole branches leaves rows equal, however they had grown."""
    small = Tree(branches=Table((Inner("p"),), {Inner("p"): Branch()}))
    schema = Schema(small)
    bare = Tree(branches=Table((Inner("p"),)))

    assert schema.row(bare) == schema.row(evolve(bare, trunk=Branch()))
    below = [slot for slot in schema.slots if slot.path.startswith("branches[p]")]
    row = schema.row(bare)
    assert {schema.value_at(row, s.number) for s in below if s.role != "presence"} == {None}
    assert {schema.value_at(row, s.number) for s in below if s.role == "presence"} == {False}


def test_a_row_needs_the_same_ids():
    """A state with other ids than the first is refused."""
    schema = Schema(Tree(branches=Table(map(Inner, "p"))))

    with pytest.raises(SpecError, match=r"branches: the ids are fixed .* \(p\), not q"):
        schema.row(Tree(branches=Table(map(Inner, "q"))))
    with pytest.raises(SpecError, match="the state: a Tree belongs here"):
        schema.row(Leaf())
