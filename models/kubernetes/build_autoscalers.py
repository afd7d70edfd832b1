"""HorizontalPodAutoscalers of a scope: what they scale, how far, and the demand of CPU that they meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from clusterproof import Map, Timer
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.autoscaler_scope import AutoscalerScope
from clusterproof.models.kubernetes.autoscaler_state import (
    AutoscalerMemory,
    CpuDemand,
    HorizontalPodAutoscaler,
    Period,
    RecentChange,
    Size,
)
from clusterproof.models.kubernetes.autoscaling_objects import CpuMetric
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler as Manifest
from clusterproof.models.kubernetes.decisions.hpa import calculate_pod_requests
from clusterproof.models.kubernetes.documents import name_of
from clusterproof.models.kubernetes.names import AutoscalerId
from clusterproof.models.kubernetes.scope import qualified

Workload = objects.Deployment | objects.StatefulSet | objects.ReplicaSet
Target = tuple[str, str]
"""The kind and the name of a workload."""

NOTHING_ASKED: Mapping[Target, tuple[int, ...]] = {}


def build_autoscalers(
    applied: Sequence[objects.Manifests],
    demands: Mapping[Target, tuple[int, ...]] = NOTHING_ASKED,
    sizes: Mapping[Target, tuple[int, ...]] = NOTHING_ASKED,
) -> dict[AutoscalerId, AutoscalerScope]:
    """The autoscalers whose target the manifests have, each in its last version.

    demands: what the CPU demand of a workload may become, in millicores. sizes: what the user may scale it to.
    """
    workloads = _workloads(applied)
    manifests = {AutoscalerId(name_of(each)): each for m in applied for each in m.autoscalers}
    rivals = Counter(map(target_of, manifests.values()))
    return {
        a: _autoscaler(manifest, workloads[target], demands.get(target, ()), sizes.get(target, ()), rivals[target] > 1)
        for a, manifest in manifests.items()
        if (target := target_of(manifest)) in workloads
    }


def target_of(manifest: Manifest) -> Target:
    """What an autoscaler scales: its kind, and its name in the scope."""
    return manifest.target_kind, qualified(manifest.metadata.namespace, manifest.target_name)


def _workloads(applied: Sequence[objects.Manifests]) -> dict[Target, list[Workload]]:
    """By kind and name the versions of every workload that has a scale subresource."""
    found: dict[Target, list[Workload]] = {}
    for manifests in applied:
        by_kind: dict[str, Sequence[Workload]] = {
            "Deployment": manifests.deployments,
            "StatefulSet": manifests.stateful_sets,
            "ReplicaSet": manifests.replica_sets,
        }
        for kind, workloads in by_kind.items():
            for workload in workloads:
                found.setdefault((kind, name_of(workload)), []).append(workload)
    return found


def _autoscaler(
    manifest: Manifest, versions: Sequence[Workload], demands: tuple[int, ...], sizes: tuple[int, ...], ambiguous: bool
) -> AutoscalerScope:
    requested = calculate_pod_requests(versions[0].template.spec)
    per_pod = min(filter(None, (_per_pod(metric, requested) for metric in manifest.metrics)), default=Fraction(0))
    start = min(max(versions[0].replicas, manifest.min_replicas), manifest.max_replicas)
    demand = math.floor(start * per_pod)
    asked = [math.ceil(level / per_pod) for level in (demand, *demands)] if per_pod else []
    wanted = min(max(asked, default=0), manifest.max_replicas)
    return AutoscalerScope(
        manifest=manifest,
        target=target_of(manifest),
        demand=demand,
        demands=demands,
        most=max(wanted, manifest.min_replicas, *sizes, *(version.replicas for version in versions)),
        ambiguous=ambiguous,
    )


def _per_pod(metric: CpuMetric, requested: int | None) -> Fraction | None:
    """How much CPU time a metric wants a pod to use, in millicores; None where that cannot be told."""
    if metric.average_utilization is None:
        return Fraction(metric.average_value or 0)
    return None if not requested else Fraction(metric.average_utilization * requested, 100)


def largest_sizes(autoscalers: Iterable[AutoscalerScope]) -> dict[Target, int]:
    """How large each workload may become by its autoscaler."""
    found: dict[Target, int] = {}
    for autoscaler in autoscalers:
        found[autoscaler.target] = max(found.get(autoscaler.target, 0), autoscaler.most)
    return found


# ---------------------------------------------------------------- the state they begin in


def first_memory(scope: AutoscalerScope) -> AutoscalerMemory:
    """What the controller remembers before its first round; only what can ever be remembered has a place."""
    sizes = [Size(size) for size in range(1, scope.most + 1)]
    return AutoscalerMemory(
        keeps_up=Map(dict.fromkeys(sizes if scope.scale_down_window_seconds else (), Timer())),
        keeps_down=Map(dict.fromkeys(sizes if scope.scale_up_window_seconds else (), Timer())),
        changes=Map(dict.fromkeys(map(Period, scope.long_periods), RecentChange())),
    )


def first_states(
    scopes: Mapping[AutoscalerId, AutoscalerScope],
) -> tuple[
    Map[AutoscalerId, HorizontalPodAutoscaler], Map[AutoscalerId, AutoscalerMemory], Map[AutoscalerId, CpuDemand]
]:
    """The autoscalers before anything is applied, what is remembered of them, and the demand they will meet."""
    return (
        Map({a: HorizontalPodAutoscaler() for a in scopes}),
        Map({a: first_memory(scope) for a, scope in scopes.items()}),
        Map({a: CpuDemand(millicores=scope.demand) for a, scope in scopes.items()}),
    )
