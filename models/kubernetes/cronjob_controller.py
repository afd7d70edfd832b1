"""The CronJob controller: a Job for each time of the schedule. The schedule itself is followed for a few times.

Source: pkg/controller/cronjob/cronjob_controllerv2.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import cronjob as decisions
from clusterproof.models.kubernetes.decisions.cronjob import FinishedJob
from clusterproof.models.kubernetes.job_objects import CronJob
from clusterproof.models.kubernetes.job_state import JobEnd
from clusterproof.models.kubernetes.names import CronJobId, JobId
from clusterproof.models.kubernetes.state import Cluster

controller = Component("cronjob-controller", runs_when=controllers_run, fair=weak)
schedule = Component("schedule", fair=weak)


def manifest_of(c: Cluster, k: CronJobId) -> CronJob:
    """The manifest that was applied last."""
    return c.scope.cron_jobs[k].manifests[c.cron_jobs[k].manifest]


def active_jobs(c: Cluster, k: CronJobId) -> list[JobId]:
    """The Jobs of a CronJob that are not over."""
    return [j for j in c.scope.cron_jobs[k].jobs if j in c.jobs and not c.jobs[j].finished]


def _is_too_late(c: Cluster, k: CronJobId) -> bool:
    return c.cron_jobs[k].deadline.armed and c.cron_jobs[k].deadline.due()


@schedule.action(writes=("cron_jobs.passed", "cron_jobs.next", "cron_jobs.deadline"))
def come(c: Cluster, k: CronJobId) -> None:
    """A time of the schedule comes, whether anybody looks or not."""
    cron_job = require(c.cron_jobs.get(k))
    require(cron_job.next.due())
    cron_job.passed = cron_job.passed + 1
    distances = c.scope.cron_jobs[k].seconds_between
    cron_job.next = Timer(distances[cron_job.passed]) if cron_job.passed < len(distances) else Timer()
    limit = manifest_of(c, k).starting_deadline_seconds
    cron_job.deadline = Timer() if limit is None else Timer(limit)


@controller.action(writes=("jobs", *apiserver.COMMIT))
def create_job(c: Cluster, k: CronJobId) -> None:
    """A time has passed that has no Job yet: create it; of several that were missed only the last one gets one."""
    cron_job, manifest = require(c.cron_jobs.get(k)), manifest_of(c, k)
    require(
        decisions.starts_job(
            last_schedule=cron_job.last_schedule,
            passed=cron_job.passed,
            suspend=manifest.suspend,
            too_late=_is_too_late(c, k),
            concurrency_policy=manifest.concurrency_policy,
            active=len(active_jobs(c, k)),
        )
    )
    apiserver.create_job(c, c.scope.cron_jobs[k].jobs[cron_job.passed - 1], manifest=cron_job.manifest)


@controller.action(writes=("jobs", *apiserver.COMMIT))
def replace_job(c: Cluster, k: CronJobId) -> None:
    """With concurrencyPolicy Replace a Job that is not over goes when the next time has passed."""
    cron_job, manifest = require(c.cron_jobs.get(k)), manifest_of(c, k)
    active = [j for j in active_jobs(c, k) if j != c.scope.cron_jobs[k].jobs[cron_job.passed - 1]]
    require(
        decisions.replaces(
            last_schedule=cron_job.last_schedule,
            passed=cron_job.passed,
            suspend=manifest.suspend,
            too_late=_is_too_late(c, k),
            concurrency_policy=manifest.concurrency_policy,
            active=len(active),
        )
    )
    apiserver.remove_job(c, active[0])


@controller.action(writes=("cron_jobs.last_schedule", "cron_jobs.resource_version", *apiserver.COMMIT))
def update_status(c: Cluster, k: CronJobId) -> None:
    """The Job of the last time is there: write lastScheduleTime."""
    cron_job = require(c.cron_jobs.get(k))
    require(cron_job.last_schedule < cron_job.passed)
    require(c.scope.cron_jobs[k].jobs[cron_job.passed - 1] in c.jobs)
    cron_job.last_schedule = cron_job.passed
    apiserver.update(c, cron_job)


@controller.action(writes=("jobs", *apiserver.COMMIT))
def delete_old_job(c: Cluster, k: CronJobId) -> None:
    """More Jobs that are over are kept than the limits say: delete the oldest, but for one that is not yet noted.

    Source: cleanupFinishedJobs, which a sync calls after it has created a Job, and before it lists it
    """
    cron_job = require(c.cron_jobs.get(k))
    require(cron_job.last_schedule == cron_job.passed)
    manifest, jobs = manifest_of(c, k), c.scope.cron_jobs[k].jobs
    finished = [
        FinishedJob(number=number, failed=c.jobs[j].target is JobEnd.FAILED)
        for number, j in enumerate(jobs)
        if j in c.jobs and c.jobs[j].finished
    ]
    old = decisions.jobs_to_delete(finished, manifest.successful_jobs_history_limit, manifest.failed_jobs_history_limit)
    require(bool(old))
    apiserver.remove_job(c, jobs[old[0]])
