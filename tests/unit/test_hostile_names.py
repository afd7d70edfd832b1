"""Names that hold markup, terminal codes or the syntax of a format come out harmless in every rendering."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NewType

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof import Claims, Component, Map, System, always, claim, require, state
from clusterproof.checker.check import check_system
from clusterproof.checker.cli.evidence_files import Evidence, write_evidence
from clusterproof.checker.cli.report import Report
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.render.dot import state_space_graph, trace_graph
from clusterproof.checker.render.itf import from_json, to_json
from clusterproof.checker.render.mermaid import sequence_diagram, step_table, trace_markdown
from clusterproof.checker.render.picture import renderers
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Why, Witness

PIECES = (
    "<script>alert(1)</script>", "<b>", "</TABLE>", ">", "&", "&amp;", "&#60;", '"', "'", "\\", "\\N", "\\G", "{|}",
    "[", "](http://x)", "\x1b[31m", "\x1b]0;t\x07", "\x9b2J", "\u202e", "\u2066", "\u200b", "\ufeff", "\n", "\r",
    "\x00", "\x7f", "end", ";", "%%", "->>", "`", "```", "#quot;", "|", "javascript:", "http://evil.example", "@you",
    "$$", "~~", "日本", "\ud800", "a" * 300,
)  # fmt: skip
SHAPES = ("svg", "g", "title", "polygon", "path", "text", "polyline", "ellipse")
names = st.lists(st.sampled_from(PIECES) | st.characters(), min_size=1, max_size=4).map("".join)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Traces in which every text is hostile."""
    changes = st.builds(Change, object_name=names, path=names, before=names | st.none(), after=names | st.none())
    step = st.builds(
        TraceStep,
        lane=names,
        component=names,
        action=names,
        arguments=st.tuples(names),
        choices=names,
        fault=st.booleans(),
        at_seconds=st.none() | st.integers(0, 99),
        changes=st.tuples(changes),
        doc=names,
        source=st.none() | st.tuples(names, st.integers(0, 9)),
    )
    return Trace(
        property_name=draw(names),
        object_name=draw(names),
        says=draw(names),
        doc=draw(names),
        initial=(draw(names),),
        steps=tuple(draw(st.lists(step, min_size=1, max_size=2))),
        starved=(Starved(step=draw(names), enabled_in=1, loop_states=2),),
        why=Why(
            says=draw(names),
            witnesses=(Witness(text=draw(names), since_step=1, note=draw(names)),),
            notes=(draw(names),),
        ),
    )


def assert_printable(text: str, *, between: str = "\n") -> None:
    """Check that nothing in a text moves a cursor, changes a colour or the direction of writing."""
    assert text.replace(between, "").replace("\t", "").isprintable()


@given(traces(), names)
def test_text_is_printable(trace: Trace, command: str) -> None:
    """A trace as text holds no control character but the ends of its own lines."""
    assert_printable(trace_text(trace, command))


@given(traces())
def test_markdown_holds_no_markup(trace: Trace) -> None:
    """Diagrams and tables hold no tag but line breaks, and a name can neither end the fence nor add a line or cell."""
    diagram, table = sequence_diagram(trace), step_table(trace)
    for text in (diagram, table, trace_markdown(trace)):
        assert_printable(text)
        assert "<" not in text.replace("<br/>", "").replace("<- breaks it", "")
    assert "```" not in diagram
    assert len(table.splitlines()) == 3 + len(trace.steps)
    assert len({line.count("|") for line in table.splitlines()}) == 1


@given(traces(), names)
def test_dot_holds_no_syntax(trace: Trace, name: str) -> None:
    """Every label of a graph is well-formed markup made here, with no tag or attribute of a name's making."""
    for graph in (
        trace_graph(trace, {0: [name]}),
        state_space_graph([[name], [name]], [(0, 1, name, True)], title=name),
    ):
        source = str(graph.source)
        assert_printable(source)
        labels = re.findall(r"label=<(.*)>(?: [a-z]+=\S.*)?\]$", source, re.MULTILINE)
        assert len(labels) == source.count("label=")
        tags = {element.tag for label in labels for element in ET.fromstring(f"<x>{label}</x>").iter()}
        assert tags <= {"x", "TABLE", "TR", "TD", "B", "I", "FONT", "BR", "HR"}


@given(traces())
def test_json_is_read_back(trace: Trace) -> None:
    """The JSON of a trace is plain ASCII, and reads back as the same trace, whatever its names."""
    text = json.dumps(to_json(trace))

    assert text.isascii()
    assert text.isprintable()
    assert from_json(json.loads(text)) == trace


# ---------------------------------------------------------------- a whole check

PieceId = NewType("PieceId", str)


@state
class Board:
    """Pieces that may be moved once."""

    moved: Map[PieceId, bool]


player = Component("<script>\x1b[31m")


@player.action
def move(board: Board, piece: PieceId) -> None:
    """A piece is moved."""
    require(not board.moved[piece])
    board.moved[piece] = True


@always
def nothing_moves(board: Board) -> Claims:
    """<b>Nothing</b> moves."""
    yield claim(
        not any(board.moved.values()), "nothing \x9b2J has <i>moved</i>", *(p for p in board.moved if board.moved[p])
    )


def test_a_check_with_hostile_names(tmp_path: Path) -> None:
    """A system with hostile names is checked, told and drawn: all files and the report are harmless."""
    pieces = [PieceId(piece) for piece in PIECES if "\ud800" not in piece]
    start = Board(moved=Map(dict.fromkeys(pieces, False)))
    system = System(start, components=[player], properties=[nothing_moves], name="</title>\x1b[2J")
    result = check_system(evolve(system, bounds=evolve(system.bounds, depth=1)))
    evidence: Evidence = write_evidence(result, tmp_path)
    subject = Subject(
        title=system.name, request=Request(target="x:\x1b[31m"), system=system, facts=(("system", system.name),)
    )
    report = Report(subject=subject, result=result, evidence=evidence, exit_code=1, terminal=Terminal())

    assert_printable(report.text())
    assert result.traces
    for path in evidence.files:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", path.name)
        if path.suffix in (".json", ".md", ".dot"):
            assert_printable(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(not renderers(), reason="needs Graphviz or graphviz-pure")
def test_pictures_hold_no_script(tmp_path: Path) -> None:
    """What Graphviz draws for hostile names is well-formed, without scripts, addresses or events."""
    pieces = [PieceId(piece) for piece in PIECES if "\ud800" not in piece]
    system = System(Board(moved=Map(dict.fromkeys(pieces, False))), components=[player], properties=[nothing_moves])
    evidence = write_evidence(check_system(evolve(system, bounds=evolve(system.bounds, depth=1))), tmp_path)
    pictures = [path for path in evidence.files if path.suffix == ".svg"]

    assert evidence.message == ""
    assert pictures
    for path in pictures:
        for element in ET.fromstring(path.read_text(encoding="utf-8")).iter():
            assert element.tag.rpartition("}")[2] in SHAPES
            assert not [key for key in element.attrib if "href" in key or key.startswith("on")]
