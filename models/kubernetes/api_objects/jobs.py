"""Jobs. Uids are made up, and so the label and the selector that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from clusterproof.models.kubernetes import job_controller
from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import TIME_FORMAT, Instant
from clusterproof.models.kubernetes.api_objects.metadata import (
    condition,
    controller_reference,
    made_up_uid,
    metadata,
    plain_name,
    typed,
)
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.build_jobs import JOB_NAME_LABELS
from clusterproof.models.kubernetes.job_objects import Job as Manifest
from clusterproof.models.kubernetes.job_objects import PodFailurePolicyRule, SuccessPolicyRule
from clusterproof.models.kubernetes.job_state import Job, JobEnd, PodCount
from clusterproof.models.kubernetes.names import JobId
from clusterproof.models.kubernetes.state import Cluster, PodPhase

CONTROLLER_UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"
SCHEDULED_TIMESTAMP = "batch.kubernetes.io/cronjob-scheduled-timestamp"
TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking"

MESSAGES = {
    "CompletionsReached": "Reached expected number of succeeded pods",
    "SuccessPolicy": "Matched rules at index 0",
    "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    "DeadlineExceeded": "Job was active longer than specified deadline",
    "FailedIndexes": "Job has failed indexes",
    "MaxFailedIndexesExceeded": "Job has exceeded the specified maximal number of failed indexes",
}


def jobs(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every Job."""
    for j, job in instant.cluster.jobs.items():
        yield _job(instant, j, job)


def generated_labels(c: Cluster, j: JobId) -> dict[str, str]:
    """What the API server adds to the labels of a Job's pods. Source: pkg/registry/batch/job/strategy.go"""
    namespace, name = c.scope.jobs[j].namespace, plain_name(j)
    uid = made_up_uid("Job", namespace, name)
    return {**dict.fromkeys(CONTROLLER_UID_LABELS, uid), **dict.fromkeys(JOB_NAME_LABELS, name)}


def _job(instant: Instant, j: JobId, job: Job) -> dict[str, Any]:
    c = instant.cluster
    manifest = job_controller.manifest_of(c, j)
    return typed(
        "Job",
        metadata=metadata(
            instant,
            "Job",
            j,
            manifest.metadata.namespace,
            lambda c: j in c.jobs,
            labels={**manifest.metadata.labels, **_labels_of_template(manifest, generated_labels(c, j))},
            annotations={**manifest.metadata.annotations, **_scheduled(c, j)},
            owner=_owner_reference(c, j),
            generation=1,
        ),
        spec=job_spec(manifest, generated_labels(c, j)),
        status=_status(instant, j, job),
    )


def _owner_reference(c: Cluster, j: JobId) -> dict[str, Any] | None:
    scope = c.scope.jobs[j]
    return None if scope.cron_job is None else controller_reference("CronJob", scope.namespace, scope.cron_job)


def _scheduled(c: Cluster, j: JobId) -> dict[str, str]:
    """The time for which a CronJob has created a Job. Source: getJobFromTemplate2"""
    k = c.scope.jobs[j].cron_job
    if k is None:
        return {}
    scope = c.scope.cron_jobs[k]
    return {SCHEDULED_TIMESTAMP: scope.times[scope.jobs.index(j)].strftime(TIME_FORMAT)}


def _labels_of_template(manifest: Manifest, generated: dict[str, str]) -> dict[str, str]:
    """A Job without labels gets those of its template. Source: SetDefaults_Job"""
    return {} if manifest.metadata.labels else {**manifest.template.labels, **generated}


def job_spec(manifest: Manifest, generated: dict[str, str]) -> dict[str, Any]:
    """The spec of a Job with its defaults. Source: pkg/apis/batch/v1/defaults.go (SetDefaults_Job)"""
    uid = {name: generated[name] for name in CONTROLLER_UID_LABELS[:1] if name in generated}
    selector = label_selector(manifest.selector) if manifest.selector is not None else given(matchLabels=uid)
    return given(
        parallelism=manifest.parallelism,
        completions=manifest.completions,
        completionMode="Indexed" if manifest.indexed else "NonIndexed",
        backoffLimit=manifest.backoff_limit,
        backoffLimitPerIndex=manifest.backoff_limit_per_index,
        maxFailedIndexes=manifest.max_failed_indexes,
        activeDeadlineSeconds=manifest.active_deadline_seconds,
        ttlSecondsAfterFinished=manifest.ttl_seconds_after_finished,
        suspend=manifest.suspend,
        podReplacementPolicy=manifest.pod_replacement_policy,
        podFailurePolicy=given(rules=[_failure_rule(rule) for rule in manifest.pod_failure_policy]),
        successPolicy=given(rules=[_success_rule(rule) for rule in manifest.success_policy]),
        manualSelector=True if manifest.selector is not None else None,
        selector=selector,
        template=pod_template(manifest.template, generated),
    )


def _failure_rule(rule: PodFailurePolicyRule) -> dict[str, Any]:
    codes = None
    if rule.exit_codes is not None:
        codes = given(containerName=rule.container, operator=rule.operator, values=list(rule.exit_codes))
    conditions = [{"type": kind, "status": status} for kind, status in rule.conditions]
    return given(action=rule.action, onExitCodes=codes, onPodConditions=conditions)


def _success_rule(rule: SuccessPolicyRule) -> dict[str, Any]:
    return given(succeededIndexes=rule.indexes, succeededCount=rule.count)


def _status(instant: Instant, j: JobId, job: Job) -> dict[str, Any]:
    c = instant.cluster
    done = job.finished and job.target is JobEnd.COMPLETE
    status = given(
        conditions=_conditions(instant, j, job),
        startTime=instant.since(lambda c: j in c.jobs and c.jobs[j].started) if job.started else None,
        completionTime=instant.since(lambda c: j in c.jobs and c.jobs[j].finished) if done else None,
        **counted(active=job.active, succeeded=job.succeeded, failed=job.failed),
        completedIndexes=job.completed_indexes,
        failedIndexes=job.failed_indexes,
    )
    if job.started or job.suspended:
        status |= {**_counted_now(c, j), "uncountedTerminatedPods": _uncounted(c, j)}
    return status


def _counted_now(c: Cluster, j: JobId) -> dict[str, int]:
    """status.ready and terminating, which the model does not keep: as they would be after a sync."""
    pods = [pod for _, pod in job_controller.pods_of(c, j)]
    going = sum(pod.deleting and pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED) for pod in pods)
    return {"ready": sum(pod.ready for pod in pods if job_controller.is_active(pod)), "terminating": going}


def _conditions(instant: Instant, j: JobId, job: Job) -> list[dict[str, Any]]:
    found = []
    if job.suspended:
        found.append(
            condition(
                instant,
                "Suspended",
                lambda c: j in c.jobs and c.jobs[j].suspended,
                reason="JobSuspended",
                message="Job suspended",
            )
        )
    if job.target is JobEnd.OPEN:
        return found
    said = given(reason=job.reason, message=MESSAGES.get(job.reason))
    ended: dict[str, Callable[[Cluster], bool]] = {
        job.target.value: lambda c: j in c.jobs and c.jobs[j].target is not JobEnd.OPEN,
        "Complete" if job.target is JobEnd.COMPLETE else "Failed": lambda c: j in c.jobs and c.jobs[j].finished,
    }
    names = list(ended)[: 2 if job.finished else 1]
    return found + [condition(instant, name, ended[name], **said) for name in names]


def _uncounted(c: Cluster, j: JobId) -> dict[str, list[str]]:
    """The uids of pods whose end is noted and not yet counted."""
    scope = c.scope.jobs[j]
    noted = {p: c.job_pods[p].count for p in scope.pods if p in c.job_pods}
    uids = {p: made_up_uid("Pod", scope.namespace, p) for p in noted}
    return given(
        succeeded=[uids[p] for p, count in noted.items() if count is PodCount.SUCCEEDED],
        failed=[uids[p] for p, count in noted.items() if count is PodCount.FAILED],
    )
