"""What the disruption controller writes into a PodDisruptionBudget's status.

Source: pkg/controller/disruption/disruption.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import Factory, frozen

from clusterproof.models.kubernetes.decisions.percent import get_scaled_value_from_int_or_percent
from clusterproof.models.kubernetes.objects import IntOrPercent

DELETION_TIMEOUT_SECONDS = 120
"""How long an evicted pod that has not gone yet counts as gone."""

_KIND_GROUPS = {
    "ReplicaSet": ("apps", "extensions"),
    "Deployment": ("apps", "extensions"),
    "ReplicationController": ("",),
    "StatefulSet": ("apps",),
}


@frozen(kw_only=True)
class CoveredPod:
    """A pod that a budget selects.

    controller: identifies what sets its number (a Deployment rather than its ReplicaSet), None when unmanaged.
    """

    name: str
    ready: bool = False
    deleting: bool = False
    controller: str | None = None


@frozen(kw_only=True)
class BudgetStatus:
    """The counters of a budget's status, and which pods evictions have been granted for (name -> when, seconds)."""

    disruptions_allowed: int
    current_healthy: int
    desired_healthy: int
    expected_pods: int
    disrupted_pods: Mapping[str, float] = Factory(dict)


class NoScaleError(LookupError):
    """A covered pod's controller has no scale subresource, so that nobody can say how many pods are expected."""


def controller_has_scale(kind: str, api_version: str) -> bool:
    """Whether this kind of controller's replicas are known without asking its scale subresource.

    Source: disruption.go, verifyGroupKind and the finders
    """
    group = api_version.rpartition("/")[0]
    return group in _KIND_GROUPS.get(kind, ())


def scale_of_pod_controller(
    owner: tuple[str, str], owner_replicas: int, grand_owner: tuple[str, str] | None = None, grand_replicas: int = 0
) -> int | None:
    """The replicas of what controls a pod: of the Deployment that owns its ReplicaSet, else of the controller itself.

    owner and grand_owner are (kind, apiVersion). None when neither is a kind that has replicas.
    Source: disruption.go, getPodDeployment, getPodReplicaSet, getPodReplicationController, getPodStatefulSet
    """
    if not controller_has_scale(*owner):
        return None
    if owner[0] != "ReplicaSet" or grand_owner is None:
        return owner_replicas
    return grand_replicas if grand_owner[0] == "Deployment" and controller_has_scale(*grand_owner) else None


def get_expected_scale(pods: Iterable[CoveredPod], scales: Mapping[str, int]) -> int:
    """The pods that the distinct controllers of the covered pods want together; unmanaged pods count nothing.

    Source: disruption.go, getExpectedScale

    Raises NoScaleError when a controller is not among the scales.
    """
    controllers = {pod.controller for pod in pods if pod.controller is not None}
    unknown = controllers - scales.keys()
    if unknown:
        raise NoScaleError(f"{min(unknown)} has no scale subresource: a percentage or maxUnavailable needs one")
    return sum(scales[controller] for controller in controllers)


def get_expected_pod_count(
    min_available: IntOrPercent | None, max_unavailable: IntOrPercent | None, pod_count: int, expected_scale: int
) -> tuple[int, int]:
    """(expected pods, desired healthy). Percentages round up, of maxUnavailable too.

    An integer minAvailable expects the pods that there are; everything else expects what their controllers want.
    Source: disruption.go, getExpectedPodCount
    """
    if max_unavailable is not None:
        unavailable = get_scaled_value_from_int_or_percent(max_unavailable, expected_scale, round_up=True)
        return expected_scale, max(0, expected_scale - unavailable)
    if isinstance(min_available, str):
        return expected_scale, get_scaled_value_from_int_or_percent(min_available, expected_scale, round_up=True)
    if min_available is not None:
        return pod_count, min_available
    return 0, 0


def build_disrupted_pod_map(
    pods: Iterable[CoveredPod], disrupted_pods: Mapping[str, float], now_seconds: float
) -> dict[str, float]:
    """The granted evictions that are still awaited: not of pods that are gone, going, or overdue by two minutes.

    Source: disruption.go, buildDisruptedPodMap
    """
    return {
        pod.name: disrupted_pods[pod.name]
        for pod in pods
        if not pod.deleting
        and pod.name in disrupted_pods
        and disrupted_pods[pod.name] + DELETION_TIMEOUT_SECONDS >= now_seconds
    }


def count_healthy_pods(pods: Iterable[CoveredPod], disrupted_pods: Mapping[str, float], now_seconds: float) -> int:
    """The pods that are ready, not being deleted, and not about to be. Source: disruption.go, countHealthyPods."""
    return sum(
        1
        for pod in pods
        if pod.ready
        and not pod.deleting
        and not (pod.name in disrupted_pods and disrupted_pods[pod.name] + DELETION_TIMEOUT_SECONDS > now_seconds)
    )


def disruptions_allowed(expected_pods: int, current_healthy: int, desired_healthy: int) -> int:
    """How many more pods may be evicted. Source: disruption.go, updatePdbStatus."""
    return max(0, current_healthy - desired_healthy) if expected_pods > 0 else 0


def sync_pdb(
    min_available: IntOrPercent | None,
    max_unavailable: IntOrPercent | None,
    pods: Iterable[CoveredPod],
    scales: Mapping[str, int],
    disrupted_pods: Mapping[str, float],
    now_seconds: float = 0,
) -> BudgetStatus:
    """The status that a sync writes for the pods that the budget selects.

    Source: disruption.go, trySync

    Raises NoScaleError or ValueError where upstream's sync fails; the controller then only sets disruptionsAllowed
    to 0 (failSafe).
    """
    covered = tuple(pods)
    by_scale = max_unavailable is not None or isinstance(min_available, str)
    scale = get_expected_scale(covered, scales) if by_scale else 0
    expected, desired = get_expected_pod_count(min_available, max_unavailable, len(covered), scale)
    awaited = build_disrupted_pod_map(covered, disrupted_pods, now_seconds)
    healthy = count_healthy_pods(covered, awaited, now_seconds)
    return BudgetStatus(
        disruptions_allowed=disruptions_allowed(expected, healthy, desired),
        current_healthy=healthy,
        desired_healthy=desired,
        expected_pods=expected,
        disrupted_pods=awaited,
    )
