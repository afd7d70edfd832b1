"""A hundred workers: walks through such a cluster, and checks that end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kubernetes_systems import deployment

from clusterproof.checker.cli import main

KIND = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n"


@pytest.fixture
def cluster(tmp_path: Path) -> list[str]:
    """Return the words that name a Deployment of two replicas on a hundred workers."""
    (tmp_path / "kind.yaml").write_text(KIND + "- role: worker\n" * 100, encoding="utf-8")
    (tmp_path / "web.yaml").write_text(deployment(2), encoding="utf-8")
    return ["-f", str(tmp_path / "web.yaml"), "--cluster", str(tmp_path / "kind.yaml")]


def test_walks_lead_through_a_hundred_workers(cluster: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`explore` finds placements, takes steps, and refutes nothing."""
    short = ("--seed", "1", "--examples", "2", "--steps", "20")
    code = main(["explore", *cluster, *short, "--property", "node-capacity", "--json", "-"])
    found = json.loads(capsys.readouterr().out)

    assert code != 1
    assert found["coverage"]["steps"] >= 20


def test_an_outage_of_a_hundred_workers_is_checked_exhaustively(
    cluster: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Alike workers count as one another: few placements are left, and replicas converge from each."""
    code = main(["check", *cluster, "--fault", "crash-container=0", "--property", "replicas-converge"])
    said = capsys.readouterr().out

    assert (code, "100 workers (kind-worker, ...) are alike" in said, "exhaustive" in said) == (0, True, True)
