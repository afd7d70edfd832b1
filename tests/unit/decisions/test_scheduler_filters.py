"""The filters that look at one node: cordon, name, taints, node affinity, ports, resources."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import required_node_affinity_matches
from clusterproof.models.kubernetes.decisions.scheduling.node_name import node_name
from clusterproof.models.kubernetes.decisions.scheduling.node_ports import ports_conflict
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import (
    fits_request,
    node_resources_fit,
    pod_requests,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import node_unschedulable
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scheduling.taint_toleration import taint_toleration
from clusterproof.models.kubernetes.decisions.tolerations import tolerates_taint
from clusterproof.models.kubernetes.objects import (
    Container,
    ContainerPort,
    NodeSelectorTerm,
    NodeSpec,
    PodSpec,
    Requirement,
    Taint,
    Toleration,
)

NODE = NodeInfo(spec=NodeSpec(name="n"))


def test_a_cordoned_node_is_refused_unless_its_taint_is_tolerated() -> None:
    """spec.unschedulable keeps pods away, a DaemonSet's toleration lets them through."""
    cordoned = NodeInfo(spec=NODE.spec, unschedulable=True)
    tolerant = PodSpec(tolerations=(Toleration(key="node.kubernetes.io/unschedulable", operator="Exists"),))

    assert node_unschedulable(PlacedPod(), NODE, ()) is None
    assert node_unschedulable(PlacedPod(), cordoned, ()) == "node(s) were unschedulable"
    assert node_unschedulable(PlacedPod(spec=tolerant), cordoned, ()) is None


def test_a_named_node_is_the_only_one() -> None:
    """A pod with spec.nodeName fits that node alone."""
    assert node_name(PlacedPod(spec=PodSpec(node_name="n")), NODE, ()) is None
    reason = node_name(PlacedPod(spec=PodSpec(node_name="other")), NODE, ())
    assert reason == "node(s) didn't match the requested node name"


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        (Toleration(key="k", value="v"), True),
        (Toleration(key="k", value="w"), False),
        (Toleration(key="k", operator="Exists"), True),
        (Toleration(key="other", operator="Exists"), False),
        (Toleration(operator="Exists"), True),
        (Toleration(key="k", operator="Exists", effect="NoExecute"), False),
        (Toleration(key="k", operator="Exists", effect="NoSchedule"), True),
        (Toleration(key="k", operator="Invented"), False),
    ],
)
def test_a_toleration_covers_a_taint_by_key_value_and_effect(toleration: Toleration, tolerated: bool) -> None:
    """An empty key or effect covers all, Exists covers every value, Equal compares it."""
    assert tolerates_taint(toleration, Taint(key="k", value="v", effect="NoSchedule")) is tolerated


def test_prefer_no_schedule_does_not_filter() -> None:
    """PreferNoSchedule is a score; NoSchedule and NoExecute refuse, and the first one is named."""
    taints = (Taint(key="a", effect="PreferNoSchedule"), Taint(key="b", value="v", effect="NoExecute"))

    assert taint_toleration(PlacedPod(), NodeInfo(spec=NODE.spec, taints=taints[:1]), ()) is None
    assert taint_toleration(PlacedPod(), NodeInfo(spec=NODE.spec, taints=taints), ()) == (
        "node(s) had untolerated taint {b: v}"
    )


def test_a_node_carries_the_taints_of_its_spec_unless_told_otherwise() -> None:
    """The current taints default to the static ones."""
    spec = NodeSpec(name="n", taints=(Taint(key="a"),))

    assert NodeInfo(spec=spec).taints == spec.taints
    assert NodeInfo(spec=spec, taints=()).taints == ()


def expression(key: str, operator: str, *values: str) -> NodeSelectorTerm:
    """A term with one expression."""
    return NodeSelectorTerm(match_expressions=(Requirement(key=key, operator=operator, values=values),))


@pytest.mark.parametrize(
    ("terms", "selected"),
    [
        (None, True),
        ((), False),
        ((NodeSelectorTerm(),), False),
        ((expression("disk", "In", "ssd"),), True),
        ((expression("disk", "In", "hdd"), expression("size", "Gt", "3")), True),
        ((expression("size", "Lt", "4"),), False),
        ((expression("gpu", "NotIn", "old"),), True),
        ((expression("gpu", "NotIn", "not a label value"),), False),
        ((expression("disk", "Exists", "value"),), False),
    ],
)
def test_required_node_affinity(terms: tuple[NodeSelectorTerm, ...] | None, selected: bool) -> None:
    """One satisfied term is enough, an empty or malformed one never is, and no terms at all select nothing."""
    node = NodeSpec(name="n", labels={"disk": "ssd", "size": "4"})

    assert required_node_affinity_matches(PodSpec(required_node_affinity=terms), node) is selected


def test_node_selector_and_affinity_must_both_hold() -> None:
    """nodeSelector is an extra condition, not an alternative."""
    pod = PodSpec(node_selector={"disk": "hdd"}, required_node_affinity=(expression("disk", "Exists"),))

    assert not required_node_affinity_matches(pod, NodeSpec(name="n", labels={"disk": "ssd"}))


def with_port(number: int, protocol: str = "TCP", address: str = "", **spec: object) -> PodSpec:
    """A pod that takes one port of its host."""
    port = ContainerPort(container_port=8080, host_port=number, protocol=protocol, host_ip=address)
    return PodSpec(containers=(Container(name="c", ports=(port,)),), **spec)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (with_port(80), with_port(80), True),
        (with_port(80), with_port(81), False),
        (with_port(80), with_port(80, "UDP"), False),
        (with_port(80, address="127.0.0.1"), with_port(80, address="127.0.0.2"), False),
        (with_port(80, address="127.0.0.1"), with_port(80), True),
        (with_port(0), with_port(0), False),
        (with_port(0, host_network=True), with_port(8080), True),
    ],
)
def test_host_ports_conflict(one: PodSpec, other: PodSpec, conflict: bool) -> None:
    """Same port and protocol conflict on the same address, and on any when one of them takes all addresses."""
    assert ports_conflict(one, other) is conflict
    assert ports_conflict(other, one) is conflict


def test_only_sidecars_among_init_containers_hold_host_ports() -> None:
    """An init container that ends holds no port while the pod runs."""
    port = (ContainerPort(container_port=80, host_port=80),)
    sidecar = PodSpec(init_containers=(Container(name="i", ports=port, restart_policy="Always"),))
    ending = PodSpec(init_containers=(Container(name="i", ports=port),))

    assert ports_conflict(sidecar, with_port(80))
    assert not ports_conflict(ending, with_port(80))


def container(cpu: int, *, sidecar: bool = False) -> Container:
    """A container that asks for cpu alone."""
    return Container(name="c", requests={"cpu": cpu}, restart_policy="Always" if sidecar else None)


@pytest.mark.parametrize(
    ("init", "main", "cpu"),
    [
        ((), (1, 2), 3),
        ((container(5),), (1, 2), 5),
        ((container(5), container(4)), (1,), 5),
        ((container(2, sidecar=True),), (3,), 5),
        ((container(2, sidecar=True), container(4)), (3,), 6),
        ((container(4), container(2, sidecar=True)), (1,), 4),
    ],
)
def test_pod_requests_are_the_larger_of_running_and_initialising(
    init: tuple[Container, ...], main: tuple[int, ...], cpu: int
) -> None:
    """Sidecars run beside everything that starts after them, other init containers one at a time."""
    pod = PodSpec(containers=tuple(container(each) for each in main), init_containers=init, overhead={"cpu": 10})

    assert pod_requests(pod)["cpu"] == cpu + 10


def test_requests_exactly_filling_the_node_fit() -> None:
    """The limit itself is still room, one more is not."""
    pod = PodSpec(containers=(container(5),))

    assert not fits_request(pod, {"cpu": 10}, [pod])
    short = fits_request(pod, {"cpu": 9}, [pod])
    assert [(each.resource, each.requested, each.used, each.capacity) for each in short] == [("cpu", 5, 5, 9)]


def test_every_shortage_is_named_with_pods_first() -> None:
    """The reason lists pods, then resources in a fixed order."""
    pod = PlacedPod(spec=PodSpec(containers=(Container(name="c", requests={"memory": 9, "cpu": 9, "gpu": 1}),)))
    node = NodeInfo(spec=NodeSpec(name="n", allocatable={"pods": 1, "cpu": 1, "memory": 1}), pods=(PlacedPod(),))

    reason = node_resources_fit(pod, node, ())

    assert reason == "Too many pods, Insufficient cpu, Insufficient memory, Insufficient gpu"


def test_a_node_of_unstated_size_has_room() -> None:
    """Standard resources that a node does not state do not bind, extended ones do."""
    assert not fits_request(PodSpec(containers=(container(5),)), {}, [PodSpec()] * 500)
