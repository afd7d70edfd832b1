"""Label selectors: which objects a selector picks.

A null selector picks nothing, an empty one picks everything.
Source: staging/src/k8s.io/apimachinery/pkg/labels/selector.go, pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.objects import Labels, LabelSelector, Requirement


def matches(selector: LabelSelector | None, labels: Labels) -> bool:
    """Whether the selector picks an object with these labels: every label and every expression must hold.

    Source: apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector (nil: nothing, empty: everything)
    """
    if selector is None:
        return False
    return matches_labels(selector.match_labels, labels) and all(
        requirement_matches(requirement, labels) for requirement in selector.match_expressions
    )


def matches_labels(wanted: Labels, labels: Labels) -> bool:
    """Whether every wanted label is present with the wanted value (a Service's or node's plain selector).

    Source: apimachinery/pkg/labels/selector.go, SelectorFromSet
    """
    return all(key in labels and labels[key] == value for key, value in wanted.items())


def requirement_matches(requirement: Requirement, labels: Labels) -> bool:
    """Whether one expression holds for these labels.

    NotIn holds when the label is absent. Gt and Lt, which only node selectors may use, compare integers and do not
    hold when either side is not one.
    Source: apimachinery/pkg/labels/selector.go, Requirement.Matches

    Raises ValueError for an unknown operator.
    """
    present = requirement.key in labels
    match requirement.operator:
        case "In":
            return present and labels[requirement.key] in requirement.values
        case "NotIn":
            return not present or labels[requirement.key] not in requirement.values
        case "Exists":
            return present
        case "DoesNotExist":
            return not present
        case "Gt" | "Lt":
            return present and _integer_comparison_holds(requirement, labels[requirement.key])
    raise ValueError(
        f"{requirement.operator!r} is not a selector operator: write In, NotIn, Exists, DoesNotExist, Gt or Lt"
    )


def _integer_comparison_holds(requirement: Requirement, label_value: str) -> bool:
    if len(requirement.values) != 1:
        return False
    actual, bound = _parse_int64(label_value), _parse_int64(requirement.values[0])
    if actual is None or bound is None:
        return False
    return actual > bound if requirement.operator == "Gt" else actual < bound


def _parse_int64(text: str) -> int | None:
    """What Go's strconv.ParseInt(text, 10, 64) accepts: an optional sign and ASCII digits, in range."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()):
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None
