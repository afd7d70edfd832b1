"""HorizontalPodAutoscalers in a table.

Source: pkg/printers/internalversion/printers.go (printHorizontalPodAutoscaler, formatHPAMetrics)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusterproof.models.kubernetes.printers.durations import UNKNOWN
from clusterproof.models.kubernetes.printers.labels import NONE
from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(*map(Column, ("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age")))

MOST_TARGETS = 2
NAMED_SINCE_MINOR = 30
"""The release that put the resource in front of its target: `cpu: 50%/80%`."""

SOURCES = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
"""A metric's type -> the field that holds it."""

Metric = Mapping[str, Any]


def print_horizontal_pod_autoscaler(autoscaler: ApiObject, options: Options) -> Cells:
    """NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE."""
    spec, status = autoscaler["spec"], autoscaler.get("status") or {}
    target, least = spec["scaleTargetRef"], spec.get("minReplicas")
    return [
        autoscaler["metadata"]["name"],
        f"{target['kind']}/{target['name']}",
        format_hpa_metrics(spec.get("metrics") or (), status.get("currentMetrics") or (), options.minor),
        "<unset>" if least is None else str(least),
        spec.get("maxReplicas") or 0,
        status.get("currentReplicas") or 0,
        age(autoscaler, options),
    ]


HORIZONTAL_POD_AUTOSCALER = Printer(columns=COLUMNS, cells=print_horizontal_pod_autoscaler)


def format_hpa_metrics(specs: Sequence[Metric], statuses: Sequence[Metric], minor: int) -> str:
    """`current/target` of two metrics, and how many more there are.

    A status belongs to the metric at its place in the list.
    """
    if not specs:
        return NONE
    texts = []
    for number, metric in enumerate(specs):
        source = SOURCES.get(metric["type"])
        current = statuses[number] if number < len(statuses) else {}
        texts.append("<unknown type>" if source is None else _target(source, metric, current, minor))
    shown = ", ".join(texts[:MOST_TARGETS])
    more = len(texts) - MOST_TARGETS
    return f"{shown} + {more} more..." if more > 0 else shown


def _target(source: str, metric: Metric, status: Metric, minor: int) -> str:
    wanted = metric[source]["target"]
    current = (status.get(source) or {}).get("current") or {}
    if source in ("resource", "containerResource"):
        named = f"{metric[source]['name']}: " if minor >= NAMED_SINCE_MINOR else ""
        if wanted.get("averageValue") is not None:
            return f"{named}{current.get('averageValue', UNKNOWN)}/{wanted['averageValue']}"
        percent = wanted.get("averageUtilization")
        seen = current.get("averageUtilization")
        return f"{named}{UNKNOWN if seen is None else f'{seen}%'}/{'<auto>' if percent is None else f'{percent}%'}"
    if wanted.get("averageValue") is not None:
        average = "" if source == "pods" else " (avg)"
        return f"{current.get('averageValue', UNKNOWN)}/{wanted['averageValue']}{average}"
    return f"{current.get('value', UNKNOWN)}/{wanted.get('value')}"
