"""A user who relies on scores: what is refuted with any feasible node, and proved with the one that scores highest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kubernetes_systems import deployment, service

from clusterproof.checker.cli import main

ON_HOST = "topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}"
APART = (
    "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
    f"[{{weight: 100, podAffinityTerm: {{{ON_HOST}}}}}]}}}}"
)
SPREAD = f"topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, {ON_HOST}}}]"
TOGETHER = APART.replace("podAntiAffinity", "podAffinity")
KIND = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- {role: control-plane, extraPortMappings: [{containerPort: 30000, hostPort: 30000}]}
- {role: worker}
- {role: worker}
"""
CHECK = """\
manifests: web.yaml
cluster: kind.yaml
faults: {stop-control-plane: 0, crash-container: 0, crash-node: 1}
properties: [entry-point-reachable]
scope: {scheduler: %s}
"""
DRAINED = "actions: [{drain: kind-worker}]\n"


def check(scheduler: str, spec: str, further: str = "") -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of a check of two replicas with this spec, behind a Service."""
    Path("web.yaml").write_text("\n---\n".join((deployment(2, spec=spec), service())))
    Path("kind.yaml").write_text(KIND)
    Path("check.yaml").write_text(CHECK % scheduler + further)
    code = main(["check", "check.yaml", "--json", "run.json"])
    return code, json.loads(Path("run.json").read_text())


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("spec", [APART, SPREAD, ""], ids=["preferred anti-affinity", "ScheduleAnyway", "as it comes"])
def test_scores_keep_replicas_apart(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A Service survives the crash of one node by scores: preferences, constraints, or those of the cluster."""
    code, data = check("highest-score", spec)
    text = " ".join(capsys.readouterr().out.split())

    assert (code, [one["verdict"] for one in data["properties"]]) == (0, ["PROVED"])
    assert (data["exhaustive"], data["states"]) == (True, 694)
    assert "scheduler highest-score: one of the nodes that score highest, any of several" in text
    assert "nodes of 4 cores and 8 GiB, with no other pods on them" in text
    assert "any feasible node may be taken" not in text


def test_any_feasible_node_may_be_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but a score keeps two replicas apart, so that without scores both may be lost."""
    code, data = check("any-feasible-node", APART)

    assert (code, [one["verdict"] for one in data["properties"]]) == (1, ["REFUTED"])
    assert "any feasible node may be taken" in capsys.readouterr().out


def test_replicas_that_prefer_company(capsys: pytest.CaptureFixture[str]) -> None:
    """The same Service is lost with the node that both replicas prefer."""
    code, _ = check("highest-score", TOGETHER)

    assert code == 1
    assert "web-a, web-b run on kind-worker" in capsys.readouterr().out


@pytest.mark.parametrize("scheduler", ["highest-score", "any-feasible-node"])
def test_scores_do_not_help_where_one_node_is_left(scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a drain besides the crash all replicas are on one node, or leave the one that is up: refuted under both."""
    code, data = check(scheduler, APART, DRAINED)
    (found,) = data["properties"]

    assert (code, found["verdict"]) == (1, "REFUTED")
    assert "crash-node" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("workers=100", "of more than 100 nodes only a part is scored, and there are 101"),
        ("kubernetes_version=1.28", "scores are known for Kubernetes 1.29 to 1.35, and this is 1.28"),
    ],
)
def test_scores_that_are_not_known(setting: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A cluster whose scores are not known is refused in one line, and the default is not."""
    check("highest-score", APART)
    capsys.readouterr()

    assert main(["check", "check.yaml", "--set", setting]) == 2
    assert capsys.readouterr().err == f"clusterproof: check.yaml:5: scope.scheduler: {why}; write any-feasible-node\n"
