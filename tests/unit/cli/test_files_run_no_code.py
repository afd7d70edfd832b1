"""Check files and traces are data: what they name in Python runs only when it is typed, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

CODE = "from pathlib import Path\nPath('it-ran').touch()\n"
SAYS = "runs no Python; if you trust bridge.py:system, add --target bridge.py:system"


@pytest.fixture
def trace(command: Command, bridge: Path, here: Path) -> Path:
    """Return a trace of bridge.py, whose code now leaves a file behind when it runs."""
    command("check", "bridge.py:system", "--property", "one-at-a-time", "--out", "traces")
    bridge.write_text(bridge.read_text() + CODE)
    return here / "traces" / "one-at-a-time.json"


@pytest.mark.parametrize("name", ["check", "graph", "footprint", "story"])
@pytest.mark.parametrize("target", ["bridge.py:system", "bridge:system"])
def test_a_check_file_runs_no_python(command: Command, here: Path, bridge: Path, name: str, target: str) -> None:
    """A check file whose target is Python is refused by every command that takes one, and its code does not run."""
    bridge.write_text(bridge.read_text() + CODE)
    (here / "check.yaml").write_text(f"# mine\ntarget: {target}\n")
    ran = command(name, "check.yaml")

    says = SAYS.replace("bridge.py:system", target)
    assert (ran.code, ran.out, ran.err) == (2, "", f"clusterproof: check.yaml:2: target: a check file {says}\n")
    assert not (here / "it-ran").exists()


def test_a_trace_runs_no_python(command: Command, here: Path, trace: Path) -> None:
    """A trace whose target is Python is refused, and its code does not run; a picture of it needs no code."""
    replayed, drawn = command("replay", str(trace)), command("graph", str(trace), "--out", "pictures")

    assert (replayed.code, replayed.out, replayed.err) == (2, "", f"clusterproof: {trace}: a trace {SAYS}\n")
    assert drawn.code == 0
    assert f"without the steps that were not taken: {trace}: a trace {SAYS}\n" in drawn.out
    assert not (here / "it-ran").exists()


def test_a_trace_that_names_a_check_file_runs_no_python(command: Command, here: Path, trace: Path) -> None:
    """A trace cannot have Python run by way of a check file that names it."""
    (here / "check.yaml").write_text("target: bridge.py:system\n")
    data = json.loads(trace.read_text())
    data["#meta"]["run"]["request"]["target"] = "check.yaml"
    trace.write_text(json.dumps(data))
    ran = command("replay", str(trace))

    assert (ran.code, ran.err) == (2, f"clusterproof: check.yaml:1: target: a check file {SAYS}\n")
    assert not (here / "it-ran").exists()


def test_the_target_that_was_typed_runs(command: Command, here: Path, bridge: Path, trace: Path) -> None:
    """With `--target`, a check file and a trace are run in the system that was named, whatever they name."""
    (here / "check.yaml").write_text("target: elsewhere.py:system\nproperties: [one-at-a-time]\n")
    words = ("check.yaml", "--target", "bridge.py:system")
    checked = command("check", *words, "--out", "again")

    assert checked.code == 1
    assert checked.out.startswith("clusterproof check check.yaml --target bridge.py:system\n")
    assert "  replay  clusterproof replay again/one-at-a-time.json --target bridge.py:system\n" in checked.out
    assert command("replay", "again/one-at-a-time.json", "--target", "bridge.py:system").code == 0
    assert command("replay", str(trace), "--target", "bridge.py:system").code == 0
    assert command("graph", *words).code == 0


def test_a_target_beside_no_file_is_refused(command: Command, bridge: Path, here: Path) -> None:
    """`--target` alone is the target; beside something that is no check file it is a mistake."""
    beside = command("check", "philosophers", "--target", "bridge.py:system")

    says = "--target bridge.py:system: stands beside a check file or a trace, and philosophers is neither"
    assert (beside.code, beside.err) == (2, f"clusterproof: {says}\n")
    assert command("check", "--target", "bridge.py:good").code == 0
