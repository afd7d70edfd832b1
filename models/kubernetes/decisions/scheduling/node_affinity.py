"""NodeAffinity: spec.nodeSelector and the required node affinity must both accept the node; preferred terms score it.

Source: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go,
staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.normalize_score import default_normalize_score
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches_labels, requirement_matches
from clusterproof.models.kubernetes.objects import NodeSelectorTerm, NodeSpec, PodSpec, Requirement

NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"

NOT_SELECTED_BY_SCHEDULER = "node(s) didn't match scheduler-enforced node affinity"

LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
"""Source: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go, labelValueFmt"""


def node_affinity(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node that the pod's own node rules do not select."""
    return None if required_node_affinity_matches(pod.spec, node.spec) else NOT_SELECTED


def node_affinity_score(pod: PlacedPod, nodes: Sequence[NodeInfo], _all_nodes: Sequence[NodeInfo]) -> list[int]:
    """Prefer the nodes that satisfy most of the preferred terms, by weight.

    Source: node_affinity.go, Score; nodeaffinity.go, PreferredSchedulingTerms.Score (an empty term prefers nobody)
    """
    terms = pod.spec.preferred_node_affinity
    weights = [sum(each.weight for each in terms if _term_matches(each.preference, node.spec)) for node in nodes]
    return default_normalize_score(weights)


def added_node_affinity(terms: Sequence[NodeSelectorTerm], node: NodeInfo) -> str | None:
    """Refuse a node that the affinity in the scheduler's own configuration does not select (addedAffinity)."""
    return None if any(_term_matches(term, node.spec) for term in terms) else NOT_SELECTED_BY_SCHEDULER


def required_node_affinity_matches(pod: PodSpec, node: NodeSpec) -> bool:
    """Whether the node has every label of nodeSelector and satisfies at least one required term.

    No required affinity at all accepts every node; one without terms accepts none.
    Source: nodeaffinity.go, GetRequiredNodeAffinity and RequiredNodeAffinity.Match
    """
    if not matches_labels(pod.node_selector, node.labels):
        return False
    terms = pod.required_node_affinity
    return terms is None or any(_term_matches(term, node) for term in terms)


def _term_matches(term: NodeSelectorTerm, node: NodeSpec) -> bool:
    """All expressions and fields hold; an empty or malformed term matches no node."""
    if not term.match_expressions and not term.match_fields:
        return False
    if not all(_is_well_formed(requirement) for requirement in term.match_expressions):
        return False
    fields = {"metadata.name": node.name}
    return all(requirement_matches(requirement, node.labels) for requirement in term.match_expressions) and all(
        _field_matches(requirement, fields) for requirement in term.match_fields
    )


def _is_well_formed(requirement: Requirement) -> bool:
    """Whether the API machinery can parse the expression.

    Source: staging/src/k8s.io/apimachinery/pkg/labels/selector.go, NewRequirement
    """
    values = requirement.values
    match requirement.operator:
        case "In" | "NotIn":
            return bool(values) and all(len(value) <= 63 and LABEL_VALUE.fullmatch(value) for value in values)
        case "Exists" | "DoesNotExist":
            return not values
    return requirement.operator in ("Gt", "Lt") and len(values) == 1


def _field_matches(requirement: Requirement, fields: dict[str, str]) -> bool:
    """Fields know In and NotIn with exactly one value.

    Source: nodeaffinity.go, nodeSelectorRequirementsAsFieldSelector
    """
    if requirement.operator not in ("In", "NotIn") or len(requirement.values) != 1:
        return False
    equal = fields.get(requirement.key, "") == requirement.values[0]
    return equal if requirement.operator == "In" else not equal
