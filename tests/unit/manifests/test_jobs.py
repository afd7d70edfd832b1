"""Jobs: defaults, and what is refused."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.job_objects import PodFailurePolicyRule, SuccessPolicyRule
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.manifests.fields import INT32_MAX

INDEXED = "completionMode: Indexed, completions: 3"
CODES = "onExitCodes: {operator: In, values: [42]}"


def job(spec: str = "", pod: str = "restartPolicy: Never") -> str:
    """Return the text of a small Job, with fields of its spec and of its pods (flow YAML)."""
    template = f"{{spec: {{containers: [{{name: main, image: pi}}], {pod}}}}}"
    fields = f"{spec}, " if spec else ""
    return f"{{apiVersion: batch/v1, kind: Job, metadata: {{name: pi}}, spec: {{{fields}template: {template}}}}}"


def test_a_job_has_the_documented_defaults(load):
    """One pod, one completion, six retries.

    Source: pkg/apis/batch/v1/defaults.go, SetDefaults_Job
    """
    (read,) = load(job()).jobs

    assert (read.parallelism, read.completions, read.indexed) == (1, 1, False)
    assert (read.backoff_limit, read.backoff_limit_per_index, read.suspend) == (6, None, False)
    assert (read.active_deadline_seconds, read.ttl_seconds_after_finished) == (None, None)
    assert read.pod_replacement_policy == "TerminatingOrFailed"


@pytest.mark.parametrize(
    ("spec", "size"),
    [("parallelism: 2", (2, None)), ("completions: 3", (1, 3)), ("parallelism: 2, completions: 5", (2, 5))],
)
def test_a_job_with_parallelism_alone_is_a_work_queue(load, spec: str, size: tuple[int, int | None]):
    """Completions without parallelism run one after the other, parallelism without completions is a work queue."""
    (read,) = load(job(spec)).jobs

    assert (read.parallelism, read.completions) == size


def test_with_a_limit_per_index_the_whole_has_none(load):
    """backoffLimit is as large as it can be where backoffLimitPerIndex is given."""
    (read,) = load(job(f"{INDEXED}, backoffLimitPerIndex: 1, maxFailedIndexes: 2")).jobs

    assert (read.backoff_limit, read.backoff_limit_per_index, read.max_failed_indexes) == (INT32_MAX, 1, 2)


def test_policies_are_read(load):
    """Rules of a podFailurePolicy and of a successPolicy arrive; with the first, only failed pods are replaced."""
    failure = f"podFailurePolicy: {{rules: [{{action: FailJob, {CODES}}}, {{action: Ignore, onPodConditions: "
    failure += "[{type: DisruptionTarget}]}]}"
    success = "successPolicy: {rules: [{succeededIndexes: '0,2', succeededCount: 1}]}"
    (read,) = load(job(f"{INDEXED}, {failure}, {success}")).jobs

    assert read.pod_failure_policy == (
        PodFailurePolicyRule(action="FailJob", operator="In", exit_codes=(42,)),
        PodFailurePolicyRule(action="Ignore", conditions=(("DisruptionTarget", "True"),)),
    )
    assert read.success_policy == (SuccessPolicyRule("0,2", 1),)
    assert read.pod_replacement_policy == "Failed"


def test_a_job_of_another_controller_is_noted(load):
    """The Job controller is taken to run every Job."""
    manifests = load(job("managedBy: example.com/other"))

    assert ["managedBy" in line for line in manifests.not_modelled] == [True]


@pytest.mark.parametrize(
    ("spec", "pod", "message"),
    [
        ("", "hostNetwork: false", "restartPolicy: is Always; write OnFailure or Never"),
        ("completions: 251", "", "completions: is 251, and at most 250 can be checked"),
        ("completionMode: Indexed, parallelism: 2", "", "completions: is missing, and completionMode: Indexed needs"),
        ("backoffLimitPerIndex: 1", "", "backoffLimitPerIndex: needs completionMode: Indexed"),
        (f"{INDEXED}, maxFailedIndexes: 1", "", "maxFailedIndexes: needs backoffLimitPerIndex"),
        (f"{INDEXED}, backoffLimitPerIndex: 1, maxFailedIndexes: 4", "", "more than completions; write at most 3"),
        ("selector: {matchLabels: {a: b}}", "", "selector: is made by the API server; remove it"),
        ("manualSelector: true", "", "manualSelector: is true, and there is no selector"),
        ("podReplacementPolicy: Never", "", 'podReplacementPolicy: "Never" is unknown'),
        (
            f"podReplacementPolicy: TerminatingOrFailed, podFailurePolicy: {{rules: [{{action: Count, {CODES}}}]}}",
            "",
            "podReplacementPolicy: must be Failed with a podFailurePolicy",
        ),
        ("podFailurePolicy: {rules: []}", "restartPolicy: OnFailure", "podFailurePolicy: needs restartPolicy: Never"),
        ("podFailurePolicy: {rules: [{action: Count}]}", "", "action: needs either onExitCodes or onPodConditions"),
        (f"podFailurePolicy: {{rules: [{{{CODES}}}]}}", "", "action: is missing; write one of Ignore, Count"),
        (f"podFailurePolicy: {{rules: [{{action: FailIndex, {CODES}}}]}}", "", "FailIndex needs backoffLimitPerIndex"),
        (
            "podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [0]}}]}",
            "",
            "values: 0 is no failure",
        ),
        (
            "podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [a]}}]}",
            "",
            'values: must be whole numbers, not the string "a"',
        ),
        (
            "podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [1], containerName: x}}]}",
            "",
            'containerName: "x" is no container of the template',
        ),
        ("successPolicy: {rules: [{succeededCount: 1}]}", "", "successPolicy: needs completionMode: Indexed"),
        (f"{INDEXED}, successPolicy: {{rules: [{{}}]}}", "", "succeededCount: is missing and so is succeededIndexes"),
        (f"{INDEXED}, successPolicy: {{rules: [{{succeededIndexes: x}}]}}", "", 'succeededIndexes: "x" names no index'),
        ("replicas: 2", "", "replicas: Kubernetes has no such field here"),
    ],
)
def test_what_the_api_server_would_refuse(load, spec: str, pod: str, message: str):
    """One line names the field and says what to write."""
    with pytest.raises(ManifestError, match=r"\A.*:\d+: spec.*\Z") as caught:
        load(job(spec, pod or "restartPolicy: Never"))

    assert message in str(caught.value)
