"""What a Job comes to, and when."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.job import JobPod, JobView
from clusterproof.models.kubernetes.decisions.job_status import (
    JobOutcome,
    is_end_enacted,
    match_success_policy,
    outcome,
)
from clusterproof.models.kubernetes.decisions.job_sync import count_pods
from clusterproof.models.kubernetes.job_objects import SuccessPolicyRule


@pytest.mark.parametrize(
    ("rule", "succeeded", "met"),
    [
        (SuccessPolicyRule("0,2"), ((0, 0),), False),
        (SuccessPolicyRule("0,2"), ((0, 2),), True),
        (SuccessPolicyRule("0,2", 1), ((2, 2),), True),
        (SuccessPolicyRule("0,2", 1), ((1, 1),), False),
        (SuccessPolicyRule(None, 2), ((0, 0), (4, 4)), True),
        (SuccessPolicyRule(None, 3), ((0, 0), (4, 4)), False),
    ],
)
def test_enough_of_the_named_indexes_must_have_succeeded(rule: SuccessPolicyRule, succeeded, met: bool) -> None:
    """All named indexes, or so many of them, or so many of any."""
    assert match_success_policy([rule], 5, succeeded) is met


def found(job: JobView, *pods: JobPod, **options) -> JobOutcome:
    """Return what a sync finds."""
    return outcome(job, pods, count_pods(job, pods), **options)


def test_a_job_is_complete_when_enough_have_succeeded_and_none_runs() -> None:
    """An active pod keeps a Job from being complete."""
    job = JobView(completions=1)

    assert found(job) == JobOutcome()
    assert found(job, JobPod(phase="Succeeded")) == JobOutcome("Complete", "CompletionsReached")
    assert found(job, JobPod(phase="Succeeded"), JobPod()) == JobOutcome()


def test_a_failure_outweighs_a_success() -> None:
    """What has failed too often fails, though enough have succeeded."""
    job = JobView(completions=1, backoff_limit=0)

    assert found(job, JobPod(phase="Succeeded"), JobPod(phase="Failed")).reason == "BackoffLimitExceeded"


def test_failed_indexes_fail_the_job_when_no_index_is_left() -> None:
    """With a limit per index the others go on; beyond maxFailedIndexes they do not."""
    job = JobView(completions=3, parallelism=3, indexed=True, failed_indexes=((1, 1),))
    rest = [JobPod(phase="Succeeded", index=0), JobPod(phase="Succeeded", index=2)]

    assert found(job, rest[0]) == JobOutcome()
    assert found(job, *rest) == JobOutcome("Failed", "FailedIndexes")
    assert found(job, rest[0], max_failed_indexes=0) == JobOutcome("Failed", "MaxFailedIndexesExceeded")
    assert found(job, rest[0], max_failed_indexes=1) == JobOutcome()


def test_a_success_policy_ends_a_job_early() -> None:
    """Pods of the other indexes are of no interest any more."""
    job = JobView(completions=2, parallelism=2, indexed=True)
    pods = [JobPod(phase="Succeeded", index=0), JobPod(index=1)]

    assert found(job, *pods, success_policy=[SuccessPolicyRule("0")]) == JobOutcome("Complete", "SuccessPolicy")


def test_the_end_waits_until_all_is_counted_and_from_1_31_until_all_are_gone() -> None:
    """Complete and Failed are set last."""
    known = {"target_known": True, "uncounted": 0, "active": 0, "terminating": 0, "delayed": True}

    assert is_end_enacted(**known)
    assert not is_end_enacted(**{**known, "target_known": False})
    assert not is_end_enacted(**{**known, "uncounted": 1})
    assert not is_end_enacted(**{**known, "active": 1})
    assert not is_end_enacted(**{**known, "terminating": 1})
    assert is_end_enacted(**{**known, "terminating": 1, "delayed": False})
