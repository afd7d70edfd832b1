"""clusterproof's own engines, run as users run them: `clusterproof check` on the specifications as they are."""

from __future__ import annotations

import json
import subprocess
import sys

from anchors import Anchor
from counts import Counts, WrongCountsError

SAFETY = {
    "two-phase-commit": ["nobody-disagrees"],
    "mini-cluster": ["at-most-the-desired-pods", "no-node-is-overfull", "nothing-runs-on-a-dead-machine"],
    "philosophers": ["no-deadlock", "neighbours-never-eat-together"],
}
"""The properties that all peers judge: what happens in the end is left out."""

CLUSTERPROOF = [sys.executable, "-m", "clusterproof"]


def absent(engine: str) -> str:
    """Why an engine cannot run; nothing where it can. A usage error says that nobody knows its name."""
    words = [*CLUSTERPROOF, "check", "two-phase-commit", "--set", "n=1", "--engine", engine]
    done = subprocess.run(words, capture_output=True, check=False)
    return "not there" if done.returncode == 2 else ""


def command(engine: str, anchor: Anchor) -> list[str]:
    """The command that checks a system with an engine."""
    settings = [word for name, number in anchor.parameters.items() for word in ("--set", f"{name}={number}")]
    properties = [word for name in SAFETY[anchor.system] for word in ("--property", name)]
    bounds = ["--bound", "seconds=1000000"]
    return [*CLUSTERPROOF, "check", anchor.system, *settings, *properties, *bounds, "--engine", engine, "--json", "-"]


def counted(output: str, anchor: Anchor) -> Counts:
    """What an engine has counted, of a check that has proved everything."""
    try:
        result = json.loads(output)
    except ValueError:
        raise WrongCountsError(output) from None
    if result["exit_code"] != 0 or not result["exhaustive"]:
        raise WrongCountsError(f"exit code {result['exit_code']}, exhaustive {result['exhaustive']}")
    generated = result["transitions"] + (result["stuttering"] if anchor.stuttering_counts else 0)
    return Counts(states=result["states"], generated=generated)
