"""Labels and label selectors in one line.

Source: staging/src/k8s.io/apimachinery/pkg/labels (FormatLabels, Requirement.String), pkg/apis/meta/v1/helpers.go
(FormatLabelSelector)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE = "<none>"


def format_labels(labels: Mapping[str, str] | None) -> str:
    """`a=1,b=2` in the order of the keys, or `<none>`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def format_label_selector(selector: Mapping[str, Any] | None) -> str:
    """`a=1,b in (x,y),!c` in the order of the keys, or `<none>` for none and for one that selects everything."""
    if selector is None:
        return NONE
    parts = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        key, values = expression["key"], ",".join(sorted(expression.get("values") or ()))
        text = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }[expression["operator"]]
        parts.append((key, text))
    return ",".join(text for _, text in sorted(parts)) or NONE
