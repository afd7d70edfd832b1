"""LimitRanges.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/limit-range-v1/,
pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem), pkg/apis/core/validation (ValidateLimitRange)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.admission_objects import LimitRange, LimitRangeItem
from clusterproof.models.kubernetes.manifests.containers import read_resource_amounts
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata

TYPES = ("Container", "Pod", "PersistentVolumeClaim")


def read_limit_range(top: Fields) -> LimitRange:
    """A LimitRange with its defaults; limits of volumes, and of the ratio of limits to requests, are known by name."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", "write the spec with limits")
    items: list[LimitRangeItem] = []
    others: list[str] = []
    for fields in spec.items("limits"):
        kind = fields.choice("type", TYPES, None)
        if kind is None:
            fields.fail("type", "is missing; write Container or Pod")
        ratio = read_resource_amounts(fields, "maxLimitRequestRatio")
        others += [f"maxLimitRequestRatio of a {kind}"] if ratio else []
        item = _read_item(fields, kind)
        if kind == "PersistentVolumeClaim":
            others.append("limits of a PersistentVolumeClaim")
        else:
            items.append(item)
        fields.close()
    spec.close()
    top.close()
    return LimitRange(metadata=metadata, items=tuple(items), other_limits=tuple(others), source=top.source)


def _read_item(fields: Fields, kind: str) -> LimitRangeItem:
    """A default that is missing is the maximum, a default request that is missing the default, or the minimum."""
    amounts = {name: read_resource_amounts(fields, name) for name in ("default", "defaultRequest", "min", "max")}
    least, most = amounts["min"], amounts["max"]
    for resource, amount in least.items():
        if amount > most.get(resource, amount):
            fields.fail("min", f"the minimum of {resource} exceeds its maximum; write at most the maximum")
    if kind != "Container":
        for name in ("default", "defaultRequest"):
            if amounts[name]:
                fields.fail(name, f"a limit of type {kind} has none; remove it or write type: Container")
        return LimitRangeItem(type=kind, minimum=least, maximum=most)
    default = {**most, **amounts["default"]}
    request = {**least, **default, **amounts["defaultRequest"]}
    for name, given in (("default", default), ("defaultRequest", request)):
        for resource, amount in given.items():
            if not least.get(resource, amount) <= amount <= most.get(resource, amount):
                fields.fail(name, f"{resource} is not between min and max; write an amount between them")
            if name == "defaultRequest" and amount > default.get(resource, amount):
                fields.fail(name, f"{resource} exceeds the default limit; write at most the default")
    return LimitRangeItem(type=kind, default=default, default_request=request, minimum=least, maximum=most)
