"""A bound on memory, on a model that grows without end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CELLS = """
from typing import NewType

from clusterproof import Claims, Component, Map, System, always, always_eventually, claim, require, state

CellId = NewType("CellId", int)


@state
class Cells:
    cells: Map[CellId, int]


user = Component("user")


@user.action
def add(c: Cells, cell: CellId) -> None:
    require(c.cells[cell] < 200)
    c.cells[cell] += 1


@always
def bounded(c: Cells) -> Claims:
    yield claim(c.cells[CellId(0)] <= 200, "no cell overflows")


@always_eventually
def small(c: Cells) -> Claims:
    yield claim(c.cells[CellId(0)] <= 200, "no cell overflows")


def cells(judged):
    return System(Cells(cells=Map({CellId(n): 0 for n in range(12)})), components=[user], properties=[judged])


safety, liveness = cells(bounded), cells(small)
"""


# What the operating system says of a child counts what its parent held when it was born, so the child says it itself.
WATCHED = """
import sys

from clusterproof.checker.cli import main

try:
    sys.exit(main(sys.argv[1:]))
finally:
    with open("/proc/self/status") as status, open("peak", "w") as peak:
        peak.write(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux tells the memory of one process")
@pytest.mark.parametrize(
    ("system", "engine", "mib"),
    [
        ("safety", "learned", 300),
        ("safety", "learned", 600),
        ("liveness", "learned", 300),
        ("safety", "reference", 120),
    ],
)
def test_memory_stays_within_its_bound(tmp_path: Path, system: str, engine: str, mib: int) -> None:
    """A search without end stops at its bound on memory, having used most of it and at most a tenth more.

    The table of states doubles, so the next growth may be a third of the bound.
    """
    (tmp_path / "cells.py").write_text(CELLS)
    (tmp_path / "watched.py").write_text(WATCHED)
    words = [f"cells.py:{system}", "--engine", engine, "--bound", f"memory={mib}MiB", "--bound", "seconds=200"]
    command = [sys.executable, "watched.py", "check", *words]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    peak_mib = int((tmp_path / "peak").read_text()) / (1 << 10)

    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert f"the bound of {mib} MiB of memory" in ran.stdout
    assert mib * 2 / 3 <= peak_mib <= 1.1 * mib
