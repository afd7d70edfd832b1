"""The benchmarks measure what they say: every peer searches the same models, and a wrong count ends the run."""

from __future__ import annotations

import csv
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from checkout import Checkout

TINY = ("2PC3", "XXS", "Phil4")


@pytest.fixture
def load(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a file of benchmarks/ by its name."""
    folder = checkout.root / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)

    def loaded(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield loaded
    for name in set(sys.modules) - before:  # bare names that nobody else should meet
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == folder:
            del sys.modules[name]


def side_by_side(checkout: Checkout, out: Path, *peers: str) -> list[dict[str, str]]:
    """Return the rows of a run on the tiny models, in which every count was right."""
    program = str(checkout.root / "benchmarks" / "side_by_side.py")
    words = ["--models", ",".join(TINY), "--peers", ",".join(peers), "--out", str(out)]
    done = subprocess.run([sys.executable, program, *words], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "side_by_side.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_all_measured(rows: list[dict[str, str]], *peers: str) -> None:
    """Every peer was measured on every tiny model, and nobody was left out."""
    assert [(row["model"], row["peer"], row["note"]) for row in rows] == [
        (model, peer, "") for model in TINY for peer in peers
    ]
    assert all(float(row["cpu_seconds"]) > 0 and float(row["peak_mib"]) > 0 for row in rows)


def test_python_peers_agree(checkout: Checkout, tmp_path: Path) -> None:
    """The reference engine and the plain search on tuples find the known counts."""
    assert_all_measured(side_by_side(checkout, tmp_path, "plain", "reference"), "plain", "reference")


@pytest.mark.parametrize(("model", "search"), [*((model, "spin-bfs") for model in TINY), ("XXS", "spin-dfs")])
def test_spin_agrees(load: Any, tmp_path: Path, model: str, search: str) -> None:
    """Spin's two searches of the generated Promela find the known counts."""
    if load("spin").absent():
        pytest.skip(f"needs Spin and a compiler, and there is {load('spin').absent()}")
    bench = load("side_by_side").Bench(seconds=60, repeat=1, slow=False, scratch=tmp_path)

    assert bench.run(search, load("anchors").ANCHORS[model]).cpu_seconds > 0


def test_minicheck_agrees(checkout: Checkout, tmp_path: Path) -> None:
    """Searching the same functions on tuples, minicheck finds the known counts."""
    pytest.importorskip("minicheck", reason="needs minicheck, which `pip install '.[bench]'` brings")

    assert_all_measured(side_by_side(checkout, tmp_path, "minicheck"), "minicheck")


def test_a_peer_that_is_missing_gets_a_row(load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that cannot run is not measured, and its row says why."""
    bench = load("side_by_side").Bench(seconds=60, repeat=2, slow=False, scratch=tmp_path)
    missing = load("attrs").evolve(load("peers").PEERS["plain"], absent=lambda: "not there")
    monkeypatch.setitem(load("peers").PEERS, "plain", missing)

    (row,) = bench.rows(load("anchors").ANCHORS["2PC3"], ["plain"])

    assert (row.note, row.cpu_seconds) == ("not there", None)


@pytest.mark.parametrize(("states", "generated"), [(287, 1_145), (288, 1_146)])
def test_a_wrong_count_ends_the_run(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, states: int, generated: int
) -> None:
    """A search that is off by one state or one step ends the run with an error."""
    off_by_one = load("counts").Counts(states=states, generated=generated)
    peers = load("peers").PEERS
    monkeypatch.setitem(peers, "plain", load("attrs").evolve(peers["plain"], counted=lambda *_: off_by_one))
    bench = load("side_by_side").Bench(seconds=60, repeat=1, slow=False, scratch=tmp_path)

    with pytest.raises(SystemExit, match=r"plain Python on 2PC3: (287 states, not 288|1,146 generated steps)"):
        bench.run("plain", load("anchors").ANCHORS["2PC3"])


def test_whoever_is_too_slow_is_given_up(load: Any) -> None:
    """A process that does not end in time is ended, and the row says after how long."""
    measuring = load("measuring")

    with pytest.raises(measuring.TooSlowError, match=r"over 0.2 s"):
        measuring.measured([sys.executable, "-c", "while True: pass"], seconds=0.2)


def test_memory_is_that_of_the_process(load: Any) -> None:
    """A process that takes 100 MiB more is seen to take 100 MiB more, and one smaller than its parent to be small."""
    measuring = load("measuring")
    small, large, shell = (
        measuring.measured(command, seconds=60).peak_mib
        for command in (
            [sys.executable, "-c", "import time; time.sleep(0.2)"],
            [sys.executable, "-c", "held = bytearray(100 << 20); import time; time.sleep(0.2)"],
            ["sh", "-c", "sleep 0.2; true"],
        )
    )

    assert 90 < large - small < 110
    assert shell < small


def test_growth_is_measured(load: Any) -> None:
    """One check of the built-in cluster becomes a row with its states, seconds and verdicts."""
    row = load("growth").Bench(engine="reference", seconds=120).row("replicas", 1, {"slicing": "off"})

    assert (row.note, row.undetermined, row.slicing) == ("", 0, "off")
    assert row.states > 1000
    assert row.proved > row.refuted > 0
    assert row.cpu_seconds > 0


def test_an_engine_that_is_not_there_gets_a_row(load: Any) -> None:
    """The check's complaint is the note of a row without numbers."""
    row = load("growth").Bench(engine="steam", seconds=60).row("replicas", 1, {})

    assert "steam" in row.note
    assert row.cpu_seconds is None


def test_page_shows_the_kept_numbers(checkout: Checkout, load: Any) -> None:
    """The tables in docs/benchmarks.md are those of the numbers in benchmarks/results."""
    page, text = load("page"), (checkout.root / "docs" / "benchmarks.md").read_text()

    assert page.with_tables(text) == text
