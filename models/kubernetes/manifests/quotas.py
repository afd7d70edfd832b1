"""ResourceQuotas.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/resource-quota-v1/ and
pkg/apis/core/validation/validation.go (ValidateResourceQuotaSpec)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.admission_objects import ResourceQuota
from clusterproof.models.kubernetes.decisions.resource_quota import is_counted
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.quantity import resource_amount


def read_resource_quota(top: Fields) -> ResourceQuota:
    """A ResourceQuota; without a spec it limits nothing."""
    metadata = read_metadata(top)
    spec = top.fields("spec")
    hard: dict[str, int] = {}
    others: list[str] = []
    scoped = False
    if spec is not None:
        hard, others = _read_hard(spec)
        scoped = bool(spec.texts("scopes")) or spec.fields("scopeSelector") is not None
        spec.close()
    top.close(("status",))
    return ResourceQuota(metadata=metadata, hard=hard, other_resources=tuple(others), scoped=scoped, source=top.source)


def _read_hard(spec: Fields) -> tuple[dict[str, int], list[str]]:
    read = spec.scalar_texts("hard")
    if read is None:
        return {}, []
    fields, texts = read
    hard: dict[str, int] = {}
    others: list[str] = []
    for resource, text in texts.items():
        kind, _, rest = resource.partition(".")
        try:
            amount = resource_amount(rest if kind in ("requests", "limits") else resource, text)
        except ValueError as error:
            fields.fail(resource, f"{quoted(text)} {error}")
        if is_counted(resource):
            hard[resource] = amount
        else:
            others.append(resource)
    return hard, others
