"""Graphs: the path of a trace, a small state space, and the files they are written to."""

from __future__ import annotations

import re
import shutil
import stat
import sysconfig
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve

from clusterproof.checker.render import picture
from clusterproof.checker.render.dot import MAX_NODES, GraphTooLarge, state_space_graph, trace_graph
from clusterproof.checker.render.picture import write_graph

SIBLINGS = {0: ["fault.reboot-node(n2)"], 1: [f"gc.delete({n})" for n in range(9)]}


def drawn_text(svg: Path) -> str:
    """Return all the text that an SVG shows, without the breaks between its lines."""
    texts = ET.parse(svg).iter("{http://www.w3.org/2000/svg}text")
    return "".join("".join(text.itertext()) for text in texts).replace("\xa0", " ")


@pytest.fixture(params=["dot", "graphviz-pure"])
def renderer(request, monkeypatch) -> Path:
    """Return each program that draws, as the only one there is."""
    folders = [None, sysconfig.get_path("scripts")]
    found = next((path for folder in folders if (path := shutil.which(request.param, path=folder))), None)
    if found is None:
        pytest.skip(f"needs {request.param}")
    monkeypatch.setattr(picture, "renderers", lambda: [Path(found)])
    return Path(found)


@pytest.mark.parametrize("name", ["safety", "lasso", "stuttering", "hostile"])
def test_graph_reads_as_intended(examples, snapshot, name):
    """The graph of an example trace is as its golden file has it."""
    snapshot(f"{name}.dot", trace_graph(examples[name], SIBLINGS if name == "safety" else {}).source)


def test_colours_have_six_digits(example):
    """Every colour is written with six digits, for some versions of dot draw others black."""
    source = trace_graph(example[1], SIBLINGS).source

    assert set(re.findall(r"#[0-9a-fA-F]+(?=\")", source)) == set(re.findall(r"\"(#[0-9a-f]{6})\"", source))
    assert re.search(r"(color|BGCOLOR|COLOR)=\"?[a-z]", source) is None


def test_graph_never_holds_an_address(example):
    """No attribute of the graph takes an address from a specification."""
    assert (
        re.search(r"\b(URL|href|target|src|image|tooltip)\s*=", trace_graph(example[1]).source, re.IGNORECASE) is None
    )


def test_siblings_are_few_and_told(examples):
    """Of many steps not taken a few are drawn, and the rest are counted."""
    source = trace_graph(examples["safety"], SIBLINGS).source

    assert source.count("gc.delete(") == 2
    assert "and 7 more" in source


def test_large_graphs_are_refused(examples):
    """A graph that nobody can read is an error that says how large it is and what to do."""
    long = evolve(examples["lasso"], steps=examples["lasso"].steps * MAX_NODES)
    with pytest.raises(GraphTooLarge, match="2002 nodes cannot be read, the limit is 500"):
        trace_graph(long)
    with pytest.raises(GraphTooLarge, match="501 nodes"):
        state_space_graph([["x"]] * (MAX_NODES + 1), [])


def test_largest_graph_is_drawn():
    """The limit itself is not above the limit."""
    assert state_space_graph([["x"]] * MAX_NODES, []).source.count("TABLE COLOR") == MAX_NODES


def test_state_space_reads_as_intended(snapshot):
    """Initial and bad states are marked, faults are red, and equal ways between two states share an arrow."""
    nodes = [["x = 0"], ["x = 1"], ["down"], ["x = 2", "y <> 3"]]
    edges = [
        (0, 1, "a.inc()", False),
        (0, 1, "b.inc()", False),
        (0, 2, "FAULT crash(a)", True),
        (1, 3, "a.inc()", False),
    ]

    snapshot("state-space.dot", state_space_graph(nodes, edges, initial={0}, bad={3}, title="counter").source)


def test_edges_to_nowhere_are_refused():
    """An edge to a state that does not exist is an error, not a new state."""
    with pytest.raises(ValueError, match="from state 0 to 1, but there are 1 states"):
        state_space_graph([["x"]], [(0, 1, "go", False)])


def test_pictures_show_names_as_they_are(examples, renderer, tmp_path):
    """What a renderer draws for hostile names is their printable text, letter by letter."""
    drawn = write_graph(trace_graph(examples["hostile"]), tmp_path, "hostile")

    assert drawn.message == ""
    assert [path.suffix for path in drawn.paths] == [".dot", ".svg", ".png"]
    text = drawn_text(tmp_path / "hostile.svg")
    for part in (r'\x1b[31m"\N"', "<b>|end;%%", r"\u202e</script>", "`#quot;`", "日本"):
        assert part in text
    assert (tmp_path / "hostile.png").read_bytes().startswith(b"\x89PNG")


def test_backslashes_are_drawn_everywhere(renderer, tmp_path):
    """No escape of Graphviz' own is expanded: not in nodes, not on edges, not in the title."""
    names = [rf"\{letter}" for letter in "NGETHLlnrx\\"]
    graph = state_space_graph([[name] for name in names], [(0, 1, name, False) for name in names[:7]], title=r"\G")
    write_graph(graph, tmp_path, "backslashes")

    text = drawn_text(tmp_path / "backslashes.svg")
    assert all(text.count(name) >= 1 + (name in names[:7]) for name in names)


def test_without_a_renderer_the_dot_is_left(examples, monkeypatch, tmp_path):
    """Where nothing draws, the DOT is written, and the message says what to install."""
    monkeypatch.setattr(picture, "renderers", list)

    drawn = write_graph(trace_graph(examples["safety"]), tmp_path / "new", "../a b")

    assert drawn.paths == [tmp_path / "new" / "a-b.dot"]
    assert drawn.message == (
        "wrote a-b.dot only, nothing here draws it: install Graphviz, or `pip install graphviz-pure`"
    )


def test_a_broken_renderer_is_told(examples, monkeypatch, tmp_path):
    """A renderer that fails leaves the DOT and no half-written picture, and the message repeats what it said."""
    broken = tmp_path / "dot"
    broken.write_text('#!/bin/sh\necho half > "$4"\necho "no plugin" >&2\nexit 1\n')
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(picture, "renderers", lambda: [broken])

    drawn = write_graph(trace_graph(examples["safety"]), tmp_path / "out", "t")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["t.dot"]
    assert drawn.message == "could not draw t.dot as svg: dot: no plugin; png: dot: no plugin"
