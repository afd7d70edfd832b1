"""What a failed pod means to its Job: whether it counts, whether it ends an index or the Job, how long to wait.

Source: pkg/controller/job/{pod_failure_policy,backoff_utils,indexed_job_utils}.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.job_objects import PodFailurePolicyRule

DEFAULT_BACKOFF_SECONDS = 10
MAX_BACKOFF_SECONDS = 600
"""Between failures the wait doubles up to ten minutes. Source: DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff."""


@frozen(kw_only=True)
class EndedContainer:
    """A container of a pod. exit_code: None while it has not ended. finished_at: seconds, None when not known."""

    name: str = ""
    exit_code: int | None = None
    finished_at: float | None = None


@frozen(kw_only=True)
class PodCondition:
    """A condition of a pod. since: seconds, None when not known."""

    type: str
    status: str
    since: float | None = None


@frozen(kw_only=True)
class EndedPod:
    """A pod that has ended, or is about to. deleted_at: its deletionTimestamp, which includes the grace period."""

    name: str = ""
    namespace: str = "default"
    containers: tuple[EndedContainer, ...] = ()
    init_containers: tuple[EndedContainer, ...] = ()
    conditions: tuple[PodCondition, ...] = ()
    deleted_at: float | None = None
    grace_period_seconds: int = 0
    created_at: float = 0.0


@frozen
class PolicyMatch:
    """What the policy says of a failed pod; message is why the Job fails."""

    action: str = ""
    count_failed: bool = True
    message: str = ""


def match_pod_failure_policy(
    rules: Iterable[PodFailurePolicyRule], pod: EndedPod, *, backoff_limit_per_index: bool = True
) -> PolicyMatch:
    """What the first rule that fits says; without one the failure counts.

    backoff_limit_per_index: the gate without which FailIndex is passed over. Source: matchPodFailurePolicy
    """
    for number, rule in enumerate(rules):
        reason = _match(rule, pod)
        if not reason:
            continue
        if rule.action == "Ignore":
            return PolicyMatch("Ignore", count_failed=False)
        if rule.action == "Count" or (rule.action == "FailIndex" and backoff_limit_per_index):
            return PolicyMatch(rule.action)
        if rule.action == "FailJob":
            return PolicyMatch("FailJob", message=f"{reason} matching FailJob rule at index {number}")
    return PolicyMatch()


def _match(rule: PodFailurePolicyRule, pod: EndedPod) -> str:
    """How the pod fits the rule; empty when it does not."""
    where = f"{pod.namespace}/{pod.name}"
    if rule.exit_codes is not None:
        for container in (*pod.containers, *pod.init_containers):
            code = container.exit_code
            if code and rule.container in (None, container.name) and _is_among(code, rule):
                return f"Container {container.name} for pod {where} failed with exit code {code}"
        return ""
    for condition in pod.conditions:
        if (condition.type, condition.status) in rule.conditions:
            return f"Pod {where} has condition {condition.type}"
    return ""


def _is_among(code: int, rule: PodFailurePolicyRule) -> bool:
    if rule.operator not in ("In", "NotIn"):
        return False
    return (code in (rule.exit_codes or ())) == (rule.operator == "In")


def is_index_failed(failed: bool, match: PolicyMatch, index_failure_count: int, backoff_limit_per_index: int) -> bool:
    """Whether a pod's end is the end of its index: by the policy, or by one failure too many.

    index_failure_count: of this index before the pod. Source: isIndexFailed
    """
    if not failed:
        return False
    if match.action == "FailIndex":
        return True
    return match.count_failed and index_failure_count >= backoff_limit_per_index


# Back-off


def get_finished_time(pod: EndedPod) -> float:
    """When a pod ended: its last container, else when it stopped being ready, else when it was deleted.

    Source: getFinishedTime
    """
    ends = [container.finished_at for container in pod.containers if container.exit_code is not None]
    known = [end for end in ends if end is not None]
    if pod.containers and len(known) == len(pod.containers):
        return max(known)
    for condition in pod.conditions:
        if condition.type == "Ready" and condition.status == "False" and condition.since is not None:
            return condition.since
    return pod.created_at if pod.deleted_at is None else pod.deleted_at - pod.grace_period_seconds


def get_remaining_backoff_time(
    failures: int,
    seconds_since_last_failure: float,
    default_backoff_seconds: float = DEFAULT_BACKOFF_SECONDS,
    max_backoff_seconds: float = MAX_BACKOFF_SECONDS,
) -> float:
    """How long no pod is created, after so many failures in a row. Source: getRemainingTimeForFailuresCount."""
    if failures == 0:
        return 0
    wait = min(default_backoff_seconds * float(2 ** min(failures - 1, 60)), max_backoff_seconds)
    return max(0, wait - seconds_since_last_failure)


def past_backoff_limit_on_failure(restart_policy: str, restarts: Sequence[int], backoff_limit: int) -> bool:
    """Whether containers were restarted too often in place, which only restartPolicy OnFailure does.

    restarts: of every container of the pods that are Pending or Running. Source: pastBackoffLimitOnFailure
    """
    if restart_policy != "OnFailure":
        return False
    return sum(restarts) >= max(1, backoff_limit)
