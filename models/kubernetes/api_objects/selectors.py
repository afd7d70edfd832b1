"""Label selectors and node selectors in the API's form."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.objects import LabelSelector, NodeSelectorTerm, Requirement


def label_selector(selector: LabelSelector | None) -> dict[str, Any] | None:
    """matchLabels and matchExpressions; an empty selector, which selects everything, stays an empty mapping."""
    if selector is None:
        return None
    return given(
        matchLabels=dict(selector.match_labels),
        matchExpressions=[_requirement(expression) for expression in selector.match_expressions],
    )


def node_selector_term(term: NodeSelectorTerm) -> dict[str, Any]:
    """Expressions on labels, and on fields."""
    return given(
        matchExpressions=[_requirement(expression) for expression in term.match_expressions],
        matchFields=[_requirement(expression) for expression in term.match_fields],
    )


def _requirement(requirement: Requirement) -> dict[str, Any]:
    return given(key=requirement.key, operator=requirement.operator, values=list(requirement.values))
