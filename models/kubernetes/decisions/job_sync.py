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


def sync_job(
    job: JobView, pods: Sequence[JobPod], request: Request = lambda _: True, *, expectations_met: bool = True
) -> JobSync:
    """What one sync comes to. expectations_met: whether earlier creations and deletions have been observed."""
    sync = _Sync.of(job, pods, request)
    finished = sync.failure()
    if finished:
        deleted = sum(request("delete") for _ in sync.active_pods)
        sync.deletions += deleted
        if deleted != sync.active or not expectations_met:
            finished = ""
        sync.active -= deleted
    else:
        if expectations_met and not job.deleting:
            sync.manage()
        if sync.is_complete():
            finished = "Complete"
    return sync.result(finished, managed=expectations_met and not job.deleting)


@define
class _Sync:
    job: JobView
    pods: Sequence[JobPod]
    request: Request
    active_pods: list[JobPod]
    succeeded: int
    failed: int
    indexes: Intervals
    active: int
    terminating: int
    deletions: int = 0
    patches: int = 0
    creations: int = 0
    created: tuple[int, ...] = ()

    @classmethod
    def of(cls, job: JobView, pods: Sequence[JobPod], request: Request) -> _Sync:
        active = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed") and not pod.deleting]
        valid = [pod for pod in pods if has_valid_index(job, pod)]
        won = [pod for pod in valid if pod.phase == "Succeeded"]
        lost = [pod for pod in valid if is_pod_failed(pod, only_replace_failed=job.only_replace_failed)]
        succeeded = job.succeeded + len(won)
        indexes: Intervals = ()
        if job.indexed:
            found = (pod.index for pod in won)
            indexes = calculate_succeeded_indexes(job.completed_indexes, job.completions or 0, found)[1]
            succeeded = total(indexes)
        going = sum(pod.deleting and pod.phase not in ("Succeeded", "Failed") for pod in pods)
        return cls(job, pods, request, active, succeeded, job.failed + len(lost), indexes, len(active), going)

    def failure(self) -> str:
        """Why the Job has failed; empty while it has not."""
        job = self.job
        restarts = [pod.restarts for pod in self.pods if pod.phase in ("Running", "Pending")]
        if self.failed > job.backoff_limit or past_backoff_limit_on_failure(
            job.restart_policy, restarts, job.backoff_limit
        ):
            return "BackoffLimitExceeded"
        return "DeadlineExceeded" if past_active_deadline(job) else ""

    def manage(self) -> None:
        """Delete what is too much, or else create what is missing. Source: manageJob."""
        job = self.job
        if job.suspend:
            self._delete(active_pods_for_removal(job, self.active_pods, self.active))
            return
        waited_for = self.terminating if job.only_replace_failed else 0
        wanted = wanted_active(job, self.active, self.succeeded)
        surplus = active_pods_for_removal(job, self.active_pods, max(0, self.active + waited_for - wanted))
        if surplus:
            self._delete(surplus[:MOST_PODS_PER_SYNC])
        elif wanted - waited_for > self.active and job.wait_seconds <= 0:
            self._create(min(wanted - waited_for - self.active, MOST_PODS_PER_SYNC))

    def _delete(self, pods: Sequence[JobPod]) -> None:
        for _ in pods:
            self.patches += 1
            deleted = self.request("patch") and self.request("delete")
            self.deletions += deleted
            self.active -= deleted

    def _create(self, count: int) -> None:
        job = self.job
        if job.indexed:
            active = [pod.index for pod in self.active_pods]
            if job.only_replace_failed:
                active += [pod.index for pod in self.pods if pod.deleting]
            pending = first_pending_indexes(active, self.indexes, job.failed_indexes, count, job.completions or 0)
            self.created, count = tuple(pending), len(pending)
        self.creations, successes = slow_start_batch(count, lambda: self.request("create"))
        self.active += successes

    def is_complete(self) -> bool:
        """Whether all that was asked for has succeeded, and nothing runs any more."""
        if self.job.completions is None:
            return self.succeeded > 0 and self.active == 0
        return self.succeeded >= self.job.completions and self.active == 0

    def result(self, finished: str, *, managed: bool) -> JobSync:
        """The status; when the Job is over, whatever has not ended has failed. A count needs its finalizer removed."""
        job, over = self.job, finished not in ("", "Complete")
        done = [pod for pod in self.pods if finished or job.deleting or self._has_ended(pod)]
        removed = sum(self.request("patch") for _ in done) == len(done)
        left = [pod for pod in self.pods if not self._has_ended(pod) and has_valid_index(job, pod)]
        suspended = managed and job.suspend and not finished
        reason = {"": "JobSuspended" if suspended else "", "Complete": ""}.get(finished, finished)
        return JobSync(
            active=self.active,
            ready=sum(pod.ready for pod in self.active_pods),
            terminating=self.terminating,
            succeeded=self.succeeded if removed else job.succeeded,
            failed=self.failed + (len(left) if over else 0) if removed else job.failed,
            creations=self.creations,
            created_indexes=self.created,
            deletions=self.deletions,
            finalizers_removed=self.patches + len(done),
            completed_indexes=indexes_text(self.indexes),
            condition="Failed" if over else finished or ("Suspended" if suspended else ""),
            reason=reason,
        )

    def _has_ended(self, pod: JobPod) -> bool:
        failed = is_pod_failed(pod, only_replace_failed=self.job.only_replace_failed)
        return failed or pod.phase == "Succeeded"
