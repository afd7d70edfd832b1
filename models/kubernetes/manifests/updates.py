"""What the API server refuses when an object that exists is applied again.

Source: pkg/registry/apps/deployment/strategy.go (ValidateUpdate), pkg/apis/batch/validation/validation.go
(ValidateJobSpecUpdate)
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.objects import Deployment, LabelSelector

MUTABLE_SELECTORS = ("apps/v1beta1", "extensions/v1beta1")
"""The versions of the API in which a Deployment's selector could still be changed."""


def is_selector_update_allowed(old: LabelSelector, new: LabelSelector, api_version: str = "apps/v1") -> bool:
    """Whether a Deployment may get another selector; api_version: the one that the request uses."""
    return api_version in MUTABLE_SELECTORS or old == new


def refuse_changed_selectors(versions: Sequence[Deployment]) -> None:
    """Raises ManifestError for a later manifest of a Deployment with another selector than the first."""
    for version in versions[1:]:
        if not is_selector_update_allowed(versions[0].selector, version.selector):
            message = f"may not be changed once the Deployment exists ({versions[0].source}); write the same selector"
            raise ManifestError(version.source.file, version.source.line, "spec.selector", message)


def refuse_changed_schedules(versions: Sequence[CronJob]) -> None:
    """Raises ManifestError for a later manifest of a CronJob with another schedule, which cannot be checked here."""
    for version in versions[1:]:
        if version.schedule != versions[0].schedule:
            message = f"differs from the CronJob that exists ({versions[0].source}), and cannot be changed here"
            raise ManifestError(
                version.source.file, version.source.line, "spec.schedule", f"{message}; write what it was"
            )


_FIXED_FIELDS_OF_JOBS = {
    "completions": "completions",
    "indexed": "completionMode",
    "backoff_limit_per_index": "backoffLimitPerIndex",
    "pod_failure_policy": "podFailurePolicy",
    "success_policy": "successPolicy",
    "selector": "selector",
    "template": "template",
}
"""What may not be changed in a Job. Elastic Indexed Jobs, and templates of suspended ones, are refused here as well."""


def refuse_changed_jobs(versions: Sequence[Job]) -> None:
    """Raises ManifestError for a later manifest of a Job that changes more than can be changed here."""
    for version in versions[1:]:
        for name, written in _FIXED_FIELDS_OF_JOBS.items():
            if getattr(version, name) != getattr(versions[0], name):
                message = f"differs from the Job that exists ({versions[0].source}), and cannot be changed here"
                message += "; write what it was"
                raise ManifestError(version.source.file, version.source.line, f"spec.{written}", message)
