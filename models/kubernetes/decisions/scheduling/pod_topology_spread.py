"""PodTopologySpread: matching pods stay evenly spread over the domains of a topology key.

Constraints with whenUnsatisfiable DoNotSchedule filter; the others score, in pod_topology_spread_scoring.py.
Source: pkg/scheduler/framework/plugins/podtopologyspread/filtering.go and common.go,
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import required_node_affinity_matches
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.decisions.tolerations import find_untolerated_taint
from clusterproof.models.kubernetes.objects import (
    Labels,
    LabelSelector,
    PodSpec,
    Requirement,
    TopologySpreadConstraint,
)

TOO_SKEWED = "node(s) didn't match pod topology spread constraints"
EVERYTHING = LabelSelector()
LABEL_MISSING = "node(s) didn't match pod topology spread constraints (missing required label)"


def pod_topology_spread(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node without the topology key, or whose domain would hold more than maxSkew above the emptiest."""
    for constraint in hard_constraints(pod.spec):
        domain = node.spec.labels.get(constraint.topology_key)
        if domain is None:
            return LABEL_MISSING
        selector = constraint_selector(constraint, pod.labels)
        counts = _matching_pods_per_domain(pod, constraint, selector, all_nodes)
        fewest = min(counts.values(), default=0) if len(counts) >= (constraint.min_domains or 1) else 0
        itself = 1 if matches(selector, pod.labels) else 0
        if counts[domain] + itself - fewest > constraint.max_skew:
            return TOO_SKEWED
    return None


def hard_constraints(pod: PodSpec) -> tuple[TopologySpreadConstraint, ...]:
    """The constraints that filter."""
    return tuple(each for each in pod.topology_spread_constraints if each.when_unsatisfiable == "DoNotSchedule")


def constraint_selector(constraint: TopologySpreadConstraint, labels: Labels) -> LabelSelector | None:
    """The constraint's selector, narrowed to the pod's own values of matchLabelKeys.

    Source: common.go, filterTopologySpreadConstraints
    """
    own = tuple(
        Requirement(key=key, operator="In", values=(labels[key],))
        for key in constraint.match_label_keys
        if key in labels
    )
    if constraint.label_selector is None or not own:
        return constraint.label_selector
    return evolve(constraint.label_selector, match_expressions=(*constraint.label_selector.match_expressions, *own))


def _matching_pods_per_domain(
    pod: PlacedPod,
    constraint: TopologySpreadConstraint,
    selector: LabelSelector | None,
    all_nodes: Sequence[NodeInfo],
) -> Counter[str]:
    """Matching pods of the pod's namespace in each eligible domain; terminating pods do not count.

    Eligible are nodes that carry the keys of all hard constraints and that the inclusion policies let in.
    Source: filtering.go, calPreFilterState
    """
    keys = [each.topology_key for each in hard_constraints(pod.spec)]
    counts: Counter[str] = Counter()
    for info in all_nodes:
        labels = info.spec.labels
        if not all(key in labels for key in keys) or not match_node_inclusion_policies(pod.spec, constraint, info):
            continue
        counts[labels[constraint.topology_key]] += count_pods_match_selector(pod, selector, info)
    return counts


def count_pods_match_selector(pod: PlacedPod, selector: LabelSelector | None, info: NodeInfo) -> int:
    """How many live pods of the pod's namespace on a node a selector picks; an empty selector counts nobody.

    Source: common.go, countPodsMatchSelector
    """
    if selector is None or selector == EVERYTHING:
        return 0
    return sum(
        other.namespace == pod.namespace and not other.terminating and matches(selector, other.labels)
        for other in info.pods
    )


def match_node_inclusion_policies(pod: PodSpec, constraint: TopologySpreadConstraint, info: NodeInfo) -> bool:
    """Whether a node counts for a constraint.

    Source: common.go, matchNodeInclusionPolicies
    """
    if constraint.node_affinity_policy == "Honor" and not required_node_affinity_matches(pod, info.spec):
        return False
    honours_taints = constraint.node_taints_policy == "Honor"
    return not (honours_taints and find_untolerated_taint(info.taints, pod.tolerations))
