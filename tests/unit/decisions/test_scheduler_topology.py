"""The filters that look at all nodes: topology spread and inter-pod affinity."""

from __future__ import annotations

from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity import inter_pod_affinity, term_matches
from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread import pod_topology_spread
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import (
    LabelSelector,
    NodeSpec,
    PodAffinityTerm,
    PodSpec,
    Taint,
    TopologySpreadConstraint,
)

WEB = LabelSelector(match_labels={"app": "web"})
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
SKEWED = "node(s) didn't match pod topology spread constraints"


def web(count: int = 1, **changes: object) -> tuple[PlacedPod, ...]:
    """Pods labelled app=web."""
    return (evolve(PlacedPod(labels={"app": "web"}), **changes),) * count


def node(name: str, zone: str | None, *pods: PlacedPod) -> NodeInfo:
    """A node in a zone, or without the zone label."""
    return NodeInfo(spec=NodeSpec(name=name, labels={} if zone is None else {"zone": zone}), pods=pods)


def spreading(**changes: object) -> PlacedPod:
    """An incoming web pod that spreads over zones."""
    constraint = TopologySpreadConstraint(max_skew=1, topology_key="zone", label_selector=WEB)
    spec = PodSpec(topology_spread_constraints=(evolve(constraint, **changes),))
    return PlacedPod(labels={"app": "web"}, spec=spec)


def spread(pod: PlacedPod, *nodes: NodeInfo) -> list[bool]:
    """Which nodes the spread filter accepts."""
    return [pod_topology_spread(pod, each, nodes) is None for each in nodes]


def test_the_fuller_zone_is_refused() -> None:
    """A domain may exceed the emptiest by maxSkew, the pod itself counted."""
    assert spread(spreading(), node("a", "1", *web()), node("b", "2")) == [False, True]
    assert spread(spreading(max_skew=2), node("a", "1", *web()), node("b", "2")) == [True, True]


def test_a_zone_is_counted_over_all_its_nodes() -> None:
    """Domains, not nodes, are compared."""
    assert spread(spreading(), node("a", "1", *web()), node("b", "1"), node("c", "2")) == [False, False, True]


def test_a_node_without_the_key_is_refused_and_not_counted() -> None:
    """The missing label has its own reason, and such a node is no empty domain."""
    unlabelled, full = node("a", None), node("b", "1", *web())

    reason = pod_topology_spread(spreading(), unlabelled, (unlabelled, full))

    assert reason == f"{SKEWED} (missing required label)"
    assert pod_topology_spread(spreading(), full, (unlabelled, full)) is None


def test_terminating_pods_and_other_namespaces_do_not_count() -> None:
    """Only live pods of the pod's own namespace make a domain fuller."""
    for other in (*web(terminating=True), *web(namespace="elsewhere")):
        assert spread(spreading(), node("a", "1", other), node("b", "2")) == [True, True]


def test_an_empty_selector_counts_nobody() -> None:
    """An empty labelSelector selects everything, and is not counted: nothing is ever too skewed by it."""
    everything = spreading(label_selector=LabelSelector())

    assert spread(everything, node("a", "1", *web(5)), node("b", "2")) == [True, True]


def test_schedule_anyway_does_not_filter() -> None:
    """Soft constraints are scores."""
    soft = spreading(when_unsatisfiable="ScheduleAnyway")

    assert spread(soft, node("a", "1", *web(5)), node("b", "2")) == [True, True]


def test_a_pod_that_does_not_match_its_own_selector_adds_nothing() -> None:
    """Self-match adds one, otherwise only what is there counts."""
    stranger = evolve(spreading(), labels={"app": "other"})

    assert spread(stranger, node("a", "1", *web()), node("b", "2")) == [True, True]


def test_min_domains_pulls_the_minimum_to_zero() -> None:
    """With fewer domains than minDomains the emptiest counts as zero."""
    pair = node("a", "1", *web()), node("b", "2", *web())

    assert spread(spreading(), *pair) == [True, True]
    assert spread(spreading(min_domains=3), *pair) == [False, False]


def test_inclusion_policies_decide_which_nodes_are_domains() -> None:
    """Taints are ignored unless honoured, node affinity is honoured unless ignored."""
    full = node("a", "1", *web())
    tainted = evolve(node("b", "2"), taints=(Taint(key="k"),))

    assert spread(spreading(), full, tainted)[0] is False
    assert spread(spreading(node_taints_policy="Honor"), full, tainted)[0] is True
    picky = spreading()
    picky = evolve(picky, spec=evolve(picky.spec, node_selector={"zone": "1"}))
    assert spread(picky, full, node("b", "2"))[0] is True


def test_match_label_keys_narrow_the_selector_to_the_pods_own_revision() -> None:
    """Pods of another revision do not count."""
    pod = evolve(spreading(match_label_keys=("rev",)), labels={"app": "web", "rev": "2"})
    old = web(labels={"app": "web", "rev": "1"})

    assert spread(pod, node("a", "1", *old), node("b", "2")) == [True, True]


def with_terms(*, affinity: bool = False, anti: bool = False, **changes: object) -> PlacedPod:
    """A web pod with a required term on web pods of its zone."""
    term = (PodAffinityTerm(topology_key="zone", label_selector=WEB),)
    spec = PodSpec(required_pod_affinity=term if affinity else (), required_pod_anti_affinity=term if anti else ())
    return evolve(PlacedPod(labels={"app": "web"}, spec=spec), **changes)


def answers(pod: PlacedPod, *nodes: NodeInfo) -> list[str | None]:
    """What inter-pod affinity says of each node."""
    return [inter_pod_affinity(pod, each, nodes) for each in nodes]


def test_affinity_wants_a_match_in_the_domain() -> None:
    """The whole zone of a matching pod fits, other zones and unlabelled nodes do not."""
    nodes = node("a", "1", *web()), node("b", "1"), node("c", "2"), node("d", None)

    assert answers(with_terms(affinity=True), *nodes) == [None, None, AFFINITY, AFFINITY]


def test_the_first_pod_of_a_group_may_go_wherever_the_key_is() -> None:
    """Affinity to itself does not block the first pod, affinity to others does."""
    nodes = node("a", "1"), node("b", None)

    assert answers(with_terms(affinity=True), *nodes) == [None, AFFINITY]
    assert answers(with_terms(affinity=True, labels={"app": "db"}), *nodes) == [AFFINITY, AFFINITY]


def test_one_pod_must_match_all_affinity_terms() -> None:
    """Two pods that each match one term do not make up for one that matches both."""
    both = tuple(
        PodAffinityTerm(topology_key="zone", label_selector=LabelSelector(match_labels={key: ""})) for key in "xy"
    )
    pod = PlacedPod(spec=PodSpec(required_pod_affinity=both))
    half, other_half, whole = (PlacedPod(labels=dict.fromkeys(keys, "")) for keys in ("x", "y", "xy"))

    assert answers(pod, node("a", "1", half, other_half)) == [AFFINITY]
    assert answers(pod, node("a", "1", whole)) == [None]


def test_anti_affinity_refuses_the_whole_domain() -> None:
    """One matching pod closes its zone, terminating or not; nodes without the key are in no domain."""
    nodes = node("a", "1", *web(terminating=True)), node("b", "1"), node("c", "2"), node("d", None)

    assert answers(with_terms(anti=True), *nodes) == [ANTI_AFFINITY, ANTI_AFFINITY, None, None]


def test_anti_affinity_of_existing_pods_is_symmetric() -> None:
    """A pod without any rule is kept away by those already there."""
    nodes = node("a", "1", with_terms(anti=True)), node("b", "2")

    assert answers(web()[0], *nodes) == [EXISTING, None]


def test_terms_speak_of_their_namespaces() -> None:
    """Own namespace by default, those listed, or those selected; an empty selector is all of them."""
    owner, other = web(namespace="one")[0], web(namespace="two")[0]
    own = PodAffinityTerm(topology_key="zone", label_selector=WEB)
    everywhere = evolve(own, namespace_selector=LabelSelector())
    named = LabelSelector(match_labels={"kubernetes.io/metadata.name": "two"})

    assert term_matches(owner, own, owner)
    assert not term_matches(owner, own, other)
    assert term_matches(owner, evolve(own, namespaces=("two",)), other)
    assert not term_matches(owner, evolve(own, namespaces=("two",)), owner)
    assert term_matches(owner, everywhere, other)
    assert term_matches(owner, evolve(own, namespace_selector=named), other)
    assert not term_matches(owner, evolve(own, namespace_selector=named), owner)


def test_a_term_without_selector_matches_no_pod() -> None:
    """A null label selector selects nothing."""
    assert not term_matches(web()[0], PodAffinityTerm(topology_key="zone"), web()[0])


def test_match_and_mismatch_label_keys_compare_with_the_owner() -> None:
    """matchLabelKeys wants the owner's value, mismatchLabelKeys any other."""
    owner = web(labels={"app": "web", "rev": "2"})[0]
    same, old = owner, web(labels={"app": "web", "rev": "1"})[0]
    term = PodAffinityTerm(topology_key="zone", label_selector=WEB)

    assert [term_matches(owner, evolve(term, match_label_keys=("rev",)), each) for each in (same, old)] == [True, False]
    mismatch = evolve(term, mismatch_label_keys=("rev",))
    assert [term_matches(owner, mismatch, each) for each in (same, old)] == [False, True]
