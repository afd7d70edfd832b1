"""Jobs of a scope, with the pods that they may have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import attrs

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.cron_schedule import next_time, parse_schedule
from clusterproof.models.kubernetes.documents import name_of
from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.limits import pool_size
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.updates import refuse_changed_jobs, refuse_changed_schedules
from clusterproof.models.kubernetes.names import CronJobId, JobId, PodId
from clusterproof.models.kubernetes.pod_templates import admitted, lettered
from clusterproof.models.kubernetes.printers.table import START
from clusterproof.models.kubernetes.scope import CronJobScope, JobScope

JOB_NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
"""What the API server adds to the template's labels. Source: pkg/registry/batch/job/strategy.go (generateSelector)"""


def build_jobs(applied: Sequence[objects.Manifests], taken: Collection[PodId]) -> dict[JobId, JobScope]:
    """The Jobs of manifests that are applied one after the other; taken: pods that others may have."""
    versions: dict[str, list[Job]] = {}
    for manifests in applied:
        for job in manifests.jobs:
            versions.setdefault(name_of(job), []).append(job)
    taken = frozenset(taken)
    return {JobId(f"Job/{name}"): _job(name, found, taken) for name, found in versions.items()}


TIMES = 2
"""How many times of its schedule a CronJob is followed for."""


def build_cron_jobs(
    applied: Sequence[objects.Manifests], taken: Collection[PodId]
) -> tuple[dict[CronJobId, CronJobScope], dict[JobId, JobScope]]:
    """The CronJobs of manifests that are applied one after the other, and the Jobs that they may create.

    A Job is called after the minute of its time, as upstream does it. Raises ManifestError for a schedule without one.
    """
    versions: dict[str, list[CronJob]] = {}
    for manifests in applied:
        for cron_job in manifests.cron_jobs:
            versions.setdefault(name_of(cron_job), []).append(cron_job)
    cron_jobs: dict[CronJobId, CronJobScope] = {}
    jobs: dict[JobId, JobScope] = {}
    for name, found in versions.items():
        times = _times(found)
        seconds = [round((time - before).total_seconds()) for before, time in zip((START, *times), times, strict=False)]
        names = [f"{name}-{round(time.timestamp()) // 60}" for time in times]
        ids = tuple(JobId(f"Job/{each}") for each in names)
        k = CronJobId(name)
        cron_jobs[k] = CronJobScope(manifests=tuple(found), jobs=ids, times=times, seconds_between=tuple(seconds))
        for j, each in zip(ids, names, strict=True):
            created = [attrs.evolve(v.job, metadata=attrs.evolve(v.job.metadata, name=plain(each))) for v in found]
            jobs[j] = attrs.evolve(_job(each, created, taken), cron_job=k)
    return cron_jobs, jobs


def plain(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("/")[2]


def _times(versions: Sequence[CronJob]) -> tuple[datetime, ...]:
    schedule = parse_schedule(versions[0].schedule)
    refuse_changed_schedules(versions)
    times = [START]
    for _ in range(TIMES):
        time = next_time(schedule, times[-1])
        if time is None:
            source = versions[0].source
            message = "names no time within five years; write one that comes"
            raise ManifestError(source.file, source.line, "spec.schedule", message)
        times.append(time)
    return tuple(times[1:])


def _job(name: str, versions: Sequence[Job], taken: Collection[PodId]) -> JobScope:
    refuse_changed_jobs(versions)
    first = versions[0]
    labels = {**first.template.labels, **dict.fromkeys(JOB_NAME_LABELS, first.metadata.name)}
    pools = _pools(name, versions)
    if any(p in taken for pool in pools.values() for p in pool):
        pools = _pools(f"{name}-job", versions)
    return JobScope(
        manifests=tuple(versions),
        template=admitted(attrs.evolve(first.template, labels=labels)),
        pools=pools,
        index_of={p: index for index, pool in pools.items() if index is not None for p in pool},
        namespace=first.metadata.namespace,
    )


def _pools(name: str, versions: Sequence[Job]) -> Mapping[int | None, tuple[PodId, ...]]:
    if versions[0].indexed:
        most = max(version.completions or 0 for version in versions)
        return {index: lettered(f"{name}-{index}", pool_size(1)) for index in range(most)}
    return {None: lettered(name, pool_size(max(map(_pods_that_stay, versions))))}


def _pods_that_stay(job: Job) -> int:
    """How many pods a Job without indexes has in the end, where none fails."""
    return job.parallelism if job.completions is None else max(job.completions, 1)


def job_pool_size(job: Job) -> int:
    """How many pods a Job may have at a time, those that have ended among them."""
    return pool_size(1) * (job.completions or 0) if job.indexed else pool_size(_pods_that_stay(job))
