"""HorizontalPodAutoscalers, as autoscaling/v2 has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, typed
from clusterproof.models.kubernetes.api_objects.quantities import quantity
from clusterproof.models.kubernetes.autoscaler_state import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.autoscaling_objects import CpuMetric, ScalingBehavior
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler as Manifest
from clusterproof.models.kubernetes.decisions.hpa_behavior import ScalingRules
from clusterproof.models.kubernetes.names import AutoscalerId


def horizontal_pod_autoscalers(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every HorizontalPodAutoscaler."""
    for a, autoscaler in instant.cluster.autoscalers.items():
        if autoscaler.exists:
            yield _autoscaler(instant, a, autoscaler)


def _autoscaler(instant: Instant, a: AutoscalerId, autoscaler: HorizontalPodAutoscaler) -> dict[str, Any]:
    manifest = instant.cluster.scope.autoscalers[a].manifest
    return typed(
        "HorizontalPodAutoscaler",
        metadata=metadata_of_manifest(
            instant, "HorizontalPodAutoscaler", manifest.metadata, lambda c: c.autoscalers[a].exists
        ),
        spec=_spec(manifest),
        status={
            **given(currentMetrics=_current(manifest, autoscaler)),
            "currentReplicas": autoscaler.current_replicas,
            "desiredReplicas": autoscaler.desired_replicas,
        },
    )


def _spec(manifest: Manifest) -> dict[str, Any]:
    target = {"apiVersion": manifest.target_api_version, "kind": manifest.target_kind, "name": manifest.target_name}
    return given(
        scaleTargetRef=given(**target),
        minReplicas=manifest.min_replicas,
        maxReplicas=manifest.max_replicas,
        metrics=[_resource(target=_target(metric)) for metric in manifest.metrics],
        behavior=None if manifest.behavior is None else _behavior(manifest.behavior),
    )


def _resource(**fields: Any) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", **fields}}


def _target(metric: CpuMetric) -> dict[str, Any]:
    if metric.average_utilization is not None:
        return {"type": "Utilization", "averageUtilization": metric.average_utilization}
    return {"type": "AverageValue", "averageValue": quantity("cpu", metric.average_value or 0)}


def _current(manifest: Manifest, autoscaler: HorizontalPodAutoscaler) -> list[dict[str, Any]]:
    """The first metric, once something was measured; the others are as old as it is, and are left out."""
    if autoscaler.current is None:
        return []
    if manifest.metrics[0].average_utilization is not None:
        return [_resource(current={"averageUtilization": autoscaler.current})]
    return [_resource(current={"averageValue": quantity("cpu", autoscaler.current)})]


def _behavior(behavior: ScalingBehavior) -> dict[str, Any]:
    return {"scaleUp": _rules(behavior.up), "scaleDown": _rules(behavior.down)}


def _rules(rules: ScalingRules) -> dict[str, Any]:
    policies = [{"type": p.type, "value": p.value, "periodSeconds": p.period_seconds} for p in rules.policies]
    return given(
        stabilizationWindowSeconds=rules.stabilization_window_seconds,
        selectPolicy=rules.select_policy,
        policies=policies,
    )
