"""What the Job controller counts, creates and deletes, and when a Job is over."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.job import (
    JobPod,
    JobView,
    active_pods_for_removal,
    is_job_finished,
    is_pod_failed,
    past_active_deadline,
)
from clusterproof.models.kubernetes.decisions.job_failures import (
    EndedContainer,
    EndedPod,
    PodCondition,
    PodFailurePolicyRule,
    PolicyMatch,
    get_finished_time,
    get_remaining_backoff_time,
    is_index_failed,
    match_pod_failure_policy,
    past_backoff_limit_on_failure,
)
from clusterproof.models.kubernetes.decisions.job_indexes import (
    calculate_succeeded_indexes,
    first_pending_indexes,
    indexes_text,
    intervals_have_index,
    parse_completion_index,
    parse_indexes_from_string,
    total,
    with_ordered_indexes,
)
from clusterproof.models.kubernetes.decisions.job_sync import JobSync, sync_job


def pod(phase: str = "Running", **changes: Any) -> JobPod:
    """A pod of a Job."""
    return JobPod(phase=phase, **changes)


def synced(job: JobView, *pods: JobPod, **options: Any) -> JobSync:
    """What a sync does, each pod with a name of its own."""
    return sync_job(job, [evolve(each, name=f"p{number}") for number, each in enumerate(pods)], **options)


def refuse(_: str) -> bool:
    """An API server that fails every request."""
    return False


# ---------------------------------------------------------------- indexes


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_intervals_hold_exactly_what_was_put_in(before: set[int], new: set[int]) -> None:
    """In whatever order; they are apart, and their text is read back."""
    intervals = with_ordered_indexes(with_ordered_indexes((), before), new)

    assert {index for index in range(31) if intervals_have_index(intervals, index)} == before | new
    assert total(intervals) == len(before | new)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(intervals))
    assert parse_indexes_from_string(indexes_text(intervals), 31) == intervals


def test_two_neighbours_are_no_range() -> None:
    """As status.completedIndexes writes them."""
    assert indexes_text(((1, 1), (3, 4), (6, 8))) == "1,3,4,6-8"


def test_what_is_no_index_is_left_out() -> None:
    """Broken text, and what lies beyond the completions."""
    assert parse_indexes_from_string("0,x,2-y,3-9", 6) == ((0, 0), (3, 5))
    assert calculate_succeeded_indexes("0", 3, [1, None, 7]) == (((0, 0),), ((0, 1),))
    assert [parse_completion_index(text) for text in ("3", "-1", "x", "")] == [3, None, None, None]


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(0, 12), st.integers(0, 10))
def test_the_lowest_free_indexes_come_first(active: set[int], done: set[int], count: int, completions: int) -> None:
    """Neither running, nor succeeded, nor failed, and below the completions."""
    failed = with_ordered_indexes((), {index for index in done if index % 2})
    succeeded = with_ordered_indexes((), {index for index in done if not index % 2})
    free = [index for index in range(completions) if index not in active | done]

    assert first_pending_indexes([*active, None], succeeded, failed, count, completions) == free[:count]


# ---------------------------------------------------------------- failures


def failed_pod(*codes: int, **condition: str) -> EndedPod:
    """A pod whose containers c0, c1... ended with these codes."""
    containers = tuple(EndedContainer(name=f"c{n}", exit_code=code) for n, code in enumerate(codes))
    conditions = tuple(PodCondition(type=kind, status=status) for kind, status in condition.items())
    return EndedPod(name="p", containers=containers, conditions=conditions)


def rule(action: str, *codes: int, operator: str = "In", container: str | None = None) -> PodFailurePolicyRule:
    """A rule on exit codes."""
    return PodFailurePolicyRule(action=action, operator=operator, exit_codes=codes, container=container)


def test_the_first_rule_that_fits_decides() -> None:
    """Without one the failure counts; an unknown action fits nothing."""
    rules = [rule("Strange", 1), rule("Ignore", 1), rule("FailJob", 1, 2)]

    assert match_pod_failure_policy(rules, failed_pod(1)) == PolicyMatch("Ignore", count_failed=False)
    assert match_pod_failure_policy(rules, failed_pod(3)) == PolicyMatch()
    assert match_pod_failure_policy(rules, failed_pod(0, 2)).message == (
        "Container c1 for pod default/p failed with exit code 2 matching FailJob rule at index 2"
    )


def test_exit_code_zero_never_fits() -> None:
    """Not even NotIn: a container that succeeded is no failure; and a rule may be about one container only."""
    assert match_pod_failure_policy([rule("FailJob", 5, operator="NotIn")], failed_pod(0)) == PolicyMatch()
    only = rule("Count", 5, operator="NotIn", container="c1")
    assert match_pod_failure_policy([only], failed_pod(3)) == PolicyMatch()
    assert match_pod_failure_policy([only], failed_pod(3, 3)) == PolicyMatch("Count")


def test_conditions_fit_by_type_and_status() -> None:
    """A disrupted pod can be ignored."""
    disrupted = PodFailurePolicyRule(action="Ignore", conditions=(("DisruptionTarget", "True"),))

    assert match_pod_failure_policy([disrupted], failed_pod(DisruptionTarget="True")).action == "Ignore"
    assert match_pod_failure_policy([disrupted], failed_pod(DisruptionTarget="False")).action == ""


def test_an_index_ends_by_the_policy_or_by_one_failure_too_many() -> None:
    """FailIndex needs its gate; an ignored failure is none."""
    fail_index = match_pod_failure_policy([rule("FailIndex", 1)], failed_pod(1))
    ungated = match_pod_failure_policy([rule("FailIndex", 1)], failed_pod(1), backoff_limit_per_index=False)

    assert is_index_failed(True, fail_index, 0, 5)
    assert not is_index_failed(True, ungated, 0, 5)
    assert is_index_failed(True, PolicyMatch(), 1, 1)
    assert not is_index_failed(True, PolicyMatch(), 0, 1)
    assert not is_index_failed(True, PolicyMatch("Ignore", count_failed=False), 9, 1)
    assert not is_index_failed(False, fail_index, 9, 1)


def test_a_pod_ends_with_its_last_container() -> None:
    """Else when it stopped being ready, else when it was told to go; last of all, when it was made."""
    ends = tuple(EndedContainer(exit_code=1, finished_at=at) for at in (3.0, 7.0))
    unready = PodCondition(type="Ready", status="False", since=5.0)
    running = EndedPod(containers=(*ends, EndedContainer()), deleted_at=40.0, grace_period_seconds=30, created_at=1.0)

    assert get_finished_time(EndedPod(containers=ends, conditions=(unready,))) == 7.0
    assert get_finished_time(evolve(running, conditions=(unready,))) == 5.0
    assert get_finished_time(running) == 10.0
    assert get_finished_time(evolve(running, deleted_at=None)) == 1.0


def test_the_wait_doubles_up_to_its_limit() -> None:
    """10 s after the first failure, and never more than ten minutes."""
    assert [get_remaining_backoff_time(failures, 0) for failures in range(5)] == [0, 10, 20, 40, 80]
    assert get_remaining_backoff_time(500, 0) == 600
    assert (get_remaining_backoff_time(1, 4), get_remaining_backoff_time(1, 99)) == (6, 0)


def test_restarts_in_place_count_with_on_failure_only() -> None:
    """A limit of 0 allows none, as does a limit of 1."""
    assert [past_backoff_limit_on_failure("OnFailure", [1, 1], limit) for limit in (0, 1, 2, 3)] == [True] * 3 + [False]
    assert not past_backoff_limit_on_failure("OnFailure", [0], 0)
    assert not past_backoff_limit_on_failure("Never", [9], 1)


# ---------------------------------------------------------------- one sync


def test_a_job_runs_no_more_pods_than_it_still_needs() -> None:
    """Nor more than its parallelism; a work queue starts none after its first success."""
    job = JobView(parallelism=3, completions=4)

    assert (synced(job).creations, synced(job).active) == (3, 3)
    assert synced(job, pod("Succeeded"), pod("Succeeded")).creations == 2
    assert synced(job, pod(), pod(), pod("Succeeded"), pod("Succeeded"), pod("Succeeded")).deletions == 1
    queue = evolve(job, completions=None)
    assert (synced(queue).creations, synced(queue, pod("Succeeded"), pod()).creations) == (3, 0)


def test_pods_on_their_way_out_are_replaced_at_once_or_when_they_have_failed() -> None:
    """podReplacementPolicy says which; in the first case they count as failed."""
    job = JobView(parallelism=2, completions=4)
    leaving = pod(deleting=True)

    assert (synced(job, leaving).creations, synced(job, leaving).failed) == (2, 1)
    patient = evolve(job, only_replace_failed=True)
    assert (synced(patient, leaving).creations, synced(patient, leaving).failed) == (1, 0)
    assert not is_pod_failed(pod("Succeeded", deleting=True), only_replace_failed=False)


def test_a_job_fails_by_one_failure_too_many() -> None:
    """Its active pods are deleted, and have failed with it."""
    job = JobView(parallelism=2, completions=4, backoff_limit=1)

    assert synced(job, pod("Failed"), pod(), pod()).condition == ""
    over = synced(job, pod("Failed"), pod("Failed"), pod())
    assert (over.condition, over.reason, over.deletions, over.failed, over.active) == (
        "Failed",
        "BackoffLimitExceeded",
        1,
        3,
        0,
    )


def test_a_job_is_not_over_before_its_pods_are_deleted_and_seen() -> None:
    """When a deletion fails, or an earlier creation was not observed yet, the next sync decides."""
    job = JobView(backoff_limit=0)

    assert synced(job, pod("Failed"), pod(), request=refuse).condition == ""
    assert synced(job, pod("Failed"), expectations_met=False).condition == ""
    assert synced(job, expectations_met=False).creations == 0


def test_a_deadline_ends_a_job_that_is_not_suspended() -> None:
    """The clock of a suspended Job stands still."""
    late = JobView(active_deadline_seconds=10, seconds_active=10)

    assert synced(late, pod()).reason == "DeadlineExceeded"
    assert past_active_deadline(late)
    assert not past_active_deadline(evolve(late, suspend=True))
    assert synced(evolve(late, suspend=True), pod()).condition == "Suspended"


def test_a_job_is_complete_when_nothing_runs_any_more() -> None:
    """A work queue with one success, any other Job with all that it asked for."""
    job = JobView(completions=1)

    assert synced(job, pod("Succeeded")).condition == "Complete"
    assert synced(evolve(job, completions=None), pod("Succeeded"), pod()).condition == ""
    assert synced(evolve(job, completions=None), pod("Succeeded")).condition == "Complete"


def test_an_indexed_job_needs_every_index_once() -> None:
    """Pods without index, out of range, or of an index that has one already, are deleted first."""
    job = JobView(parallelism=3, completions=3, indexed=True)

    begun = synced(job, pod("Succeeded", index=0), pod("Failed", index=2))
    assert (begun.created_indexes, begun.completed_indexes, begun.failed) == ((1, 2), "0", 1)
    doubled = [pod(index=1, name="late"), pod(index=1, ready=True, name="early"), pod(name="lost"), pod(index=8)]
    assert {each.name for each in active_pods_for_removal(job, doubled, 0)} == {"late", "lost", ""}
    done = synced(job, *(pod("Succeeded", index=index) for index in (0, 1, 1, 2)))
    assert (done.succeeded, done.condition) == (3, "Complete")


def test_what_is_not_let_go_does_not_count() -> None:
    """A finished pod counts once its finalizer is removed."""
    assert synced(JobView(completions=5), pod("Succeeded"), pod("Failed"), request=refuse).succeeded == 0


def test_back_off_delays_creation_and_not_deletion() -> None:
    """While it lasts no pod is created."""
    waiting = JobView(parallelism=2, completions=2, wait_seconds=3)

    assert synced(waiting).creations == 0
    assert synced(waiting, pod(), pod(), pod()).deletions == 1


@pytest.mark.parametrize(("condition", "finished"), [("Complete", True), ("Failed", True), ("Suspended", False)])
def test_a_job_is_finished_by_two_conditions(condition: str, finished: bool) -> None:
    """And only while they are True."""
    assert is_job_finished([(condition, "True")]) is finished
    assert not is_job_finished([(condition, "False")])


PODS = st.lists(
    st.builds(
        JobPod,
        name=st.uuids().map(str),
        phase=st.sampled_from(["Pending", "Running", "Succeeded", "Failed"]),
        index=st.none() | st.integers(0, 5),
        deleting=st.booleans(),
        ready=st.booleans(),
    ),
    max_size=8,
)
JOBS = st.builds(
    JobView,
    parallelism=st.integers(0, 4),
    completions=st.integers(0, 5),
    indexed=st.booleans(),
    backoff_limit=st.integers(0, 4),
    suspend=st.booleans(),
    deleting=st.booleans(),
    only_replace_failed=st.booleans(),
)


@given(JOBS, PODS)
def test_no_sync_runs_more_than_is_wanted(job: JobView, pods: list[JobPod]) -> None:
    """After a sync at most parallelism pods run, no more than are still needed, and it creates or deletes, not both."""
    found = sync_job(job, pods)

    assert not (found.creations and found.deletions)
    if not job.deleting:
        assert found.active <= job.parallelism
        assert found.active <= max(0, (job.completions or 0) - found.succeeded)
    if found.condition in ("Complete", "Failed"):
        assert found.active == 0
