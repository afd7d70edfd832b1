"""Scores that look at all nodes, worked out by hand: preferred affinity between pods, and spreading."""

from __future__ import annotations

import pytest
from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity_scoring import inter_pod_affinity_score
from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread_scoring import (
    HOSTNAME,
    ZONE,
    default_selector,
    pod_topology_spread_score,
    selects,
)
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import (
    LabelSelector,
    NodeSelectorTerm,
    NodeSpec,
    ObjectMeta,
    PodAffinityTerm,
    PodSpec,
    Requirement,
    Service,
    Source,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)

WEB = LabelSelector(match_labels={"app": "web"})
IN_ZONE = PodAffinityTerm(topology_key="zone", label_selector=WEB)
ON_HOST = PodAffinityTerm(topology_key=HOSTNAME, label_selector=WEB)


def web(count: int = 1, **changes: object) -> tuple[PlacedPod, ...]:
    """Return pods labelled app=web."""
    return (evolve(PlacedPod(labels={"app": "web"}), **changes),) * count


def node(name: str, *pods: PlacedPod, zone: str | None = None, key: str = "zone") -> NodeInfo:
    """Return a node, perhaps in a zone."""
    zones = {} if zone is None else {key: zone}
    return NodeInfo(spec=NodeSpec(name=name, labels={HOSTNAME: name, **zones}), pods=pods)


def hosts(*counts: int) -> list[NodeInfo]:
    """Return nodes with so many web pods each."""
    return [node(f"n{n}", *web(count)) for n, count in enumerate(counts)]


def weighted(weight: int, term: PodAffinityTerm) -> tuple[WeightedPodAffinityTerm, ...]:
    """Return one preferred term."""
    return (WeightedPodAffinityTerm(weight=weight, pod_affinity_term=term),)


def preferring(**spec: object) -> PlacedPod:
    """Return a pod with these preferences."""
    return PlacedPod(labels={"app": "db"}, spec=evolve(PodSpec(), **spec))


def spreading(*constraints: TopologySpreadConstraint, **changes: object) -> PlacedPod:
    """Return an incoming web pod with these constraints."""
    return evolve(*web(), spec=PodSpec(topology_spread_constraints=constraints), **changes)


def anyway(key: str, max_skew: int = 1, **changes: object) -> TopologySpreadConstraint:
    """Return a constraint over web pods that need not hold."""
    plain = TopologySpreadConstraint(
        max_skew=max_skew, topology_key=key, when_unsatisfiable="ScheduleAnyway", label_selector=WEB
    )
    return evolve(plain, **changes)


# ---------------------------------------------------------------- preferred affinity


def test_a_preferred_domain() -> None:
    """Two web pods in zone 1, one in zone 2, none in zone 3, on all nodes of a zone: 100, 50 and 0."""
    nodes = [node("a", *web(2), zone="1"), node("b", zone="1"), node("c", *web(), zone="2"), node("d", zone="3")]
    pod = preferring(preferred_pod_affinity=weighted(5, IN_ZONE))

    assert inter_pod_affinity_score(pod, nodes, nodes) == [100, 100, 50, 0]


def test_an_avoided_domain() -> None:
    """Anti-affinity counts against a domain: -20, -10 and 0."""
    pod = preferring(preferred_pod_anti_affinity=weighted(10, ON_HOST))

    assert inter_pod_affinity_score(pod, hosts(2, 1, 0), hosts(2, 1, 0)) == [0, 50, 100]


def test_both_together() -> None:
    """Node a: 3 for two web pods, -2 for being in their zone; node b the latter only; node c nothing: 2, -4, 0."""
    nodes = [node("a", *web(2), zone="1"), node("b", zone="1"), node("c", zone="2")]
    pod = preferring(preferred_pod_affinity=weighted(3, ON_HOST), preferred_pod_anti_affinity=weighted(2, IN_ZONE))

    assert inter_pod_affinity_score(pod, nodes, nodes) == [100, 0, 66]


def test_pods_that_are_there_have_preferences() -> None:
    """What they prefer and avoid counts like the pod's own, and a required affinity counts one."""
    incoming = web()[0]
    fond = preferring(preferred_pod_affinity=weighted(3, ON_HOST))
    shy = preferring(preferred_pod_anti_affinity=weighted(3, ON_HOST))
    bound = preferring(required_pod_affinity=(ON_HOST,))
    nodes = [node("fond", fond), node("shy", shy), node("bound", bound), node("empty")]

    assert inter_pod_affinity_score(incoming, nodes, nodes) == [100, 0, 66, 50]


def test_required_anti_affinity_is_no_score() -> None:
    """It filters, and nothing else."""
    nodes = [node("a", preferring(required_pod_anti_affinity=(ON_HOST,))), node("b")]

    assert inter_pod_affinity_score(web()[0], nodes, nodes) == [0, 0]


def test_terms_speak_of_the_namespace_of_their_pod() -> None:
    """A web pod elsewhere is not meant, unless the term says so."""
    nodes = [node("a", *web(namespace="elsewhere")), node("b")]
    anywhere = evolve(ON_HOST, namespace_selector=LabelSelector())

    assert inter_pod_affinity_score(preferring(preferred_pod_affinity=weighted(1, ON_HOST)), nodes, nodes) == [0, 0]
    assert inter_pod_affinity_score(preferring(preferred_pod_affinity=weighted(1, anywhere)), nodes, nodes) == [100, 0]


def test_infeasible_nodes_count_and_get_nothing() -> None:
    """A pod on a node that was filtered out still makes its zone a preferred one."""
    full, near, far = node("full", *web(), zone="1"), node("near", zone="1"), node("far", zone="2")
    pod = preferring(preferred_pod_affinity=weighted(1, IN_ZONE))

    assert inter_pod_affinity_score(pod, [near, far], [full, near, far]) == [100, 0]


# ---------------------------------------------------------------- spreading


@pytest.mark.parametrize(
    ("counts", "max_skew", "scores"),
    [
        ((0, 0), 1, [100, 100]),
        ((2, 1, 0, 3), 1, [20, 60, 100, 0]),
        ((4, 2, 1), 1, [33, 83, 100]),
        ((4, 2, 1), 2, [42, 85, 100]),
        ((4, 3, 2, 1), 3, [44, 66, 77, 100]),
        ((1, 1), 1, [100, 100]),
    ],
)
def test_spreading_over_hosts(counts: tuple[int, ...], max_skew: int, scores: list[int]) -> None:
    """A count weighs ln(nodes + 2), maxSkew - 1 is added, rounded, and the fewest get 100.

    Of 2, 1, 0 and 3 pods on four nodes the weight is 1.79: 4, 2, 0 and 5; hence (5 + 0 - 4) * 100 / 5 and so on.
    """
    assert pod_topology_spread_score(spreading(anyway(HOSTNAME, max_skew)), hosts(*counts), hosts(*counts)) == scores


def test_a_zone_counts_all_its_nodes() -> None:
    """Three pods in zone 1 and one in zone 2: two zones weigh ln 4, so 4 and 1, and 100 * (4 + 1 - 4) / 4 is 25."""
    nodes = [node("a", *web(2), zone="1"), node("b", *web(), zone="1"), node("c", *web(), zone="2")]

    assert pod_topology_spread_score(spreading(anyway("zone")), nodes, nodes) == [25, 25, 100]


def test_a_full_node_counts_for_its_zone() -> None:
    """A node that was filtered out is no candidate, and its pods are in its zone all the same."""
    full, near, far = node("full", *web(), zone="1"), node("near", zone="1"), node("far", zone="2")
    alone = node("alone", *web(5), zone="3")

    assert pod_topology_spread_score(spreading(anyway("zone")), [near, far], [full, near, far, alone]) == [0, 100]


def test_several_constraints_add_up() -> None:
    """Zone 1 has two pods, on a: 2 * ln 4 + 2 * ln 5 = 6.0, b: 2 * ln 4 = 2.8, c: nothing; 6, 3 and 0."""
    nodes = [node("a", *web(2), zone="1"), node("b", zone="1"), node("c", zone="2")]

    assert pod_topology_spread_score(spreading(anyway("zone"), anyway(HOSTNAME)), nodes, nodes) == [0, 50, 100]


def test_a_node_without_a_key_gets_nothing() -> None:
    """Of the pod's own constraints every key has to be there."""
    nodes = [node("a", *web(), zone="1"), node("b")]

    assert pod_topology_spread_score(spreading(anyway("zone")), nodes, nodes) == [100, 0]


def test_who_counts() -> None:
    """Terminating pods and those of other namespaces do not, and an empty selector counts nobody."""
    nodes = [node("a", *web(2, terminating=True), *web(3, namespace="elsewhere")), node("b")]
    all_pods = anyway(HOSTNAME, label_selector=LabelSelector())

    assert pod_topology_spread_score(spreading(anyway(HOSTNAME)), nodes, nodes) == [100, 100]
    assert pod_topology_spread_score(spreading(all_pods), hosts(3, 0), hosts(3, 0)) == [100, 100]


def test_a_selector_narrowed_to_the_pods_own_revision() -> None:
    """matchLabelKeys takes the values of the pod's labels."""
    revision = {"app": "web", "pod-template-hash": "2"}
    nodes = [node("a", *web(2)), node("b", *web(labels=revision))]
    constraint = anyway(HOSTNAME, match_label_keys=("pod-template-hash",))

    assert pod_topology_spread_score(spreading(constraint, labels=revision), nodes, nodes) == [100, 0]


def test_nodes_that_the_pod_may_not_use() -> None:
    """With nodeAffinityPolicy Honor the pods there do not count for the zone, with Ignore they do."""
    only_there = (NodeSelectorTerm(match_expressions=(Requirement(key="old", operator="DoesNotExist"),)),)
    old = evolve(node("a"), spec=NodeSpec(name="a", labels={"zone": "1", "old": ""}), pods=web(2))
    nodes = [node("b", zone="1"), node("c", *web(), zone="2")]
    spec = PodSpec(required_node_affinity=only_there)

    def scores(policy: str) -> list[int]:
        constraint = anyway("zone", node_affinity_policy=policy)
        pod = evolve(*web(), spec=evolve(spec, topology_spread_constraints=(constraint,)))
        return pod_topology_spread_score(pod, nodes, [old, *nodes])

    assert scores("Honor") == [100, 0]
    assert scores("Ignore") == [33, 100]


# ---------------------------------------------------------------- the cluster's own constraints


def test_a_pod_without_constraints_is_spread_with_its_kind() -> None:
    """Hosts with maxSkew 3 and weight ln 4, and no zones: two pods give 2 * 1.39 + 2 = 5, none gives 2."""
    pod = evolve(*web(), default_selector=WEB)

    assert pod_topology_spread_score(pod, hosts(2, 0), hosts(2, 0)) == [40, 100]


def test_zones_count_where_there_are_some() -> None:
    """a: ln 5 + 2 + ln 4 + 4 = 9.0, b: 2 + ln 4 + 4 = 7.4, c: 2 + 4 = 6, rounded 9, 7 and 6."""
    nodes = [node("a", *web(), zone="1", key=ZONE), node("b", zone="1", key=ZONE), node("c", zone="2", key=ZONE)]
    pod = evolve(*web(), default_selector=WEB)

    assert pod_topology_spread_score(pod, nodes, nodes) == [66, 88, 100]


def test_a_node_without_a_zone_is_put_up_with() -> None:
    """It has no zone to be counted: 2, while an empty zone adds 4: so it is the better one, as upstream."""
    nodes = [node("a", zone="1", key=ZONE), node("b")]

    assert pod_topology_spread_score(evolve(*web(), default_selector=WEB), nodes, nodes) == [33, 100]


def test_constraints_of_its_own_take_their_place() -> None:
    """A pod with any constraint, be it one that filters, is not spread by those of the cluster."""
    hard = anyway(HOSTNAME, when_unsatisfiable="DoNotSchedule")

    assert pod_topology_spread_score(spreading(hard, default_selector=WEB), hosts(2, 0), hosts(2, 0)) == [0, 0]
    assert pod_topology_spread_score(web()[0], hosts(2, 0), hosts(2, 0)) == [0, 0]


def test_whom_a_pod_is_spread_with() -> None:
    """Everybody who matches its controller and all of its Services; nobody where it has none of these."""
    exists = Requirement(key="tier", operator="Exists")
    controller = LabelSelector(match_labels={"app": "web"}, match_expressions=(exists,))

    assert default_selector([], None) is None
    assert default_selector([], controller) == controller
    assert default_selector([{"a": "1"}, {"b": "2"}], None) == LabelSelector(match_labels={"a": "1", "b": "2"})
    assert default_selector([{"a": "1"}], controller) == LabelSelector(
        match_labels={"a": "1", "app": "web"}, match_expressions=(exists,)
    )
    assert default_selector([], LabelSelector()) is None


@pytest.mark.parametrize(
    ("selector", "namespace", "answer"),
    [
        ({"app": "web"}, "default", True),
        ({"app": "web"}, "elsewhere", False),
        ({"app": "db"}, "default", False),
        ({}, "default", False),
        (None, "default", False),
    ],
)
def test_which_services_select_a_pod(selector: dict[str, str] | None, namespace: str, answer: bool) -> None:
    """Those of its namespace whose selector its labels match; without a selector they select nobody."""
    metadata = ObjectMeta(name="s", namespace=namespace)
    service = Service(metadata=metadata, selector=selector, type="ExternalName", source=Source("f", 1))

    assert selects(service, web()[0]) is answer
