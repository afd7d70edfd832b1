"""HorizontalPodAutoscalers, of autoscaling/v2 and autoscaling/v1.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/,
pkg/apis/autoscaling/v2/defaults.go and pkg/apis/autoscaling/validation/validation.go
"""

from __future__ import annotations

from clusterproof.models.kubernetes.autoscaling_objects import CpuMetric, HorizontalPodAutoscaler, ScalingBehavior
from clusterproof.models.kubernetes.decisions.hpa_behavior import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    ScalingPolicy,
    ScalingRules,
    with_defaults,
)
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.quantity import cpu_millicores
from clusterproof.models.kubernetes.manifests.workloads import MOST_REPLICAS
from clusterproof.models.kubernetes.objects import ObjectMeta

DEFAULT_UTILIZATION = 80
"""Percent, of an autoscaler that names no metric."""

MOST_POLICY_SECONDS = 1800
MOST_WINDOW_SECONDS = 3600
METRIC_FIELDS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
"""A metric's type -> the field that holds it."""


def read_autoscaler(top: Fields) -> HorizontalPodAutoscaler:
    """A HorizontalPodAutoscaler of autoscaling/v2 with its defaults."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", "write the spec with scaleTargetRef and maxReplicas")
    metrics, others = _read_metrics(spec)
    return _autoscaler(top, spec, metadata, metrics, others, _read_behavior(spec))


def read_autoscaler_v1(top: Fields) -> HorizontalPodAutoscaler:
    """One of autoscaling/v1, which knows the CPU alone and no behavior."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", "write the spec with scaleTargetRef and maxReplicas")
    percentage = spec.integer("targetCPUUtilizationPercentage", DEFAULT_UTILIZATION, minimum=1)
    return _autoscaler(top, spec, metadata, (CpuMetric(average_utilization=percentage),), (), None)


def _autoscaler(
    top: Fields,
    spec: Fields,
    metadata: ObjectMeta,
    metrics: tuple[CpuMetric, ...],
    others: tuple[str, ...],
    behavior: ScalingBehavior | None,
) -> HorizontalPodAutoscaler:
    """Source: validateHorizontalPodAutoscalerSpec"""
    target = spec.required_fields("scaleTargetRef", "write kind and name of what is scaled")
    least = spec.integer("minReplicas", 1, minimum=1)
    most = spec.required_integer("maxReplicas", minimum=1)
    if most < least:
        spec.fail("maxReplicas", f"is {most}, below minReplicas ({least}); write at least {least}")
    if least > MOST_REPLICAS:
        spec.fail("minReplicas", f"is {least}, and at most {MOST_REPLICAS} can be checked; write fewer")
    autoscaler = HorizontalPodAutoscaler(
        metadata=metadata,
        target_kind=target.required_text("kind", "write for example kind: Deployment"),
        target_name=target.required_text("name", "write the name of what is scaled"),
        target_api_version=target.text("apiVersion", ""),
        min_replicas=least,
        max_replicas=most,
        metrics=metrics,
        other_metrics=others,
        behavior=behavior,
        source=top.source,
    )
    target.close()
    spec.close()
    top.close(("status",))
    return autoscaler


# ---------------------------------------------------------------- metrics


def _read_metrics(spec: Fields) -> tuple[tuple[CpuMetric, ...], tuple[str, ...]]:
    """The metrics of the CPU, and the names of the others; without any it is 80 percent of the requested CPU."""
    found: list[CpuMetric] = []
    others: list[str] = []
    for metric in spec.items("metrics"):
        kind = metric.choice("type", METRIC_FIELDS, None)
        if kind is None:
            metric.fail("type", f"is missing; write one of {', '.join(METRIC_FIELDS)}")
        source = metric.required_fields(METRIC_FIELDS[kind], f"write what a metric of type {kind} measures")
        name = source.required_text("name", "write cpu for example") if kind == "Resource" else kind
        if kind == "Resource" and name == "cpu":
            found.append(_read_cpu(source))
            source.close()
        else:
            others.append(name if kind == "Resource" else kind)
        metric.close()
    if not found and not others:
        found.append(CpuMetric(average_utilization=DEFAULT_UTILIZATION))
    return tuple(found), tuple(others)


def _read_cpu(source: Fields) -> CpuMetric:
    """Source: validateResourceMetricSource, validateMetricTarget"""
    target = source.required_fields("target", "write {type: Utilization, averageUtilization: 80} for example")
    kind = target.choice("type", ("Utilization", "AverageValue"), None)
    if kind is None:
        target.fail("type", "is missing; write Utilization or AverageValue")
    utilization = target.integer("averageUtilization", None, minimum=1)
    text = target.scalar_text("averageValue")
    if (utilization is None) == (text is None):
        target.fail("averageUtilization", "write one of averageUtilization and averageValue, and no other")
    target.close()
    if text is None:
        return CpuMetric(average_utilization=utilization)
    try:
        value = cpu_millicores(text)
    except ValueError as error:
        target.fail("averageValue", f"{quoted(text)} {error}")
    if value <= 0:
        target.fail("averageValue", f"is {quoted(text)}; write a positive amount such as 500m")
    return CpuMetric(average_value=value)


# ---------------------------------------------------------------- behavior


def _read_behavior(spec: Fields) -> ScalingBehavior | None:
    """Source: SetDefaults_HorizontalPodAutoscalerBehavior, validateBehavior"""
    behavior = spec.fields("behavior")
    if behavior is None:
        return None
    up = _read_rules(behavior, "scaleUp", DEFAULT_SCALE_UP)
    down = _read_rules(behavior, "scaleDown", DEFAULT_SCALE_DOWN)
    behavior.close()
    return ScalingBehavior(up=up, down=down)


def _read_rules(behavior: Fields, name: str, default: ScalingRules) -> ScalingRules:
    rules = behavior.fields(name)
    if rules is None:
        return default
    read = with_defaults(
        default,
        tuple(map(_read_policy, rules.items("policies"))),
        rules.choice("selectPolicy", ("Max", "Min", "Disabled"), None),
        rules.integer("stabilizationWindowSeconds", None, minimum=0, maximum=MOST_WINDOW_SECONDS),
    )
    rules.close(("tolerance",))
    return read


def _read_policy(policy: Fields) -> ScalingPolicy:
    kind = policy.choice("type", ("Pods", "Percent"), None)
    if kind is None:
        policy.fail("type", "is missing; write Pods or Percent")
    value = policy.required_integer("value", minimum=1)
    period = policy.required_integer("periodSeconds", minimum=1, maximum=MOST_POLICY_SECONDS)
    policy.close()
    return ScalingPolicy(kind, value, period)
