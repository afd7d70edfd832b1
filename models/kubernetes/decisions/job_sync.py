"""One sync of the Job controller: what is deleted or created, what counts from now on, whether the Job is over.

From Kubernetes 1.31 on the conditions Complete and Failed are announced by SuccessCriteriaMet and FailureTarget, and
set once no pod is left; here they are what the Job comes to.
Source: pkg/controller/job/job_controller.go (syncJob, manageJob, trackJobStatusAndRemoveFinalizers)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, frozen

from clusterproof.models.kubernetes.decisions.job import (
    JobPod,
    JobView,
    active_pods_for_removal,
    has_valid_index,
    is_pod_failed,
    past_active_deadline,
    wanted_active,
)
from clusterproof.models.kubernetes.decisions.job_failures import past_backoff_limit_on_failure
from clusterproof.models.kubernetes.decisions.job_indexes import (
    Intervals,
    calculate_succeeded_indexes,
    first_pending_indexes,
    indexes_text,
    total,
)
from clusterproof.models.kubernetes.decisions.replicaset import slow_start_batch

MOST_PODS_PER_SYNC = 500
"""Source: MaxPodCreateDeletePerSync."""


@frozen(kw_only=True)
class JobSync:
    """What one sync does, and the status that it writes.

    creations: pods asked for; created_indexes: theirs, of an indexed Job. deletions: pods that were deleted.
    finalizers_removed: pods whose end is counted from now on, or that are let go. condition, reason: what was added.
    """

    active: int = 0
    ready: int = 0
    terminating: int = 0
    succeeded: int = 0
    failed: int = 0
    creations: int = 0
    created_indexes: tuple[int, ...] = ()
    deletions: int = 0
    finalizers_removed: int = 0
    completed_indexes: str = ""
    condition: str = ""
    reason: str = ""


Request = Callable[[str], bool]
"""Asks the API server to create, patch or delete a pod; tells whether that succeeded."""


# What one sync sees


@frozen(kw_only=True)
class JobCounts:
    """What the pods of a Job come to. succeeded, failed: with what was counted before. completed: of indexes."""

    active: tuple[JobPod, ...] = ()
    terminating: int = 0
    succeeded: int = 0
    failed: int = 0
    completed: Intervals = ()


def count_pods(job: JobView, pods: Sequence[JobPod]) -> JobCounts:
    """Look at the pods whose end is not counted yet. Source: getNewFinishedPods, calculateSucceededIndexes"""
    valid = [pod for pod in pods if has_valid_index(job, pod)]
    won = [pod for pod in valid if pod.phase == "Succeeded"]
    lost = [pod for pod in valid if is_pod_failed(pod, only_replace_failed=job.only_replace_failed)]
    succeeded = job.succeeded + len(won)
    completed: Intervals = ()
    if job.indexed:
        indexes = (pod.index for pod in won)
        completed = calculate_succeeded_indexes(job.completed_indexes, job.completions or 0, indexes)[1]
        succeeded = total(completed)
    return JobCounts(
        active=tuple(pod for pod in pods if pod.phase not in ("Succeeded", "Failed") and not pod.deleting),
        terminating=sum(pod.deleting and pod.phase not in ("Succeeded", "Failed") for pod in pods),
        succeeded=succeeded,
        failed=job.failed + len(lost),
        completed=completed,
    )


def has_ended(job: JobView, pod: JobPod) -> bool:
    """Whether a pod counts as succeeded or failed."""
    return pod.phase == "Succeeded" or is_pod_failed(pod, only_replace_failed=job.only_replace_failed)


def failure_reason(job: JobView, pods: Sequence[JobPod], counts: JobCounts) -> str:
    """Why the Job has failed; empty while it has not. Source: syncJob (exceedsBackoffLimit)"""
    restarts = [pod.restarts for pod in pods if pod.phase in ("Running", "Pending")]
    if counts.failed > job.backoff_limit or past_backoff_limit_on_failure(
        job.restart_policy, restarts, job.backoff_limit
    ):
        return "BackoffLimitExceeded"
    return "DeadlineExceeded" if past_active_deadline(job) else ""


def is_complete(job: JobView, succeeded: int, active: int) -> bool:
    """Whether all that was asked for has succeeded, and nothing runs any more. Source: syncJob"""
    if job.completions is None:
        return succeeded > 0 and active == 0
    return succeeded >= job.completions and active == 0


# What one sync does


@frozen(kw_only=True)
class JobPlan:
    """What manageJob wants: pods to delete in this order, or else so many new ones; indexes: those of the new ones."""

    delete: tuple[JobPod, ...] = ()
    create: int = 0
    indexes: tuple[int, ...] = ()


def manage_job(job: JobView, pods: Sequence[JobPod], counts: JobCounts) -> JobPlan:
    """Delete what is too much, or else create what is missing. Source: manageJob"""
    active = len(counts.active)
    if job.suspend:
        return JobPlan(delete=tuple(active_pods_for_removal(job, counts.active, active)))
    waited_for = counts.terminating if job.only_replace_failed else 0
    wanted = wanted_active(job, active, counts.succeeded)
    surplus = active_pods_for_removal(job, counts.active, max(0, active + waited_for - wanted))
    if surplus:
        return JobPlan(delete=tuple(surplus[:MOST_PODS_PER_SYNC]))
    missing = min(wanted - waited_for - active, MOST_PODS_PER_SYNC)
    if missing <= 0 or job.wait_seconds > 0:
        return JobPlan()
    return _creations(job, pods, counts, missing)


def _creations(job: JobView, pods: Sequence[JobPod], counts: JobCounts, missing: int) -> JobPlan:
    if not job.indexed:
        return JobPlan(create=missing)
    active = [pod.index for pod in counts.active]
    if job.only_replace_failed:
        active += [pod.index for pod in pods if pod.deleting]
    pending = first_pending_indexes(active, counts.completed, job.failed_indexes, missing, job.completions or 0)
    return JobPlan(create=len(pending), indexes=tuple(pending))


def sync_job(
    job: JobView, pods: Sequence[JobPod], request: Request = lambda _: True, *, expectations_met: bool = True
) -> JobSync:
    """What one sync comes to. expectations_met: whether earlier creations and deletions have been observed."""
    counts = count_pods(job, pods)
    sync = _Sync(job, pods, counts, request, len(counts.active))
    finished = failure_reason(job, pods, counts)
    if finished:
        deleted = sum(request("delete") for _ in counts.active)
        sync.deletions += deleted
        if deleted != sync.active or not expectations_met:
            finished = ""
        sync.active -= deleted
    else:
        if expectations_met and not job.deleting:
            sync.carry_out(manage_job(job, pods, counts))
        if is_complete(job, counts.succeeded, sync.active):
            finished = "Complete"
    return sync.result(finished, managed=expectations_met and not job.deleting)


@define
class _Sync:
    """The writes of one sync, and the status in the end."""

    job: JobView
    pods: Sequence[JobPod]
    counts: JobCounts
    request: Request
    active: int
    deletions: int = 0
    patches: int = 0
    creations: int = 0
    created: tuple[int, ...] = ()

    def carry_out(self, plan: JobPlan) -> None:
        """A surplus pod is let go before it is deleted, so that it does not count as failed. Source: deleteJobPods"""
        for _ in plan.delete:
            self.patches += 1
            deleted = self.request("patch") and self.request("delete")
            self.deletions += deleted
            self.active -= deleted
        self.created = plan.indexes
        self.creations, successes = slow_start_batch(plan.create, lambda: self.request("create"))
        self.active += successes

    def result(self, finished: str, *, managed: bool) -> JobSync:
        """The status; when the Job is over, whatever has not ended has failed. A count needs its finalizer removed."""
        job, over = self.job, finished not in ("", "Complete")
        done = [pod for pod in self.pods if finished or job.deleting or has_ended(job, pod)]
        removed = sum(self.request("patch") for _ in done) == len(done)
        left = [pod for pod in self.pods if not has_ended(job, pod) and has_valid_index(job, pod)]
        suspended = managed and job.suspend and not finished
        reason = {"": "JobSuspended" if suspended else "", "Complete": ""}.get(finished, finished)
        return JobSync(
            active=self.active,
            ready=sum(pod.ready for pod in self.counts.active),
            terminating=self.counts.terminating,
            succeeded=self.counts.succeeded if removed else job.succeeded,
            failed=self.counts.failed + (len(left) if over else 0) if removed else job.failed,
            creations=self.creations,
            created_indexes=self.created,
            deletions=self.deletions,
            finalizers_removed=self.patches + len(done),
            completed_indexes=indexes_text(self.counts.completed),
            condition="Failed" if over else finished or ("Suspended" if suspended else ""),
            reason=reason,
        )
