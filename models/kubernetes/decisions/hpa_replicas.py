"""How many replicas a metric asks for: the HorizontalPodAutoscaler's arithmetic on one metric.

Usages are integers in thousandths, as the API server hands them out; ratios are doubles, as in Go.
Source: pkg/controller/podautoscaler/replica_calculator.go, pkg/controller/podautoscaler/metrics/utilization.go
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from attrs import frozen

TOLERANCE = 0.1
"""A ratio this near to 1 changes nothing. Source: --horizontal-pod-autoscaler-tolerance."""

CPU_INITIALIZATION_SECONDS = 300
INITIAL_READINESS_SECONDS = 30
"""Source: --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay."""


@frozen(kw_only=True)
class ScaledPod:
    """A pod of what is scaled. ready: its condition, None without one. Times in seconds, None when unset."""

    name: str
    phase: str = "Running"
    deleting: bool = False
    ready: bool | None = True
    ready_changed_at: float | None = None
    started_at: float | None = None


@frozen(kw_only=True)
class PodMetric:
    """What was measured of one pod, when (None: nobody knows), and over how many seconds before."""

    value: int
    at: float | None = None
    window_seconds: float = 0.0


@frozen(kw_only=True)
class GroupedPods:
    """The pods of what is scaled: how many are ready, and the names of the others."""

    ready: int = 0
    unready: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()


@frozen
class Proposal:
    """What a metric asks for. usage: per pod or in all; utilization: of the requests in percent, None without."""

    replicas: int
    usage: int
    utilization: int | None = None


class NoMetricsError(ValueError):
    """Nothing was measured of the pods that count, so that nobody can say how many there should be."""


# Which pods count


def group_pods(
    pods: Iterable[ScaledPod],
    metrics: Mapping[str, PodMetric],
    *,
    cpu: bool,
    now: float,
    cpu_initialization_seconds: float = CPU_INITIALIZATION_SECONDS,
    initial_readiness_seconds: float = INITIAL_READINESS_SECONDS,
) -> GroupedPods:
    """Pods that go or failed are ignored, those that are not up yet are unready, the rest is measured or missing.

    cpu: whether the metric is CPU time, of which a pod that starts needs more than later. Source: groupPods
    """
    unready: set[str] = set()
    missing: set[str] = set()
    ignored: set[str] = set()
    ready = 0
    for pod in pods:
        if pod.deleting or pod.phase == "Failed":
            ignored.add(pod.name)
        elif pod.phase == "Pending":
            unready.add(pod.name)
        elif pod.name not in metrics:
            missing.add(pod.name)
        elif cpu and _is_starting(pod, metrics[pod.name], now, cpu_initialization_seconds, initial_readiness_seconds):
            unready.add(pod.name)
        else:
            ready += 1
    return GroupedPods(ready=ready, unready=frozenset(unready), missing=frozenset(missing), ignored=frozenset(ignored))


def _is_starting(
    pod: ScaledPod, metric: PodMetric, now: float, initialization_seconds: float, readiness_seconds: float
) -> bool:
    """Whether the CPU time of a pod says nothing yet: it starts, or has never been ready."""
    if pod.ready is None or pod.started_at is None:
        return True
    changed = -math.inf if pod.ready_changed_at is None else pod.ready_changed_at
    if pod.started_at + initialization_seconds > now:
        measured = -math.inf if metric.at is None else metric.at
        return not pod.ready or measured < changed + metric.window_seconds
    return not pod.ready and pod.started_at + readiness_seconds > changed


# Metrics of pods


@frozen(kw_only=True)
class PodMetricTarget:
    """What a metric of pods is compared with: a usage per pod, or a percentage of what they request."""

    usage: int = 0
    utilization: int = 0
    requests: Mapping[str, int] | None = None


@frozen
class _Ratio:
    ratio: float
    usage: int
    utilization: int | None = None


def get_resource_replicas(
    current: int,
    metrics: Mapping[str, PodMetric],
    pods: GroupedPods,
    target: PodMetricTarget,
    tolerance: float = TOLERANCE,
) -> Proposal:
    """The replicas that bring the average to the target.

    When pods are missing or unready the answer errs towards no change: they are taken as idle when there is too much
    load, the missing ones as busy when there is too little, and if that turns the direction nothing changes.
    Source: GetResourceReplicas, calcPlainMetricReplicas

    Raises NoMetricsError where nothing was measured of a pod that counts.
    """
    values = {name: m.value for name, m in metrics.items() if name not in pods.ignored | pods.unready}
    if not values:
        raise NoMetricsError("there are no metrics of pods that are ready")
    found = _ratio(values, target)
    keep = Proposal(current, found.usage, found.utilization)
    more_with_unready = bool(pods.unready) and found.ratio > 1.0
    if not more_with_unready and not pods.missing:
        if abs(1.0 - found.ratio) <= tolerance:
            return keep
        return Proposal(math.ceil(found.ratio * pods.ready), found.usage, found.utilization)
    values |= _assumed(pods, target, found.ratio, more_with_unready=more_with_unready)
    again = _ratio(values, target).ratio
    if abs(1.0 - again) <= tolerance or (found.ratio < 1.0 < again) or (found.ratio > 1.0 > again):
        return keep
    replicas = math.ceil(again * len(values))
    if (again < 1.0 and replicas > current) or (again > 1.0 and replicas < current):
        return keep
    return Proposal(replicas, found.usage, found.utilization)


def _assumed(pods: GroupedPods, target: PodMetricTarget, ratio: float, *, more_with_unready: bool) -> dict[str, int]:
    """What is taken for the usage of pods that were not measured, or do not count."""
    assumed: dict[str, int] = {}
    for name in pods.missing if ratio < 1.0 else ():
        requests = target.requests
        assumed[name] = target.usage if requests is None else requests[name] * max(100, target.utilization) // 100
    for name in pods.missing if ratio > 1.0 else ():
        assumed[name] = 0
    return assumed | (dict.fromkeys(pods.unready, 0) if more_with_unready else {})


def _ratio(values: Mapping[str, int], target: PodMetricTarget) -> _Ratio:
    """Source: GetResourceUtilizationRatio, GetMetricUsageRatio"""
    if target.requests is None:
        usage = sum(values.values()) // len(values)
        return _Ratio(usage / target.usage, usage)
    known = [name for name in values if name in target.requests]
    requested = sum(target.requests[name] for name in known)
    if not requested:
        raise NoMetricsError("there are no metrics of pods that request anything")
    used = sum(values[name] for name in known)
    utilization = used * 100 // requested
    return _Ratio(utilization / target.utilization, used // len(known), utilization)


# Other metrics


def get_usage_ratio_replica_count(current: int, usage: int, target: int, ready: int, tolerance: float) -> int:
    """The replicas for one figure of something else, such as a queue; ready: pods that run and are ready.

    Source: getUsageRatioReplicaCount
    """
    ratio = usage / target
    if current == 0:
        return math.ceil(ratio)
    return current if abs(1.0 - ratio) <= tolerance else math.ceil(ratio * ready)


def get_object_metric_replicas(
    current: int, usage: int, target: int, ready: int, tolerance: float = TOLERANCE
) -> Proposal:
    """The replicas for a metric of one object, or the sum of an external one, compared as a whole.

    Source: GetObjectMetricReplicas, GetExternalMetricReplicas
    """
    return Proposal(get_usage_ratio_replica_count(current, usage, target, ready, tolerance), usage)


def get_object_per_pod_metric_replicas(
    current: int, usage: int, target_average: int, tolerance: float = TOLERANCE
) -> Proposal:
    """The replicas for such a metric shared among the pods.

    Source: GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas
    """
    ratio = usage / (target_average * current)
    replicas = current if abs(1.0 - ratio) <= tolerance else math.ceil(usage / target_average)
    return Proposal(replicas, math.ceil(usage / current))
