"""`clusterproof explore`: what it finds, what it says it covered, and what it remembers."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clusterproof.checker.cli import main

MANIFESTS = Path(__file__).resolve().parents[3] / "shared" / "inputs" / "manifests"
SHORT = ("--seed", "1", "--examples", "20", "--steps", "30")
STORE = '''
"""A store with shelves, of which one too many can be emptied."""
from typing import NewType

from clusterproof import Claims, Component, Map, System, always, claim, require, state

ShelfId = NewType("ShelfId", int)


@state
class Store:
    full: Map[ShelfId, bool]


clerk = Component("clerk")


@clerk.action
def empty(store: Store, shelf: ShelfId) -> None:
    """A shelf is sold out."""
    require(store.full[shelf])
    store.full[shelf] = False


@clerk.action
def fill(store: Store, shelf: ShelfId) -> None:
    """A shelf is filled."""
    require(not store.full[shelf])
    store.full[shelf] = True


@always
def three_are_full(store: Store) -> Claims:
    """Not so."""
    yield claim(sum(not full for full in store.full.values()) < 3, "fewer than three are empty")


def system(n: int = 2) -> System[Store]:
    return System(
        Store(full=Map((ShelfId(number), True) for number in range(n))),
        components=[clerk],
        properties=[three_are_full],
        name="store",
    )
'''


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where the database and what is written harm nobody."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("store.py").write_text(STORE, encoding="utf-8")


def run_of(*words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of an exploration."""
    code = main(["explore", *words, "--json", "run.json"])
    return code, json.loads(Path("run.json").read_text(encoding="utf-8"))


def test_the_mini_cluster_is_covered(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a counterexample the report says how much was seen, and that it proves nothing; exit code 0."""
    code = main(["explore", "mini-cluster", *SHORT])
    text = capsys.readouterr().out

    assert code == 0
    for expected in ("more exist (Chao's lower bound)", "actions taken", "claims judged", "--seed 1 draws the same"):
        assert expected in text
    assert "a sample proves nothing" in text
    assert "PROVED" not in text


def test_undetermined_may_fail() -> None:
    """With --fail-on undetermined the same is exit code 3, in the JSON, too."""
    code, data = run_of("mini-cluster", *SHORT, "--fail-on", "undetermined")

    assert (code, data["exit_code"], data["exhaustive"]) == (3, 3, False)
    assert {one["verdict"] for one in data["properties"]} == {"UNDETERMINED"}


def test_the_json_says_what_was_covered() -> None:
    """Everything that the report says of the coverage is in the JSON."""
    _, data = run_of("mini-cluster", *SHORT)
    coverage = data["coverage"]

    assert (data["engine"], coverage["seed"], coverage["profile"], coverage["examples"]) == ("explore", 1, "dev", 20)
    assert coverage["states_seen"] == data["states"] > 1000
    assert coverage["states_at_least"] >= coverage["states_seen"]
    assert 0 < coverage["actions"]["taken"] <= coverage["actions"]["of"]
    assert 0 < coverage["new_share_of_last_walks"] <= 1


def test_a_seed_repeats_a_run() -> None:
    """Two runs with one seed say the same, but for times and memory."""
    runs = []
    for _ in range(2):
        _, data = run_of("mini-cluster", *SHORT, "--database", "none")
        for timed in ("seconds", "steps_per_second"):
            data["coverage"].pop(timed)
        runs.append({key: value for key, value in data.items() if key not in ("seconds", "peak_mib")})

    assert runs[0] == runs[1]


def test_a_range_is_explored_and_the_smallest_scope_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two to five shelves three are the fewest that break the property; the trace is of these, and replays."""
    code, data = run_of("store.py:system", "--set", "n=2..5", *SHORT, "--out", "out")
    capsys.readouterr()

    assert code == 1
    assert [trace["#meta"]["run"]["request"]["settings"] for trace in traces(data)] == [{"n": "3"}]
    assert main(["replay", "out/three-are-full.json", "--target", "store.py:system"]) == 0
    assert "3 steps taken again" in capsys.readouterr().out


def traces(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the traces of a run."""
    return [one["trace"] for one in data["properties"] if one["trace"]]


def test_a_check_file_may_have_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    """A range in a check file is drawn from; `check` refuses it, naming the line."""
    Path("check.yaml").write_text("target: philosophers\nscope:\n  'n': 2..3\n", encoding="utf-8")
    code, data = run_of("check.yaml", *SHORT)
    refused = main(["check", "check.yaml"])

    assert (code, data["coverage"]["scopes"]) == (0, ["n=2", "n=3"])
    assert refused == 2
    assert "check.yaml:3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--steps", "0"], "--steps 0: write a whole number from 1"),
        (["--seed", "x"], "--seed x: write a whole number from 0"),
        (["--examples", "1e3"], "--examples 1e3"),
        (["--show", "9" * 30], "--show 999"),
        (["--profile", "fast"], "--profile"),
        (["--fail-on", "proved"], "--fail-on"),
        (["--bound", "seconds=unbounded"], "--bound seconds=unbounded"),
        (["--set", "n=4..2"], "write the smaller number first"),
        (["--set", "n=1..99"], "holds more than 64 numbers"),
        (["--set", "size=1..2"], "no setting 'size'"),
        (["--database", "store.py"], "--database store.py: that is no directory"),
        (["--property", "nonsense"], "nonsense"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_bad_options_are_one_line(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant is refused in one line that names it, with exit code 2."""
    code = main(["explore", "philosophers", *words])
    error = capsys.readouterr().err

    assert code == 2
    assert named in error
    assert len(error.splitlines()) <= 2
    assert "Traceback" not in error


def test_a_second_run_tries_what_the_first_one_found() -> None:
    """The counterexample comes from the database, without a walk; with --database none it is looked for again."""
    words = ("store.py:system", "--set", "n=3", *SHORT, "--stop-at-first")
    first, second, without = run_of(*words), run_of(*words), run_of(*words, "--database", "none")

    assert [data["coverage"]["remembered"] for _, data in (first, second, without)] == [0, 1, 0]
    assert [code for code, _ in (first, second, without)] == [1, 1, 1]
    assert (second[1]["coverage"]["walks"], without[1]["coverage"]["walks"] > 0) == (0, True)
    assert Path(".hypothesis/examples").is_dir()


def test_without_a_database_nothing_is_written() -> None:
    """--database none leaves no directory behind."""
    run_of("store.py:system", "--set", "n=3", *SHORT, "--database", "none")

    assert not Path(".hypothesis").exists()


def test_runs_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """--show 3 prints three runs that break nothing; no one calls them the shortest."""
    main(["explore", "philosophers", "--set", "n=2", *SHORT, "--show", "3"])
    text = capsys.readouterr().out

    assert text.count("RUN that breaks nothing") == 3
    assert "shortest" not in text


def test_a_cluster_loses_its_worker() -> None:
    """In the built-in example a lost worker is found to break the entry point, in one step."""
    code, data = run_of("--fault", "crash-node=1", "--property", "entry-point-reachable", *SHORT, "--stop-at-first")

    assert code == 1
    assert min(len(trace["states"]) for trace in traces(data)) == 2


@pytest.mark.parametrize("project", ["online-boutique", "guestbook", "kube-prometheus"])
def test_large_manifests_are_explored_in_time(project: str) -> None:
    """Real manifests of any size give a result soon after the bound on seconds."""
    if not MANIFESTS.is_dir():
        pytest.skip("needs the collection of real manifests, and it is not there")
    began = time.monotonic()
    code, data = run_of("-f", str(MANIFESTS / project), "--bound", "seconds=20", "--seed", "1")

    assert time.monotonic() - began < 60
    assert code in (0, 1)
    assert data["coverage"]["steps"] > 100
