"""What holds of the scores of any cluster: their scale, and that they know neither names nor order."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread_scoring import HOSTNAME, ZONE
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scoring import prioritize_nodes, score_plugins, select_host
from clusterproof.models.kubernetes.objects import (
    Container,
    LabelSelector,
    NodeSelectorTerm,
    NodeSpec,
    PodAffinityTerm,
    PodSpec,
    PreferredSchedulingTerm,
    Requirement,
    Taint,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)

KEYS = st.sampled_from((HOSTNAME, ZONE))
SELECTORS = st.sampled_from((LabelSelector(match_labels={"app": "web"}), LabelSelector(), None))
TERMS = st.builds(PodAffinityTerm, topology_key=KEYS, label_selector=SELECTORS)
WEIGHTED = st.builds(WeightedPodAffinityTerm, weight=st.integers(1, 100), pod_affinity_term=TERMS)
NODE_TERMS = st.builds(
    PreferredSchedulingTerm,
    weight=st.integers(1, 100),
    preference=st.sampled_from(
        (NodeSelectorTerm(), NodeSelectorTerm(match_expressions=(Requirement(key=ZONE, operator="Exists"),)))
    ),
)
CONSTRAINTS = st.builds(
    TopologySpreadConstraint,
    max_skew=st.integers(1, 4),
    topology_key=KEYS,
    when_unsatisfiable=st.sampled_from(("ScheduleAnyway", "DoNotSchedule")),
    label_selector=SELECTORS,
)
REQUESTS = st.dictionaries(st.sampled_from(("cpu", "memory")), st.integers(0, 3000))


def few(of: st.SearchStrategy[object], most: int = 2) -> st.SearchStrategy[tuple[object, ...]]:
    """Return a few of these."""
    return st.lists(of, max_size=most).map(tuple)


SPECS = st.builds(
    PodSpec,
    containers=few(st.builds(Container, name=st.just("c"), requests=REQUESTS)),
    preferred_node_affinity=few(NODE_TERMS),
    preferred_pod_affinity=few(WEIGHTED),
    preferred_pod_anti_affinity=few(WEIGHTED),
    required_pod_affinity=few(TERMS, 1),
    topology_spread_constraints=few(CONSTRAINTS),
)
PODS = st.builds(
    PlacedPod,
    labels=st.sampled_from(({"app": "web"}, {"app": "db"})),
    spec=SPECS,
    terminating=st.booleans(),
    default_selector=SELECTORS.filter(lambda selector: selector != LabelSelector()),
)
TAINTS = few(st.just(Taint(key="a", effect="PreferNoSchedule")), 3)


@st.composite
def clusters(draw: st.DrawFn) -> list[NodeInfo]:
    """Draw two to four nodes, some of them in zones, with pods on them."""
    nodes = []
    for number in range(draw(st.integers(2, 4))):
        zone = draw(st.sampled_from((None, "1", "2")))
        labels = {HOSTNAME: f"n{number}", **({} if zone is None else {ZONE: zone})}
        room = draw(st.fixed_dictionaries({"cpu": st.integers(0, 4000), "memory": st.integers(0, 4000)}))
        spec = NodeSpec(name=f"n{number}", labels=labels, taints=draw(TAINTS), allocatable=room)
        nodes.append(NodeInfo(spec=spec, pods=draw(few(PODS))))
    return nodes


@given(pod=PODS, nodes=clusters(), left_out=st.integers(0, 1))
def test_every_plugin_keeps_to_the_scale(pod: PlacedPod, nodes: list[NodeInfo], left_out: int) -> None:
    """Whatever is there, each feasible node gets a whole number from 0 to 100."""
    feasible = nodes[left_out:]
    for name, (_, score) in score_plugins(35).items():
        scores = score(pod, feasible, nodes)

        assert len(scores) == len(feasible), name
        assert all(isinstance(each, int) and 0 <= each <= MAX_NODE_SCORE for each in scores), name


@given(pod=PODS, nodes=clusters(), data=st.data(), minor_version=st.sampled_from((32, 35)))
def test_scores_know_no_order(pod: PlacedPod, nodes: list[NodeInfo], data: st.DataObject, minor_version: int) -> None:
    """Nodes and the pods on them may stand in any order."""
    mixed = [
        evolve(node, pods=tuple(data.draw(st.permutations(node.pods)))) for node in data.draw(st.permutations(nodes))
    ]
    scores = prioritize_nodes(pod, nodes, nodes, minor_version)

    assert prioritize_nodes(pod, mixed, mixed, minor_version) == scores
    assert set(select_host(scores)) == {name for name, score in scores.items() if score == max(scores.values())}


@given(pod=PODS, nodes=clusters(), data=st.data())
def test_scores_know_no_names(pod: PlacedPod, nodes: list[NodeInfo], data: st.DataObject) -> None:
    """Nodes under other names score what they scored: so workers that differ by names only are alike."""
    names = [node.spec.name for node in nodes]
    called = dict(zip(names, data.draw(st.permutations(names)), strict=True))
    renamed = [
        evolve(
            node,
            spec=evolve(
                node.spec,
                name=called[node.spec.name],
                labels={**node.spec.labels, HOSTNAME: called[node.spec.name]},
            ),
        )
        for node in nodes
    ]
    scores = prioritize_nodes(pod, nodes, nodes, 35)

    assert prioritize_nodes(pod, renamed, renamed, 35) == {called[name]: score for name, score in scores.items()}
