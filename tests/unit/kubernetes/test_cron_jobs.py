"""The CronJob controller's steps.

Source: pkg/controller/cronjob, https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import TICK, after, busy_cluster, changed, cron_job, is_enabled, manifests, small_system

from clusterproof import Timer
from clusterproof.models.kubernetes import cronjob_controller
from clusterproof.models.kubernetes.api_objects.cron_jobs import cron_jobs
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.jobs import jobs
from clusterproof.models.kubernetes.job_state import JobEnd
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.names import JobId
from clusterproof.models.kubernetes.state import Cluster

FIRST, SECOND = JobId("Job/tick-29453765"), JobId("Job/tick-29453770")
create, replace = cronjob_controller.create_job, cronjob_controller.replace_job


@cache
def due(spec: str = "") -> Cluster:
    """Return a CronJob whose first time has come."""
    return after(changed(busy_cluster(cron_job(spec)), "cron_jobs", TICK, next=Timer(0)), cronjob_controller.come, TICK)


def again(c: Cluster) -> Cluster:
    """Return the state when the next time has come."""
    return after(changed(c, "cron_jobs", TICK, next=Timer(0)), cronjob_controller.come, TICK)


def started(spec: str = "") -> Cluster:
    """Return the state in which the first Job is there, and the status says so."""
    return after(after(due(spec), create, TICK), cronjob_controller.update_status, TICK)


def test_a_time_that_has_passed_gets_a_job() -> None:
    """Named after the minute of its time; the status is written when it is there."""
    c = due()
    assert not is_enabled(c, cronjob_controller.update_status, TICK)

    created = after(c, create, TICK)
    assert list(created.jobs) == [FIRST]
    assert not is_enabled(created, create, TICK)
    assert started().cron_jobs[TICK].last_schedule == 1
    assert started().cron_jobs[TICK].next == Timer(300)


def test_of_several_missed_times_only_the_last_one_gets_a_job() -> None:
    """A controller that was away starts what is due now."""
    assert list(after(again(due()), create, TICK).jobs) == [SECOND]


@pytest.mark.parametrize(
    ("policy", "creates", "replaces"), [("Allow", True, False), ("Forbid", False, False), ("Replace", False, True)]
)
def test_what_a_running_job_means_to_the_next_one(policy: str, creates: bool, replaces: bool) -> None:
    """concurrencyPolicy."""
    c = again(started(f"concurrencyPolicy: {policy}"))

    assert (is_enabled(c, create, TICK), is_enabled(c, replace, TICK)) == (creates, replaces)
    if replaces:
        assert list(after(after(c, replace, TICK), create, TICK).jobs) == [SECOND]


def test_nothing_starts_too_late_or_suspended() -> None:
    """startingDeadlineSeconds counts from the time."""
    late = due("startingDeadlineSeconds: 60")
    assert late.cron_jobs[TICK].deadline == Timer(60)
    assert is_enabled(late, create, TICK)
    assert not is_enabled(changed(late, "cron_jobs", TICK, deadline=Timer(0)), create, TICK)
    assert not is_enabled(due("suspend: true"), create, TICK)


def test_old_jobs_go() -> None:
    """Failed ones have a limit of their own; what is not noted yet stays."""
    over = changed(started("successfulJobsHistoryLimit: 0"), "jobs", FIRST, finished=True, target=JobEnd.COMPLETE)
    assert not after(over, cronjob_controller.delete_old_job, TICK).jobs

    failed = changed(over, "jobs", FIRST, target=JobEnd.FAILED)
    assert not is_enabled(failed, cronjob_controller.delete_old_job, TICK)
    unnoted = changed(over, "cron_jobs", TICK, last_schedule=0)
    assert not is_enabled(unnoted, cronjob_controller.delete_old_job, TICK)


def test_what_kubectl_shows() -> None:
    """The Jobs that are not over, the last time, and whose a Job is."""
    now = Instant(cluster=started(), at_seconds=400)
    (shown,) = cron_jobs(now)
    (job,) = jobs(now)

    assert [each["name"] for each in shown["status"]["active"]] == ["tick-29453765"]
    assert shown["status"]["lastScheduleTime"] == "2026-01-01T00:05:00Z"
    assert job["metadata"]["ownerReferences"][0]["kind"] == "CronJob"


def test_a_schedule_that_never_comes_is_refused() -> None:
    """In one line with the field."""
    never = cron_job().replace("*/5 * * * *", "0 0 31 2 *")

    with pytest.raises(ManifestError, match=r"spec.schedule: names no time within five years"):
        small_system(never, properties=())
    with pytest.raises(ManifestError, match=r'spec.schedule: "x" is no schedule'):
        manifests(cron_job().replace("*/5 * * * *", "x"))


def test_a_cron_job_is_followed_for_some_times() -> None:
    """The report says so."""
    lines = "\n".join(small_system(cron_job(), properties=()).assumptions)

    assert "CronJob/tick (web.yaml:2): its schedule is followed for 2 times" in lines
