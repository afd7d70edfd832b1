"""Schedules: which minutes they name."""

from __future__ import annotations

from datetime import datetime

import pytest

from clusterproof.models.kubernetes.decisions.cron_schedule import next_time, parse_schedule
from clusterproof.models.kubernetes.decisions.cronjob import FinishedJob, jobs_to_delete, replaces, starts_job

FRIDAY = datetime(2026, 1, 2, 23, 50)  # noqa: DTZ001  (the schedule knows no zone)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/5 * * * *", (2026, 1, 2, 23, 55)),
        ("*/5 * * * mon-fri", (2026, 1, 2, 23, 55)),
        ("0 0 * * mon-fri", (2026, 1, 5, 0, 0)),
        ("30 4 1,15 * 5", (2026, 1, 9, 4, 30)),
        ("30 4 1,15 * *", (2026, 1, 15, 4, 30)),
        ("0 12 29 feb ?", (2028, 2, 29, 12, 0)),
        ("7/20 3 * * *", (2026, 1, 3, 3, 7)),
        ("@hourly", (2026, 1, 3, 0, 0)),
        ("@weekly", (2026, 1, 4, 0, 0)),
        ("@every 1h30m", (2026, 1, 3, 1, 20)),
    ],
)
def test_the_next_time(schedule: str, expected: tuple[int, ...]) -> None:
    """Lists, ranges, steps and names; of two days given either is enough, and of a day and a star both must fit."""
    assert next_time(parse_schedule(schedule), FRIDAY) == datetime(*expected)  # type: ignore[arg-type]  # noqa: DTZ001


def test_a_day_that_never_comes() -> None:
    """Nothing is looked for beyond five years."""
    assert next_time(parse_schedule("0 0 31 feb *"), FRIDAY) is None


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("* * * *", "it has 4 fields"),
        ("60 * * * *", "is no minute"),
        ("* * * * 7", "is no day of week"),
        ("* * 0 * *", "is no day of month"),
        ("5-3 * * * *", "is no minute"),
        ("*/0 * * * *", "is no minute"),
        ("x * * * *", "is no minute"),
        ("@often", "write one of @yearly"),
        ("", "it has 0 fields"),
        ("\x85", "it has 0 fields"),
    ],
)
def test_what_is_no_schedule(schedule: str, says: str) -> None:
    """The error says which field is wrong."""
    with pytest.raises(ValueError, match="write") as caught:
        parse_schedule(schedule)

    assert says in str(caught.value)


def test_when_a_job_starts() -> None:
    """A time has passed that had no turn, in time, and nothing forbids it."""
    due = {
        "last_schedule": 1,
        "passed": 3,
        "suspend": False,
        "too_late": False,
        "concurrency_policy": "Forbid",
        "active": 0,
    }
    assert starts_job(**due)
    assert not starts_job(**{**due, "passed": 1})
    assert not starts_job(**{**due, "suspend": True})
    assert not starts_job(**{**due, "too_late": True})
    assert not starts_job(**{**due, "active": 1})
    assert starts_job(**{**due, "active": 1, "concurrency_policy": "Allow"})
    assert not starts_job(**{**due, "active": 1, "concurrency_policy": "Replace"})
    assert replaces(**{**due, "active": 1, "concurrency_policy": "Replace"})
    assert not replaces(**{**due, "active": 1})


def test_the_oldest_jobs_go() -> None:
    """Each kind of end has a limit of its own."""
    jobs = [FinishedJob(number=number, failed=number % 2 == 1) for number in range(6)]

    assert jobs_to_delete(jobs, 3, 1) == (1, 3)
    assert jobs_to_delete(jobs, 0, 3) == (0, 2, 4)
