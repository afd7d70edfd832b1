"""The scheduler's decision as a whole: order of the filters, messages, and what can be known ahead."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.scheduler import (
    NodeInfo,
    PlacedPod,
    depends_on_pods,
    explain,
    feasible,
    feels,
    fields_looked_at,
    find_nodes_that_fit,
    fit_error,
    static_feasible,
    status_code,
)
from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity import EXISTING_ANTI_AFFINITY
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import TOO_MANY_PODS
from clusterproof.models.kubernetes.objects import (
    Container,
    ContainerPort,
    LabelSelector,
    NodeSpec,
    PodAffinityTerm,
    PodSpec,
    Taint,
    Toleration,
    TopologySpreadConstraint,
)

CONTROL_PLANE = Taint(key="node-role.kubernetes.io/control-plane")
ROOM = {"cpu": 1000, "memory": 1000, "pods": 3}


def worker(name: str, *pods: PlacedPod, **changes: object) -> NodeInfo:
    """A node that is its own host, with room."""
    spec = NodeSpec(name=name, labels={"kubernetes.io/hostname": name}, allocatable=ROOM)
    return evolve(NodeInfo(spec=spec, pods=pods), **changes)


def pod(cpu: int = 0, **spec: object) -> PlacedPod:
    """A pod labelled app=web."""
    containers = (Container(name="c", requests={"cpu": cpu} if cpu else {}),)
    return PlacedPod(labels={"app": "web"}, spec=evolve(PodSpec(containers=containers), **spec))


WEB = LabelSelector(match_labels={"app": "web"})
ONE_PER_HOST = (PodAffinityTerm(topology_key="kubernetes.io/hostname", label_selector=WEB),)


def test_find_nodes_that_fit_keeps_the_order_and_leaves_out_the_refused() -> None:
    """Only the nodes that every filter accepts are found, in the given order."""
    nodes = [worker("b"), worker("a", unschedulable=True), worker("c")]

    assert find_nodes_that_fit(pod(), nodes) == ["b", "c"]


def test_the_first_filter_in_the_default_order_gives_the_reason() -> None:
    """A node that fails several filters is reported with the earliest of upstream's order."""
    full = worker("n", pod(cpu=1000), unschedulable=True, taints=(CONTROL_PLANE,))
    incoming = pod(cpu=500, required_pod_anti_affinity=ONE_PER_HOST)

    assert feasible(incoming, full, [full]) == "node(s) were unschedulable"
    cordon_lifted = evolve(full, unschedulable=False)
    reason = feasible(incoming, cordon_lifted, [cordon_lifted])
    assert reason == "node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"
    untainted = evolve(cordon_lifted, taints=())
    assert feasible(incoming, untainted, [untainted]) == "Insufficient cpu"
    assert feasible(evolve(incoming, spec=evolve(incoming.spec, containers=())), untainted, [untainted]) == (
        "node(s) didn't match pod anti-affinity rules"
    )


def test_fit_error_counts_the_reasons_as_the_scheduler_prints_them() -> None:
    """The message groups the nodes by reason, sorted as text, each missing resource on its own."""
    hungry = pod(cpu=2000)
    hungry = evolve(
        hungry, spec=evolve(hungry.spec, containers=(Container(name="c", requests={"cpu": 2000, "memory": 2000}),))
    )
    nodes = [worker("control-plane", taints=(CONTROL_PLANE,)), worker("w1"), worker("w2")]

    reasons = explain(hungry, nodes)

    assert set(reasons) == {"control-plane", "w1", "w2"}
    assert fit_error(reasons, len(nodes)) == (
        "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
        "2 Insufficient cpu, 2 Insufficient memory."
    )
    assert fit_error({}, 0) == "0/0 nodes are available:"


def test_status_code_tells_whether_preemption_could_help() -> None:
    """Reasons that no removal of pods could cure are unresolvable."""
    assert status_code(None) == "Success"
    assert status_code("Insufficient cpu") == "Unschedulable"
    assert status_code("node(s) didn't match pod anti-affinity rules") == "Unschedulable"
    assert status_code("node(s) didn't match pod affinity rules") == "UnschedulableAndUnresolvable"
    assert status_code("node(s) didn't match Pod's node affinity/selector") == "UnschedulableAndUnresolvable"


def test_a_taint_that_may_be_removed_is_no_static_reason() -> None:
    """A refusal ahead looks at lasting taints only, by default all of the node's own."""
    node = NodeSpec(name="n", taints=(CONTROL_PLANE,))

    assert static_feasible(PodSpec(), node) is not None
    assert static_feasible(PodSpec(), node, lasting_taints=()) is None


def test_a_pod_alone_in_the_world_depends_on_nobody() -> None:
    """Without other pods nothing about them can matter."""
    assert not depends_on_pods(pod(required_pod_anti_affinity=ONE_PER_HOST), [worker("n").spec], [])


def test_room_matters_only_when_it_can_run_out() -> None:
    """With at most so many pods that all fit together, requests do not bind."""
    node = worker("n").spec

    assert not depends_on_pods(pod(cpu=300), [node], [(pod(cpu=300), 2)])
    assert depends_on_pods(pod(cpu=400), [node], [(pod(cpu=400), 2)])
    assert depends_on_pods(pod(), [node], [(pod(), 3)]), "three pods are already there, the node takes three"
    assert not depends_on_pods(pod(cpu=2000), [node], [(pod(cpu=900), 1)]), "never fits, whatever else runs"


def test_somebody_elses_anti_affinity_matters_too() -> None:
    """Required anti-affinity is symmetric."""
    guard = pod(required_pod_anti_affinity=ONE_PER_HOST)

    assert depends_on_pods(pod(), [worker("n").spec], [(guard, 1)])
    assert not depends_on_pods(PlacedPod(labels={"app": "other"}), [worker("n").spec], [(guard, 1)])


def test_a_host_port_taken_by_another_matters() -> None:
    """Two kinds of pods that want the same host port depend on each other; on different ports they do not."""
    on_80, on_81 = (
        pod(containers=(Container(name="c", ports=(ContainerPort(container_port=80, host_port=port),)),))
        for port in (80, 81)
    )

    assert depends_on_pods(on_80, [worker("n").spec], [(on_80, 1)])
    assert not depends_on_pods(on_80, [worker("n").spec], [(on_81, 1)])


def test_a_node_without_the_topology_key_is_refused_ahead() -> None:
    """No pod anywhere can make a missing label appear."""
    terms = (PodAffinityTerm(topology_key="zone", label_selector=WEB),)
    spread = (TopologySpreadConstraint(max_skew=1, topology_key="zone", label_selector=WEB),)
    bare, zoned = NodeSpec(name="n"), NodeSpec(name="n", labels={"zone": "a"})

    assert static_feasible(PodSpec(required_pod_affinity=terms), bare) == "node(s) didn't match pod affinity rules"
    assert static_feasible(PodSpec(topology_spread_constraints=spread), bare) == (
        "node(s) didn't match pod topology spread constraints (missing required label)"
    )
    both = PodSpec(required_pod_affinity=terms, topology_spread_constraints=spread)
    assert static_feasible(both, zoned) is None


ZONES = st.sampled_from([{}, {"zone": "a"}, {"zone": "b"}])
TAINTS = st.sampled_from([(), (CONTROL_PLANE,)])


@st.composite
def pods(draw: st.DrawFn) -> PlacedPod:
    """Small pods of every kind that some filter looks at."""
    port = draw(st.sampled_from([0, 0, 80]))
    terms = (PodAffinityTerm(topology_key="zone", label_selector=WEB),)
    spread = (TopologySpreadConstraint(max_skew=1, topology_key="zone", label_selector=WEB),)
    spec = PodSpec(
        containers=(
            Container(
                name="c",
                requests={"cpu": draw(st.sampled_from([0, 100, 600]))},
                ports=(ContainerPort(container_port=80, host_port=port),) if port else (),
            ),
        ),
        node_selector=draw(st.sampled_from([{}, {"zone": "a"}])),
        tolerations=draw(st.sampled_from([(), (Toleration(operator="Exists"),)])),
        required_pod_affinity=draw(st.sampled_from([(), (), terms])),
        required_pod_anti_affinity=draw(st.sampled_from([(), (), terms])),
        topology_spread_constraints=draw(st.sampled_from([(), (), spread])),
    )
    return PlacedPod(labels=draw(st.sampled_from([{"app": "web"}, {"app": "db"}])), spec=spec)


@st.composite
def clusters(draw: st.DrawFn) -> list[NodeInfo]:
    """Two nodes, some pods on each."""
    return [
        NodeInfo(
            spec=NodeSpec(name=name, labels=draw(ZONES), taints=draw(TAINTS), allocatable=ROOM),
            unschedulable=draw(st.booleans()),
            pods=tuple(evolve(each, node=name) for each in draw(st.lists(pods(), max_size=2))),
        )
        for name in ("n1", "n2")
    ]


@given(pods(), clusters())
def test_what_is_refused_ahead_is_refused_always(incoming: PlacedPod, nodes: list[NodeInfo]) -> None:
    """A static refusal is a refusal in every state of the cluster."""
    for node in nodes:
        if static_feasible(incoming.spec, node.spec) is not None:
            assert feasible(incoming, node, nodes) is not None


@given(pods(), clusters())
def test_independence_of_other_pods_is_what_it_says(incoming: PlacedPod, nodes: list[NodeInfo]) -> None:
    """Where no other pod can matter, a node accepts the pod exactly when it does so empty."""
    others = [(other, 1) for node in nodes for other in node.pods]
    if depends_on_pods(incoming, [node.spec for node in nodes], others):
        return
    empty = [evolve(node, pods=()) for node in nodes]
    for node, bare in zip(nodes, empty, strict=True):
        assert (feasible(incoming, node, nodes) is None) == (feasible(incoming, bare, empty) is None)


@given(pods(), clusters())
def test_without_dynamic_reasons_the_static_answer_is_the_answer(incoming: PlacedPod, nodes: list[NodeInfo]) -> None:
    """On an empty, uncordoned cluster a pod without affinity to others fits exactly where nothing static refuses."""
    if incoming.spec.required_pod_affinity:
        return
    empty = [evolve(node, pods=(), unschedulable=False) for node in nodes]
    for node in empty:
        assert (feasible(incoming, node, empty) is None) == (static_feasible(incoming.spec, node.spec) is None)


@given(pods(), clusters())
def test_only_pods_that_are_felt_change_where_a_pod_may_go(incoming: PlacedPod, nodes: list[NodeInfo]) -> None:
    """Where there is room enough, pods that are not felt may as well not be there."""
    roomy = [evolve(node, spec=evolve(node.spec, allocatable={})) for node in nodes]
    felt = [evolve(node, pods=tuple(other for other in node.pods if feels(incoming, other))) for node in roomy]
    for node, less in zip(roomy, felt, strict=True):
        assert feasible(incoming, node, roomy) == feasible(incoming, less, felt)


@given(pods(), clusters())
def test_every_reason_leads_to_a_field(incoming: PlacedPod, nodes: list[NodeInfo]) -> None:
    """A refusal says which field to look at, unless it is other pods that refuse, or too many of them."""
    for reason in explain(incoming, nodes).values():
        others = reason.startswith((TOO_MANY_PODS, EXISTING_ANTI_AFFINITY))
        assert fields_looked_at(reason) or others


def test_all_that_a_node_is_short_of_is_named() -> None:
    """A node that lacks several resources leads to all of their requests."""
    assert fields_looked_at("Insufficient cpu, Insufficient memory") == (
        "containers[].resources.requests.cpu",
        "containers[].resources.requests.memory",
    )
