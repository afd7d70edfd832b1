"""Checks that are killed and gone on with, as a user does it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from group_manifests import workload
from resuming import facts_in

from clusterproof.checker.checkpoints import CHECK_FILE
from clusterproof.checker.cli import main

CLUSTER = """
from clusterproof import Whenever, leads_to
from clusterproof.models.mini_cluster import Cluster, Phase, PodId, system
import attrs


@leads_to
def the_terminating_go(c: Cluster, p: PodId) -> Whenever:
    pod = c.pods.get(p)
    ends = pod is not None and pod.phase is Phase.TERMINATING
    return Whenever(given=ends, then=not ends)


safety = system()
small = system(maxdown=0)
liveness = attrs.evolve(small, properties=[*small.properties, the_terminating_go])
"""


SLICED_EARLY = """
import sys
from clusterproof.checker.check import check_system
from clusterproof.checker.cli import main

check_system.__kwdefaults__["whole_first"] = 5000
sys.exit(main(sys.argv[1:]))
"""
"""What is sliced beyond 150,000 states is sliced beyond 5,000 here."""

PLAIN, EARLY = ["-m", "clusterproof"], ["early.py"]
GROUPS = ["check", "-f", "k8s.yaml", "--fault", "stop-control-plane=0", "--engine", "learned"]


def command(program: list[str], *words: str) -> list[str]:
    """A command line that writes what was found."""
    return [sys.executable, *program, *words, "--json", "result.json"]


def started(program: list[str], words: list[str], directory: Path, delay_seconds: float | None = None) -> bool:
    """Begin the check, or go on with it; whether it was killed: so long after it has written something, if at all."""
    before = written(directory / "kept")
    kept = ["--resume" if before else "--checkpoint", "kept", "--checkpoint-seconds", "0"]
    process = subprocess.Popen(
        command(program, *words, *kept),
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if delay_seconds is not None:
        deadline = time.monotonic() + 60
        while process.poll() is None and written(directory / "kept") == before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(delay_seconds)
        process.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, 1) or delay_seconds is not None, said
    return process.returncode < 0


def written(kept: Path) -> int:
    """When a checkpoint was written last, 0 while it is not known of which check."""
    return max((file.stat().st_mtime_ns for file in kept.rglob("*.*")), default=0) if any_check(kept) else 0


def any_check(kept: Path) -> bool:
    """Whether there is something to go on with."""
    return (kept / CHECK_FILE).exists() or (kept / "part-1" / CHECK_FILE).exists()


@pytest.mark.parametrize(
    ("program", "words", "seed"),
    [
        (PLAIN, ["check", "cluster.py:safety", "--engine", "learned"], 1),
        (PLAIN, ["check", "cluster.py:liveness", "--engine", "learned"], 2),
        (EARLY, ["check", "--property", "replicas-converge"], 3),
        (PLAIN, [*GROUPS, "--property", "replicas-converge"], 4),
    ],
    ids=["safety", "liveness", "slices", "groups"],
)
def test_a_killed_check_is_gone_on_with(program: list[str], words: list[str], seed: int, tmp_path: Path) -> None:
    """Killed at any moments and resumed, a check comes to the counts, verdicts and traces of one that was not."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    (tmp_path / "early.py").write_text(SLICED_EARLY)
    (tmp_path / "k8s.yaml").write_text(f"{workload('one')}---\n{workload('two', replicas=2)}")
    chance, result = random.Random(seed), tmp_path / "result.json"
    subprocess.run(command(program, *words), cwd=tmp_path, capture_output=True, check=False, timeout=120)
    expected = facts_in(result.read_text())
    result.unlink()

    # At once while it has hardly begun, then while it explores, learns or writes; on a fast machine it ends before.
    delays = [0.0, *(chance.uniform(0.0, 0.3) for _ in range(3))]
    kills = [started(program, words, tmp_path, delay) for delay in delays].count(True)
    while started(program, words, tmp_path):
        pass

    assert kills >= 1
    assert facts_in(result.read_text()) == expected
    assert len(list(tmp_path.glob("kept/**/exploration-*-ended.npz"))) == len(expected["explorations"])


@pytest.fixture
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Manifests whose check has ended, and was kept."""
    monkeypatch.chdir(tmp_path)
    file = Path("k8s.yaml")
    file.write_text(workload("web"))
    assert main([*GROUPS, "--property", "replicas-converge", "--checkpoint", "kept"]) == 0
    capsys.readouterr()
    return file


def test_an_ended_check_is_told_again(manifests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Going on with a check that has ended says again what was found, also of manifests that mean the same."""
    manifests.write_text(f"{workload('web')}# as it was\n")

    assert main([*GROUPS, "--property", "replicas-converge", "--resume", "kept"]) == 0
    assert "PROVED          replicas-converge" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--property", "no-double-binding"],
        ["--property", "replicas-converge", "--fault", "crash-node=1"],
        ["--property", "replicas-converge", "--timing", "untimed"],
        ["--property", "replicas-converge", "--symmetry", "off"],
        ["--property", "replicas-converge", "--slicing", "off"],
        ["--property", "replicas-converge", "--fingerprint-bits", "128"],
        ["--property", "replicas-converge", "--set", "deployment/web.replicas=2"],
        ["--property", "replicas-converge", "--set", "workers=3"],
    ],
    ids=" ".join,
)
def test_another_check_is_refused(manifests: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Other properties, another scope and other options are refused in one line, with exit code 2."""
    assert manifests.exists()
    assert main([*GROUPS, *words, "--resume", "kept"]) == 2
    says = "kept/check.json: is of another model, other properties or other options than this check"
    assert capsys.readouterr().err == f"clusterproof: {says}\n"


@pytest.mark.parametrize(
    "changed",
    [
        workload("web", replicas=2),
        workload("other"),
        workload("web", cpu="100m"),
        workload("web", spec="terminationGracePeriodSeconds: 5"),
    ],
    ids=["replicas", "name", "requests", "grace"],
)
def test_a_changed_manifest_is_refused(manifests: Path, changed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Manifests that mean something else are refused in one line, with exit code 2."""
    manifests.write_text(changed)

    assert main([*GROUPS, "--property", "replicas-converge", "--resume", "kept"]) == 2
    says = "kept/check.json: is of another model, other properties or other options than this check"
    assert capsys.readouterr().err == f"clusterproof: {says}\n"


def test_a_kept_check_is_not_written_over(manifests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks for checkpoints where a check is kept already is told what to write."""
    assert manifests.exists()
    assert main([*GROUPS, "--property", "replicas-converge", "--checkpoint", "kept"]) == 2
    says = "kept/check.json: is there already; go on with --resume kept, or remove it"
    assert capsys.readouterr().err == f"clusterproof: {says}\n"
