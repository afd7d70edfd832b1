"""PriorityClasses, and the priorities that admission gives to pods.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/,
plugin/pkg/admission/priority/admission.go and pkg/apis/scheduling/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from clusterproof.models.kubernetes.admission_objects import PriorityClass
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.objects import Manifests, PodSpec

SYSTEM_PRIORITIES: Mapping[str, int] = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
"""Classes that every cluster has. Source: pkg/apis/scheduling/types.go"""

HIGHEST = 1_000_000_000
"""The highest priority that a user may define."""

POLICIES = ("PreemptLowerPriority", "Never")

_WITH_TEMPLATES = ("deployments", "replica_sets", "stateful_sets", "daemon_sets", "jobs")


def read_priority_class(top: Fields) -> PriorityClass:
    """A PriorityClass."""
    metadata = read_metadata(top)
    value = top.integer("value", 0, maximum=2**31 - 1, minimum=-(2**31))
    if value > HIGHEST and metadata.name not in SYSTEM_PRIORITIES:
        top.fail("value", f"is at most {HIGHEST:,} for classes of one's own; write a smaller number")
    top.text("description", "")
    read = PriorityClass(
        metadata=metadata,
        value=value,
        global_default=top.boolean("globalDefault", default=False),
        preemption_policy=top.choice("preemptionPolicy", POLICIES, POLICIES[0]),
        source=top.source,
    )
    top.close()
    return read


def with_priorities(manifests: Manifests) -> Manifests:
    """Manifests whose pods have the priorities that admission gives them; what is not known is noted."""
    classes = {each.metadata.name: each for each in manifests.priority_classes}
    default = next((each for each in manifests.priority_classes if each.global_default), None)
    if not classes and not any(spec.priority_class_name for spec in _specs(manifests)):
        return manifests

    def with_template(each: Any) -> Any:
        return evolve(each, template=evolve(each.template, spec=_admitted(each.template.spec, classes, default)))

    changed: dict[str, Any] = {}
    for field in _WITH_TEMPLATES:
        changed[field] = tuple(map(with_template, getattr(manifests, field)))
    changed["cron_jobs"] = tuple(evolve(each, job=with_template(each.job)) for each in manifests.cron_jobs)
    changed["pods"] = tuple(evolve(each, spec=_admitted(each.spec, classes, default)) for each in manifests.pods)
    missing = dict.fromkeys(
        f"PriorityClass/{name} is not in the manifests: its pods are taken to have the priority that they state, or 0."
        for name in (spec.priority_class_name for spec in _specs(manifests))
        if name and name not in classes and name not in SYSTEM_PRIORITIES
    )
    return evolve(manifests, **changed, not_modelled=(*manifests.not_modelled, *missing))


def _specs(manifests: Manifests) -> Iterator[PodSpec]:
    for field in _WITH_TEMPLATES:
        yield from (each.template.spec for each in getattr(manifests, field))
    yield from (each.job.template.spec for each in manifests.cron_jobs)
    yield from (each.spec for each in manifests.pods)


def _admitted(spec: PodSpec, classes: Mapping[str, PriorityClass], default: PriorityClass | None) -> PodSpec:
    """The spec with the priority of its class, or of the default class where it names none."""
    found = classes.get(spec.priority_class_name) if spec.priority_class_name else default
    if found is None or (not spec.priority_class_name and spec.priority):
        return spec
    return evolve(spec, priority=found.value, preemption_policy=found.preemption_policy)
