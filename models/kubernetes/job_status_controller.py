"""The Job controller's other half: what it writes into the status of a Job.

Source: pkg/controller/job/job_controller.go (syncJob, trackJobStatusAndRemoveFinalizers, enactJobFinished)
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from clusterproof import Timer, choose, require
from clusterproof.models.kubernetes import admission, apiserver
from clusterproof.models.kubernetes.decisions.job import JobPod, JobView
from clusterproof.models.kubernetes.decisions.job_failures import (
    EndedContainer,
    EndedPod,
    PodCondition,
    PolicyMatch,
    get_remaining_backoff_time,
    is_index_failed,
    match_pod_failure_policy,
)
from clusterproof.models.kubernetes.decisions.job_indexes import (
    indexes_text,
    intervals_have_index,
    parse_indexes_from_string,
    with_ordered_indexes,
)
from clusterproof.models.kubernetes.decisions.job_status import (
    COMPLETE,
    FIRST_VERSION_WITH_DELAYED_END,
    JobOutcome,
    is_end_enacted,
    outcome,
)
from clusterproof.models.kubernetes.decisions.job_sync import count_pods, has_ended
from clusterproof.models.kubernetes.job_controller import (
    controller as controller,  # noqa: PLC0414  (whose further actions these are)
)
from clusterproof.models.kubernetes.job_controller import (
    counts_of,
    manifest_of,
    next_pod,
    plan_of,
    pod_view,
    pods_of,
    unnoted,
    view,
)
from clusterproof.models.kubernetes.job_state import Job, JobEnd, PodCount
from clusterproof.models.kubernetes.names import JobId, JobPodId, PodId
from clusterproof.models.kubernetes.state import Cluster

MOST_FAILURES = 7
"""Failures in a row are counted up to here: from then on the wait is as long as it gets."""

DISRUPTION_TARGET = "DisruptionTarget"
"""The condition of a pod that was deleted to make room or to leave its node; whether a deleted pod has it is open."""


# ---------------------------------------------------------------- the status


@controller.action(writes=("jobs", "job_pods", *apiserver.COMMIT))
def update_status(c: Cluster, j: JobId) -> None:
    """Write the status, whole, when it is not what the pods say.

    Ends that are new are noted, those whose finalizer is gone are counted; and when all is over the conditions say so.
    Where there is nothing of that kind, pods are created and deleted first: the status is what a sync ends with.
    """
    job = require(c.jobs.get(j))
    require(not job.deleting and not job.finished)
    before, pods_come_first = _fields(job), _has_plan(c, j)
    noted = _note_ends(c, j)
    counted = _count_ends(c, j)
    _write_start(c, j)
    seen = view(c, j)
    known = job.target
    if known is JobEnd.OPEN:
        _write_target(c, j, seen)
    _write_active(c, j, seen)
    delayed = c.scope.minor_version >= FIRST_VERSION_WITH_DELAYED_END
    _write_end(c, j, target_known=(known if delayed else job.target) is not JobEnd.OPEN, delayed=delayed)
    require(noted or counted or (_fields(job) != before and not pods_come_first))
    apiserver.update(c, job)


def _has_plan(c: Cluster, j: JobId) -> bool:
    """Whether pods are created or deleted now; where a quota may refuse them nobody waits for that."""
    if c.jobs[j].target is not JobEnd.OPEN or unnoted(c, j, view(c, j)) or admission.is_asked(c):
        return False
    plan = plan_of(c, j)
    return bool(plan.delete) or next_pod(c, j, plan) is not None


def _fields(job: Job) -> tuple[object, ...]:
    return (
        job.started,
        job.suspended,
        job.active,
        job.completed_indexes,
        job.target,
        job.finished,
    )


def _note_ends(c: Cluster, j: JobId) -> bool:
    """Note the pods that ended since; with a podFailurePolicy one after the other, as each may mean something else."""
    job, manifest, seen = c.jobs[j], manifest_of(c, j), view(c, j)
    fresh = [pod for pod in unnoted(c, j, seen) if not _is_judged_by_index(c, j, pod)]
    if manifest.pod_failure_policy and job.target is JobEnd.OPEN:
        fresh = fresh[:1]
    failures = 0
    for pod in fresh:
        tracking = c.job_pods[PodId(pod.name)]
        if pod.phase == "Succeeded":
            tracking.count = _note_success(c, j, pod)
        elif job.target is JobEnd.COMPLETE and not has_ended(seen, pod):
            tracking.count = PodCount.LET_GO
        else:
            match = _match(c, j, pod) if manifest.pod_failure_policy and job.target is JobEnd.OPEN else PolicyMatch()
            tracking.count = PodCount.FAILED if match.count_failed else PodCount.LET_GO
            failures += match.count_failed
            if match.action == "FailJob":
                job.target, job.reason = JobEnd.FAILED, "PodFailurePolicy"
    _remember_failures(job, failures, succeeded=any(pod.phase == "Succeeded" for pod in fresh))
    return bool(fresh)


def _note_success(c: Cluster, j: JobId, pod: JobPod) -> PodCount:
    """Of an indexed Job the index is noted, and that is enough."""
    job, manifest = c.jobs[j], manifest_of(c, j)
    if pod.index is None:
        return PodCount.SUCCEEDED
    done = parse_indexes_from_string(job.completed_indexes, manifest.completions or 0)
    job.completed_indexes = indexes_text(with_ordered_indexes(done, [pod.index]))
    job.succeeded = sum(last - first + 1 for first, last in with_ordered_indexes(done, [pod.index]))
    return PodCount.LET_GO


def _remember_failures(job: Job, failures: int, *, succeeded: bool) -> None:
    """Failures in a row make the next pod wait; a success ends the row. Source: newBackoffRecord"""
    if succeeded:
        job.failures, job.back_off = 0, Timer()
    if failures:
        job.failures = min(job.failures + failures, MOST_FAILURES)
        job.back_off = Timer(round(get_remaining_backoff_time(job.failures, 0)))


def _count_ends(c: Cluster, j: JobId) -> bool:
    """Move noted pods without finalizer into the counters. Source: cleanUncountedPodsWithoutFinalizers"""
    job = c.jobs[j]
    counted = False
    for p in c.scope.jobs[j].pods:
        tracking = c.job_pods.get(p)
        if tracking is None or tracking.finalizer:
            continue
        if tracking.count is PodCount.SUCCEEDED:
            job.succeeded = job.succeeded + 1
        elif tracking.count is PodCount.FAILED:
            job.failed = job.failed + 1
        del c.job_pods[p]
        counted = True
    return counted


def _write_start(c: Cluster, j: JobId) -> None:
    """startTime, from which activeDeadlineSeconds counts; a Job that is suspended loses it."""
    job, manifest = c.jobs[j], manifest_of(c, j)
    if job.target is not JobEnd.OPEN:
        return
    job.suspended = manifest.suspend
    if manifest.suspend:
        job.started, job.deadline = False, Timer()
    elif not job.started:
        limit = manifest.active_deadline_seconds
        job.started, job.deadline = True, Timer() if limit is None else Timer(limit)


def _write_target(c: Cluster, j: JobId, seen: JobView) -> None:
    job, manifest = c.jobs[j], manifest_of(c, j)
    pods = [pod_view(c, j, p, pod) for p, pod in pods_of(c, j)]
    found: JobOutcome = outcome(
        seen,
        pods,
        counts_of(c, j, seen),
        max_failed_indexes=manifest.max_failed_indexes,
        success_policy=manifest.success_policy,
    )
    if found.end:
        job.target = JobEnd.COMPLETE if found.end == COMPLETE else JobEnd.FAILED
        job.reason = found.reason


def _write_active(c: Cluster, j: JobId, seen: JobView) -> None:
    c.jobs[j].active = len(counts_of(c, j, seen).active)


def _write_end(c: Cluster, j: JobId, *, target_known: bool, delayed: bool) -> None:
    job, manifest = c.jobs[j], manifest_of(c, j)
    tracked = [c.job_pods[p] for p in c.scope.jobs[j].pods if p in c.job_pods]
    job.finished = is_end_enacted(
        target_known=target_known,
        uncounted=len(tracked),
        active=job.active,
        terminating=count_pods(view(c, j), [pod_view(c, j, p, pod) for p, pod in pods_of(c, j)]).terminating,
        delayed=delayed,
    )
    if job.finished:
        job.deadline, job.back_off, job.failures = Timer(), Timer(), 0
        ttl = manifest.ttl_seconds_after_finished
        job.ttl = Timer() if ttl is None else Timer(ttl)


# ---------------------------------------------------------------- what a failure means


@controller.action(writes=("jobs", "job_pods", *apiserver.COMMIT))
def note_failed_index(c: Cluster, p: JobPodId) -> None:
    """With backoffLimitPerIndex the failure of a pod is the end of its index, or else its index waits and tries again.

    That it waits is known from the pod, which is kept, and is no write. Source: calculateFailedIndexes, isIndexFailed
    """
    j = c.scope.job_of[p]
    job, pod = require(c.jobs.get(j)), require(c.pods.get(p))
    require(pod.owner == j and not job.deleting and job.target is JobEnd.OPEN)
    failed = pod_view(c, j, p, pod)
    require(_is_judged_by_index(c, j, failed) and any(each.name == p for each in unnoted(c, j, view(c, j))))
    manifest, tracking = manifest_of(c, j), c.job_pods[p]
    match = _match(c, j, failed)
    if match.action == "FailJob":
        job.target, job.reason = JobEnd.FAILED, "PodFailurePolicy"
        tracking.count = PodCount.FAILED
        apiserver.update(c, job)
    elif is_index_failed(True, match, tracking.index_failures, manifest.backoff_limit_per_index or 0):
        known = parse_indexes_from_string(job.failed_indexes, manifest.completions or 0)
        job.failed_indexes = indexes_text(with_ordered_indexes(known, [c.scope.jobs[j].index_of[p]]))
        tracking.count = PodCount.FAILED
        apiserver.update(c, job)
    else:
        tracking.index_failures = tracking.index_failures + match.count_failed
        tracking.count = PodCount.OPEN if match.count_failed else PodCount.LET_GO
        tracking.back_off = Timer(round(get_remaining_backoff_time(max(1, tracking.index_failures), 0)))


def _is_judged_by_index(c: Cluster, j: JobId, pod: JobPod) -> bool:
    """Whether a pod that ended is a failure that its index has to answer for."""
    manifest, job = manifest_of(c, j), c.jobs[j]
    if manifest.backoff_limit_per_index is None or pod.index is None or pod.phase == "Succeeded":
        return False
    failed = parse_indexes_from_string(job.failed_indexes, manifest.completions or 0)
    done = parse_indexes_from_string(job.completed_indexes, manifest.completions or 0)
    over = intervals_have_index(failed, pod.index) or intervals_have_index(done, pod.index)
    return job.target is JobEnd.OPEN and not over


def _match(c: Cluster, j: JobId, failed: JobPod) -> PolicyMatch:
    """What the podFailurePolicy says of a failed pod, whose exit code and condition anything may be."""
    rules = manifest_of(c, j).pod_failure_policy
    if not rules:
        return PolicyMatch()
    codes = sorted({code for rule in rules for code in rule.exit_codes or ()} - {0})
    other = next(code for code in range(1, 256) if code not in codes) if len(codes) < 255 else codes[0]
    ends: dict[PolicyMatch, str] = {}
    for code in (other, *codes):
        for disrupted in (False, True) if failed.deleting else (False,):
            ended = _ended(c, j, failed, code, disrupted=disrupted)
            match = match_pod_failure_policy(rules, ended)
            said = f"{code}, {DISRUPTION_TARGET}" if disrupted else str(code)
            ends.setdefault(evolve(match, message=""), said)
    chosen = choose(tuple(ends.values()), label="exit code")
    return next(match for match, said in ends.items() if said == chosen)


def _ended(c: Cluster, j: JobId, failed: JobPod, code: int, *, disrupted: bool) -> EndedPod:
    containers: Sequence[EndedContainer] = [
        EndedContainer(name=each.name, exit_code=code) for each in c.scope.jobs[j].template.spec.containers
    ]
    conditions = (PodCondition(type=DISRUPTION_TARGET, status="True"),) if disrupted else ()
    return EndedPod(name=failed.name, containers=tuple(containers), conditions=conditions)
