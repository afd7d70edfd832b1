"""Jobs and CronJobs as plain frozen values: what a manifest says after defaulting."""

from __future__ import annotations

from attrs import Factory, frozen

from clusterproof.models.kubernetes.objects import LabelSelector, ObjectMeta, PodTemplate, Source


@frozen(kw_only=True)
class PodFailurePolicyRule:
    """One rule of a Job's podFailurePolicy: on exit codes, else on conditions.

    action: Ignore, Count, FailIndex or FailJob. operator: In or NotIn. conditions: (type, status) of which one is met.
    """

    action: str
    container: str | None = None
    operator: str = ""
    exit_codes: tuple[int, ...] | None = None
    conditions: tuple[tuple[str, str], ...] = ()


@frozen
class SuccessPolicyRule:
    """Which indexes of a Job are to succeed (such as "0,2-3", None for any), and how many of them (None for all)."""

    indexes: str | None = None
    count: int | None = None


@frozen(kw_only=True)
class Job:
    """completions: None for a work queue. pod_replacement_policy: TerminatingOrFailed or Failed. Durations in seconds.

    selector: None where the API server makes one, from the Job's uid.
    """

    metadata: ObjectMeta
    template: PodTemplate = Factory(PodTemplate)
    parallelism: int = 1
    completions: int | None = 1
    indexed: bool = False
    backoff_limit: int = 6
    backoff_limit_per_index: int | None = None
    max_failed_indexes: int | None = None
    active_deadline_seconds: int | None = None
    ttl_seconds_after_finished: int | None = None
    suspend: bool = False
    pod_replacement_policy: str = "TerminatingOrFailed"
    pod_failure_policy: tuple[PodFailurePolicyRule, ...] = ()
    success_policy: tuple[SuccessPolicyRule, ...] = ()
    selector: LabelSelector | None = None
    source: Source


@frozen(kw_only=True)
class CronJob:
    """concurrency_policy: Allow, Forbid or Replace. job: what is created at each time of the schedule."""

    metadata: ObjectMeta
    schedule: str
    job: Job
    time_zone: str = ""
    suspend: bool = False
    concurrency_policy: str = "Allow"
    starting_deadline_seconds: int | None = None
    successful_jobs_history_limit: int = 3
    failed_jobs_history_limit: int = 1
    source: Source
