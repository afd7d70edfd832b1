"""What a check takes for granted about HorizontalPodAutoscalers and the demand that they meet."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.autoscaler_scope import AutoscalerScope
from clusterproof.models.kubernetes.build_autoscalers import target_of
from clusterproof.models.kubernetes.decisions.hpa import calculate_pod_requests
from clusterproof.models.kubernetes.documents import name_of
from clusterproof.models.kubernetes.names import AutoscalerId, DeploymentId, ReplicaSetId, StatefulSetId
from clusterproof.models.kubernetes.objects import Manifests, PodSpec
from clusterproof.models.kubernetes.scope import ClusterScope


def autoscaling_assumptions(scope: ClusterScope, applied: Sequence[Manifests]) -> list[str]:
    """One line for each thing that an autoscaler of these manifests takes for granted."""
    lines: list[str] = []
    if scope.autoscalers:
        lines.append("metrics: the ready pods of a workload share its CPU demand evenly, and are measured at once")
    for a, autoscaler in scope.autoscalers.items():
        lines += _of(scope, a, autoscaler)
    manifests = {AutoscalerId(name_of(each)): each for m in applied for each in m.autoscalers}
    for a, manifest in manifests.items():
        if a not in scope.autoscalers:
            target = "/".join(target_of(manifest))
            lines.append(f"HorizontalPodAutoscaler/{a} ({manifest.source}): scales nothing, there is no {target}")
    return lines


def _of(scope: ClusterScope, a: AutoscalerId, autoscaler: AutoscalerScope) -> list[str]:
    manifest, target = autoscaler.manifest, "/".join(autoscaler.target)
    who = f"HorizontalPodAutoscaler/{a} ({manifest.source})"
    if autoscaler.ambiguous:
        return [f"{who}: scales nothing, for another one scales {target}, too"]
    lines = [f"{who}: its metric {name} is taken to ask for no pod" for name in manifest.other_metrics]
    asks = any(metric.average_utilization is not None for metric in manifest.metrics)
    if asks and calculate_pod_requests(_spec(scope, autoscaler)) is None:
        lines.append(f"{who}: nobody knows its utilization, for a container of {target} requests no cpu")
    levels = ", ".join(f"{level}m" for level in autoscaler.demands)
    later = f", and may become {levels}" if levels else " all the time"
    if manifest.metrics and (autoscaler.demand or levels):
        lines.append(f"{who}: the CPU demand of {target} is {autoscaler.demand}m{later}")
    if autoscaler.long_periods:
        lines.append(f"{who}: a change counts in a policy's period until the last one is that old")
    return lines


def _spec(scope: ClusterScope, autoscaler: AutoscalerScope) -> PodSpec:
    kind, name = autoscaler.target
    if kind == "Deployment":
        return scope.deployments[DeploymentId(name)][0].template.spec
    if kind == "StatefulSet":
        return scope.stateful_sets[StatefulSetId(name)].manifests[0].template.spec
    return scope.replica_sets[ReplicaSetId(name)].template.spec
