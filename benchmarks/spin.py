"""Spin's two searches: a verifier is generated and compiled for each system, and then runs by itself."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import promela
from anchors import Anchor
from counts import Counts, WrongCountsError
from measuring import measured

COMPILER = ("gcc", "-O3", "-w")
DEFINES = ("-DSAFETY", "-DNOREDUCE", "-DMEMLIM=16000")
"""Safety only; without partial order reduction, which finds nothing to reduce in one process and costs time."""

EIGHT_DIGITS, ALL_DIGITS = "%9.8g", "%9.15g"
"""How a verifier prints its counts, which rounds them from 100,000,000 on, and how it prints them here."""


def absent() -> str:
    """Why Spin cannot run here; nothing where it can."""
    missing = [program for program in ("spin", "gcc") if shutil.which(program) is None]
    return f"no {' and no '.join(missing)}" if missing else ""


def built(anchor: Anchor, directory: Path, *defines: str) -> float:
    """Generate and compile the verifier of a system. Returns the CPU seconds that this took."""
    parameters = anchor.parameters
    text: str = getattr(promela, anchor.function)(**parameters)
    (directory / "system.pml").write_text(text)
    taken = _done(["spin", "-a", "system.pml"], directory)
    verifier = directory / "pan.c"
    verifier.write_text(verifier.read_text().replace(EIGHT_DIGITS, ALL_DIGITS))
    return taken + _done([*COMPILER, *DEFINES, *defines, "-o", "pan", "pan.c"], directory)


def _done(command: list[str], directory: Path) -> float:
    done = measured(command, seconds=300, directory=directory)
    if done.exit_code != 0:
        raise SystemExit(f"{' '.join(command)}: {done.output}{done.errors}")
    return done.cpu_seconds


def breadth_first(anchor: Anchor, directory: Path) -> tuple[list[str], float]:
    """The breadth-first search, and what compiling it took; the hash table has a place for each state."""
    return [str(directory / "pan"), f"-w{anchor.table_bits}"], built(anchor, directory, "-DBFS")


def depth_first(anchor: Anchor, directory: Path) -> tuple[list[str], float]:
    """The depth-first search, and what compiling it took; its stack is as long as it needs to be."""
    command = [str(directory / "pan"), f"-w{anchor.table_bits}", f"-m{anchor.depth_first_steps}"]
    return command, built(anchor, directory)


def counted(output: str, _: Anchor) -> Counts:
    """What a verifier has counted; it counts the way into the initial state as a transition."""
    states, transitions = (
        re.search(rf"^ *([0-9]+) {what}", output, re.MULTILINE) for what in ("states, stored", "transitions")
    )
    if states is None or transitions is None or "errors: 0" not in output or "error:" in output:
        raise WrongCountsError(output)
    return Counts(states=int(states[1]), generated=int(transitions[1]) - 1)
