"""Jobs, and the systems that their defects are planted in."""

from __future__ import annotations

from functools import cache
from typing import Any

from kubernetes_systems import indexed_job, job, small_system
from planting import Defect

from clusterproof import System, require
from clusterproof.models.kubernetes import apiserver, job_controller, job_status_controller
from clusterproof.models.kubernetes.job_state import JobEnd, JobPod, PodCount
from clusterproof.models.kubernetes.names import JobId, PodId
from clusterproof.models.kubernetes.state import Cluster
from planted.control_plane import always


@cache
def job_with_crash() -> System[Any]:
    """Return a Job whose container may fail once."""
    return small_system(job(), faults={"crash-container": 1})


@cache
def two_at_a_time() -> System[Any]:
    """Return a Job that wants two completions, both at a time."""
    return small_system(job("completions: 2\nparallelism: 2"))


@cache
def one_after_the_other() -> System[Any]:
    """Return a Job that wants two completions, one after the other."""
    return small_system(job("completions: 2"))


@cache
def indexes() -> System[Any]:
    """Return a Job with two indexes."""
    return small_system(indexed_job())


@cache
def outage_with_job() -> System[Any]:
    """Return a Job whose control plane is stopped and started."""
    return small_system(job(), faults={"stop-control-plane": 1})


# ---------------------------------------------------------------- what goes wrong


def _create(c: Cluster, j: JobId, index: int | None = None) -> None:
    p = apiserver.create_pod(c, j, c.scope.jobs[j].pools[index])
    c.job_pods[p] = JobPod()


def create_all_at_once(c: Cluster, j: JobId) -> None:
    """As many pods as completions are missing, whatever parallelism says."""
    job = require(c.jobs.get(j))
    require(job.target is JobEnd.OPEN and not job_controller.unnoted(c, j, job_controller.view(c, j)))
    counts = job_controller.counts_of(c, j, job_controller.view(c, j))
    require(len(counts.active) < (job_controller.manifest_of(c, j).completions or 1) - counts.succeeded)
    _create(c, j)


def create_second_of_index(c: Cluster, j: JobId) -> None:
    """An index gets a second pod while its first one runs."""
    job = require(c.jobs.get(j))
    pods = [p for p, pod in job_controller.pods_of(c, j) if job_controller.is_active(pod)]
    require(job.target is JobEnd.OPEN and len(pods) == 1 == len(job_controller.pods_of(c, j)))
    _create(c, j, c.scope.jobs[j].index_of[pods[0]])


def create_when_over(c: Cluster, j: JobId) -> None:
    """A Job that is finished and whose pods are gone begins anew."""
    job = require(c.jobs.get(j))
    require(job.finished and len(job_controller.pods_of(c, j)) < 2)
    _create(c, j)


def reopen(c: Cluster, j: JobId) -> None:
    """A failed Job is said to be complete after all."""
    job = require(c.jobs.get(j))
    require(job.finished and job.target is JobEnd.COMPLETE)
    job.target = JobEnd.FAILED
    apiserver.update(c, job)


def count_at_once(c: Cluster, j: JobId) -> None:
    """A pod counts when it is seen to have ended, and is noted as well, to be counted again."""
    job = require(c.jobs.get(j))
    fresh = job_controller.unnoted(c, j, job_controller.view(c, j))
    require(bool(fresh) and fresh[0].phase == "Succeeded")
    c.job_pods[PodId(fresh[0].name)].count = PodCount.SUCCEEDED
    job.succeeded = job.succeeded + 1
    apiserver.update(c, job)


def count_index_twice(c: Cluster, j: JobId) -> None:
    """Of a Job with indexes the counter rises without an index."""
    job = require(c.jobs.get(j))
    require(job.completed_indexes != "" and job.succeeded == 1)
    job.succeeded = 2
    apiserver.update(c, job)


def count_ended_pods_as_active(c: Cluster, j: JobId) -> None:
    """status.active counts every pod."""
    job_status_controller.update_status.function(c, j)
    c.jobs[j].active = len(job_controller.pods_of(c, j))


def report_job_without_revision(c: Cluster, j: JobId) -> None:
    """The status of a Job is written, and its resourceVersion stays."""
    job = require(c.jobs.get(j))
    active = sum(job_controller.is_active(pod) for _, pod in job_controller.pods_of(c, j))
    require(job.active != active)
    job.active = active


def create_only_first(c: Cluster, j: JobId) -> None:
    """A pod is created where there never was one."""
    require(j in c.jobs and not job_controller.pods_of(c, j))
    _create(c, j)


DEFECTS = (
    Defect(
        name="the Job controller replaces no failed pod",
        system=job_with_crash,
        instead={job_controller.create_pod: create_only_first},
        red=frozenset({"jobs_finish"}),
    ),
    Defect(
        name="the status of a Job is never written",
        system=two_at_a_time,
        never=[job_status_controller.update_status],
        red=frozenset({"jobs_finish"}),
    ),
    Defect(
        name="status.active counts pods that have ended",
        system=job_with_crash,
        instead={job_status_controller.update_status: count_ended_pods_as_active},
        red=frozenset({"jobs_converge"}),
    ),
    Defect(
        name="a Job runs more pods than it may",
        system=one_after_the_other,
        instead={job_controller.create_pod: create_all_at_once},
        never=[job_controller.delete_pod],
        red=frozenset({"jobs_keep_their_parallelism"}),
    ),
    Defect(
        name="an index has two pods",
        system=indexes,
        also={job_controller.controller: create_second_of_index},
        never=[job_controller.delete_pod],
        red=frozenset({"jobs_keep_their_parallelism"}),
    ),
    Defect(
        name="a finished Job begins anew",
        system=job_with_crash,
        also={job_controller.controller: create_when_over},
        red=frozenset({"finished_jobs_stay_finished", "jobs_keep_their_parallelism"}),
    ),
    Defect(
        name="a complete Job fails",
        system=job_with_crash,
        also={job_controller.controller: reopen},
        red=frozenset({"finished_jobs_stay_finished"}),
    ),
    Defect(
        name="a completion counts twice",
        system=one_after_the_other,
        also={job_controller.controller: count_at_once},
        red=frozenset({"no_more_succeed_than_are_wanted", "every_end_counts_once"}),
    ),
    Defect(
        name="an index counts twice",
        system=indexes,
        also={job_controller.controller: count_index_twice},
        red=frozenset({"no_more_succeed_than_are_wanted", "jobs_keep_their_parallelism"}),
    ),
    Defect(
        name="the Job controller writes without an apiserver",
        system=outage_with_job,
        runs_when={job_controller.controller: always},
        red=frozenset({"no_job_is_written", "no_pod_is_written"}),
    ),
    Defect(
        name="a Job's status is written without a new revision",
        system=two_at_a_time,
        also={job_controller.controller: report_job_without_revision},
        red=frozenset({"job_revisions_grow"}),
    ),
)
