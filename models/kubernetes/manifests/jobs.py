"""Jobs and CronJobs.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/,
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/, pkg/apis/batch/v1/defaults.go
and pkg/apis/batch/validation/validation.go (ValidateJobSpec, ValidateCronJobSpec)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.decisions.cron_schedule import parse_schedule
from clusterproof.models.kubernetes.decisions.job_indexes import parse_indexes_from_string
from clusterproof.models.kubernetes.job_objects import CronJob, Job, PodFailurePolicyRule, SuccessPolicyRule
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import INT32_MAX, Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata, read_template_metadata
from clusterproof.models.kubernetes.manifests.pods import read_pod_template
from clusterproof.models.kubernetes.manifests.selectors import read_label_selector
from clusterproof.models.kubernetes.manifests.workloads import MOST_REPLICAS
from clusterproof.models.kubernetes.objects import LabelSelector, ObjectMeta, PodTemplate, Source

RESTART_POLICIES = ("OnFailure", "Never")
REPLACEMENT_POLICIES = ("TerminatingOrFailed", "Failed")
CONCURRENCY_POLICIES = ("Allow", "Forbid", "Replace")
FAILURE_ACTIONS = ("Ignore", "Count", "FailIndex", "FailJob")
OWN_CONTROLLER = "kubernetes.io/job-controller"
LONGEST_CRON_JOB_NAME = 52
_SPEC_HINT = "write the spec with its template (render patches first)"


def read_job(top: Fields) -> Job:
    """A Job with its defaults."""
    metadata = read_metadata(top)
    job = _read_job_spec(top.required_fields("spec", _SPEC_HINT), metadata, top.source)
    top.close(("status",))
    return job


def _read_job_spec(spec: Fields, metadata: ObjectMeta, source: Source) -> Job:
    template = read_pod_template(spec, RESTART_POLICIES)
    parallelism, completions, indexed = _read_size(spec)
    per_index, most_failed = _read_limits_of_indexes(spec, completions, indexed=indexed)
    failure_policy = _read_failure_policy(spec, template, per_index)
    job = Job(
        metadata=metadata,
        template=template,
        parallelism=parallelism,
        completions=completions,
        indexed=indexed,
        backoff_limit=spec.integer("backoffLimit", 6 if per_index is None else INT32_MAX, minimum=0),
        backoff_limit_per_index=per_index,
        max_failed_indexes=most_failed,
        active_deadline_seconds=spec.integer("activeDeadlineSeconds", None, minimum=0),
        ttl_seconds_after_finished=spec.integer("ttlSecondsAfterFinished", None, minimum=0),
        suspend=spec.boolean("suspend", default=False),
        pod_replacement_policy=_read_replacement_policy(spec, has_failure_policy=bool(failure_policy)),
        pod_failure_policy=failure_policy,
        success_policy=_read_success_policy(spec, completions, indexed=indexed),
        selector=_read_selector(spec),
        source=source,
    )
    manager = spec.text("managedBy", "")
    if manager not in ("", OWN_CONTROLLER):
        spec.note("managedBy", "is not modelled: the Job controller is taken to run this Job")
    spec.close()
    return job


def _read_size(spec: Fields) -> tuple[int, int | None, bool]:
    """(parallelism, completions, indexed); one without the other, and neither, have their own defaults.

    Source: pkg/apis/batch/v1/defaults.go (SetDefaults_Job)
    """
    completions = spec.integer("completions", None, minimum=0)
    parallelism = spec.integer("parallelism", None, minimum=0)
    for name, number in (("completions", completions), ("parallelism", parallelism)):
        if number is not None and number > MOST_REPLICAS:
            spec.fail(name, f"is {number}, and at most {MOST_REPLICAS} can be checked; write fewer")
    indexed = spec.choice("completionMode", ("NonIndexed", "Indexed"), "NonIndexed") == "Indexed"
    if completions is None and parallelism is None:
        completions = 1
    if indexed and completions is None:
        spec.fail("completions", "is missing, and completionMode: Indexed needs it; write how many indexes there are")
    return 1 if parallelism is None else parallelism, completions, indexed


def _read_limits_of_indexes(spec: Fields, completions: int | None, *, indexed: bool) -> tuple[int | None, int | None]:
    per_index = spec.integer("backoffLimitPerIndex", None, minimum=0)
    most_failed = spec.integer("maxFailedIndexes", None, minimum=0)
    if per_index is not None and not indexed:
        spec.fail("backoffLimitPerIndex", "needs completionMode: Indexed; write that, or remove it")
    if most_failed is not None and per_index is None:
        spec.fail("maxFailedIndexes", "needs backoffLimitPerIndex; write that, or remove it")
    if most_failed is not None and completions is not None and most_failed > completions:
        spec.fail("maxFailedIndexes", f"is {most_failed}, more than completions; write at most {completions}")
    return per_index, most_failed


def _read_replacement_policy(spec: Fields, *, has_failure_policy: bool) -> str:
    """With a podFailurePolicy only failed pods are replaced."""
    default = "Failed" if has_failure_policy else "TerminatingOrFailed"
    policy = spec.choice("podReplacementPolicy", REPLACEMENT_POLICIES, default)
    if has_failure_policy and policy != "Failed":
        spec.fail("podReplacementPolicy", "must be Failed with a podFailurePolicy; write that, or remove it")
    return policy


def _read_selector(spec: Fields) -> LabelSelector | None:
    """A selector of one's own, which is matched against nothing here; without manualSelector it is refused.

    Source: ValidateGeneratedSelector
    """
    manual = spec.boolean("manualSelector", default=False)
    selector = read_label_selector(spec, "selector")
    if manual and selector is None:
        spec.fail("manualSelector", "is true, and there is no selector; write one, or remove manualSelector")
    if not manual and selector is not None:
        spec.fail("selector", "is made by the API server; remove it, or write manualSelector: true")
    return selector


# ---------------------------------------------------------------- policies


def _read_failure_policy(
    spec: Fields, template: PodTemplate, per_index: int | None
) -> tuple[PodFailurePolicyRule, ...]:
    policy = spec.fields("podFailurePolicy")
    if policy is None:
        return ()
    if template.spec.restart_policy != "Never":
        spec.fail("podFailurePolicy", "needs restartPolicy: Never in the template; write that, or remove the policy")
    rules = tuple(_read_failure_rule(each, template, per_index) for each in policy.items("rules"))
    policy.close()
    return rules


def _read_failure_rule(rule: Fields, template: PodTemplate, per_index: int | None) -> PodFailurePolicyRule:
    action = rule.choice("action", FAILURE_ACTIONS, None)
    if action is None:
        rule.fail("action", f"is missing; write one of {', '.join(FAILURE_ACTIONS)}")
    if action == "FailIndex" and per_index is None:
        rule.fail("action", "FailIndex needs backoffLimitPerIndex; write that, or FailJob")
    codes, conditions = rule.fields("onExitCodes"), rule.items("onPodConditions")
    if (codes is None) == (not conditions):
        rule.fail("action", "needs either onExitCodes or onPodConditions; write one of them")
    rule.close()
    if codes is None:
        return PodFailurePolicyRule(action=action, conditions=tuple(map(_read_condition, conditions)))
    operator = codes.choice("operator", ("In", "NotIn"), None)
    if operator is None:
        codes.fail("operator", "is missing; write In or NotIn")
    values = codes.integers("values")
    if not values:
        codes.fail("values", "is missing or empty; write exit codes, such as [42]")
    if operator == "In" and 0 in values:
        codes.fail("values", "0 is no failure; remove it")
    container = codes.text("containerName", "") or None
    names = [each.name for each in (*template.spec.containers, *template.spec.init_containers)]
    if container is not None and container not in names:
        codes.fail("containerName", f"{quoted(container)} is no container of the template; write one of its names")
    codes.close()
    return PodFailurePolicyRule(action=action, container=container, operator=operator, exit_codes=values)


def _read_condition(fields: Fields) -> tuple[str, str]:
    kind = fields.required_text("type", "write the condition's type, such as DisruptionTarget")
    status = fields.choice("status", ("True", "False", "Unknown"), "True")
    fields.close()
    return kind, status


def _read_success_policy(spec: Fields, completions: int | None, *, indexed: bool) -> tuple[SuccessPolicyRule, ...]:
    policy = spec.fields("successPolicy")
    if policy is None:
        return ()
    if not indexed or completions is None:
        spec.fail("successPolicy", "needs completionMode: Indexed; write that, or remove it")
    found = policy.items("rules")
    if not found:
        policy.fail("rules", "is missing or empty; write at least one rule")
    rules = tuple(_read_success_rule(each, completions) for each in found)
    policy.close()
    return rules


def _read_success_rule(rule: Fields, completions: int) -> SuccessPolicyRule:
    indexes, count = rule.text("succeededIndexes", None), rule.integer("succeededCount", None, minimum=1)
    if indexes is None and count is None:
        rule.fail("succeededCount", "is missing and so is succeededIndexes; write one of them")
    if indexes is not None:
        named = parse_indexes_from_string(indexes, completions)
        if not named:
            rule.fail("succeededIndexes", f'{quoted(indexes)} names no index; write for example "0,2-3"')
    rule.close()
    return SuccessPolicyRule(indexes, count)


# ---------------------------------------------------------------- CronJobs


def read_cron_job(top: Fields) -> CronJob:
    """A CronJob with its defaults."""
    metadata = read_metadata(top)
    if len(metadata.name) > LONGEST_CRON_JOB_NAME:
        top.required_fields("metadata", "").fail(
            "name", f"must be no more than {LONGEST_CRON_JOB_NAME} characters; write a shorter one"
        )
    spec = top.required_fields("spec", "write the spec with schedule and jobTemplate")
    cron_job = CronJob(
        metadata=metadata,
        schedule=_read_schedule(spec),
        job=_read_job_template(spec, metadata, top.source),
        time_zone=spec.text("timeZone", ""),
        suspend=spec.boolean("suspend", default=False),
        concurrency_policy=spec.choice("concurrencyPolicy", CONCURRENCY_POLICIES, "Allow"),
        starting_deadline_seconds=spec.integer("startingDeadlineSeconds", None, minimum=0),
        successful_jobs_history_limit=spec.integer("successfulJobsHistoryLimit", 3, minimum=0),
        failed_jobs_history_limit=spec.integer("failedJobsHistoryLimit", 1, minimum=0),
        source=top.source,
    )
    if cron_job.time_zone not in ("", "UTC", "Etc/UTC"):
        spec.note("timeZone", "is taken as UTC")
    spec.close()
    top.close(("status",))
    return cron_job


def _read_schedule(spec: Fields) -> str:
    schedule = spec.required_text("schedule", 'write five fields, such as "*/5 * * * *"')
    if "TZ" in schedule:
        spec.fail("schedule", f"{quoted(schedule)} names a time zone; write spec.timeZone instead")
    try:
        parse_schedule(schedule)
    except ValueError as error:
        spec.fail("schedule", f"{quoted(schedule)} is no schedule: {error}")
    return schedule


def _read_job_template(spec: Fields, metadata: ObjectMeta, source: Source) -> Job:
    """The Job that is created again and again; it is called after the CronJob here."""
    template = spec.required_fields("jobTemplate", "write the template of its Jobs")
    labels, annotations = read_template_metadata(template)
    named = ObjectMeta(name=metadata.name, namespace=metadata.namespace, labels=labels, annotations=annotations)
    job = _read_job_spec(template.required_fields("spec", _SPEC_HINT), named, source)
    template.close()
    return job
