"""`clusterproof check` on clusters: what it says, what it writes, and what the scope does to it.

Small scopes, unsliced: what is proved of the whole example is the subject of other scenarios.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clusterproof.checker.cli import main

SMALL = ("--fault", "stop-control-plane=0", "--slicing", "off")
NO_FAULTS = ("--fault", "stop-control-plane=0", "--fault", "crash-container=0", "--slicing", "off")


def run_of(path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of a check."""
    code = main(["check", *words, "--json", str(path / "run.json")])
    return code, json.loads((path / "run.json").read_text())


def verdicts(data: dict[str, Any], name: str) -> set[str]:
    """Return the verdicts on a property, over all objects."""
    return {one["verdict"] for one in data["properties"] if one["name"] == name}


def test_the_report_says_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """A first-time reader finds the cluster, the workloads, the faults, the assumptions and what to try next."""
    code = main(["check", *SMALL])
    text = capsys.readouterr().out

    assert code == 0
    for expected in (
        "clusterproof check --fault stop-control-plane=0\n",
        "1 control-plane node and 2 workers",
        "Deployment/hello-server (3 replicas)",
        "crash-container once\n",
        "not in scope: stop-control-plane, crash-node",
        "deployed: 8 initial states",
        "PROVED          replicas-converge",
        "not checked     drain-terminates",
        "exhaustive: every state of this scope was seen",
        "assuming      - scheduler: any feasible node may be taken",
        "next          clusterproof check --fault stop-control-plane=0 --fault crash-node=1",
        "clusterproof story",
        "exit code 0: ok\n",
    ):
        assert expected in text


def test_the_mapped_worker_is_a_single_point_of_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Losing one worker refutes both claims of entry-point-reachable in one step each, and both traces replay."""
    words = (*NO_FAULTS, "--fault", "crash-node=1", "--property", "entry-point-reachable", "--bound", "depth=1")
    code, data = run_of(tmp_path, *words, "--out", str(tmp_path))
    capsys.readouterr()

    assert (code, verdicts(data, "entry-point-reachable")) == (1, {"REFUTED"})
    traces = sorted(tmp_path.glob("entry*.json"))
    assert len(traces) == 2
    for path in traces:
        assert main(["replay", str(path)]) == 0
        assert "shortest: 1 step, 1 fault" in capsys.readouterr().out


def test_a_bound_makes_it_undetermined(tmp_path: Path) -> None:
    """A bound on states is UNDETERMINED, named, and exit code 3."""
    words = ("--fault", "crash-node=1", "--property", "replicas-converge", "--bound", "states=100", "--slicing", "off")
    code, data = run_of(tmp_path, *words)

    assert (code, verdicts(data, "replicas-converge"), data["exhaustive"]) == (3, {"UNDETERMINED"}, False)
    assert "the bound of 100 states" in data["properties"][0]["reason"]


def test_a_bound_covers_the_search_for_initial_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bound that is reached before all initial states are known leaves nothing proved, and says so."""
    code, data = run_of(tmp_path, *NO_FAULTS, "--property", "node-capacity", "--bound", "states=50")
    text = capsys.readouterr().out

    assert (code, verdicts(data, "node-capacity")) == (3, {"UNDETERMINED"})
    assert "the bound of 50 states, reached while looking for the initial states" in text


def test_a_property_that_was_asked_for_and_cannot_be_checked_is_vacuous(tmp_path: Path) -> None:
    """A property chosen by name whose action is not in scope is UNDETERMINED, not silently left out."""
    code, data = run_of(tmp_path, *NO_FAULTS, "--property", "drain-terminates")

    assert (code, verdicts(data, "drain-terminates")) == (3, {"UNDETERMINED"})
    assert all("needs drain" in one["reason"] for one in data["properties"])


def test_a_check_file_puts_user_actions_into_the_scope(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scaling and draining are in scope where a check file says so, and printed."""
    (tmp_path / "check.yaml").write_text(
        "target: hello-server\n"
        "faults: {stop-control-plane: 0, crash-container: 0}\n"
        "actions:\n"
        "- {scale: deployment/hello-server, replicas: 2..4}\n"
        "- {drain: multinode-nodeport-worker}\n"
        "properties: [no-double-binding]\n"
        "bounds: {states: 3000}\n"
    )
    code = main(["check", str(tmp_path / "check.yaml"), "--slicing", "off"])
    text = capsys.readouterr().out

    assert code == 3
    assert "scale once (hello-server to 2, 3, 4), drain once (multinode-nodeport-worker)" in text


def test_what_is_not_modelled_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An object that the model does not know is named, and counts under --strict."""
    (tmp_path / "all.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: a, image: b}]\n"
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key}\n"
    )
    words = ["check", str(tmp_path), *NO_FAULTS, "--property", "node-capacity"]
    plain = main(words)
    text = capsys.readouterr().out
    strict = main([*words, "--strict"])

    assert (plain, strict) == (0, 3)
    assert "not modelled: Secret/key is not modelled" in text


def test_manifests_with_nothing_to_check_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without any workload is a usage error, not a proof."""
    file = tmp_path / "secret.yaml"
    file.write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: key}\n")

    assert main(["check", "-f", str(file)]) == 2
    assert "nothing in there that can be checked" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["config-map-trap", "config_map_trap", "anti-affinity"])
def test_the_other_examples_can_be_checked(tmp_path: Path, name: str) -> None:
    """Each built-in cluster is known by name, with dashes or underscores."""
    words = (name, *NO_FAULTS, "--property", "node-capacity", "--bound", "states=2000")

    assert run_of(tmp_path, *words)[0] in (0, 3)


def test_some_placements_prove_nothing(tmp_path: Path) -> None:
    """Where only some of the placements are looked at nothing is PROVED, and what is refuted is refuted."""
    code, data = run_of(tmp_path, "--start", "sampled", *NO_FAULTS, "--property", "node-capacity")

    assert code == 3
    assert verdicts(data, "node-capacity") == {"UNDETERMINED"}
    assert "placements and not all of them" in data["properties"][0]["reason"]

    code, data = run_of(
        tmp_path, "--start", "sampled", *NO_FAULTS, "--fault", "crash-node=1", "--property", "entry-point-reachable"
    )

    assert (code, verdicts(data, "entry-point-reachable")) == (1, {"REFUTED"})
