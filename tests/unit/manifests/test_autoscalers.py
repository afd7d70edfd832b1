"""HorizontalPodAutoscalers: defaults, and what is refused."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.autoscaling_objects import CpuMetric
from clusterproof.models.kubernetes.decisions.hpa_behavior import DEFAULT_SCALE_UP, ScalingPolicy

TARGET = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}"


def autoscaler(spec: str = "maxReplicas: 3", version: str = "v2") -> str:
    """Return an autoscaler of Deployment/web with further fields (flow YAML)."""
    kind = f"apiVersion: autoscaling/{version}, kind: HorizontalPodAutoscaler"
    return f"{{{kind}, metadata: {{name: web}}, spec: {{{TARGET}, {spec}}}}}\n"


def metric(target: str, kind: str = "Resource", resource: str = "cpu") -> str:
    """Return the spec of an autoscaler with one metric."""
    return f"maxReplicas: 3, metrics: [{{type: {kind}, resource: {{name: {resource}, target: {{{target}}}}}}}]"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_it_has_the_documented_defaults(load, version):
    """At least one replica, at 80 percent of the requested CPU, with the rules of old.

    Source: pkg/apis/autoscaling/v2/defaults.go (SetDefaults_HorizontalPodAutoscaler)
    """
    (read,) = load(autoscaler(version=version)).autoscalers

    assert (read.target_kind, read.target_name, read.min_replicas, read.max_replicas) == ("Deployment", "web", 1, 3)
    assert (read.metrics, read.other_metrics, read.behavior) == ((CpuMetric(average_utilization=80),), (), None)


def test_what_it_says_is_read(load):
    """Targets of both kinds, and a behavior whose other direction gets its defaults."""
    (read,) = load(autoscaler(metric("type: AverageValue, averageValue: 1500m") + ", minReplicas: 2")).autoscalers
    assert (read.min_replicas, read.metrics) == (2, (CpuMetric(average_value=1500),))

    (read,) = load(autoscaler("maxReplicas: 3, targetCPUUtilizationPercentage: 60", "v1")).autoscalers
    assert read.metrics == (CpuMetric(average_utilization=60),)

    policy = "{type: Percent, value: 10, periodSeconds: 60}"
    down = f"scaleDown: {{selectPolicy: Min, stabilizationWindowSeconds: 0, policies: [{policy}]}}"
    (read,) = load(autoscaler(f"maxReplicas: 3, behavior: {{{down}}}")).autoscalers
    assert read.behavior.up == DEFAULT_SCALE_UP
    assert read.behavior.down.policies == (ScalingPolicy("Percent", 10, 60),)
    assert (read.behavior.down.select_policy, read.behavior.down.stabilization_window_seconds) == ("Min", 0)


def test_other_metrics_are_named(load):
    """Metrics of memory, of objects and of other systems are known by name alone."""
    object_metric = "{type: Object, object: {describedObject: {kind: Ingress}}}"
    memory = "{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}"
    (read,) = load(autoscaler(f"maxReplicas: 3, metrics: [{object_metric}, {memory}]")).autoscalers

    assert (read.metrics, read.other_metrics) == ((), ("Object", "memory"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("minReplicas: 1", "spec.maxReplicas: is missing"),
        ("maxReplicas: 2, minReplicas: 3", "spec.maxReplicas: is 2, below minReplicas (3); write at least 3"),
        ("maxReplicas: 2, minReplicas: 0", "spec.minReplicas: is 0; write a number at least 1"),
        ("maxReplicas: 999, minReplicas: 400", "spec.minReplicas: is 400, and at most 250 can be checked"),
        ("maxReplicas: 2, replicas: 1", "spec.replicas: Kubernetes has no such field here"),
        (metric("type: Utilization"), "target.averageUtilization: write one of averageUtilization and averageValue"),
        (metric("type: AverageValue, averageValue: 0"), 'target.averageValue: is "0"; write a positive amount'),
        (metric("type: AverageValue, averageValue: [1]"), "target.averageValue: must be a quantity, not a list"),
        (metric("type: AverageValue, averageValue: 1x"), 'target.averageValue: "1x" has the unknown suffix x'),
        (metric("type: Utilisation, averageUtilization: 1"), "target.type: "),
        ("maxReplicas: 2, metrics: [{resource: {name: cpu}}]", "spec.metrics[0].type: is missing; write one of"),
        ("maxReplicas: 2, metrics: [{type: Resource}]", "spec.metrics[0].resource: is missing"),
        (
            "maxReplicas: 2, behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 1}]}}",
            "spec.behavior.scaleUp.policies[0].value: is 0; write a number at least 1",
        ),
        (
            "maxReplicas: 2, behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}",
            "stabilizationWindowSeconds: is 3601; write a number between 0 and 3600",
        ),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(refusal, spec, message):
    """One line with the field and what to write."""
    assert message in refusal(autoscaler(spec))


def test_versions_that_are_gone_are_refused(refusal):
    """autoscaling/v2beta2 went with 1.26."""
    assert "was removed in Kubernetes 1.26; write apiVersion: autoscaling/v2" in refusal(autoscaler(version="v2beta2"))
