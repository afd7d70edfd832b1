"""The Job controller: pods that run to completion, as many as are asked for. One pod, one write, at a time.

A pod's end is counted in three writes: it is noted in status.uncountedTerminatedPods, its finalizer is removed, and
the counter of the status rises; so that nothing is counted twice, whenever the controller is stopped.
What it writes into the status is in job_status_controller.py. Source: pkg/controller/job/job_controller.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions.job import JobPod, JobView, ranks_equal
from clusterproof.models.kubernetes.decisions.job_indexes import parse_indexes_from_string
from clusterproof.models.kubernetes.decisions.job_status import FIRST_VERSION_WITH_REPLACEMENT_POLICY
from clusterproof.models.kubernetes.decisions.job_sync import JobCounts, JobPlan, count_pods, has_ended, manage_job
from clusterproof.models.kubernetes.job_objects import Job
from clusterproof.models.kubernetes.job_state import JobEnd, PodCount
from clusterproof.models.kubernetes.job_state import JobPod as Tracking
from clusterproof.models.kubernetes.names import JobId, JobPodId, PodId
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase

controller = Component("job-controller", runs_when=controllers_run, fair=weak)


# ---------------------------------------------------------------- what it sees


def manifest_of(c: Cluster, j: JobId) -> Job:
    """The manifest that was applied last."""
    return c.scope.jobs[j].manifests[c.jobs[j].manifest]


def pods_of(c: Cluster, j: JobId) -> list[tuple[PodId, Pod]]:
    """The pods that a Job controls."""
    return [(p, pod) for p in c.scope.jobs[j].pods if (pod := c.pods.get(p)) is not None and pod.owner == j]


def is_active(pod: Pod) -> bool:
    """Whether a pod is neither over nor on its way out."""
    return not pod.deleting and pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED)


def view(c: Cluster, j: JobId) -> JobView:
    """The Job as its controller reads it; what is noted as uncounted counts."""
    job, manifest = c.jobs[j], manifest_of(c, j)
    noted = [c.job_pods[p].count for p in c.scope.jobs[j].pods if p in c.job_pods]
    over = job.deadline.armed and job.deadline.due(cause=job.started and not job.finished)
    limit = manifest.active_deadline_seconds
    replaces_failed = manifest.pod_replacement_policy == "Failed"
    return JobView(
        parallelism=manifest.parallelism,
        completions=manifest.completions,
        indexed=manifest.indexed,
        backoff_limit=manifest.backoff_limit,
        restart_policy=manifest.template.spec.restart_policy,
        active_deadline_seconds=limit,
        seconds_active=(limit or 0) - (not over) if job.started else None,
        suspend=manifest.suspend,
        deleting=job.deleting,
        only_replace_failed=replaces_failed and c.scope.minor_version >= FIRST_VERSION_WITH_REPLACEMENT_POLICY,
        succeeded=job.succeeded + noted.count(PodCount.SUCCEEDED),
        failed=job.failed + noted.count(PodCount.FAILED),
        completed_indexes=job.completed_indexes,
        failed_indexes=parse_indexes_from_string(job.failed_indexes, manifest.completions or 0),
        wait_seconds=1 if job.back_off.armed and not job.back_off.due() else 0,
    )


def pod_view(c: Cluster, j: JobId, p: PodId, pod: Pod, *, ranked: bool = False) -> JobPod:
    """A pod of a Job as its controller reads it; ranked: with what decides which pods go first."""
    counts_restarts = manifest_of(c, j).template.spec.restart_policy == "OnFailure"
    return JobPod(
        name=p,
        phase=pod.phase.value,
        index=c.scope.jobs[j].index_of.get(p),
        deleting=pod.deleting,
        ready=ranked and pod.ready,
        restarts=pod.restarts if ranked or counts_restarts else 0,
        node=(pod.node or "") if ranked else "",
    )


def is_counted(c: Cluster, p: PodId) -> bool:
    """Whether the end of a pod has been noted, or is none of the Job's business any more."""
    return p not in c.job_pods or not c.job_pods[p].finalizer or c.job_pods[p].count is not PodCount.OPEN


def unnoted(c: Cluster, j: JobId, job: JobView) -> list[JobPod]:
    """The pods whose end is still to be noted; once it is known what the Job comes to, all that do not run on."""
    known = c.jobs[j].target is not JobEnd.OPEN
    found = [(pod, pod_view(c, j, p, pod)) for p, pod in pods_of(c, j) if not is_counted(c, p)]
    found = [(pod, seen) for pod, seen in found if known or not c.job_pods[PodId(seen.name)].back_off.armed]
    return [seen for pod, seen in found if has_ended(job, seen) or (known and not is_active(pod))]


def counts_of(c: Cluster, j: JobId, job: JobView, *, ranked: bool = False) -> JobCounts:
    """What the pods come to: those that are counted already only as terminating ones. ranked: as in `pod_view`."""
    seen = [(p, pod_view(c, j, p, pod, ranked=ranked)) for p, pod in pods_of(c, j)]
    everything = count_pods(job, [pod for _, pod in seen])
    fresh = count_pods(job, [pod for p, pod in seen if not has_ended(job, pod) or not is_counted(c, p)])
    return JobCounts(
        active=everything.active,
        terminating=everything.terminating,
        succeeded=fresh.succeeded,
        failed=fresh.failed,
        completed=fresh.completed,
    )


def plan_of(c: Cluster, j: JobId) -> JobPlan:
    """What a sync would do with the pods of a Job that goes on; not enabled while ends are to be noted first."""
    job = require(c.jobs.get(j))
    require(not job.deleting and job.target is JobEnd.OPEN)
    seen = view(c, j)
    require(not unnoted(c, j, seen))
    pods = [pod_view(c, j, p, pod) for p, pod in pods_of(c, j)]
    plan = manage_job(seen, pods, counts_of(c, j, seen))
    return manage_job(seen, pods, counts_of(c, j, seen, ranked=True)) if plan.delete else plan


# ---------------------------------------------------------------- pods


@controller.action(writes=("pods", "job_pods", *apiserver.COMMIT))
def create_pod(c: Cluster, j: JobId) -> None:
    """Too few active pods: create one, with the finalizer that keeps it until it is counted.

    With backoffLimitPerIndex an index waits by itself, and its next pod carries on the count of its failures.
    Source: manageJob, getPodCreationInfoForIndependentIndexes, newTrackedPodTemplate
    """
    index, failed = require(next_pod(c, j, plan_of(c, j)))
    p = apiserver.create_pod(c, j, c.scope.jobs[j].pools[index])
    c.job_pods[p] = Tracking(index_failures=0 if failed is None else c.job_pods[failed].index_failures)
    if failed is not None:
        before = c.job_pods[failed]
        before.back_off = Timer()
        before.count = PodCount.FAILED if before.count is PodCount.OPEN else before.count


def next_pod(c: Cluster, j: JobId, plan: JobPlan) -> tuple[int | None, PodId | None] | None:
    """(completion index, the failed pod that it replaces) of the next pod to create; None where there is none now."""
    if plan.create <= 0:
        return None
    indexes: tuple[int | None, ...] = plan.indexes or (None,)
    return next((found for each in indexes if (found := _next_of_index(c, j, each))), None)


def _next_of_index(c: Cluster, j: JobId, index: int | None) -> tuple[int | None, PodId | None] | None:
    """(index, the failed pod that its next one replaces); None while the index has to wait."""
    waiting = [p for p in c.scope.jobs[j].pools[index] if p in c.job_pods and c.job_pods[p].back_off.armed]
    if any(not c.job_pods[p].back_off.due() for p in waiting):
        return None
    return index, waiting[0] if waiting else None


@controller.action(writes=("pods", "job_pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, p: JobPodId) -> None:
    """Delete an active pod: of a Job that is over, with its finalizer; or one too many, without.

    A surplus pod loses its finalizer first, so that it does not count as failed. Of pods that rank alike any may go.
    Source: deleteActivePods, deleteJobPods, activePodsForRemoval
    """
    j = c.scope.job_of[p]
    job, pod = require(c.jobs.get(j)), require(c.pods.get(p))
    require(pod.owner == j and is_active(pod))
    if job.target is not JobEnd.OPEN:
        apiserver.delete_pod(c, p)
        return
    require(_is_surplus(c, j, p))
    if apiserver.is_held(c, p):
        _release(c, p)
    else:
        apiserver.delete_pod(c, p)


def _is_surplus(c: Cluster, j: JobId, p: PodId) -> bool:
    """Whether a pod goes next: one that was let go already, else one that ranks first."""
    plan = plan_of(c, j)
    let_go = [q for q, pod in pods_of(c, j) if is_active(pod) and not apiserver.is_held(c, q)]
    if not plan.delete or let_go:
        return bool(plan.delete) and p in let_go
    return ranks_equal(pod_view(c, j, p, c.pods[p], ranked=True), plan.delete[0])


@controller.action(writes=("pods", "job_pods", *apiserver.COMMIT))
def remove_finalizer(c: Cluster, p: JobPodId) -> None:
    """The end of a pod is noted, or its Job is gone or goes: PATCH its finalizer away.

    Source: removeTrackingFinalizerFromPods, syncOrphanPod
    """
    j = c.scope.job_of[p]
    tracking = require(c.job_pods.get(p))
    require(tracking.finalizer and p in c.pods)
    job = c.jobs.get(j)
    require(job is None or job.deleting or tracking.count is not PodCount.OPEN)
    carries_its_index = tracking.back_off.armed and job is not None and job.target is JobEnd.OPEN
    require(job is None or job.deleting or not carries_its_index)
    _release(c, p)


def _release(c: Cluster, p: PodId) -> None:
    """PATCH the finalizer away; an object that was held by nothing else goes at once."""
    pod, tracking = c.pods[p], c.job_pods[p]
    unbound_or_over = pod.node is None or pod.phase in (PodPhase.SUCCEEDED, PodPhase.FAILED)
    tracking.finalizer = False
    if tracking.count not in (PodCount.SUCCEEDED, PodCount.FAILED):
        del c.job_pods[p]
    if pod.deleting and unbound_or_over:
        apiserver.remove_pod(c, p)
    else:
        apiserver.update(c, pod)
