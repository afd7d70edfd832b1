"""When a Job is over, and why; which indexes have failed for good.

Source: pkg/controller/job/job_controller.go (syncJob, enactJobFinished), success_policy.go, indexed_job_utils.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.job import JobPod, JobView
from clusterproof.models.kubernetes.decisions.job_indexes import (
    Intervals,
    intervals_have_index,
    parse_indexes_from_string,
    total,
)
from clusterproof.models.kubernetes.decisions.job_sync import JobCounts, failure_reason, is_complete
from clusterproof.models.kubernetes.job_objects import SuccessPolicyRule

COMPLETE = "Complete"
FAILED = "Failed"

FIRST_VERSION_WITH_DELAYED_END = 31
"""From 1.31 on Complete and Failed wait until no pod is left that terminates. Source: delayTerminalCondition"""

FIRST_VERSION_WITH_REPLACEMENT_POLICY = 29
"""Source: feature gate JobPodReplacementPolicy, on from 1.29"""


@frozen
class JobOutcome:
    """What a Job comes to: Complete or Failed, and the condition's reason; empty while it goes on."""

    end: str = ""
    reason: str = ""


def match_success_policy(rules: Iterable[SuccessPolicyRule], completions: int, succeeded: Intervals) -> bool:
    """Whether the indexes that have succeeded are enough for one of the rules. Source: matchSuccessPolicy"""
    for rule in rules:
        if rule.indexes is None:
            matched = total(succeeded)
            wanted = rule.count
        else:
            named = parse_indexes_from_string(rule.indexes, completions)
            matched = sum(
                intervals_have_index(succeeded, index) for first, last in named for index in range(first, last + 1)
            )
            wanted = total(named) if rule.count is None else rule.count
        if wanted is not None and matched >= wanted:
            return True
    return False


def outcome(
    job: JobView,
    pods: Sequence[JobPod],
    counts: JobCounts,
    *,
    max_failed_indexes: int | None = None,
    success_policy: Sequence[SuccessPolicyRule] = (),
) -> JobOutcome:
    """What a sync finds the Job to come to. Source: syncJob (finishedCondition)"""
    reason = failure_reason(job, pods, counts)
    if reason:
        return JobOutcome(FAILED, reason)
    failed_indexes = total(job.failed_indexes)
    if max_failed_indexes is not None and failed_indexes > max_failed_indexes:
        return JobOutcome(FAILED, "MaxFailedIndexesExceeded")
    if failed_indexes > 0 and failed_indexes + total(counts.completed) >= (job.completions or 0):
        return JobOutcome(FAILED, "FailedIndexes")
    if success_policy and match_success_policy(success_policy, job.completions or 0, counts.completed):
        return JobOutcome(COMPLETE, "SuccessPolicy")
    if is_complete(job, counts.succeeded, len(counts.active)):
        return JobOutcome(COMPLETE, "CompletionsReached")
    return JobOutcome()


def is_end_enacted(*, target_known: bool, uncounted: int, active: int, terminating: int, delayed: bool) -> bool:
    """Whether the condition Complete or Failed is set: once all ends are counted, and no pod is left if it is delayed.

    uncounted: pods whose end is still to be counted. Source: enactJobFinished
    """
    if not target_known or uncounted > 0 or active > 0:
        return False
    return not delayed or terminating == 0
