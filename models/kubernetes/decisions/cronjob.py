"""What the CronJob controller decides: whether a time that has passed gets its Job, and which old Jobs go.

Source: pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob, cleanupFinishedJobs)
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen(kw_only=True)
class FinishedJob:
    """A Job that is over. Of two the one with the lower number is older."""

    number: int
    failed: bool


def starts_job(
    *,
    last_schedule: int,
    passed: int,
    suspend: bool,
    too_late: bool,
    concurrency_policy: str,
    active: int,
) -> bool:
    """Whether the last time that has passed gets a Job now; earlier ones that were missed never do.

    passed: how many times of the schedule have passed; last_schedule: the one that had its turn last. too_late:
    whether startingDeadlineSeconds are over. active: Jobs that are not over; with Replace they are deleted first.
    Source: syncCronJob
    """
    if suspend or passed <= last_schedule or too_late:
        return False
    return concurrency_policy == "Allow" or active == 0


def replaces(
    *, last_schedule: int, passed: int, suspend: bool, too_late: bool, concurrency_policy: str, active: int
) -> bool:
    """Whether Jobs that are not over make room for the next one. Source: syncCronJob (ReplaceConcurrent)"""
    due = not suspend and passed > last_schedule and not too_late
    return due and concurrency_policy == "Replace" and active > 0


def jobs_to_delete(finished: Sequence[FinishedJob], successful_limit: int, failed_limit: int) -> tuple[int, ...]:
    """The numbers of the oldest Jobs beyond the limits of each kind. Source: cleanupFinishedJobs, removeOldestJobs"""
    surplus: list[int] = []
    for failed, limit in ((False, successful_limit), (True, failed_limit)):
        numbers = sorted(job.number for job in finished if job.failed is failed)
        surplus += numbers[: max(0, len(numbers) - limit)]
    return tuple(surplus)
