"""PodTopologySpread: constraints that need not hold score domains, the emptier ones higher.

A pod that has no constraints of its own is spread by those that every cluster has, with the pods that its controller
and its Services select.
Source: pkg/scheduler/framework/plugins/podtopologyspread/{scoring,common,plugin}.go,
pkg/scheduler/framework/plugins/helper/spread.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import floor, log

from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread import (
    constraint_selector,
    count_pods_match_selector,
    match_node_inclusion_policies,
)
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches_labels
from clusterproof.models.kubernetes.objects import Labels, LabelSelector, Requirement, Service, TopologySpreadConstraint

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"

SYSTEM_DEFAULT_CONSTRAINTS = (
    TopologySpreadConstraint(max_skew=3, topology_key=HOSTNAME, when_unsatisfiable="ScheduleAnyway"),
    TopologySpreadConstraint(max_skew=5, topology_key=ZONE, when_unsatisfiable="ScheduleAnyway"),
)
"""Source: plugin.go, systemDefaultConstraints"""


def pod_topology_spread_score(pod: PlacedPod, nodes: Sequence[NodeInfo], all_nodes: Sequence[NodeInfo]) -> list[int]:
    """Prefer the nodes whose domains hold the fewest matching pods.

    Nodes without a key of the pod's own constraints get nothing; the cluster's constraints put up with them.
    Source: scoring.go, PreScore, Score and NormalizeScore
    """
    constraints = soft_constraints(pod)
    if not constraints:
        return [0] * len(nodes)
    ignored = [_is_ignored(pod, constraints, node) for node in nodes]
    scored = [node for node, left_out in zip(nodes, ignored, strict=True) if not left_out]
    raw = [0.0] * len(nodes)
    for each in constraints:
        counts = _matching_pods(pod, constraints, each, scored, all_nodes)
        weight = topology_normalizing_weight(len(scored) if each.topology_key == HOSTNAME else len(counts))
        for number, node in enumerate(nodes):
            if not ignored[number] and each.topology_key in node.spec.labels:
                raw[number] += score_for_count(counts[_domain(each, node)], each.max_skew, weight)
    return _normalized([None if left_out else _rounded(score) for left_out, score in zip(ignored, raw, strict=True)])


def soft_constraints(pod: PlacedPod) -> tuple[TopologySpreadConstraint, ...]:
    """The constraints that score: the pod's own, else those of the cluster with the pod's default selector.

    Source: scoring.go, initPreScoreState; common.go, buildDefaultConstraints
    """
    own = pod.spec.topology_spread_constraints
    if own:
        soft = (each for each in own if each.when_unsatisfiable == "ScheduleAnyway")
        return tuple(
            evolve(each, label_selector=constraint_selector(each, pod.labels), match_label_keys=()) for each in soft
        )
    if pod.default_selector is None:
        return ()
    return tuple(evolve(each, label_selector=pod.default_selector) for each in SYSTEM_DEFAULT_CONSTRAINTS)


def default_selector(services: Iterable[Labels], controller: LabelSelector | None) -> LabelSelector | None:
    """Whom the cluster's constraints spread a pod with: who matches its controller and all Services that select it.

    services: the selectors of the Services that select it. controller: the selector of the ReplicaSet or StatefulSet
    that owns it, if one does. None where nothing says it.
    Source: helper/spread.go, DefaultSelector
    """
    merged: dict[str, str] = {}
    for selector in services:
        merged |= selector
    expressions: tuple[Requirement, ...] = ()
    if controller is not None:
        merged |= controller.match_labels
        expressions = controller.match_expressions
    return LabelSelector(match_labels=merged, match_expressions=expressions) if merged or expressions else None


def selects(service: Service, pod: PlacedPod) -> bool:
    """Whether a Service of any type selects a pod; one without a selector selects nobody.

    Source: helper/spread.go, GetPodServices
    """
    if not service.selector or service.metadata.namespace != pod.namespace:
        return False
    return matches_labels(service.selector, pod.labels)


def topology_normalizing_weight(size: int) -> float:
    """What a pod counts in a topology with so many domains. Source: scoring.go, topologyNormalizingWeight"""
    return log(size + 2)


def score_for_count(count: int, max_skew: int, weight: float) -> float:
    """The score of a domain with so many matching pods, before it is normalized. Source: scoring.go, scoreForCount"""
    return count * weight + (max_skew - 1)


def _is_ignored(pod: PlacedPod, constraints: Sequence[TopologySpreadConstraint], node: NodeInfo) -> bool:
    """Whether a node lacks a key of the pod's own constraints."""
    own = bool(pod.spec.topology_spread_constraints)
    return own and any(each.topology_key not in node.spec.labels for each in constraints)


def _domain(constraint: TopologySpreadConstraint, node: NodeInfo) -> str:
    """The domain of a node; all those without the label are one. Each node is a domain of the key hostname."""
    return node.spec.name if constraint.topology_key == HOSTNAME else node.spec.labels.get(constraint.topology_key, "")


def _matching_pods(
    pod: PlacedPod,
    constraints: Sequence[TopologySpreadConstraint],
    constraint: TopologySpreadConstraint,
    scored: Sequence[NodeInfo],
    all_nodes: Sequence[NodeInfo],
) -> Counter[str]:
    """Matching pods in each domain of the nodes that are scored, counted on all nodes.

    The inclusion policies do not matter for the key hostname: who is scored is feasible.
    """
    counts = Counter({_domain(constraint, node): 0 for node in scored})
    on_hosts = constraint.topology_key == HOSTNAME
    for info in scored if on_hosts else all_nodes:
        if not on_hosts:
            if _is_ignored(pod, constraints, info) or not match_node_inclusion_policies(pod.spec, constraint, info):
                continue
            if _domain(constraint, info) not in counts:
                continue
        counts[_domain(constraint, info)] += count_pods_match_selector(pod, constraint.label_selector, info)
    return counts


def _rounded(score: float) -> int:
    """The nearest integer, as Go's math.Round for what is not negative."""
    return floor(score + 0.5)


def _normalized(scores: Sequence[int | None]) -> list[int]:
    """Fewer is better; None gets nothing. Source: scoring.go, NormalizeScore"""
    given = [score for score in scores if score is not None]
    least, greatest = min(given, default=0), max(given, default=0)
    if greatest == 0:
        return [0 if score is None else MAX_NODE_SCORE for score in scores]
    return [0 if score is None else MAX_NODE_SCORE * (greatest + least - score) // greatest for score in scores]
