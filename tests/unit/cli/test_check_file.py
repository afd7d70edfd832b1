"""Check files: every key is read, every mistake is named with file, line and field."""

# ruff: noqa: E501  (messages are one line, and so is each row of their table)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clusterproof.checker.cli.check_file import read_check_file
from clusterproof.checker.cli.request import ActionChoice, FaultChoice, Request

WHOLE = """\
target: anti-affinity
cluster: kind.yaml
manifests: [first.yaml, more/]
actions:
- {scale: deployment/web, replicas: 2..4, budget: 2}
- rollout: deployment/web
- {rollout_undo: deployment/web, to_revision: 2}
- {delete: deployment/web, cascade: orphan}
- drain: kind-worker
- apply: second.yaml
- delete: pod/web-a
- cordon:
faults:
  crash_node: 1
  kill-process: unbounded
  stop-control-plane: {budget: 2, heals: false}
  reboot-node: {}
properties: [replicas-converge]
bounds: {seconds: 0.5, states: 1000, depth: unbounded, memory: 1.5GiB}
scope: {timing: untimed, start: apply, kubernetes_version: 1.31}
undetermined: allow
"""


def read(here: Path, text: str) -> Request:
    """Read a check file with this text."""
    (here / "check.yaml").write_text(text)
    found = read_check_file(Path("check.yaml"))
    assert found is not None
    return found


def test_every_key_is_read(here: Path) -> None:
    """A check file with every key becomes a request that says the same."""
    found = read(here, WHOLE)

    assert found.target == "anti-affinity"
    assert (found.cluster, found.manifests) == ("kind.yaml", ("first.yaml", "more"))
    assert [(a.action, a.object_name, a.sizes, a.budget) for a in found.actions] == [
        ("scale", "deployment/web", (2, 3, 4), 2),
        ("rollout", "deployment/web", (), 1),
        ("rollout_undo", "deployment/web", (), 1),
        ("delete", "deployment/web", (), 1),
        ("drain", "kind-worker", (), 1),
        ("apply", "second.yaml", (), 1),
        ("delete", "pod/web-a", (), 1),
        ("cordon", "", (), 1),
    ]
    assert found.faults == {
        "crash-node": FaultChoice(budget=1),
        "kill-process": FaultChoice(budget="unbounded"),
        "stop-control-plane": FaultChoice(budget=2, heals=False),
        "reboot-node": FaultChoice(budget=1),
    }
    assert found.properties == ("replicas-converge",)
    assert found.bounds == {"seconds": 0.5, "states": 1000, "depth": None, "memory": 3 << 29}
    assert found.settings == {"timing": "untimed", "start": "apply", "kubernetes_version": "1.31"}
    assert found.allow_undetermined


def test_every_key_is_optional(here: Path) -> None:
    """An empty check file asks for nothing."""
    assert read(here, "") == Request()


def test_paths_are_relative_to_the_file(here: Path) -> None:
    """Manifests, cluster, the target and what is applied are looked for beside the check file."""
    (here / "checks").mkdir()
    (here / "checks" / "shop").mkdir()
    (here / "checks" / "check.yaml").write_text(
        "target: ./shop\ncluster: kind.yaml\nmanifests: a.yaml\nactions: [{apply: b.yaml}]\n"
    )
    found = read_check_file(Path("checks/check.yaml"))

    assert found is not None
    assert (found.target, found.cluster, found.manifests) == ("checks/shop", "checks/kind.yaml", ("checks/a.yaml",))
    assert found.actions == (
        ActionChoice(action="apply", object_name="checks/b.yaml", place="checks/check.yaml:4: actions[0].apply"),
    )


def test_manifests_are_no_check_file(here: Path) -> None:
    """A file of manifests is told from a check file."""
    (here / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\n")

    assert read_check_file(here / "pod.yaml") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("targett: x", "check.yaml:1: targett: a check file has no such key; did you mean target?"),
        ("faults:\n  crash-nod: 1", "check.yaml:2: faults.crash-nod: there is no fault 'crash-nod'; did you mean crash-node?"),
        ("faults:\n  crash-node: often", "check.yaml:2: faults.crash-node: 'often' is not a number of times; write 0, 1, 2... or unbounded"),
        ("faults:\n  crash-node: {budgt: 1}", "check.yaml:2: faults.crash-node.budgt: a fault has no such key; did you mean budget?"),
        ("faults:\n  crash-node: {heals: false}", "check.yaml:2: faults.crash-node: crash-node has nothing that heals it; leave heals out"),
        ("bounds: {state: 1}", "check.yaml:1: bounds.state: bounds has no such key; did you mean states?"),
        ("bounds: {states: 0}", "check.yaml:1: bounds.states: '0' is not a bound; write a number above 0, or unbounded"),
        ("scope: {timin: timed}", "check.yaml:1: scope.timin: there is no setting 'timin'; did you mean timing?"),
        ("scope: {timing: slow}", "check.yaml:1: scope.timing: there is no value 'slow'; there are: timed, untimed"),
        ("properties: [replica-converge]", "check.yaml:1: properties: there is no property 'replica-converge'; did you mean replicas-converge?"),
        ("undetermined: yes", 'check.yaml:1: undetermined: must be a string, not the boolean true; write "yes" with quotes'),
        ("actions: [{budget: 1}]", "check.yaml:1: actions[0]: says nothing to do; write one of apply, cordon, delete, delete_namespace, delete_node, demand, drain, replace_member, rollout, rollout_undo, scale, taint_out_of_service, uncordon, untaint_out_of_service"),
        ("actions: [{drain: worker}]", "check.yaml:1: actions[0].drain: there is no node 'worker'; there are: multinode-nodeport-control-plane, multinode-nodeport-worker, multinode-nodeport-worker2"),
        ("actions: [{drain: multinode-nodeport-worke}]", "check.yaml:1: actions[0].drain: there is no node 'multinode-nodeport-worke'; did you mean multinode-nodeport-worker?"),
        ("actions: [{scale: hello-server, replicas: 3}]", "check.yaml:1: actions[0].scale: 'hello-server' is no Deployment or StatefulSet; write deployment/NAME for example"),
        ("actions: [{rollout: deployment/hello-serve}]", "check.yaml:1: actions[0].rollout: there is no Deployment 'hello-serve'; did you mean hello-server?"),
        ("actions: [{scale: deployment/hello-server, replicas: 4..2}]", "check.yaml:1: actions[0].replicas: is '4..2'; write the smaller number first"),
        ("actions: [{drain: node, replicas: 2}]", "check.yaml:1: actions[0].replicas: belongs to scale; write {scale: deployment/NAME, replicas: 2..4}"),
        ("actions: [{rollout_undo: deployment/hello-server, to_revision: 0}]", "check.yaml:1: actions[0].to_revision: is 0; write a number at least 1"),
        ("actions: [{rollout: deployment/hello-server, to_revision: 1}]", "check.yaml:1: actions[0].to_revision: belongs to rollout_undo; write {rollout_undo: deployment/NAME, to_revision: 1}"),
        ("actions: [{delete: deployment/hello-server, cascade: orphans}]", 'check.yaml:1: actions[0].cascade: "orphans" is unknown; did you mean orphan?; write background, foreground or orphan'),
        ("actions: [{delete: pod/hello-server-a, cascade: orphan}]", "check.yaml:1: actions[0].delete: cascade: orphan is for Deployments, and pod/hello-server-a is none; remove it to delete in the background"),
        ("actions: [{demand: deployment/hello-server, cpu: 1}]", "check.yaml:1: actions[0].demand: there is no workload with a HorizontalPodAutoscaler 'deployment/hello-server'; there are: none"),
        ("actions: [{demand: deployment/hello-server}]", "check.yaml:1: actions[0].cpu: belongs to demand; write {demand: deployment/NAME, cpu: [500m, 2]}"),
        ("actions: [{demand: deployment/hello-server, cpu: [1x]}]", 'check.yaml:1: actions[0].cpu: "1x" has the unknown suffix x; write one of n u m k M G T P E Ki Mi Gi Ti Pi Ei'),
        ("actions: [{demand: deployment/hello-server, cpu: -1}]", 'check.yaml:1: actions[0].cpu: is "-1"; write 0 to 1000 cores'),
        ("actions: [{delete_node: multinode-nodeport-control-plane}]", "check.yaml:1: actions[0].delete_node: there is no worker 'multinode-nodeport-control-plane'; did you mean multinode-nodeport-worker?"),
        ("actions: [{replace_member: multinode-nodeport-worker}]", "check.yaml:1: actions[0].replace_member: there is no control-plane node 'multinode-nodeport-worker'; did you mean multinode-nodeport-control-plane?"),
        ("actions: [{drain: node, only_if_down: true}]", "check.yaml:1: actions[0].only_if_down: belongs to delete_node and taint_out_of_service; write {delete_node: NODE, only_if_down: true}"),
        ("actions: [{delete_namespace: kube-system}]", "check.yaml:1: actions[0].delete_namespace: there is no namespace to delete 'kube-system'; there are: none"),
        ("target: check.yaml", "check.yaml:1: target: a check file cannot stand on another one; name a system"),
        ("target: philosophers\nactions: [{drain: x}]", "check.yaml:2: actions[0].drain: only clusters have users who act; philosophers has its own actions"),
        ("a: 1\n---\nb: 2", "check.yaml:3: document: a check file is one document; remove the others"),
        ("- 1", "check.yaml:1: document: must be a mapping, not a list"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_field(
    here: Path, command: Callable[..., Any], text: str, line: str
) -> None:
    """A mistake in a check file is one line, exit code 2, with the place and what to write instead."""
    (here / "check.yaml").write_text(text + "\n")
    ran = command("check", "check.yaml")

    assert (ran.code, ran.out, ran.err) == (2, "", f"clusterproof: {line}\n")


def test_undetermined_may_be_allowed(here: Path, command: Callable[..., Any]) -> None:
    """`undetermined: allow` makes the exit code 0 where it would be 3."""
    (here / "check.yaml").write_text("target: philosophers\nbounds: {states: 5}\nundetermined: allow\n")
    ran = command("check", "check.yaml")

    assert ran.code == 0
    assert ran.out.endswith("exit code 0: undetermined is allowed\n")
