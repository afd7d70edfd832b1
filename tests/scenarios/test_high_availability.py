"""Three control-plane nodes: losing one changes nothing for users, losing two stops writes, and no workload dies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from builtin_systems import check, verdicts
from kubernetes_systems import deployment, small_system

from clusterproof import Claims, Property, StepInfo, System, claim, reachable, step
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import apiserver, builtin
from clusterproof.models.kubernetes.cluster import FaultBudget, Scope, cluster_system
from clusterproof.models.kubernetes.manifests import load_manifests
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import load_topology
from clusterproof.properties.catalogue import CATALOGUE

ENTRY, CONVERGE, NO_WRITE = "entry-point-reachable", "replicas-converge", "no-write-while-control-plane-down"
SURVIVE = "running-workloads-survive-control-plane-loss"
ONLY_PROVED = {Verdict.PROVED}


@step
def somebody_answers(before: Cluster, after: Cluster, by: StepInfo) -> Claims:
    """Requests are answered all the time."""
    yield claim(apiserver.is_serving(after), "some apiserver answers")


@reachable
def a_write_succeeds_with_a_node_down(c: Cluster, d: DeploymentId) -> Claims:
    """A Deployment was scaled while a control-plane node is down."""
    down = not all(c.machines[n].up for n in c.scope.control_planes)
    yield claim(down and c.deployments[d].replicas == 2, "scaled with a control-plane node down", d)


def three_control_planes(tmp_path: Path) -> Path:
    """Return a kind configuration like that of the example, with three control-plane nodes."""
    written = (builtin.path("hello-server") / "cluster.yaml").read_text(encoding="utf-8")
    path = tmp_path / "cluster.yaml"
    path.write_text(written.replace("- role: control-plane\n", "- role: control-plane\n" * 3), encoding="utf-8")
    return path


def test_losing_one_changes_nothing_for_users(tmp_path: Path) -> None:
    """The example on such a cluster: its entry answers, its replicas converge, and some apiserver always answers."""
    promised = (ENTRY, CONVERGE, SURVIVE, NO_WRITE)
    parts = [*(part for name in promised for part in CATALOGUE[name]), somebody_answers]
    scope = Scope(faults={"stop-control-plane": FaultBudget(budget=1)}, default_faults=False)
    topology = load_topology(three_control_planes(tmp_path))
    applied = [load_manifests([builtin.path("hello-server") / "manifests.yaml"])]
    result = check(cluster_system(applied, topology, scope, properties=parts)[0])

    assert verdicts(result) == dict.fromkeys((*promised, somebody_answers.name), ONLY_PROVED)
    assert result.exhaustive


def test_a_write_succeeds_while_one_is_down() -> None:
    """Somebody scales a Deployment while a node is down for good, and its pods come all the same."""
    gone = FaultBudget(budget=1, heals=False)
    system = small_system(
        deployment(),
        control_planes=3,
        faults={"stop-control-plane": gone},
        scales=(2,),
        actions={"scale": 1},
        properties=(CONVERGE, a_write_succeeds_with_a_node_down),
    )

    assert verdicts(check(system)) == dict.fromkeys((CONVERGE, a_write_succeeds_with_a_node_down.name), ONLY_PROVED)


def losing_two(properties: Sequence[str | Property[Any]]) -> System[Cluster]:
    """Return a Deployment on such a cluster, of whose control-plane nodes two may be stopped, and started again."""
    return small_system(deployment(), control_planes=3, faults={"stop-control-plane": 2}, properties=properties)


def test_losing_two_stops_writes_and_no_workload() -> None:
    """Nothing is written then, containers run on, and once both are back everything converges."""
    promised = (CONVERGE, SURVIVE, NO_WRITE)

    assert verdicts(check(losing_two(promised))) == dict.fromkeys(promised, ONLY_PROVED)


def test_with_two_lost_nobody_answers() -> None:
    """Two faults and nothing else are the shortest story."""
    (trace,) = check(losing_two([somebody_answers])).traces

    assert [s.action for s in trace.steps] == ["stop-control-plane"] * 2
