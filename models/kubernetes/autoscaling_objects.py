"""HorizontalPodAutoscalers as plain frozen values: what a manifest says after defaulting.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
"""

from __future__ import annotations

from attrs import frozen

from clusterproof.models.kubernetes.decisions.hpa_behavior import ScalingRules
from clusterproof.models.kubernetes.objects import ObjectMeta, Source


@frozen(kw_only=True)
class CpuMetric:
    """A target for the CPU time of the pods: a percentage of what they request, or millicores per pod; one is set."""

    average_utilization: int | None = None
    average_value: int | None = None


@frozen(kw_only=True)
class ScalingBehavior:
    """How fast the size may follow the metrics, in each direction."""

    up: ScalingRules
    down: ScalingRules


@frozen(kw_only=True)
class HorizontalPodAutoscaler:
    """target_kind, target_name: what it scales, in its own namespace. behavior: None for the rules of old.

    metrics: those of the CPU alone; other_metrics: how the others are called.
    """

    metadata: ObjectMeta
    target_kind: str
    target_name: str
    target_api_version: str = "apps/v1"
    min_replicas: int = 1
    max_replicas: int
    metrics: tuple[CpuMetric, ...] = ()
    other_metrics: tuple[str, ...] = ()
    behavior: ScalingBehavior | None = None
    source: Source
