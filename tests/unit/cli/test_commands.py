"""The commands on small systems: JSON, evidence, replay, graph, footprint, list."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

RUN_KEYS = {
    "version", "exit_code", "engine", "exhaustive", "timing", "states", "transitions", "stuttering", "depth", "seconds",
    "peak_mib", "chance_missed", "assumptions", "explorations", "not_checked", "properties",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "states", "outcomes"),
    [
        (["two-phase-commit"], 288, 1145),
        (["two_phase_commit", "--set", "n=5"], 8832, 58145),
        (["philosophers"], 322, 1068),
    ],
)
def test_classics_have_their_known_counts(command: Command, words: list[str], states: int, outcomes: int) -> None:
    """The classics have exactly the states and outcomes that other checkers count."""
    ran = command("check", *words, "--json", "-")
    data = json.loads(ran.out)

    assert (ran.code, data["exit_code"], data["exhaustive"]) == (0, 0, True)
    assert (data["states"], data["transitions"] + data["stuttering"]) == (states, outcomes)


@pytest.mark.usefixtures("bridge")
def test_json_has_the_keys_that_were_promised(command: Command, here: Path) -> None:
    """The JSON of a run has its keys, verdict words only as values of `verdict`, and traces inline."""
    ran = command("check", "bridge.py:system", "--json", "run.json")
    data = json.loads((here / "run.json").read_text())

    assert set(data) == RUN_KEYS
    assert (ran.code, data["exit_code"]) == (1, 1)
    assert [(one["name"], one["verdict"], one["trace"] is None) for one in data["properties"]] == [
        ("one-at-a-time", "REFUTED", False),
        ("calm", "REFUTED", False),
        ("cars-are-counted", "PROVED", True),
        ("full", "PROVED", False),
    ]
    for one in data["properties"]:
        one["verdict"], one["trace"] = "", None
    assert not any(word in json.dumps(data) for word in ("PROVED", "REFUTED", "UNDETERMINED", "ERROR"))


@pytest.mark.usefixtures("bridge")
def test_json_to_standard_output_is_alone(command: Command) -> None:
    """With `--json -` nothing but JSON is printed."""
    ran = command("check", "bridge.py:system", "--json", "-", "--stop-at-first")

    assert set(json.loads(ran.out)) == RUN_KEYS
    assert ran.err == ""


@pytest.mark.usefixtures("bridge")
def test_every_trace_replays(command: Command, here: Path) -> None:
    """What `check --out` writes, safety, liveness and witnesses, `replay` executes again."""
    command("check", "bridge.py:system", "--out", "traces")
    traces = sorted((here / "traces").glob("*.json"))

    assert [path.stem for path in traces] == ["calm", "full", "one-at-a-time"]
    for path in traces:
        ran = command("replay", str(path), "--target", "bridge.py:system")
        assert (ran.code, ran.err) == (0, "")
        assert "again" in ran.out.splitlines()[-1]
    assert {path.suffix for path in (here / "traces").iterdir()} >= {".json", ".md", ".dot"}


@pytest.mark.usefixtures("bridge")
def test_a_trace_replays_from_elsewhere(command: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace of a system in Python replays wherever the system is named from."""
    command("check", "bridge.py:system", "--out", "traces")
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")

    assert command("replay", "../traces/calm.json", "--target", "../bridge.py:system").code == 0


def _tampered(path: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def _other_state(data: Any) -> None:
    data["states"][1]["crossing[c0]"] = not data["states"][1]["crossing[c0]"]


def _other_step(data: Any) -> None:
    data["#meta"]["run"]["steps"][1] = ["traffic.leave(c1)", ""]


def _unknown_step(data: Any) -> None:
    data["#meta"]["run"]["steps"][0] = ["traffic.fly(c1)", ""]


def _other_name(data: Any) -> None:
    data["states"][1]["#meta"]["action"] = "leave"


def _other_property(data: Any) -> None:
    data["#meta"]["property"] = "nothing"


def _harmless(data: Any) -> None:
    data["#meta"]["claim"] = "no car comes from nowhere"


def _no_request(data: Any) -> None:
    del data["#meta"]["run"]["request"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_other_state, "after step 1, crossing[c0] is True, and was False"),
        (_other_step, "step 2, traffic.leave(c1), is not enabled; enabled are"),
        (_unknown_step, "step 1, traffic.fly(c1), is no action of this system with these arguments"),
        (_other_name, "step 1 is traffic.enter(c0), and was traffic.leave(c0)"),
        (_other_property, "the system has no property nothing any more; check again"),
        (_harmless, "the steps can be taken, and 'no car comes from nowhere' is not broken any more"),
        (_no_request, "does not say what was checked; write it with clusterproof check --out DIR"),
    ],
)
@pytest.mark.usefixtures("bridge")
def test_a_trace_that_was_changed_is_refused(
    command: Command, here: Path, change: Callable[[Any], None], says: str
) -> None:
    """A trace that does not replay, or shows nothing, is exit code 2 and one line."""
    command("check", "bridge.py:system", "--property", "one-at-a-time", "--out", "traces")
    path = here / "traces" / "one-at-a-time.json"
    _tampered(path, change)
    ran = command("replay", str(path), "--target", "bridge.py:system")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


def test_a_specification_that_was_mended_refutes_its_old_trace(command: Command, bridge: Path) -> None:
    """Once the specification is mended, the trace of the old one no longer replays."""
    command("check", "bridge.py:system", "--property", "one-at-a-time", "--out", "traces")
    sys.modules.pop("bridge", None)
    bridge.write_text(
        bridge.read_text().replace("require(not bridge.crossing[car])", "require(not any(bridge.crossing.values()))")
    )
    ran = command("replay", "traces/one-at-a-time.json", "--target", "bridge.py:system")

    assert ran.code == 2
    assert "step 2, traffic.enter(c1), is not enabled" in ran.err


@pytest.mark.usefixtures("bridge")
def test_graphs_of_a_trace_and_of_a_state_space(command: Command, here: Path) -> None:
    """`graph` draws a trace with the steps that were not taken, and all states of a small system."""
    command("check", "bridge.py:system", "--property", "one-at-a-time", "--out", "traces")
    trace = command("graph", "traces/one-at-a-time.json", "--target", "bridge.py:system", "--out", "pictures")
    space = command("graph", "bridge.py:system", "--out", "pictures")

    assert (trace.code, space.code) == (0, 0)
    drawn = (here / "pictures" / "one-at-a-time.dot").read_text()
    assert "traffic.leave(c0)" in drawn
    states = (here / "pictures" / "bridge.py-system-states.dot").read_text()
    assert "FAULT collapse()" in states
    assert "8 states" in states


@pytest.mark.usefixtures("bridge")
def test_a_trace_is_drawn_without_its_system(command: Command, here: Path, bridge: Path) -> None:
    """A trace whose system is gone is drawn all the same."""
    command("check", "bridge.py:system", "--property", "one-at-a-time", "--out", "traces")
    sys.modules.pop("bridge", None)
    bridge.unlink()
    ran = command("graph", "traces/one-at-a-time.json", "--target", "bridge.py:system", "--out", "pictures")

    assert ran.code == 0
    assert "without the steps that were not taken: there is no file 'bridge.py'" in ran.out
    assert (here / "pictures" / "one-at-a-time.dot").is_file()


def test_footprints_are_recorded(command: Command) -> None:
    """`footprint` says what each action reads and writes, aggregated over ids."""
    ran = command("footprint", "two-phase-commit")

    assert ran.code == 0
    assert "  prepare\n    reads     votes[*]\n    writes    sent[*], votes[*]\n" in ran.out
    assert "recorded in 288 states, all there are" in ran.out


def test_list_names_everything(command: Command) -> None:
    """`list` has a line for every model, property and fault."""
    from clusterproof.checker.cli import builtins
    from clusterproof.models.kubernetes.cluster import FAULTS
    from clusterproof.properties.catalogue import CATALOGUE

    named = {line.split()[0] for line in command("list").out.splitlines() if line.startswith("  ")}

    assert {*builtins.names(), *CATALOGUE, *FAULTS} <= named


@pytest.mark.usefixtures("bridge")
def test_faults_and_timing_of_any_system_can_be_set(command: Command) -> None:
    """`--fault` sets the budget of a user's own fault, `--set` the arguments of the function that builds the system."""
    ran = command("check", "bridge.py:system", "--fault", "collapse=0", "--set", "cars=1", "--timing", "untimed")

    assert "faults        collapse 0\n" in ran.out
    assert "2 states" in ran.out


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as a terminal does")
def test_ctrl_c_keeps_what_was_found(here: Path) -> None:
    """Ctrl-C during the search prints the counts so far, UNDETERMINED, and returns 3."""
    words = [sys.executable, "-m", "clusterproof", "check", "mini-cluster", "--set", "p=6", "--set", "n=3"]
    with subprocess.Popen(words, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        time.sleep(2.0)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)

    assert running.returncode == 3
    assert "interrupted" in out
    assert "UNDETERMINED" in out.splitlines()[-1]


def test_verify(command, bridge):
    """`--verify N` adds a line to the report and to the JSON; what is no number of states is one line."""
    told = command("check", "bridge.py:system", "--verify", "50")
    written = command("check", "bridge.py:system", "--json", "-")
    wrong = [command("check", "bridge.py:system", "--verify", text) for text in ("0", "-1", "many", "1e3")]

    assert "verified      all 8 states: the reference engine says the same" in told.out
    assert "verified" not in json.loads(written.out)
    assert [(ran.code, ran.err.count("\n")) for ran in wrong] == [(2, 1)] * 4
    assert wrong[2].err.startswith("clusterproof: --verify many: 'many' is not a number of states")
