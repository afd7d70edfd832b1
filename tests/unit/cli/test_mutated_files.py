"""Check files and traces with anything wrong are refused in one line, and never run long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mutations
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterproof.checker.cli import main

MUTATED_CHECK_FILES = 400
MUTATED_TRACES = 400

CHECK_FILE = {
    "target": "hello-server",
    "cluster": "kind.yaml",
    "manifests": ["web.yaml"],
    "actions": [
        {"scale": "deployment/hello-server", "replicas": "2..4", "budget": 2},
        {"rollout": "deployment/hello-server"},
        {"drain": "kind-worker"},
        {"apply": "second.yaml"},
        {"delete": "pod/hello-server-a"},
        {"cordon": None},
    ],
    "faults": {"crash-node": 1, "stop-control-plane": {"budget": 2, "heals": False}},
    "properties": ["replicas-converge"],
    "bounds": {"states": 3, "seconds": 1, "depth": 1},
    "scope": {"timing": "untimed", "start": "apply", "kubernetes_version": "1.31"},
    "undetermined": "allow",
}
SMALL_FILES: list[dict[str, Any]] = [
    {"target": "philosophers", "scope": {"n": "3"}, "properties": ["no-deadlock"]},
    {"faults": CHECK_FILE["faults"], "scope": CHECK_FILE["scope"]},
    {"actions": CHECK_FILE["actions"]},
    CHECK_FILE,
]
QUICK = ("--bound", "states=3", "--bound", "seconds=1", "--slicing", "off", "--start", "apply")


def one_line(text: str) -> bool:
    """Whether what was printed as an error is one printable line of a bounded length."""
    line = text.removesuffix("\n")
    return line.startswith("clusterproof: ") and line.isprintable() and len(line) < 2500


@settings(max_examples=MUTATED_CHECK_FILES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(SMALL_FILES) - 1), mutations.edits, mutations.text_edits)
def test_mutated_check_files_are_read_or_refused(here, capsys, number, edits, text_edits):
    """A mutated check file is checked or refused with exit code 2 and one printable line; none is an internal error."""
    tree = mutations.edited(SMALL_FILES[number], edits, CHECK_FILE)
    text = mutations.scrambled(json.dumps(tree, indent=0), text_edits)
    Path("check.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    code = main(["check", "check.yaml", *QUICK])
    error = capsys.readouterr().err

    assert code in (0, 1, 2, 3)
    assert one_line(error) if code == 2 and "NOTHING CHECKED" not in error and error else not error


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Return the traces of two small checks: a deadlock and a starved philosopher, and a machine that breaks."""
    directory = tmp_path_factory.mktemp("traces")
    main(["check", "philosophers", "--set", "n=3", "--out", str(directory)])
    faults = ("--fault", "stop-control-plane=0", "--fault", "crash-container=0", "--fault", "crash-node=1")
    words = ("--property", "entry-point-reachable", "--slicing", "off", "--bound", "depth=1")
    main(["check", *faults, *words, "--out", str(directory)])
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))]
    assert len(found) >= 2
    return found


@settings(max_examples=MUTATED_TRACES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 9), st.booleans(), mutations.edits, mutations.text_edits)
def test_mutated_traces_are_replayed_or_refused(here, capsys, traces, number, in_run, edits, text_edits):
    """A mutated trace replays and is drawn, or is refused with exit code 2 and one printable line."""
    trace = traces[number % len(traces)]
    if in_run:  # what is built and executed again; the rest is only compared
        run = mutations.edited(trace["#meta"]["run"], edits, trace["#meta"])
        text = json.dumps({**trace, "#meta": {**trace["#meta"], "run": run}})
    else:
        text = json.dumps(mutations.edited(trace, edits, trace["#meta"]))
    text = mutations.scrambled(text, text_edits)
    Path("trace.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    code = main(["replay", "trace.json"])
    error = capsys.readouterr().err

    assert code in (0, 2)
    assert one_line(error) if code else not error
