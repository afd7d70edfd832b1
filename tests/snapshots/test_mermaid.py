"""Sequence diagrams and tables for pull requests and step summaries."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.render.mermaid import (
    MAX_MESSAGES,
    SequenceDiagram,
    escaped,
    sequence_diagram,
    step_table,
    trace_markdown,
)

# What the grammar of sequence diagrams allows, as far as this package uses it.
TEXT = r"[^;#\n]*(?:#\d+;[^;#\n]*)*"
LINE = re.compile(
    rf"sequenceDiagram|participant L\d+ as {TEXT}|L\d+->>L\d+: {TEXT}|Note over L\d+(,L\d+)?: {TEXT}"
    rf"|loop {TEXT}|rect rgb\(\d+, \d+, \d+\)|end"
)


def test_diagram_reads_as_intended(example, snapshot):
    """Each example trace has the sequence diagram that its golden file has."""
    name, trace = example

    snapshot(f"{name}.mmd", sequence_diagram(trace))


def test_diagram_is_mermaid(example):
    """Every line is one of the few that are used, and every block that is opened is closed."""
    lines = [line.strip() for line in sequence_diagram(example[1]).splitlines()]

    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert sum(line.startswith(("loop ", "rect ")) for line in lines) == lines.count("end")


def test_long_trace_becomes_a_table(examples):
    """A trace too long for lanes is only named in the diagram; Markdown shows the table instead, with every step."""
    trace = evolve(examples["lasso"], steps=examples["lasso"].steps * 7)
    assert len(trace.steps) > MAX_MESSAGES

    assert sequence_diagram(trace).count("->>") == 0
    assert "see the table" in sequence_diagram(trace)
    assert "mermaid" not in trace_markdown(trace)
    assert step_table(trace).count("\n") == len(trace.steps) + 3


def test_short_trace_is_a_diagram_in_markdown(examples):
    """A trace that can be read as lanes is a fenced diagram."""
    assert trace_markdown(examples["safety"]).startswith("```mermaid\nsequenceDiagram\n")


@pytest.mark.parametrize("name", ["safety", "hostile"])
def test_table_reads_as_intended(examples, snapshot, name):
    """The table of a trace is as its golden file has it."""
    snapshot(f"{name}.md", step_table(examples[name]))


def test_table_cells_stay_cells(examples):
    """No name adds a cell or a row to the table."""
    rows = step_table(examples["hostile"]).splitlines()

    assert len(rows) == 2 + 1 + len(examples["hostile"].steps)
    assert {row.count("|") for row in rows} == {4}


def test_arrows_between_any_lanes():
    """A story may draw messages between any two lanes, and lanes appear in the order of their first use."""
    diagram = SequenceDiagram()
    diagram.message("user", "kube-apiserver", ["apply"])
    diagram.message("kube-apiserver", "scheduler", ["watch", "Pod/web-a"])

    assert str(diagram).splitlines() == [
        "sequenceDiagram",
        "    participant L0 as user",
        "    participant L1 as kube-apiserver",
        "    participant L2 as scheduler",
        "    L0->>L1: apply",
        "    L1->>L2: watch<br/>Pod/web-a",
    ]


@given(text=st.text())
def test_escaped_text_is_harmless_and_exact(text):
    """Escaped text has none of Mermaid's own characters, not the word `end`, and decodes to what was written."""
    coded = escaped(text)

    assert re.fullmatch(TEXT, coded)
    assert not re.search(r"[<>:%{}`\"$]|\bend\b", coded, re.IGNORECASE)
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), coded) == escaped_letters(text)


def escaped_letters(text: str) -> str:
    """Escape what cannot be printed, in the plainest way."""
    short = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
    letters = []
    for letter in text:
        number = ord(letter)
        form = f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
        letters.append(letter if letter.isprintable() else short.get(letter, form))
    return "".join(letters)
