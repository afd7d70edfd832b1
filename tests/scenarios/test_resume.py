"""Checks that are killed and gone on with, as a user does it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def command(*words: str) -> list[str]:
    """The command line of a check of one exploration."""
    return [sys.executable, "-m", "clusterproof", "check", *words, "--engine", "learned", "--json", "result.json"]


def facts(directory: Path) -> dict[str, object]:
    """What the last check found, without how long it took."""
    data = json.loads((directory / "result.json").read_text())
    for each in (data, *data["explorations"]):
        each.pop("seconds", None)
    data.pop("peak_mib")
    return dict(data)


def started(target: str, directory: Path, kept: Path, chance: random.Random | None) -> bool:
    """Begin the check, or go on with it; whether it was killed: soon after it has written something, if at all."""
    before = written(kept)
    words = ["--resume" if before else "--checkpoint", "kept", "--checkpoint-seconds", "0"]
    process = subprocess.Popen(
        command(target, *words), cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if chance is not None:
        deadline = time.monotonic() + 60
        while process.poll() is None and written(kept) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.1))  # while it explores, learns or writes
        process.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, 1) or chance is not None, said
    return process.returncode < 0


def written(kept: Path) -> int:
    """When the checkpoint was written, 0 while there is none."""
    return kept.stat().st_mtime_ns if kept.exists() else 0


@pytest.mark.parametrize(("system", "seed"), [("safety", 1), ("liveness", 2)])
def test_a_killed_check_is_gone_on_with(system: str, seed: int, tmp_path: Path) -> None:
    """Killed at any moments and resumed, a check comes to the counts, verdicts and traces of one that was not."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    target, chance = f"cluster.py:{system}", random.Random(seed)
    plain = command(target)
    subprocess.run(plain, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    expected = facts(tmp_path)
    (tmp_path / "result.json").unlink()

    kept = tmp_path / "kept" / "checkpoint.npz"
    kills = [started(target, tmp_path, kept, chance) for _ in range(6)].count(True)
    while started(target, tmp_path, kept, None):
        pass

    assert kills >= 3
    assert facts(tmp_path) == expected
