"""Rows of the HorizontalPodAutoscaler's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from clusterproof.models.kubernetes.decisions import hpa_behavior, hpa_replicas
from clusterproof.models.kubernetes.decisions.hpa_behavior import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Recommendation,
    ScaleEvent,
    ScalingPolicy,
    ScalingRules,
)
from clusterproof.models.kubernetes.decisions.hpa_replicas import (
    NoMetricsError,
    PodMetric,
    PodMetricTarget,
    Proposal,
    ScaledPod,
)

from .conversion import Adapter, Expect, Given, seconds

CPU_INITIALIZATION_SECONDS, INITIAL_READINESS_SECONDS = 120, 10
"""What upstream's tests set instead of the defaults."""

NOW, LONG_AGO, WINDOW_SECONDS = 0.0, -360.0, 60.0
CONTAINERS = ("container1", "container2")


# ---------------------------------------------------------------- limits


def rules(given: Mapping[str, Any] | None, default: ScalingRules) -> ScalingRules:
    if given is None:
        return default
    return hpa_behavior.with_defaults(
        default,
        [ScalingPolicy(p["type"], p["value"], p["periodSeconds"]) for p in given.get("policies") or ()],
        given.get("selectPolicy"),
        given.get("stabilizationWindowSeconds"),
    )


def events(given: Iterable[Mapping[str, Any]] | None) -> list[ScaleEvent]:
    return [ScaleEvent(each["replicaChange"], each["secondsAgo"]) for each in given or ()]


def with_behavior_rate(given: Given, _: Expect) -> object:
    found = hpa_behavior.convert_desired_replicas_with_behavior_rate(
        given.get("currentReplicas", 0),
        given.get("prenormalizedDesiredReplicas", 0),
        given.get("specMinReplicas", 0),
        given.get("specMaxReplicas", 0),
        up=rules(given.get("scaleUpRules"), DEFAULT_SCALE_UP),
        down=rules(given.get("scaleDownRules"), DEFAULT_SCALE_DOWN),
        ups=events(given.get("scaleUpEvents")),
        downs=events(given.get("scaleDownEvents")),
    )
    return {"expectedCondition": found.reason, "expectedReplicas": found.replicas}


def with_rules(given: Given, expect: Expect) -> object:
    """The desired replicas, which go in, stand among what the row expects."""
    desired = expect["expectedDesiredReplicas"]
    found = hpa_behavior.convert_desired_replicas_with_rules(
        given.get("currentReplicas", 0), desired, given.get("hpaMinReplicas", 0), given.get("hpaMaxReplicas", 0)
    )
    return {
        "expectedCondition": found.reason,
        "expectedConvertedDesiredReplicas": found.replicas,
        "expectedDesiredReplicas": desired,
    }


def recommendations(given: Given) -> list[Recommendation]:
    return [Recommendation(replicas, -(seconds(at, NOW) or 0)) for replicas, at in given.get("recommendations") or ()]


def stabilize(given: Given, _: Expect) -> object:
    found, kept = hpa_behavior.stabilize_recommendation(given["prenormalizedDesiredReplicas"], recommendations(given))
    return {"expectedLogLength": len(kept), "expectedStabilizedReplicas": found}


def stabilize_with_behaviors(given: Given, expect: Expect) -> object:
    """The times of the recommendations are not compared; an empty list means that the row does not look at them."""
    found, kept = hpa_behavior.stabilize_recommendation_with_behaviors(
        given["currentReplicas"],
        given["prenormalizedDesiredReplicas"],
        recommendations(given),
        given.get("scaleUpStabilizationWindowSeconds", 0),
        given.get("scaleDownStabilizationWindowSeconds", 0),
    )
    listed = [[each.replicas, "now"] for each in kept] if expect["expectedRecommendations"] else []
    return {"expectedRecommendations": listed, "expectedStabilizedReplicas": found}


# ---------------------------------------------------------------- replicas


def scaled_pod(given: Mapping[str, Any]) -> ScaledPod:
    """A pod in API shape."""
    status = given.get("status") or {}
    condition = next((each for each in status.get("conditions") or () if each["type"] == "Ready"), None)
    return ScaledPod(
        name=given["metadata"]["name"],
        phase=status.get("phase", ""),
        deleting=bool(given["metadata"].get("deletionTimestamp")),
        ready=None if condition is None else condition["status"] != "False",
        ready_changed_at=None if condition is None else seconds(condition.get("lastTransitionTime"), NOW),
        started_at=seconds(status.get("startTime"), NOW),
    )


def group_pods(given: Given, _: Expect) -> object:
    """The names of the metrics are Go constants of the same names, in quotes."""
    metrics = {
        name.strip('"'): PodMetric(
            value=row["value"], at=seconds(row.get("timestamp"), NOW), window_seconds=row.get("window", 0)
        )
        for name, row in given["metrics"].items()
    }
    found = hpa_replicas.group_pods(
        [scaled_pod(row) for row in given["pods"]],
        metrics,
        cpu=given.get("resource") == "cpu",
        now=NOW,
        cpu_initialization_seconds=CPU_INITIALIZATION_SECONDS,
        initial_readiness_seconds=INITIAL_READINESS_SECONDS,
    )
    return {
        "expectReadyPodCount": found.ready,
        "expectUnreadyPods": sorted(found.unready),
        "expectMissingPods": sorted(found.missing),
        "expectIgnoredPods": sorted(found.ignored),
    }


def fixture_pods(given: Given) -> list[ScaledPod]:
    """As many pods as replicas, or as phases are listed; they are ready since they started, long ago or just now."""
    count = max(given["currentReplicas"], len(given.get("podPhase") or ()))

    def listed(name: str, number: int, default: Any) -> Any:
        values = given.get(name) or ()
        return values[number] if number < len(values) else default

    found = []
    for number in range(count):
        hot = str(listed("podStartTime", number, "cool")).startswith("hot")
        found.append(
            ScaledPod(
                name=f"pod-{number}",
                phase=listed("podPhase", number, "Running"),
                deleting=bool(listed("podDeletionTimestamp", number, False)),
                ready=listed("podReadiness", number, "True") == "True",
                ready_changed_at=NOW if hot else LONG_AGO,
                started_at=NOW if hot else LONG_AGO,
            )
        )
    return found


def milli(quantity: str) -> int:
    """A plain quantity in thousandths."""
    return int(Decimal(quantity) * 1000)


def resource_replicas(given: Given, pods: list[ScaledPod]) -> Proposal:
    """Levels and requests are per container: of the one that is named, or of both together."""
    resource = given["resource"]
    named = given.get("container")
    wanted = [CONTAINERS.index(named)] if named else list(range(len(CONTAINERS)))
    metrics: dict[str, PodMetric] = {}
    for number, levels in enumerate(resource["levels"]):
        name = ((resource.get("podNames") or {}) and resource["podNames"][number]) or f"pod-{number}"
        if named and wanted[0] >= len(levels):
            raise NoMetricsError(f"{name} has no metric of {named}")
        values = [levels[each] for each in wanted if each < len(levels)]
        metrics[name] = PodMetric(value=sum(values), at=NOW, window_seconds=WINDOW_SECONDS)
    requests = {
        pod.name: milli(request) * len(wanted) for pod, request in zip(pods, resource["requests"], strict=False)
    }
    grouped = grouped_pods(pods, metrics, cpu=resource["name"] == "cpu")
    target = PodMetricTarget(utilization=resource["targetUtilization"], requests=requests)
    return hpa_replicas.get_resource_replicas(given["currentReplicas"], metrics, grouped, target, given["tolerance"])


def grouped_pods(pods: list[ScaledPod], metrics: Mapping[str, PodMetric], *, cpu: bool) -> hpa_replicas.GroupedPods:
    return hpa_replicas.group_pods(
        pods,
        metrics,
        cpu=cpu,
        now=NOW,
        cpu_initialization_seconds=CPU_INITIALIZATION_SECONDS,
        initial_readiness_seconds=INITIAL_READINESS_SECONDS,
    )


def metric_replicas(given: Given, pods: list[ScaledPod]) -> Proposal:
    metric, current, tolerance = given["metric"], given["currentReplicas"], given["tolerance"]
    if metric.get("perPodTargetUsage"):
        usage = sum(metric["levels"])
        return hpa_replicas.get_object_per_pod_metric_replicas(current, usage, metric["perPodTargetUsage"], tolerance)
    if metric.get("singleObject") or str(metric.get("metricType", "")).startswith(("External", "Object")):
        ready = sum(pod.phase == "Running" and bool(pod.ready) for pod in pods)
        usage = sum(metric["levels"])
        return hpa_replicas.get_object_metric_replicas(current, usage, metric["targetUsage"], ready, tolerance)
    metrics = {f"pod-{number}": PodMetric(value=level) for number, level in enumerate(metric["levels"])}
    target = PodMetricTarget(usage=metric["targetUsage"])
    return hpa_replicas.get_resource_replicas(
        current, metrics, grouped_pods(pods, metrics, cpu=False), target, tolerance
    )


def replica_calculator(given: Given, expect: Expect) -> object:
    pods = fixture_pods(given)
    try:
        found = resource_replicas(given, pods) if "resource" in given else metric_replicas(given, pods)
    except NoMetricsError:
        return {"error": True}
    answer = {
        "replicas": found.replicas,
        "expectedUsage": found.usage,
        "expectedValue": found.usage,
        "expectedUtilization": found.utilization,
    }
    return {name: answer.get(name) for name in expect}


ADAPTERS: dict[str, Adapter] = {
    "convertDesiredReplicasWithBehaviorRate": with_behavior_rate,
    "convertDesiredReplicasWithRules": with_rules,
    "groupPods": group_pods,
    "replicaCalculator": replica_calculator,
    "stabilizeRecommendation": stabilize,
    "stabilizeRecommendationWithBehaviors": stabilize_with_behaviors,
}
