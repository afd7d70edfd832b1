"""Workloads checked apart from each other against all of them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from group_manifests import AWAY_FROM, service, workload

from clusterproof.checker.cli import main

NO_FAULTS = ("--fault", "stop-control-plane=0", "--fault", "crash-container=0")
TWO = (workload("web"), service("web"), workload("db"))
BOTH = (workload("web"), service("both", "{tier: any}"), workload("db"))
ONE_CANNOT = (workload("web"), workload("db", replicas=2, spec=AWAY_FROM.format("db")))
DRAINED = """\
target: ""
manifests: k8s.yaml
actions: [{drain: kind-worker}]
"""


def check(path: Path, *words: str) -> dict[str, Any]:
    """Return the JSON of a check of the manifests in k8s.yaml, or of a check file."""
    main(["check", *(words or ("-f", "k8s.yaml")), "--json", str(path / "run.json")])
    found: dict[str, Any] = json.loads((path / "run.json").read_text())
    return found


def verdicts(data: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the verdict on each property and object, with the length of the trace where there is one."""
    told = {
        (one["name"], one["object"]): (one["verdict"], len(one["trace"]["states"]) if one["trace"] else 0)
        for one in data["properties"]
    }
    return told | {(one["name"], one["object"]): "not checked" for one in data["not_checked"]}


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        (TWO, ["-f", "k8s.yaml"]),
        (TWO, ["-f", "k8s.yaml", *NO_FAULTS, "--fault", "crash-node=1"]),
        (TWO, ["drained.yaml", *NO_FAULTS, "--timing", "untimed"]),
        (TWO, ["drained.yaml", *NO_FAULTS]),
        (BOTH, ["-f", "k8s.yaml"]),
        (ONE_CANNOT, ["-f", "k8s.yaml", *NO_FAULTS, "--fault", "crash-node=1"]),
    ],
    ids=["as shipped", "a node crashes", "drained, untimed", "drained", "a Service over both", "one refuted"],
)
def test_apart_and_together(documents, words, tmp_path, monkeypatch, capsys):
    """Apart and together come to the same verdicts, and to traces of the same length."""
    monkeypatch.chdir(tmp_path)
    Path("k8s.yaml").write_text("---\n".join(documents))
    Path("drained.yaml").write_text(DRAINED)
    # With symmetry a pod that nothing is said of is as good as one that something is said of.
    words = [*words, "--symmetry", "off"]
    apart = check(tmp_path, *words)
    assert "groups that cannot feel each other" in capsys.readouterr().out
    together = check(tmp_path, *words, "--slicing", "off")
    assert "groups" not in capsys.readouterr().out

    assert apart["exhaustive"]
    assert together["exhaustive"]
    assert verdicts(apart) == verdicts(together)
    assert documents is BOTH or apart["states"] < together["states"]
