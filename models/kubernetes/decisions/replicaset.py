"""What the ReplicaSet controller decides: which pods count, how many to create, which to delete, what to report.

Source: pkg/controller/replicaset/{replica_set,replica_set_utils}.go, pkg/controller/controller_utils.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cmp_to_key
from typing import TypeVar

from attrs import Factory, frozen

from clusterproof.models.kubernetes.decisions.selectors import matches, matches_labels
from clusterproof.models.kubernetes.objects import Labels, LabelSelector

BURST_REPLICAS = 500
"""The most pods that one sync creates or deletes."""

_PHASE_ORDINAL = {"Pending": 0, "Unknown": 1, "Running": 2}
_NANOSECONDS = 1_000_000_000

_Pod = TypeVar("_Pod")


@frozen(kw_only=True)
class PodView:
    """A pod as the ReplicaSet controller sees it.

    node: empty or None when unbound. Times in seconds, None when unset. restarts: the highest count of an application
    container; sidecar_restarts likewise of a sidecar.
    """

    name: str
    node: str | None = None
    phase: str = "Pending"
    ready: bool = False
    deleting: bool = False
    labels: Labels = Factory(dict)
    ready_since_seconds: float | None = None
    created_seconds: float | None = None
    restarts: int = 0
    sidecar_restarts: int = 0
    deletion_cost: int = 0


@frozen(kw_only=True)
class ReplicaSetCounts:
    """The counters of a ReplicaSet's status."""

    replicas: int = 0
    fully_labeled_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0


# Which pods count


def is_pod_active(phase: str, deleting: bool) -> bool:
    """Whether a pod counts as a replica: not terminal, not being deleted. Source: controller_utils.go, IsPodActive."""
    return phase not in ("Succeeded", "Failed") and not deleting


def filter_active_pods(pods: Iterable[PodView]) -> tuple[PodView, ...]:
    """The pods that count as replicas. Source: controller_utils.go, FilterActivePods."""
    return tuple(pod for pod in pods if is_pod_active(pod.phase, pod.deleting))


def is_pod_terminating(phase: str, deleting: bool) -> bool:
    """Whether a pod is being deleted and not terminal yet. Source: controller_utils.go, IsPodTerminating."""
    return phase not in ("Succeeded", "Failed") and deleting


def is_claimed(selector: LabelSelector | None, labels: Labels, controlled: bool) -> bool:
    """Whether a pod is the ReplicaSet's: controlled by it and still selected. Source: FilterClaimedPods."""
    return controlled and matches(selector, labels)


def is_pod_available(ready: bool, ready_for_seconds: float | None, min_ready_seconds: int) -> bool:
    """Whether a pod has been ready for minReadySeconds. Source: pkg/api/v1/pod/util.go, IsPodAvailable."""
    if not ready or min_ready_seconds <= 0:
        return ready
    return ready_for_seconds is not None and ready_for_seconds >= min_ready_seconds


def next_pod_availability_check(ready: bool, ready_for_seconds: float | None, min_ready_seconds: int) -> float | None:
    """Seconds until a ready pod becomes available, None if it is, or is not on its way.

    Source: replica_set_utils.go, nextPodAvailabilityCheck
    """
    if not ready or min_ready_seconds <= 0 or ready_for_seconds is None:
        return None
    remaining = min_ready_seconds - ready_for_seconds
    return remaining if remaining > 0 else None


# How many


def manage_replicas(active: int, replicas: int) -> tuple[int, int]:
    """(pods to create, pods to delete) in one sync, at most 500. Source: replica_set.go, manageReplicas."""
    difference = active - replicas
    return min(max(-difference, 0), BURST_REPLICAS), min(max(difference, 0), BURST_REPLICAS)


def slow_start_batch(count: int, call: Callable[[], bool], initial_batch_size: int = 1) -> tuple[int, int]:
    """(calls, successes) of making count calls in batches of 1, 2, 4..., stopping after a batch with a failure.

    Source: replica_set.go, slowStartBatch
    """
    calls = successes = 0
    size = min(count, initial_batch_size)
    while size > 0:
        succeeded = sum(1 for _ in range(size) if call())
        calls += size
        successes += succeeded
        if succeeded < size:
            break
        size = min(2 * size, count - calls)
    return calls, successes


# Which are deleted


def pods_ranked_by_related_pods_on_same_node(pods: Iterable[PodView], related: Iterable[PodView]) -> tuple[int, ...]:
    """For each pod the number of active related pods on its node (of all ReplicaSets of the same Deployment).

    Source: replica_set.go, getPodsRankedByRelatedPodsOnSameNode
    """
    counts: dict[str, int] = {}
    for other in filter_active_pods(related):
        counts[other.node or ""] = counts.get(other.node or "", 0) + 1
    return tuple(counts.get(pod.node or "", 0) for pod in pods)


def compare_for_deletion(a: PodView, rank_a: int, b: PodView, rank_b: int, now_seconds: float | None = None) -> int:
    """Negative when a is deleted before b, positive when after, 0 when only their uids would decide.

    Ages are compared by the power of two of their nanoseconds (gate LogarithmicScaleDown, on since 1.22); pods in one
    power of two are ordered by uid alone. Without now_seconds ages are compared as they are.
    Source: controller_utils.go, ActivePodsWithRanks.Less
    """
    first = _state_key(a, rank_a)
    second = _state_key(b, rank_b)
    if first != second:
        return -1 if first < second else 1
    if a.ready and a.ready_since_seconds != b.ready_since_seconds:
        return _compare_ages(a.ready_since_seconds, b.ready_since_seconds, now_seconds)
    if a.restarts != b.restarts:
        return b.restarts - a.restarts
    if a.sidecar_restarts != b.sidecar_restarts:
        return b.sidecar_restarts - a.sidecar_restarts
    if a.created_seconds != b.created_seconds:
        return _compare_ages(a.created_seconds, b.created_seconds, now_seconds)
    return 0


def _state_key(pod: PodView, rank: int) -> tuple[bool, int, bool, int, int]:
    """Unassigned, Pending, Unknown, not ready, cheap and doubled-up pods go first."""
    return bool(pod.node), _PHASE_ORDINAL.get(pod.phase, 0), pod.ready, pod.deletion_cost, -rank


def _compare_ages(a_seconds: float | None, b_seconds: float | None, now_seconds: float | None) -> int:
    """The younger first, and one without time before all. Source: afterOrZero, logarithmicRankDiff."""
    if a_seconds is None or b_seconds is None:
        return -1 if a_seconds is None else 1
    if now_seconds is None:
        return -1 if a_seconds > b_seconds else 1
    return _age_bucket(now_seconds - a_seconds) - _age_bucket(now_seconds - b_seconds)


def _age_bucket(seconds: float) -> int:
    return int(math.log2(seconds * _NANOSECONDS)) if seconds > 0 else -1


def get_pods_to_delete(
    pods: Sequence[PodView], related: Iterable[PodView], count: int, now_seconds: float | None = None
) -> tuple[PodView, ...]:
    """The pods to delete when ties go to the pod that stands first. Source: replica_set.go, getPodsToDelete."""
    if count >= len(pods):
        return tuple(pods)

    def compare(a: tuple[PodView, int], b: tuple[PodView, int]) -> int:
        return compare_for_deletion(*a, *b, now_seconds)

    ranked = zip(pods, pods_ranked_by_related_pods_on_same_node(pods, related), strict=True)
    return tuple(pod for pod, _ in sorted(ranked, key=cmp_to_key(compare))[:count])


def pods_to_delete_candidates(
    pods: Sequence[PodView], related: Iterable[PodView], now_seconds: float | None = None
) -> tuple[PodView, ...]:
    """All pods that may be the first to be deleted: uids, which nobody chooses, decide among them.

    Deleting n pods is choosing one of the candidates n times; ranks are computed once, before the first, as upstream.
    Source: replica_set.go, getPodsToDelete
    """
    ranked = list(zip(pods, pods_ranked_by_related_pods_on_same_node(pods, related), strict=True))
    return tuple(
        pod
        for pod, rank in ranked
        if not any(compare_for_deletion(other, other_rank, pod, rank, now_seconds) < 0 for other, other_rank in ranked)
    )


# What is reported


def calculate_status(
    active: Iterable[PodView], template_labels: Labels, min_ready_seconds: int = 0, now_seconds: float = 0
) -> ReplicaSetCounts:
    """The counters of the status, from the active pods. Source: replica_set_utils.go, calculateStatus."""
    pods = tuple(active)
    return ReplicaSetCounts(
        replicas=len(pods),
        fully_labeled_replicas=sum(1 for pod in pods if matches_labels(template_labels, pod.labels)),
        ready_replicas=sum(1 for pod in pods if pod.ready),
        available_replicas=sum(
            1 for pod in pods if is_pod_available(pod.ready, _ready_for(pod, now_seconds), min_ready_seconds)
        ),
    )


def _ready_for(pod: PodView, now_seconds: float) -> float | None:
    return None if pod.ready_since_seconds is None else now_seconds - pod.ready_since_seconds


def replica_failure_reason(active: int, replicas: int) -> str:
    """Why the condition ReplicaFailure is set when creating or deleting failed. Source: calculateStatus."""
    if active < replicas:
        return "FailedCreate"
    return "FailedDelete" if active > replicas else ""


def find_min_next_pod_availability(
    checks: Mapping[_Pod, float | None],
) -> tuple[_Pod, float] | None:
    """The pod that becomes available next, and in how many seconds. Source: findMinNextPodAvailability."""
    pending = [(seconds, pod) for pod, seconds in checks.items() if seconds is not None]
    if not pending:
        return None
    seconds, pod = min(pending, key=lambda check: check[0])
    return pod, seconds
