"""Scores of single nodes, worked out by hand from the rules of kube-scheduler's plugins, and who wins."""

from __future__ import annotations

import pytest
from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import node_affinity_score
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_balanced_allocation import (
    node_resources_balanced_allocation_score,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import (
    NONZERO_REQUESTS,
    node_resources_fit_score,
    pod_requests,
)
from clusterproof.models.kubernetes.decisions.scheduling.normalize_score import default_normalize_score
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scheduling.taint_toleration import taint_toleration_score
from clusterproof.models.kubernetes.decisions.scoring import prioritize_nodes, score_plugins, select_host
from clusterproof.models.kubernetes.objects import (
    Container,
    NodeSelectorTerm,
    NodeSpec,
    PodSpec,
    PreferredSchedulingTerm,
    Requirement,
    Taint,
    Toleration,
)

GIB = 2**30


def asking(*requests: dict[str, int], **spec: object) -> PlacedPod:
    """Return a pod with a container for each of these requests."""
    containers = tuple(Container(name=f"c{n}", requests=each) for n, each in enumerate(requests))
    return PlacedPod(spec=evolve(PodSpec(containers=containers), **spec))


def sized(cpu: int, memory: int, *pods: PlacedPod) -> NodeInfo:
    """Return a node of so many millicores and bytes with pods on it."""
    return NodeInfo(spec=NodeSpec(name="n", allocatable={"cpu": cpu, "memory": memory, "pods": 110}), pods=pods)


def fit(pod: PlacedPod, *nodes: NodeInfo) -> list[int]:
    """Return how empty the nodes score."""
    return node_resources_fit_score(pod, nodes, nodes)


def balanced(pod: PlacedPod, *nodes: NodeInfo, minor_version: int = 35) -> list[int]:
    """Return how balanced the nodes score."""
    return node_resources_balanced_allocation_score(pod, nodes, nodes, minor_version=minor_version)


# ---------------------------------------------------------------- scales


@pytest.mark.parametrize(
    ("scores", "reverse", "normalized"),
    [
        ([1, 2, 3], False, [33, 66, 100]),
        ([1, 2, 3], True, [67, 34, 0]),
        ([0, 0], False, [0, 0]),
        ([0, 0], True, [100, 100]),
        ([], True, []),
    ],
)
def test_scores_are_brought_to_one_scale(scores: list[int], reverse: bool, normalized: list[int]) -> None:
    """The greatest score becomes 100, or 0 in reverse; divisions round down, before they are subtracted."""
    assert default_normalize_score(scores, reverse=reverse) == normalized


# ---------------------------------------------------------------- room


def test_the_larger_node_is_emptier() -> None:
    """cpu: 1000 of 4000 and 3000 of 6000 are left, memory: half of both; the mean of 25 and 50 rounds down."""
    pod = asking({"cpu": 3000, "memory": 5000})

    assert fit(pod, sized(4000, 10000), sized(6000, 10000)) == [37, 50]


def test_what_runs_there_counts() -> None:
    """3000 + 6000 of 10000 millicores leave 10, 5000 + 5000 of 20000 bytes leave 50."""
    there = asking({"cpu": 6000, "memory": 5000})

    assert fit(asking({"cpu": 3000, "memory": 5000}), sized(10000, 20000, there), sized(10000, 20000)) == [30, 72]


def test_who_asks_for_nothing_counts_all_the_same() -> None:
    """A container that does not say counts as 100m and 200Mi: 97.5 and 97.56 round down, and with another 95 and 95."""
    silent = asking({})

    assert fit(silent, sized(4000, 8 * GIB), sized(4000, 8 * GIB, silent)) == [97, 95]


def test_an_explicit_zero_is_no_silence() -> None:
    """requests: {cpu: 0} is what it says, and memory, of which it says nothing, is not."""
    requests = pod_requests(asking({"cpu": 0}).spec, NONZERO_REQUESTS)

    assert (requests.get("cpu", 0), requests["memory"]) == (0, 200 * 2**20)


def test_init_containers_that_do_not_say_count_too() -> None:
    """The peak while the pod initialises is that of one container, so it is hidden behind two that run."""
    pod = asking({"cpu": 10}, {"cpu": 10}, init_containers=(Container(name="i"),))

    assert pod_requests(pod.spec, NONZERO_REQUESTS)["cpu"] == 100
    assert pod_requests(pod.spec).get("cpu") == 20


def test_an_overfull_resource_scores_nothing() -> None:
    """More than there is leaves nothing; the other resource still counts half."""
    assert fit(asking({"cpu": 500, "memory": 0}), sized(400, 1000)) == [50]


def test_a_node_that_does_not_state_a_resource() -> None:
    """What is not stated has no weight."""
    assert fit(asking({"cpu": 1000, "memory": 1000}), sized(4000, 0), sized(0, 0)) == [75, 0]


# ---------------------------------------------------------------- balance


def test_equal_parts_are_balanced() -> None:
    """0.75 and 0.5 differ by 0.25, whose half is taken off; 0.5 and 0.5 are even."""
    pod = asking({"cpu": 3000, "memory": 5000})

    assert balanced(pod, sized(4000, 10000), sized(6000, 10000)) == [87, 100]


def test_a_part_is_at_most_one() -> None:
    """A node that is overfull counts as full."""
    assert balanced(asking({"cpu": 900, "memory": 500}), sized(600, 1000)) == [75]


def test_balance_knows_real_requests_only() -> None:
    """A pod that does not say requests nothing here, and neither do those that are there."""
    assert balanced(asking({"cpu": 1000}), sized(4000, 1000, asking({}))) == [87]


def test_one_resource_is_always_balanced() -> None:
    """There is no difference between less than two."""
    assert balanced(asking({"cpu": 1000}), sized(4000, 0)) == [100]


def test_who_requests_nothing_has_no_such_preference() -> None:
    """From 1.33 on such a pod is not scored; before, it preferred nodes that are in balance."""
    uneven, even = sized(4000, 8000, asking({"cpu": 2000})), sized(4000, 8000)

    assert balanced(asking({}), uneven, even) == [0, 0]
    assert balanced(asking({}), uneven, even, minor_version=32) == [75, 100]


# ---------------------------------------------------------------- taints and labels


def test_untolerated_preferences_of_a_node() -> None:
    """The more PreferNoSchedule taints are not tolerated, the less; other effects do not count here."""
    tolerations = (Toleration(key="a", operator="Exists"), Toleration(key="b", effect="NoSchedule", operator="Exists"))
    taints = {
        "tolerated": (Taint(key="a", effect="PreferNoSchedule"), Taint(key="x", effect="NoSchedule")),
        "one": (Taint(key="b", effect="PreferNoSchedule"),),
        "two": (Taint(key="b", effect="PreferNoSchedule"), Taint(key="c", effect="PreferNoSchedule")),
    }
    nodes = [NodeInfo(spec=NodeSpec(name=name, taints=found)) for name, found in taints.items()]

    assert taint_toleration_score(asking({}, tolerations=tolerations), nodes, nodes) == [100, 50, 0]


def test_preferred_labels_add_up() -> None:
    """2, 11 and 4 of at most 11; a term without expressions prefers nobody."""
    terms = tuple(
        PreferredSchedulingTerm(
            weight=weight,
            preference=NodeSelectorTerm(match_expressions=(Requirement(key=key, operator="Exists"),)),
        )
        for key, weight in (("foo", 2), ("key", 4), ("az", 5))
    )
    terms += (PreferredSchedulingTerm(weight=100, preference=NodeSelectorTerm()),)
    labels = ({"foo": ""}, {"foo": "", "key": "", "az": ""}, {"key": ""}, {})
    nodes = [NodeInfo(spec=NodeSpec(name=f"n{n}", labels=each)) for n, each in enumerate(labels)]

    assert node_affinity_score(asking({}, preferred_node_affinity=terms), nodes, nodes) == [18, 100, 36, 0]
    assert node_affinity_score(asking({}), nodes, nodes) == [0, 0, 0, 0]


# ---------------------------------------------------------------- who wins


def test_the_weights_are_those_of_the_default_profile() -> None:
    """apis/config/v1/default_plugins.go; ImageLocality gives every node the same and is left out."""
    assert {name: weight for name, (weight, _) in score_plugins(35).items()} == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1,
    }


def test_scores_are_added_by_weight() -> None:
    """Each node: 300 for its taints, 0 for spreading; room 37 and 50, balance 87 and 100."""
    pod = asking({"cpu": 3000, "memory": 5000})
    small, large = sized(4000, 10000), sized(6000, 10000)
    nodes = [evolve(small, spec=evolve(small.spec, name="small")), evolve(large, spec=evolve(large.spec, name="large"))]

    assert prioritize_nodes(pod, nodes, nodes, 35) == {"small": 300 + 37 + 87, "large": 300 + 50 + 100}


def test_ties_are_all_there() -> None:
    """Every node with the highest score may be taken, in the order given."""
    assert select_host({"a": 3, "b": 7, "c": 7}) == ["b", "c"]
    assert select_host({}) == []
