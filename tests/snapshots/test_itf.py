"""Traces as JSON: nothing is lost on the way out and back, and damage is told in one line."""

from __future__ import annotations

import contextlib
import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.render.itf import TraceFileError, from_json, read_trace, to_json, write_trace
from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Why, Witness

text = st.text(max_size=6)
texts = st.lists(text, max_size=2).map(tuple)
count = st.integers(0, 10**20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
keys = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=2).map(tuple) | st.frozensets(inner, max_size=2),
    max_leaves=4,
)
values = keys | st.lists(keys, max_size=3) | st.dictionaries(keys, keys, max_size=2)

FIELDS = {
    Change: {"object_name": text, "path": text, "before": st.none() | text, "after": st.none() | text},
    Witness: {"text": text, "since_step": count, "note": text},
    Starved: {"step": text, "enabled_in": count, "loop_states": count},
}


def tuples_of(kind: type) -> st.SearchStrategy:
    """Draw a few of a class."""
    return st.lists(st.builds(kind, **FIELDS[kind]), max_size=2).map(tuple)


FIELDS[Why] = {"says": text, "witnesses": tuples_of(Witness), "notes": texts}
FIELDS[TraceStep] = {
    **dict.fromkeys(("lane", "component", "action", "choices", "doc"), text),
    "arguments": texts,
    "fault": st.booleans(),
    "at_seconds": st.none() | st.integers(),
    "changes": tuples_of(Change),
    "source": st.none() | st.tuples(text, count),
}
FIELDS[Trace] = {
    **dict.fromkeys(("property_name", "object_name", "kind", "says", "doc", "timing"), text),
    "states_seen": count,
    "shortest": st.booleans(),
    "initial": texts,
    "steps": tuples_of(TraceStep),
    "states": st.just(()),
    "loop_from": st.none(),
    "stutters": st.booleans(),
    "starved": tuples_of(Starved),
    "why": st.none() | st.builds(Why, **FIELDS[Why]),
    "run": st.dictionaries(text, json_values, max_size=2),
}


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Draw a trace; the states and the loop fit its steps."""
    trace = draw(st.builds(Trace, **FIELDS[Trace]))
    number = len(trace.steps) + 1
    slots = st.dictionaries(text.filter(lambda path: path != "#meta"), values, max_size=2)
    states = draw(st.just(()) | st.lists(slots, min_size=number, max_size=number).map(tuple))
    loop_from = draw(st.none() | st.integers(0, number - 1))
    return attrs.evolve(trace, states=states, loop_from=loop_from)


@given(trace=traces())
def test_round_trip_is_exact(trace):
    """A trace that went through JSON text is equal to what it was, types of its values included."""
    written = json.dumps(to_json(trace))
    again = from_json(json.loads(written))

    assert again == trace
    # Equality alone takes 1 for true.
    assert json.dumps(to_json(again)) == written


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_round_trip_covers_every_field(kind):
    """A field that is added to a trace is added to the round trip too."""
    assert {field.name for field in attrs.fields(kind)} == set(FIELDS[kind])


def test_files_round_trip(example, tmp_path):
    """Each example trace is the same after it was written and read."""
    path = tmp_path / "trace.json"
    write_trace(example[1], path)

    assert read_trace(path) == example[1]


@pytest.mark.parametrize("name", ["safety", "lasso", "hostile"])
def test_json_reads_as_intended(examples, snapshot, name):
    """The JSON of an example trace is as its golden file has it."""
    snapshot(f"{name}.json", json.dumps(to_json(examples[name]), indent=1) + "\n")


def test_json_has_the_fields_of_the_format(examples):
    """Viewers of the format find its version of `#meta`, `vars`, `states` with their index, and `loop`."""
    data = to_json(examples["untimed"])

    assert data["#meta"]["format"] == "ITF"
    assert data["vars"] == ["counter", "threads"]
    assert [state["#meta"]["index"] for state in data["states"]] == [0, 1, 2, 3, 4]
    assert data["states"][3]["threads"] == {"#tup": ["a", "b"]}
    assert "loop" not in data
    assert to_json(examples["lasso"])["loop"] == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: [], "the trace should be an object, not a list"),
        (lambda data: {**data, "#meta": 3}, "the trace: '#meta' should be an object, not 3"),
        (lambda data: {**data, "#meta": {"format": "ITF"}}, "this is no trace of clusterproof"),
        (lambda data: without(data, "states"), "the trace: 'states' is missing"),
        (lambda data: {**data, "states": []}, "'states' has 0 entries, expected from 1"),
        (lambda data: {**data, "states": ["x"]}, r"'states'\[0\] should be an object, not 'x'"),
        (lambda data: {**data, "loop": 9}, "'loop' is 9, but the states are 0 to 4"),
        (lambda data: {**data, "loop": True}, "'loop' should be a whole number, not true or false"),
        (lambda data: {**data, "vars": ["counter"]}, "'threads' is not listed in 'vars'"),
        (lambda data: {**data, "vars": [None]}, "'vars' should be a list of text, but it contains null"),
        (lambda data: meta(data, version=2), "version 2 and this clusterproof reads version 1"),
        (lambda data: meta(data, property=None), "'property' should be text, not null"),
        (lambda data: meta(data, states_seen=-1), "'states_seen' should not be negative"),
        (lambda data: meta(data, why={}), "'#meta', 'why': 'witnesses' is missing"),
        (lambda data: step_meta(data, index=7), r"'states'\[1\], '#meta': 'index' is 7, expected 1"),
        (lambda data: step_meta(data, source=["a", "b"]), r"'source' should be \[file, line\]"),
        (lambda data: step_meta(data, changes=[{"object": "\x1b"}]), r"'changes'\[0\]: 'path' is missing"),
        (lambda data: slot(data, {"#bigint": "ten"}), "'#bigint' should be text of at most 4000 digits"),
        (lambda data: slot(data, {"#bigint": "9" * 5000}), "'#bigint' should be text of at most 4000 digits"),
        (lambda data: slot(data, {"#map": [[1]]}), "'#map' should be a list of pairs"),
        (lambda data: slot(data, {"#set": [[]]}), "a list or a map cannot be in a set"),
        (lambda data: slot(data, {"\x1b": 1}), "'counter': is no value of the trace format"),
        (lambda data: slot(data, deep(60)), "is nested more than 50 deep"),
    ],
)
def test_damage_is_told_in_one_line(examples, damage, message):
    """Data that is no trace raises one error, of one printable line, that says what is wrong and where."""
    data = json.loads(json.dumps(to_json(examples["untimed"])))

    with pytest.raises(TraceFileError, match=message) as raised:
        from_json(damage(data))

    assert str(raised.value).isprintable()


@given(data=st.data())
def test_any_damage_is_a_trace_file_error(data):
    """Whatever is dropped or replaced anywhere in the JSON, reading gives a trace or the one error."""
    whole = to_json(data.draw(traces()))
    holder, key = data.draw(st.sampled_from(places(whole)))
    if data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = data.draw(json_values)

    with contextlib.suppress(TraceFileError):
        assert isinstance(from_json(whole), Trace)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON: Expecting property name"),
        (b"\xff", "is not JSON: 'utf-8' codec"),
        (b"[" * 100_000, "is nested too deeply to be a trace"),
        (b'{"x": NaN}', "is not JSON: it contains NaN"),
        (b"{}", "the trace: '#meta' is missing"),
    ],
)
def test_damaged_files_are_named(tmp_path, content, message):
    """An error about a file begins with its name."""
    path = tmp_path / "trace.json"
    path.write_bytes(content)

    with pytest.raises(TraceFileError, match=message) as raised:
        read_trace(path)

    assert str(raised.value).startswith(f"{path}: ")


def test_missing_and_huge_files(tmp_path, monkeypatch):
    """A file that does not exist, or is too large to be read, is the same error."""
    with pytest.raises(TraceFileError, match="cannot be read: No such file"):
        read_trace(tmp_path / "none.json")
    path = tmp_path / "trace.json"
    path.write_text("{}" * 10)
    monkeypatch.setattr("clusterproof.checker.render.itf.MAX_BYTES", 10)
    with pytest.raises(TraceFileError, match="20 bytes are too many, the limit is 10"):
        read_trace(path)


def test_impossible_traces_are_not_written(examples):
    """States that do not fit the steps, and a slot that takes the format's own name, are errors of the caller."""
    trace = examples["untimed"]
    with pytest.raises(ValueError, match="a trace of 4 steps has 2 states"):
        to_json(attrs.evolve(trace, states=trace.states[:2]))
    with pytest.raises(ValueError, match="a slot cannot be named '#meta'"):
        to_json(attrs.evolve(trace, states=({"#meta": 1},) * 5))


def without(data: dict, key: str) -> dict:
    """Drop a key."""
    return {name: value for name, value in data.items() if name != key}


def meta(data: dict, **changed: object) -> dict:
    """Change the data about the whole trace."""
    return {**data, "#meta": {**data["#meta"], **changed}}


def step_meta(data: dict, **changed: object) -> dict:
    """Change the data about the first step."""
    data["states"][1]["#meta"].update(changed)
    return data


def slot(data: dict, value: object) -> dict:
    """Change a value in the first state."""
    data["states"][0]["counter"] = value
    return data


def deep(levels: int) -> list:
    """Nest lists."""
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


def places(data: object) -> list[tuple]:
    """List every place in JSON data: what holds it, and its key."""
    if isinstance(data, dict):
        return [found for key, item in data.items() for found in [(data, key), *places(item)]]
    if isinstance(data, list):
        return [found for key, item in enumerate(data) for found in [(data, key), *places(item)]]
    return []
