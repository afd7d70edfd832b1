"""`clusterproof story`: from apply to running in four steps, and the experiment with the control plane."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterproof.checker.cli import main
from clusterproof.models.kubernetes.kubectl_client.messages import connection_refused

REFUSED = connection_refused("127.0.0.1:6443")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what the story command prints."""
    assert main(["story", *words]) == 0
    return capsys.readouterr().out


def test_four_steps_from_apply_to_running(capsys: pytest.CaptureFixture[str]) -> None:
    """The fault-free run has its four steps in order, and ends with three pods that are ready."""
    text = told(capsys)
    steps = [
        "1  kubectl applies",
        "POST /apis/apps/v1/namespaces/default/deployments 201",
        "POST /apis/policy/v1/namespaces/default/poddisruptionbudgets 201",
        "POST /api/v1/namespaces/default/services 201",
        "2  the scheduler picks a node",
        "scheduler.bind(hello-server-a)",
        "3  the kubelet of that node notices",
        "4  it asks the container runtime",
        "start_container(hello-server-a)",
        "GET /api/v1/namespaces/default/pods?limit=500 200",
        "hello-server-a   1/1     Running   0",
        "sequenceDiagram",
    ]
    places = [text.find(step) for step in steps]

    assert -1 not in places
    assert places == sorted(places)
    assert text.count("1/1     Running   0") == 3


def test_the_control_plane_stops_and_the_containers_run_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the control plane kubectl is refused and the port answers; afterwards the same pods are there."""
    text = told(capsys, "--fault", "stop-control-plane")
    _, _, outage = text.partition("The fault: stop-control-plane")
    during, _, after = outage.partition("It heals")

    assert REFUSED.endswith("was refused - did you specify the right host or port?")
    assert during.count(REFUSED) == 2
    assert "3 of 3 containers keep running:" in during
    assert "200 OK, from one of hello-server-a, hello-server-b, hello-server-c" in during
    assert REFUSED not in after
    assert after.count("1/1     Running   0") == 3
    assert after.count("1/1     Running   1") == 4
    assert "the same pods as before, and none was restarted" in after


def test_a_lost_worker_takes_the_port_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker that is lost is marked, its pods are replaced, and its mapped port answers no more."""
    text = told(capsys, "--fault", "crash-node=1")

    assert "no answer: multinode-nodeport-worker, where the port leads, is down" in text
    assert "node-lifecycle.mark_unreachable(multinode-nodeport-worker)" in text
    assert "Nothing heals it." in text


def test_a_pod_that_fits_nowhere_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The story of a pod that stays Pending names the filter that refuses each node."""
    text = told(capsys, "anti-affinity")

    assert "hello-server-c   0/1     Pending   0          <none>" in text
    assert "kind-worker2: node(s) didn't match pod anti-affinity rules" in text


def test_the_story_is_written_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With --out the story is a Markdown file with a diagram, and a graph."""
    told(capsys, "--out", str(tmp_path))

    assert "```mermaid\nsequenceDiagram" in (tmp_path / "story.md").read_text()
    assert "scheduler.bind" in (tmp_path / "story.dot").read_text()


def test_manifests_of_the_user_have_a_story(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A bare pod in a namespace of its own is applied, bound and started."""
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: job, namespace: ci}\nspec: {containers: [{name: a, image: b}]}\n"
    )
    text = told(capsys, "-f", str(tmp_path / "pod.yaml"))

    assert "POST /api/v1/namespaces/ci/pods 201" in text
    assert "$ kubectl get pods -n ci" in text
    assert "job    1/1     Running" in text


def test_init_containers_are_part_of_the_story(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """They run before the containers, and the story and its diagram say so."""
    spec = "{initContainers: [{name: first, image: i}], containers: [{name: web, image: i}]}"
    (tmp_path / "pod.yaml").write_text(f"{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {spec}}}")
    text = told(capsys, "-f", str(tmp_path / "pod.yaml"))

    assert "kubelet[kind-worker].finish_init_container(web)" in text
    assert "an init container of web is done, start what comes next" in text
