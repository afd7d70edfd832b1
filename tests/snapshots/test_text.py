"""The text a terminal shows for a trace."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.render.escape import file_stem, printable
from clusterproof.checker.render.text import MIN_WIDTH, trace_text
from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Why, Witness

REPLAY = "clusterproof replay trace.json"

words = st.text(max_size=90)
changes = st.builds(Change, object_name=words, path=words, before=st.none() | words, after=st.none() | words)
steps = st.builds(
    TraceStep,
    lane=words,
    component=words,
    action=words,
    arguments=st.lists(words, max_size=2).map(tuple),
    fault=st.booleans(),
    at_seconds=st.none() | st.integers(0, 10**6),
    changes=st.lists(changes, max_size=3).map(tuple),
)
traces = st.builds(
    Trace,
    property_name=words,
    object_name=words,
    kind=st.sampled_from(["always", "step", "eventually_always", "leads_to", "reachable"]),
    initial=st.lists(words, max_size=3).map(tuple),
    steps=st.lists(steps, min_size=1, max_size=12).map(tuple),
    loop_from=st.none() | st.just(0),
    stutters=st.booleans(),
    starved=st.lists(st.builds(Starved, step=words, enabled_in=st.just(0), loop_states=st.just(2)), max_size=1).map(
        tuple
    ),
    why=st.builds(
        Why,
        says=words,
        witnesses=st.lists(st.builds(Witness, text=words, since_step=st.just(1), note=words), max_size=2).map(tuple),
        notes=st.lists(words, max_size=1).map(tuple),
    ),
)


def test_text_reads_as_intended(example, snapshot):
    """Each example trace is shown as its golden file has it."""
    name, trace = example

    snapshot(f"{name}.txt", trace_text(trace, REPLAY))


@pytest.mark.parametrize("width", [70, 100])
def test_narrow_terminals(examples, snapshot, width):
    """On a narrow terminal lines are broken where they stay readable."""
    snapshot(f"safety-{width}.txt", trace_text(examples["safety"], REPLAY, width))


@given(trace=traces, width=st.integers(0, 200))
def test_lines_fit(trace, width):
    """No line is wider than asked for, and none holds a character that a terminal would obey."""
    text = trace_text(trace, "replay", width)

    assert all(len(line) <= max(width, MIN_WIDTH) for line in text.splitlines())
    assert all(line.isprintable() for line in text.split("\n"))


@given(trace=traces)
def test_nothing_is_left_out(trace):
    """Every object, path, value, witness and note of a trace can be found in its text."""
    shown = "".join(trace_text(trace, "replay").split())
    told = [part for step in trace.steps for item in step.changes for part in (item.object_name, item.path)]
    told += [item.text for item in trace.why.witnesses] + [*trace.why.notes, trace.why.says, trace.object_name]

    for part in told:
        # Loop bars and column gaps may stand inside a part that is broken over lines, so its words are looked for.
        assert all(word in shown or len(word) > MIN_WIDTH // 4 for word in printable(part).split())


def test_replay_command_stays_whole(examples):
    """The command can be copied: it is on one line, however long it is."""
    command = "clusterproof replay " + "x" * 300

    assert trace_text(examples["safety"], command).splitlines()[-1] == f"  replay  {command}"


def test_times_only_where_there_are_any(examples):
    """An untimed trace has no column of times, and a trace is marked timed where it is."""
    assert "+0s" in trace_text(examples["safety"], REPLAY)
    assert "+" not in trace_text(evolve(examples["untimed"], why=None), REPLAY)


@given(text=st.text())
def test_printable_is_one_harmless_line(text):
    """What `printable` returns can be printed, is stable, and leaves printable text alone."""
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert printable(text) == text or not text.isprintable()


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("replicas-converge Deployment/web", "replicas-converge-Deployment-web"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "trace"),
        ("..", "trace"),
        ("con.x", "_con.x"),
    ],
)
def test_file_stems_are_safe(text, stem):
    """A name becomes the stem of a file in the folder it is written to, on every system."""
    assert file_stem(text) == stem
