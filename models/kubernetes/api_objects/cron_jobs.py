"""CronJobs. status.active, which the model does not keep, names the Jobs that are not over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from clusterproof.models.kubernetes import cronjob_controller
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import TIME_FORMAT, Instant
from clusterproof.models.kubernetes.api_objects.jobs import job_spec
from clusterproof.models.kubernetes.api_objects.metadata import (
    API_VERSIONS,
    made_up_uid,
    metadata_of_manifest,
    plain_name,
    typed,
)
from clusterproof.models.kubernetes.job_objects import CronJob as Manifest
from clusterproof.models.kubernetes.job_state import CronJob
from clusterproof.models.kubernetes.names import CronJobId
from clusterproof.models.kubernetes.state import Cluster


def cron_jobs(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every CronJob."""
    for k, cron_job in instant.cluster.cron_jobs.items():
        manifest = cronjob_controller.manifest_of(instant.cluster, k)
        yield typed(
            "CronJob",
            metadata=metadata_of_manifest(instant, "CronJob", manifest.metadata, _exists(k), generation=1),
            spec=cron_job_spec(manifest),
            status=_status(instant, k, cron_job),
        )


def _exists(k: CronJobId) -> Callable[[Cluster], bool]:
    return lambda c: k in c.cron_jobs


def cron_job_spec(manifest: Manifest) -> dict[str, Any]:
    """The spec of a CronJob with its defaults. Source: pkg/apis/batch/v1/defaults.go (SetDefaults_CronJob)"""
    return given(
        schedule=manifest.schedule,
        timeZone=manifest.time_zone,
        suspend=manifest.suspend,
        concurrencyPolicy=manifest.concurrency_policy,
        startingDeadlineSeconds=manifest.starting_deadline_seconds,
        successfulJobsHistoryLimit=manifest.successful_jobs_history_limit,
        failedJobsHistoryLimit=manifest.failed_jobs_history_limit,
        jobTemplate={"spec": job_spec(manifest.job, {})},
    )


def _status(instant: Instant, k: CronJobId, cron_job: CronJob) -> dict[str, Any]:
    """lastScheduleTime is never later than now, also where the clock of a run says nothing of what was before."""
    c = instant.cluster
    times = c.scope.cron_jobs[k].times[: cron_job.last_schedule]
    last = min(times[-1], instant.now).strftime(TIME_FORMAT) if times else None
    active = [
        {
            "apiVersion": API_VERSIONS["Job"],
            "kind": "Job",
            "name": plain_name(j),
            "namespace": c.scope.jobs[j].namespace,
            "uid": made_up_uid("Job", c.scope.jobs[j].namespace, j),
        }
        for j in cronjob_controller.active_jobs(c, k)
    ]
    return given(active=active, lastScheduleTime=last)
