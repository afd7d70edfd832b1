"""CronJobs: every time of the schedule has its Job in the end, and Jobs overlap only where they may.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
"""

from __future__ import annotations

from clusterproof import Claims, Whenever, always, claim, leads_to, step
from clusterproof.models.kubernetes import apiserver, cronjob_controller
from clusterproof.models.kubernetes.job_state import CronJob
from clusterproof.models.kubernetes.names import CronJobId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.properties.control_plane_loss import NO_WRITE, may_not_write


@leads_to
def cron_jobs_run(c: Cluster, k: CronJobId) -> Whenever:
    """The last time that has passed gets its Job, also after an outage (F23), or a later time does.

    Not where the CronJob is suspended, or startingDeadlineSeconds lets it be too late.
    """
    cron_job = c.cron_jobs.get(k)
    if cron_job is None:
        return Whenever(given=False, then=True)
    manifest = cronjob_controller.manifest_of(c, k)
    excused = manifest.suspend or manifest.starting_deadline_seconds is not None
    missed = cron_job.last_schedule < cron_job.passed
    return Whenever(given=missed and not excused, then=excused or not missed)


@always
def cron_jobs_do_not_overlap(c: Cluster, k: CronJobId) -> Claims:
    """With concurrencyPolicy Forbid or Replace at most one Job of a CronJob is not over (B10)."""
    if k in c.cron_jobs and cronjob_controller.manifest_of(c, k).concurrency_policy != "Allow":
        active = cronjob_controller.active_jobs(c, k)
        yield claim(len(active) <= 1, "at most one Job is not over", k, *active)


def _stored(cron_job: CronJob | None) -> object:
    """What the store has of a CronJob; the schedule goes on by itself."""
    return None if cron_job is None else (cron_job.manifest, cron_job.last_schedule)


@step(name=NO_WRITE)
def no_cron_job_is_written(before: Cluster, after: Cluster, k: CronJobId) -> Claims:
    """No CronJob object changes while the control plane is down."""
    if may_not_write(before, after):
        same = _stored(before.cron_jobs.get(k)) == _stored(after.cron_jobs.get(k))
        yield claim(
            same or apiserver.is_serving(before), "nothing in the store changes while apiserver or etcd is down", k
        )


@step(name="revisions-grow")
def cron_job_revisions_grow(before: Cluster, after: Cluster, k: CronJobId) -> Claims:
    """A CronJob that is created or changed gets the store's next revision, larger than all before (A01)."""
    old, new = before.cron_jobs.get(k), after.cron_jobs.get(k)
    says = "every write of an object gives it the store's next revision"
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, says, k)
    elif new is not None and old is not None:
        yield claim(_stored(old) == _stored(new), says, k)
