"""LimitRanges of a scope: they are there from the beginning, and every pod of their namespace gets their defaults.

Source: plugin/pkg/admission/limitranger
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_objects import LimitRangeItem
from clusterproof.models.kubernetes.decisions.limit_range import merge_pod_resource_requirements

Ranges = Mapping[str, tuple[LimitRangeItem, ...]]
"""By namespace what its LimitRanges say."""


def ranges_of(applied: Sequence[objects.Manifests]) -> Ranges:
    """The LimitRanges of manifests; of one that a later manifest changes the last version."""
    last = {(each.metadata.namespace, each.metadata.name): each for m in applied for each in m.limit_ranges}
    found: dict[str, tuple[LimitRangeItem, ...]] = {}
    for (namespace, _), limit_range in last.items():
        found[namespace] = (*found.get(namespace, ()), *limit_range.items)
    return found


def with_limit_ranges(manifests: objects.Manifests, ranges: Ranges) -> objects.Manifests:
    """The manifests with the defaults of LimitRanges in their pods and in the templates of their workloads."""
    if not ranges:
        return manifests
    changed: dict[str, Any] = {}
    for field in ("deployments", "replica_sets", "stateful_sets", "daemon_sets", "jobs"):
        changed[field] = tuple(_with_template(each, ranges) for each in getattr(manifests, field))
    changed["pods"] = tuple(
        attrs.evolve(each, spec=_spec(each.spec, each.metadata.namespace, ranges)) for each in manifests.pods
    )
    changed["cron_jobs"] = tuple(
        attrs.evolve(each, job=_with_template(each.job, ranges)) for each in manifests.cron_jobs
    )
    return attrs.evolve(manifests, **changed)


def _with_template(workload: Any, ranges: Ranges) -> Any:
    spec = _spec(workload.template.spec, workload.metadata.namespace, ranges)
    return attrs.evolve(workload, template=attrs.evolve(workload.template, spec=spec))


def _spec(spec: objects.PodSpec, namespace: str, ranges: Ranges) -> objects.PodSpec:
    return merge_pod_resource_requirements(spec, ranges.get(namespace, ()))
