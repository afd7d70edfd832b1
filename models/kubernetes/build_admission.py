"""What admission looks at in a scope: ResourceQuotas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clusterproof import Map
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_scope import QuotaScope
from clusterproof.models.kubernetes.admission_state import Resource, ResourceQuota
from clusterproof.models.kubernetes.documents import name_of
from clusterproof.models.kubernetes.names import PodId, QuotaId

PodKind = tuple[PodId, str, objects.PodTemplate]
"""A pod that there may be, its namespace, and a template that it may have."""


def build_quotas(applied: Sequence[objects.Manifests], pods: Iterable[PodKind]) -> dict[QuotaId, QuotaScope]:
    """The quotas that limit something the model counts, each in its last version; one with scopes is left out."""
    manifests = {QuotaId(name_of(each)): each for m in applied for each in m.resource_quotas}
    by_namespace: dict[str, dict[PodId, None]] = {}
    for p, namespace, _ in pods if manifests else ():
        by_namespace.setdefault(namespace, {})[p] = None
    return {
        q: QuotaScope(manifest=manifest, pods=tuple(by_namespace.get(manifest.metadata.namespace, ())))
        for q, manifest in manifests.items()
        if manifest.hard and not manifest.scoped
    }


def first_quotas(scopes: Mapping[QuotaId, QuotaScope]) -> Map[QuotaId, ResourceQuota]:
    """The quotas before anything is applied."""
    return Map(
        {
            q: ResourceQuota(used=Map(dict.fromkeys(map(Resource, scope.manifest.hard), 0)))
            for q, scope in scopes.items()
        }
    )
