"""What the Job controller decides about a Job and its pods: which failed, how many should run, which go first.

What one sync does with that is in `job_sync`. Source: pkg/controller/job/job_controller.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cmp_to_key

from attrs import frozen

from clusterproof.models.kubernetes.decisions.job_indexes import Intervals
from clusterproof.models.kubernetes.decisions.replicaset import PodView, compare_for_deletion


@frozen(kw_only=True)
class JobPod:
    """A pod of a Job. index: its completion index, None without one. restarts: of all its containers together."""

    name: str = ""
    phase: str = "Running"
    index: int | None = None
    deleting: bool = False
    ready: bool = False
    restarts: int = 0
    node: str = ""


@frozen(kw_only=True)
class JobView:
    """A Job's spec, and what its status says.

    completions: None for a work queue. seconds_active: since status.startTime. only_replace_failed: whether
    podReplacementPolicy is Failed. succeeded, failed: as counted before. wait_seconds: what is left of the back-off.
    """

    parallelism: int = 1
    completions: int | None = 1
    indexed: bool = False
    backoff_limit: int = 6
    restart_policy: str = "Never"
    active_deadline_seconds: int | None = None
    seconds_active: float | None = None
    suspend: bool = False
    deleting: bool = False
    only_replace_failed: bool = False
    succeeded: int = 0
    failed: int = 0
    completed_indexes: str = ""
    failed_indexes: Intervals = ()
    wait_seconds: float = 0


# What counts


def is_job_finished(conditions: Iterable[tuple[str, str]]) -> bool:
    """Whether a condition (type, status) says that the Job is over. Source: pkg/controller/job/utils.go."""
    return any(kind in ("Complete", "Failed") and status == "True" for kind, status in conditions)


def is_pod_failed(pod: JobPod, *, only_replace_failed: bool) -> bool:
    """Whether a pod counts as failed: one on its way out does, unless only failed pods are replaced.

    Source: isPodFailed
    """
    if pod.phase == "Failed":
        return True
    return not only_replace_failed and pod.deleting and pod.phase != "Succeeded"


def past_active_deadline(job: JobView) -> bool:
    """Whether the Job has been active for longer than it may. Source: pastActiveDeadline."""
    if job.active_deadline_seconds is None or job.seconds_active is None or job.suspend:
        return False
    return job.seconds_active >= job.active_deadline_seconds


def has_valid_index(job: JobView, pod: JobPod) -> bool:
    """Whether an indexed Job knows the index of a pod; others count every pod. Source: getValidPodsWithFilter."""
    return not job.indexed or (pod.index is not None and pod.index < (job.completions or 0))


# How many, and which


def wanted_active(job: JobView, active: int, succeeded: int) -> int:
    """How many pods should run: of a work queue no new ones after the first success. Source: manageJob."""
    if job.completions is None:
        return active if succeeded > 0 else job.parallelism
    return max(0, min(job.completions - succeeded, job.parallelism))


def active_pods_for_removal(job: JobView, pods: Sequence[JobPod], at_least: int) -> list[JobPod]:
    """The active pods to delete: without index or with a double one first, then those that are least far.

    Source: activePodsForRemoval, appendDuplicatedIndexPodsForRemoval
    """
    ranked = sorted(pods, key=cmp_to_key(_compare))
    surplus: list[JobPod] = []
    if job.indexed:
        keepers = {pod.index: pod for pod in ranked}  # the last of an index is furthest
        end = job.completions or 0
        surplus = [pod for pod in ranked if pod.index is None or pod.index >= end or keepers[pod.index] is not pod]
    left = [pod for pod in ranked if pod not in surplus]
    return surplus + left[: max(0, at_least - len(surplus))]


def ranks_equal(a: JobPod, b: JobPod) -> bool:
    """Whether only what nobody chooses, such as their ages, decides which of two pods is deleted first."""
    return _compare(a, b) == 0


def _compare(a: JobPod, b: JobPod) -> int:
    return compare_for_deletion(_ranked(a), 0, _ranked(b), 0)


def _ranked(pod: JobPod) -> PodView:
    return PodView(name=pod.name, node=pod.node, phase=pod.phase, ready=pod.ready, restarts=pod.restarts)
