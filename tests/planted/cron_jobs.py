"""CronJobs, and the systems that their defects are planted in."""

from __future__ import annotations

from functools import cache
from typing import Any

from kubernetes_systems import cron_job, small_system
from planting import Defect

from clusterproof import System, require
from clusterproof.models.kubernetes import apiserver, application, cronjob_controller
from clusterproof.models.kubernetes.names import CronJobId
from clusterproof.models.kubernetes.state import Cluster
from planted.control_plane import always


@cache
def forbidding() -> System[Any]:
    """Return a CronJob whose Jobs may not overlap."""
    return small_system(cron_job("concurrencyPolicy: Forbid"))


@cache
def outage_with_cron_job() -> System[Any]:
    """Return the same whose control plane is stopped and started; the test looks at the CronJob alone."""
    properties = ("cron-jobs-run", "no-write-while-control-plane-down", "revisions-grow")
    schedule = cron_job("concurrencyPolicy: Forbid").replace("*/5 * * * *", "@yearly")
    return small_system(schedule, faults={"stop-control-plane": 1}, properties=properties)


def create_whatever_runs(c: Cluster, k: CronJobId) -> None:
    """A Job is created though the one before is not over."""
    cron_job = require(c.cron_jobs.get(k))
    require(cron_job.last_schedule < cron_job.passed)
    apiserver.create_job(c, c.scope.cron_jobs[k].jobs[cron_job.passed - 1], manifest=cron_job.manifest)


def write_without_revision(c: Cluster, k: CronJobId) -> None:
    """lastScheduleTime is written, and the resourceVersion stays."""
    cron_job = require(c.cron_jobs.get(k))
    require(cron_job.last_schedule < cron_job.passed)
    cron_job.last_schedule = cron_job.passed


DEFECTS = (
    Defect(
        name="the CronJob controller creates no Job",
        system=forbidding,
        never=[cronjob_controller.create_job],
        red=frozenset({"cron_jobs_run"}),
    ),
    Defect(
        name="Jobs of a CronJob overlap",
        system=forbidding,
        instead={cronjob_controller.create_job: create_whatever_runs},
        red=frozenset({"cron_jobs_do_not_overlap"}),
    ),
    Defect(
        name="the CronJob controller writes without an apiserver",
        system=outage_with_cron_job,
        runs_when={cronjob_controller.controller: always},
        red=frozenset({"no_cron_job_is_written", "no_job_is_written"}),
    ),
    Defect(
        name="a CronJob's status is written without a new revision",
        system=forbidding,
        never=[application.complete],
        also={cronjob_controller.controller: write_without_revision},
        red=frozenset({"cron_job_revisions_grow", "jobs_finish"}),
    ),
)
