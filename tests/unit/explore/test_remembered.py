"""What the example database keeps of counterexamples, and what is read from it."""

from __future__ import annotations

import json

import pytest
from explore_systems import example_of, terrain_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from small_systems import nothing_is_lost, shop

from clusterproof.checker.explore.remembered import Memory, Remembered

steps = st.lists(st.tuples(st.text(), st.text()), max_size=5).map(tuple)


@st.composite
def remembered(draw: st.DrawFn) -> Remembered:
    """Anything that may be kept."""
    taken = draw(steps)
    return Remembered(
        settings=draw(st.dictionaries(st.text(), st.text(), max_size=3)),
        start=draw(st.integers(0, 10**6)),
        says=draw(st.text()),
        steps=taken,
        stem=draw(st.integers(0, len(taken))),
    )


@given(remembered())
def test_what_is_kept_is_read(kept):
    """Whatever is written is read again, the same."""
    assert Remembered.from_bytes(kept.to_bytes()) == kept


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(), inner, max_size=7),
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_no_memory(data):
    """What others put into the database is nothing, and raises nothing."""
    assert Remembered.from_bytes(data) is None


@pytest.mark.parametrize(
    "fields",
    [
        [2, {}, 0, "says", [["a", ""]], 0],
        [1, [], 0, "says", [["a", ""]], 0],
        [1, {}, -1, "says", [["a", ""]], 0],
        [1, {}, True, "says", [["a", ""]], 0],
        [1, {}, 0, None, [["a", ""]], 0],
        [1, {}, 0, "says", [["a"]], 0],
        [1, {}, 0, "says", [["a", 1]], 0],
        [1, {}, 0, "says", "steps", 0],
        [1, {}, 0, "says", [["a", ""]], 2],
        [1, {}, 0, "says", [["a", ""]], 1.0],
        "123456",
        {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0, "6": 0},
    ],
    ids=str,
)
def test_what_is_nearly_well_formed_is_no_memory(fields):
    """Every field is looked at."""
    assert Remembered.from_bytes(json.dumps(fields).encode()) is None


@pytest.mark.parametrize("data", [b"[" * 100_000, b" " * (1 << 21), b"\xff\xfe", b"[1" + b"0" * 10_000 + b"]"])
def test_hostile_bytes_are_no_memory(data):
    """Neither depth nor length nor encoding is a way to harm."""
    assert Remembered.from_bytes(data) is None


def test_a_memory_is_of_one_system_property_and_object():
    """A counterexample is recalled for its system, property and object only, and can be forgotten."""
    database = InMemoryExampleDatabase()
    memory = Memory(database, "shop")
    example = example_of(terrain_of(shop(nothing_is_lost)), "worker[j0].start() machine.crash()", "no job is lost")
    memory.keep(example, {"n": "2"}, 0)
    ((data, kept),) = memory.recall("nothing-is-lost", "")

    assert kept.steps == (("worker[j0].start()", ""), ("machine.crash()", ""))
    assert (kept.settings, kept.start, kept.stem, kept.says) == ({"n": "2"}, 0, 2, "no job is lost")
    assert list(Memory(database, "box").recall("nothing-is-lost", "")) == []
    assert list(memory.recall("nothing-is-lost", "j0")) == []

    memory.forget("nothing-is-lost", "", data)

    assert list(memory.recall("nothing-is-lost", "")) == []


def test_what_cannot_be_read_is_deleted():
    """Garbage is skipped and deleted, and what lies beside it is read."""
    database = InMemoryExampleDatabase()
    memory = Memory(database, "shop")
    example = example_of(terrain_of(shop(nothing_is_lost)), "worker[j0].start() machine.crash()", "no job is lost")
    memory.keep(example, {}, 0)
    (key,) = database.data
    database.save(key, b"garbage")

    assert len(list(memory.recall("nothing-is-lost", ""))) == 1
    assert b"garbage" not in database.data[key]


def test_without_a_database_nothing_is_kept():
    """No database is no error."""
    memory = Memory(None, "shop")
    example = example_of(terrain_of(shop(nothing_is_lost)), "worker[j0].start() machine.crash()", "no job is lost")
    memory.keep(example, {}, 0)
    memory.forget("nothing-is-lost", "", b"")

    assert list(memory.recall("nothing-is-lost", "")) == []
