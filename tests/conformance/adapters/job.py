"""Rows of the Job controller's tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define

from clusterproof.models.kubernetes.decisions import job, job_failures, job_indexes, job_sync
from clusterproof.models.kubernetes.decisions.job import JobPod, JobView
from clusterproof.models.kubernetes.decisions.job_failures import (
    EndedContainer,
    EndedPod,
    PodCondition,
    PolicyMatch,
)
from clusterproof.models.kubernetes.decisions.job_sync import JobSync
from clusterproof.models.kubernetes.job_objects import PodFailurePolicyRule

from .conversion import Adapter, Expect, Given

T0 = "2009-11-10T23:00:00Z"
"""The test clock's beginning, which counts as 0."""

ACTION, OPERATOR = "PodFailurePolicyAction", "PodFailurePolicyOnExitCodesOp"
"""The rows name Go constants; the API's words are what comes after."""


# ---------------------------------------------------------------- indexes


def intervals(given: Sequence[Sequence[int]] | None) -> job_indexes.Intervals:
    return tuple((first, last) for first, last in given or ())


def index_of(row: Mapping[str, Any]) -> int | None:
    return job_indexes.parse_completion_index(row["index"])


def calculate_succeeded_indexes(given: Given, _: Expect) -> object:
    succeeded = [index_of(row) for row in given.get("pods") or () if row["phase"] == "Succeeded"]
    before, now = job_indexes.calculate_succeeded_indexes(
        given.get("prevSucceeded", ""), given["completions"], succeeded
    )
    return {"wantIntervals": [list(each) for each in now], "wantStatusIntervals": [list(each) for each in before]}


def first_pending_indexes(given: Given, _: Expect) -> object:
    active = [index_of(row) for row in given.get("activePods") or ()]
    succeeded, failed = intervals(given.get("succeededIndexes")), intervals(given.get("failedIndexes"))
    found = job_indexes.first_pending_indexes(active, succeeded, failed, given["cnt"], given["completions"])
    return {"want": found}


def intervals_have_index(given: Given, _: Expect) -> object:
    found = job_indexes.intervals_have_index(intervals(given.get("intervals")), given.get("index", 0))
    return {"wantHas": found}


# ---------------------------------------------------------------- failures


def instant(text: str | None) -> float | None:
    """Seconds after T0."""
    if text is None:
        return None
    found = re.fullmatch(r"(?:T0|2009-11-10T23:00:00Z)(?:([+-]\d+)s)?", text)
    if not found:
        raise ValueError(f"{text!r} is not an instant of the form T0-1s")
    return float(found[1] or 0)


def ended_container(given: Mapping[str, Any]) -> EndedContainer:
    ended = (given.get("state") or {}).get("terminated")
    if ended is None:
        return EndedContainer(name=given.get("name", ""))
    code, at = ended.get("exitCode", 0), instant(ended.get("finishedAt"))
    return EndedContainer(name=given.get("name", ""), exit_code=code, finished_at=at)


def ended_pod(given: Mapping[str, Any]) -> EndedPod:
    metadata, status = given.get("metadata") or {}, given.get("status") or {}
    return EndedPod(
        name=metadata.get("name", ""),
        namespace=metadata.get("namespace", ""),
        containers=tuple(map(ended_container, status.get("containerStatuses") or ())),
        init_containers=tuple(map(ended_container, status.get("initContainerStatuses") or ())),
        conditions=tuple(
            PodCondition(type=row["type"], status=row["status"], since=instant(row.get("lastTransitionTime")))
            for row in status.get("conditions") or ()
        ),
        deleted_at=instant(metadata.get("deletionTimestamp")),
        grace_period_seconds=metadata.get("deletionGracePeriodSeconds") or 0,
        created_at=instant(metadata.get("creationTimestamp")) or 0.0,
    )


def rule(given: Mapping[str, Any]) -> PodFailurePolicyRule:
    codes = given.get("onExitCodes")
    return PodFailurePolicyRule(
        action=given["action"].removeprefix(ACTION),
        container=codes.get("containerName") if codes else None,
        operator=codes["operator"].removeprefix(OPERATOR) if codes else "",
        exit_codes=tuple(codes["values"]) if codes else None,
        conditions=tuple((each["type"], each["status"]) for each in given.get("onPodConditions") or ()),
    )


def matched(policy: Mapping[str, Any] | None, pod: EndedPod, *, per_index: bool) -> PolicyMatch:
    rules = [rule(each) for each in (policy or {}).get("rules") or ()]
    return job_failures.match_pod_failure_policy(rules, pod, backoff_limit_per_index=per_index)


def match_pod_failure_policy(given: Given, _: Expect) -> object:
    per_index = bool(given.get("enableJobBackoffLimitPerIndex"))
    found = matched(given.get("podFailurePolicy"), ended_pod(given["failedPod"]), per_index=per_index)
    return {
        "wantAction": ACTION + found.action if found.action else "",
        "wantCountFailed": found.count_failed,
        "wantJobFailureMessage": found.message,
    }


def is_index_failed(given: Given, _: Expect) -> object:
    """The rows have lost their pods but for the word Pod: it is taken as one that failed, without anything else."""
    spec = given["job"]["spec"]
    pod = ended_pod(given["pod"] if isinstance(given["pod"], Mapping) else {})
    policy = spec.get("podFailurePolicy") if given.get("enableJobPodFailurePolicy") else None
    match = matched(policy, pod, per_index=True)
    return {"wantResult": job_failures.is_index_failed(True, match, 0, spec["backoffLimitPerIndex"])}


def get_finished_time(given: Given, _: Expect) -> object:
    seconds = job_failures.get_finished_time(ended_pod(given["pod"]))
    return {"wantFinishTime": T0 if not seconds else f"T0{seconds:+g}s"}


def get_remaining_backoff_time(given: Given, _: Expect) -> object:
    record = given["backoffRecord"]
    failures, last = record.get("failuresAfterLastSuccess", 0), instant(record.get("lastFailureTime"))
    since = (instant(given.get("currentTime")) or 0) - (last or 0)
    wait = job_failures.get_remaining_backoff_time(failures, since, given["defaultBackoff"], given["maxBackoff"])
    return {"wantDuration": wait}


# ---------------------------------------------------------------- one sync


@define
class FakeApiServer:
    """Counts what is asked of it, as upstream's fake pod control: beyond its limit it creates nothing."""

    fails: bool = False
    create_limit: int | None = None
    creations: int = 0
    deletions: int = 0
    patches: int = 0

    def request(self, verb: str) -> bool:
        if verb == "create" and self.create_limit is not None and self.creations >= self.create_limit:
            return False
        self.creations += verb == "create"
        self.deletions += verb == "delete"
        self.patches += verb == "patch"
        return not self.fails


def job_pods(given: Given) -> list[JobPod]:
    """The pods of a row: counted by what they are, or listed with their indexes."""
    found: list[JobPod] = []

    def add(count: int, **fields: Any) -> None:
        found.extend(JobPod(name=f"pod-{len(found) + number}", **fields) for number in range(count))

    ready = given.get("readyPods", 0)
    add(given.get("pendingPods", 0), phase="Pending")
    add(ready, ready=True)
    add(given.get("activePods", 0) - ready, phase=given.get("activePodsPhase") or "Running")
    add(given.get("succeededPods", 0), phase="Succeeded")
    add(given.get("failedPods", 0), phase="Failed")
    add(given.get("terminatingPods", 0), deleting=True)
    for restarts in given.get("restartCounts") or ():
        add(1, phase=given["podPhase"], restarts=restarts)
    for index, phase in given.get("podsWithIndexes") or ():
        add(1, phase=phase, index=job_indexes.parse_completion_index(index))
    return found


def job_view(given: Given) -> JobView:
    """Negative completions stand for none."""
    completions = given.get("completions", 0)
    status = given.get("initialStatus") or {}
    return JobView(
        parallelism=given.get("parallelism", 0),
        completions=None if completions < 0 else completions,
        indexed=given.get("completionMode") == "IndexedCompletion",
        backoff_limit=given.get("backoffLimit", 0),
        restart_policy="OnFailure" if "restartCounts" in given else "Never",
        active_deadline_seconds=given.get("activeDeadlineSeconds"),
        seconds_active=given.get("startTime"),
        suspend=bool(given.get("suspend")),
        deleting=bool(given.get("deleting")),
        only_replace_failed=given.get("podReplacementPolicy") == "Failed",
        succeeded=status.get("succeed", 0),
        failed=status.get("failed", 0),
        completed_indexes=given.get("completedIndexes", ""),
    )


def synced(given: Given) -> tuple[JobSync, FakeApiServer]:
    server = FakeApiServer(fails=bool(given.get("podControllerError")), create_limit=given.get("podLimit"))
    expected = given.get("fakeExpectationAtCreation", 0) > 0
    return job_sync.sync_job(job_view(given), job_pods(given), server.request, expectations_met=not expected), server


def sync_job(given: Given, _: Expect) -> object:
    """Without their gates, the counters of ready and of terminating pods are not written."""
    found, server = synced(given)
    return {
        "expectedActive": found.active,
        "expectedReady": found.ready if given.get("jobReadyPodsEnabled") else 0,
        "expectedTerminating": found.terminating if given.get("jobPodReplacementPolicy") else 0,
        "expectedSucceeded": found.succeeded,
        "expectedFailed": found.failed,
        "expectedCreations": server.creations,
        "expectedCreatedIndexes": list(found.created_indexes),
        "expectedDeletions": server.deletions,
        "expectedPodPatches": server.patches,
        "expectedCompletedIdxs": found.completed_indexes,
        "expectedCondition": found.condition,
        "expectedConditionStatus": "True" if found.condition else "",
        "expectedConditionReason": found.reason,
    }


def some_of_sync_job(given: Given, expect: Expect) -> object:
    """The tables of limits look at a few fields."""
    everything = sync_job(given, expect)
    assert isinstance(everything, dict)
    return {name: everything[name] for name in expect}


def is_job_finished(given: Given, _: Expect) -> object:
    finished = job.is_job_finished([(given["conditionType"], given["conditionStatus"])])
    return {"expectJobNotFinished": not finished}


ADAPTERS: dict[str, Adapter] = {
    "CalculateSucceededIndexes": calculate_succeeded_indexes,
    "FirstPendingIndexes": first_pending_indexes,
    "IntervalsHaveIndex": intervals_have_index,
    "IsIndexFailed": is_index_failed,
    "IsJobFinished": is_job_finished,
    "activeDeadlineSeconds": some_of_sync_job,
    "backoffLimit (restartPolicy Never)": some_of_sync_job,
    "backoffLimit (restartPolicy OnFailure)": some_of_sync_job,
    "getFinishedTime": get_finished_time,
    "getRemainingBackoffTime": get_remaining_backoff_time,
    "matchPodFailurePolicy": match_pod_failure_policy,
    "syncJob": sync_job,
}
