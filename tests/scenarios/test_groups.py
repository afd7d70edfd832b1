"""Large manifests: workloads that cannot feel each other are checked one by one, and come to one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from group_manifests import AWAY_FROM, service, workload

from clusterproof.checker.cli import main

QUIET = ("--fault", "stop-control-plane=0", "--fault", "crash-container=0")
CANNOT = workload("cannot", replicas=3, spec=AWAY_FROM.format("cannot"))


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run_of(*words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of a check."""
    code = main(["check", *words, "--json", "run.json"])
    return code, json.loads(Path("run.json").read_text())


def write(*documents: str) -> None:
    """Write manifests into k8s.yaml."""
    Path("k8s.yaml").write_text("---\n".join(documents))


def test_more_placements_than_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty workloads have a million placements together, and are proved one by one."""
    write(*(document for n in range(20) for document in (workload(f"w{n}"), service(f"w{n}"))))
    code, data = run_of("-f", "k8s.yaml", "--fault", "stop-control-plane=0")
    text = capsys.readouterr().out

    assert (code, data["exhaustive"]) == (0, True)
    assert len([one for one in data["properties"] if one["name"] == "replicas-converge"]) == 20
    assert "20 groups that cannot feel each other, checked one by one" in text
    assert "deployed: 40 initial states" in text


def test_one_that_is_refuted(capsys: pytest.CaptureFixture[str]) -> None:
    """What is refuted in one group is refuted; the trace says which group it is about, and replays there."""
    write(workload("web"), CANNOT)
    code, data = run_of("-f", "k8s.yaml", *QUIET, "--property", "replicas-converge", "--out", "traces")
    words = {(one["object"], one["verdict"]) for one in data["properties"]}
    trace = Path("traces/replicas-converge-Deployment-cannot.json")
    request = json.loads(trace.read_text())["#meta"]["run"]["request"]

    assert (code, words) == (1, {("Deployment/web", "PROVED"), ("Deployment/cannot", "REFUTED")})
    assert request["group"] == ["Deployment/cannot"]
    assert main(["replay", str(trace)]) == 0
    capsys.readouterr()


def test_a_group_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    """A trace about objects that the manifests have no more is refused in a line."""
    write(workload("web"), CANNOT)
    run_of("-f", "k8s.yaml", *QUIET, "--property", "replicas-converge", "--out", "traces")
    write(workload("web"))
    capsys.readouterr()

    assert main(["replay", "traces/replicas-converge-Deployment-cannot.json"]) == 2
    assert "there is no object 'Deployment/cannot'; did you mean Deployment/web?" in capsys.readouterr().err


def test_stopping_at_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    """After the first refutation the other groups are not looked at, and say so."""
    write(CANNOT, workload("web"))
    code, data = run_of("-f", "k8s.yaml", *QUIET, "--property", "replicas-converge", "--stop-at-first")
    words = {one["object"]: (one["verdict"], one["reason"]) for one in data["properties"]}
    capsys.readouterr()

    assert code == 1
    assert words["Deployment/cannot"][0] == "REFUTED"
    assert words["Deployment/web"] == ("UNDETERMINED", "stopped at the first refutation")


def test_properties_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A property asked for by name counts as vacuous only where it has nothing to say of any group."""
    write(workload("web"), service("web"), workload("db"))
    code, data = run_of("-f", "k8s.yaml", *QUIET, "--property", "endpoints-eventually-right")
    drained, more = run_of("-f", "k8s.yaml", *QUIET, "--property", "drain-terminates")
    capsys.readouterr()

    assert (code, [one["object"] for one in data["properties"]]) == (0, ["Service/web"])
    assert (drained, {one["verdict"] for one in more["properties"]}) == (3, {"UNDETERMINED"})


@pytest.mark.parametrize(
    ("action", "verdict"), [("cordon: kind-worker", "PROVED"), ("delete: pod/web-a", "UNDETERMINED")]
)
def test_room_that_somebody_else_may_take(action: str, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is proved of workloads apart where one of them may have more pods on a node than its share of the room.

    A node has 4 cores: room for two pods of each. A pod that is deleted stays there while it ends, beside two others.
    """
    write(workload("web", replicas=2, cpu="900m"), workload("db", cpu="900m"))
    Path("check.yaml").write_text(f"target: ''\nmanifests: k8s.yaml\nactions: [{{{action}}}]\n")
    _, data = run_of("check.yaml", *QUIET, "--property", "node-capacity")
    capsys.readouterr()

    assert {one["verdict"] for one in data["properties"]} == {verdict}
    if verdict == "UNDETERMINED":
        assert "a workload may take the room of another" in data["properties"][0]["reason"]


def test_what_compares_all_objects_is_asked_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    """A property that looks from one object at all others is not checked group by group."""
    write(workload("web"), workload("db"))
    run_of("-f", "k8s.yaml", *QUIET, "--property", "fresh-uids", "--property", "replicas-converge")
    together = capsys.readouterr().out
    run_of("-f", "k8s.yaml", *QUIET, "--property", "replicas-converge")

    assert "groups" not in together
    assert "2 groups" in capsys.readouterr().out
