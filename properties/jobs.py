"""Jobs: they finish, run no more pods than they may, stay finished, and count every end once.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, Whenever, always, claim, eventually_always, leads_to, step
from clusterproof.models.kubernetes import apiserver, job_controller
from clusterproof.models.kubernetes.decisions.job_indexes import parse_indexes_from_string, total
from clusterproof.models.kubernetes.job_state import Job, JobEnd, PodCount
from clusterproof.models.kubernetes.names import JobId, PodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, PodPhase
from clusterproof.properties.control_plane_loss import NO_WRITE, may_not_write
from clusterproof.properties.workloads import CONVERGE

# ---------------------------------------------------------------- it ends


@leads_to
def jobs_finish(c: Cluster, j: JobId) -> Whenever:
    """A Job that may run pods is Complete or Failed in the end, or gone, or suspended.

    Its pods are retried until enough have succeeded, or backoffLimit or a deadline says that it failed.
    """
    job = c.jobs.get(j)
    if job is None:
        return Whenever(given=False, then=True)
    manifest = job_controller.manifest_of(c, j)
    idle = manifest.suspend or manifest.parallelism == 0
    return Whenever(given=not idle, then=idle or job.finished or job.deleting)


@eventually_always(name=CONVERGE)
def jobs_converge(c: Cluster, j: JobId) -> Claims:
    """Once faults stop, the status of a Job says which pods are active, and none runs of one that is over or suspended.

    Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job
    """
    job = c.jobs.get(j)
    if job is None or job.deleting:
        return
    active = _active(c, j)
    yield claim(job.active == len(active), "status.active counts the pods that are active", j, *active)
    if job.finished or job_controller.manifest_of(c, j).suspend:
        running = [p for p in c.scope.jobs[j].pods if (k := c.containers.get(p)) and k.state is ContainerState.RUNNING]
        yield claim(not active and not running, "a Job that is finished or suspended runs no pod", j, *active, *running)


def _active(c: Cluster, j: JobId) -> list[PodId]:
    return [p for p, pod in job_controller.pods_of(c, j) if job_controller.is_active(pod)]


# ---------------------------------------------------------------- while it runs


@step
def jobs_keep_their_parallelism(before: Cluster, after: Cluster, by: StepInfo, j: JobId) -> Claims:
    """The controller creates no pod beyond parallelism, and none beyond the completions that are missing (B09).

    With podReplacementPolicy Failed, pods on their way out count. Of one index no two pods are active.
    """
    if by.component != job_controller.controller.name or j not in before.jobs:
        return
    new = [p for p, pod in job_controller.pods_of(after, j) if p not in before.pods]
    if not new:
        return
    manifest = job_controller.manifest_of(before, j)
    going_count = job_controller.view(before, j).only_replace_failed
    running = [
        p
        for p, pod in job_controller.pods_of(after, j)
        if pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED) and (going_count or not pod.deleting)
    ]
    most = manifest.parallelism
    if manifest.completions is not None:
        most = min(most, manifest.completions - before.jobs[j].succeeded)
    yield claim(len(running) <= most, "no more pods than parallelism, and than completions are missing", j, *running)
    for index in {after.scope.jobs[j].index_of.get(p) for p in new} - {None}:
        same = [p for p in running if after.scope.jobs[j].index_of.get(p) == index]
        yield claim(len(same) <= 1, "one pod per index", j, *same)


@step
def finished_jobs_stay_finished(before: Cluster, after: Cluster, j: JobId) -> Claims:
    """Once it is known what a Job comes to, that never changes, and no pod is created any more.

    Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
    """
    old, new = before.jobs.get(j), after.jobs.get(j)
    if old is None or old.target is JobEnd.OPEN or new is None or old.uid != new.uid:
        return
    same = new.target is old.target and (new.finished or not old.finished)
    yield claim(same, "what a Job comes to never changes", j)
    created = [p for p, _ in job_controller.pods_of(after, j) if p not in before.pods]
    yield claim(not created, "a Job that is over creates no pod", j, *created)


# ---------------------------------------------------------------- counting


@always(name="job-pods-count-once")
def no_more_succeed_than_are_wanted(c: Cluster, j: JobId) -> Claims:
    """status.succeeded never exceeds completions (B09), and of an Indexed Job it is the number of completed indexes."""
    job = c.jobs.get(j)
    if job is None:
        return
    manifest = job_controller.manifest_of(c, j)
    noted = [p for p in c.scope.jobs[j].pods if p in c.job_pods and c.job_pods[p].count is PodCount.SUCCEEDED]
    if manifest.completions is not None:
        most = job.succeeded + len(noted) <= manifest.completions
        yield claim(most, "no more pods count as succeeded than spec.completions", j, *noted)
    if manifest.indexed:
        done = total(parse_indexes_from_string(job.completed_indexes, manifest.completions or 0))
        yield claim(job.succeeded == done, "status.succeeded is the number of completed indexes", j)


@step(name="job-pods-count-once")
def every_end_counts_once(before: Cluster, after: Cluster, j: JobId) -> Claims:
    """A counter rises only by pods whose end was noted and whose finalizer is gone, each of them once.

    Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
    """
    old, new = before.jobs.get(j), after.jobs.get(j)
    if old is None or new is None or old.uid != new.uid:
        return
    free = [p for p in before.scope.jobs[j].pods if p in before.job_pods and not before.job_pods[p].finalizer]
    left = [p for p in free if p not in after.job_pods]
    of = {kind: sum(before.job_pods[p].count is kind for p in left) for kind in PodCount}
    if not job_controller.manifest_of(before, j).indexed:
        risen = new.succeeded - old.succeeded == of[PodCount.SUCCEEDED]
        yield claim(risen, "status.succeeded rises by the pods that were noted as succeeded", j, *left)
    risen = new.failed - old.failed == of[PodCount.FAILED]
    yield claim(risen, "status.failed rises by the pods that were noted as failed", j, *left)


# ---------------------------------------------------------------- the store


def _stored(job: Job | None) -> object:
    """What the store has of a Job; timers, and what the controller remembers, are not in it."""
    if job is None:
        return None
    return (
        job.deleting,
        job.manifest,
        job.started,
        job.suspended,
        (job.active, job.succeeded, job.failed),
        (job.completed_indexes, job.failed_indexes),
        (job.target, job.reason, job.finished),
    )


@step(name=NO_WRITE)
def no_job_is_written(before: Cluster, after: Cluster, j: JobId) -> Claims:
    """No Job object changes while the control plane is down."""
    if may_not_write(before, after):
        same = apiserver.is_serving(before) or _stored(before.jobs.get(j)) == _stored(after.jobs.get(j))
        yield claim(same, "nothing in the store changes while apiserver or etcd is down", j)


@step(name="revisions-grow")
def job_revisions_grow(before: Cluster, after: Cluster, j: JobId) -> Claims:
    """A Job that is created or changed gets the store's next revision, larger than all before (A01)."""
    old, new = before.jobs.get(j), after.jobs.get(j)
    says = "every write of an object gives it the store's next revision"
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, says, j)
    elif new is not None and old is not None:
        yield claim(_stored(old) == _stored(new), says, j)
