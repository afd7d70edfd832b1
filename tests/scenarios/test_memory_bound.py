"""A bound on memory, on a model that grows without end."""

from __future__ import annotations

import os
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


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the memory of a process that ended is told on Unix only")
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
    """A search without end stops at its bound on memory, having used most of it and at most a tenth more."""
    (tmp_path / "cells.py").write_text(CELLS)
    words = [f"cells.py:{system}", "--engine", engine, "--bound", f"memory={mib}MiB", "--bound", "seconds=200"]
    command = [sys.executable, "-m", "clusterproof", "check", *words]
    with (tmp_path / "out").open("w+") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    told = (tmp_path / "out").read_text()
    peak_mib = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)

    assert process.returncode == 3, told
    assert f"the bound of {mib} MiB of memory" in told
    assert 0.8 * mib <= peak_mib <= 1.1 * mib
