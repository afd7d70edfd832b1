"""Workers that are alike: of placements that exchange them, one is looked at, and no other is left out."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
from kubernetes_systems import daemon_set, manifests, pod

from clusterproof.models.kubernetes import alike_nodes as alike_nodes_module
from clusterproof.models.kubernetes.alike_nodes import alike_nodes
from clusterproof.models.kubernetes.build import UserActions, build_scope
from clusterproof.models.kubernetes.cluster import Scope, cluster_system
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.objects import NodeSpec, PortMapping, Topology
from clusterproof.models.kubernetes.scope import SchedulerChoice
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import CONTROL_PLANE_TAINT

SELECTS = "nodeSelector: {kubernetes.io/hostname: w2}"


def workers(number: int, *, labels: dict[str, dict[str, str]] | None = None, mapped: str = "") -> Topology:
    """Return a control plane and workers w1, w2, ..., with further labels for some, and a port mapped to one."""
    room = {"cpu": 4000, "memory": 2**30, "pods": 110}
    nodes = [NodeSpec(name="cp", role="control-plane", labels={}, taints=(CONTROL_PLANE_TAINT,), allocatable=room)]
    for name in (f"w{k}" for k in range(1, number + 1)):
        own = {"kubernetes.io/hostname": name, **(labels or {}).get(name, {})}
        nodes.append(NodeSpec(name=name, role="worker", labels=own, taints=(), allocatable=room))
    mappings = (PortMapping(node=mapped, container_port=30000, host_port=30000),) if mapped else ()
    return Topology(name="t", nodes=tuple(nodes), port_mappings=mappings)


def alike(topology: Topology, *documents: str, **actions: Any) -> list[tuple[NodeId, ...]]:
    """Return the classes of a cluster with these manifests."""
    return alike_nodes(build_scope([manifests(*documents)], topology, UserActions(**actions)))


def placements(
    topology: Topology, *documents: str, scheduler: SchedulerChoice = "any-feasible-node"
) -> set[tuple[str, ...]]:
    """Return on which nodes the pods are in the deployed states, in the order of the pods."""
    scope = Scope(default_faults=False, scheduler=scheduler)
    system, found = cluster_system([manifests(*documents)], topology, scope)
    assert found is not None
    assert found.complete
    states: list[Cluster] = list(system.initial_states)
    return {tuple(str(p.node) for p in c.pods.values()) for c in states}


@pytest.mark.parametrize(
    ("topology", "documents", "actions", "names"),
    [
        (workers(4), (pod(),), {}, [("w1", "w2", "w3", "w4")]),
        (workers(3), (pod(),), {}, []),
        (workers(5, mapped="w1"), (pod(),), {}, [("w2", "w3", "w4", "w5")]),
        (workers(5), (pod(spec=SELECTS),), {}, [("w1", "w3", "w4", "w5")]),
        (workers(5, labels={"w5": {"zone": "b"}}), (pod(),), {}, [("w1", "w2", "w3", "w4")]),
        (workers(5), (pod(),), {"drains": (NodeId("w3"),)}, [("w1", "w2", "w4", "w5")]),
        (workers(5), (pod(),), {"targets": {"cordon": ("w1",)}}, [("w2", "w3", "w4", "w5")]),
        (workers(5), (daemon_set(),), {}, []),
    ],
    ids=["all", "three are told apart", "a mapped port", "a selector", "a label", "a drain", "a target", "a DaemonSet"],
)
def test_who_is_alike(
    topology: Topology, documents: tuple[str, ...], actions: dict[str, Any], names: list[tuple[str, ...]]
) -> None:
    """Workers are alike as long as nothing but their names tells them apart, and nothing says these names."""
    assert alike(topology, *documents, **actions) == names


@pytest.mark.parametrize(("number", "pods"), [(4, 1), (4, 2), (4, 3), (5, 2)])
def test_every_placement_is_there_under_other_names(number: int, pods: int) -> None:
    """Exchanging alike workers in the placements that are found gives every placement there is."""
    names = [f"w{k}" for k in range(1, number + 1)]
    found = placements(workers(number), *(pod(name=f"p{k}") for k in range(pods)))
    exchanged = {
        tuple(dict(zip(names, order, strict=True))[n] for n in placement)
        for placement in found
        for order in permutations(names)
    }

    assert exchanged == set(product(names, repeat=pods))
    assert len(found) < len(exchanged)


def test_a_hundred_workers_are_no_more_than_three() -> None:
    """Three pods have as many placements on eight workers as on four: together, apart, or one alone, in any order."""
    three = [pod(name=f"p{k}") for k in range(3)]

    assert len(placements(workers(8), *three)) == len(placements(workers(4), *three)) == 1 + 6 + 3 * 2


def test_required_anti_affinity_takes_a_worker_each() -> None:
    """Pods that exclude each other go to different workers, the first ones that are free."""
    apart = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "[{labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}]}}"
    )
    found = placements(workers(5), *(pod(spec=apart, name=f"p{k}") for k in range(2)))

    assert found == {("w1", "w2"), ("w2", "w1")}


PREFERS = (
    "affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 50, "
    "podAffinityTerm: {labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}}]}}"
)
NODE_PREFERENCE = (
    "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, "
    "preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [w2]}]}}]}}"
)


@pytest.mark.parametrize("specs", [("", "", ""), ("", PREFERS, ""), ("overhead: {cpu: 2}", "", PREFERS)])
def test_scores_do_not_tell_alike_workers_apart(specs: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exchanging alike workers in the placements that scores lead to gives those that are found without alikeness."""
    names = ["w1", "w2", "w3", "w4"]
    documents = [pod(spec, name=f"p{k}") for k, spec in enumerate(specs)]
    found = placements(workers(4), *documents, scheduler="highest-score")
    exchanged = {
        tuple(dict(zip(names, order, strict=True))[n] for n in placement)
        for placement in found
        for order in permutations(names)
    }
    monkeypatch.setattr(alike_nodes_module, "FEWEST", 5)

    assert exchanged == placements(workers(4), *documents, scheduler="highest-score")
    assert len(found) < len(exchanged)


def test_a_preferred_node_is_not_alike() -> None:
    """A preference that names a worker tells it apart, as a selector does."""
    assert alike(workers(5), pod(NODE_PREFERENCE)) == [("w1", "w3", "w4", "w5")]


def test_the_check_says_so() -> None:
    """The assumptions name the workers that count as one another."""
    system, _ = cluster_system([manifests(pod())], workers(4), Scope(default_faults=False))

    assert "initial states: 4 workers (w1, ...) are alike; of placements that exchange them, one" in system.assumptions
