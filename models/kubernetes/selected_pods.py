"""The pods that a Service or a PodDisruptionBudget may select, of all that may exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.limits import refuse_many_rules
from clusterproof.models.kubernetes.names import PodId, ServiceId

PodKind = tuple[PodId, str, objects.PodTemplate]
"""A pod with one template that it may have: (pod, namespace, template)."""


def pods_of_services(
    services: Mapping[ServiceId, objects.Service], kinds: Sequence[PodKind], nodes: int
) -> dict[ServiceId, tuple[PodId, ...]]:
    """The pods that each Service may select. Raises ManifestError where so many nodes had too many rules for them."""
    found = {s: _endpoints(service, kinds) for s, service in services.items()}
    refuse_many_rules(nodes, [(service, len(found[s])) for s, service in services.items()])
    return found


def _endpoints(service: objects.Service, kinds: Iterable[PodKind]) -> tuple[PodId, ...]:
    return tuple(dict.fromkeys(p for p, namespace, template in kinds if _serves(service, namespace, template)))


def _serves(service: objects.Service, namespace: str, template: objects.PodTemplate) -> bool:
    if not service.selector or service.type == "ExternalName" or service.metadata.namespace != namespace:
        return False
    return matches(objects.LabelSelector(match_labels=service.selector), template.labels)


def covered(budget: objects.PodDisruptionBudget, kinds: Sequence[PodKind]) -> tuple[PodId, ...]:
    """The pods that a budget may cover, once for each template with which it does."""
    return tuple(p for p, namespace, template in kinds if _covers(budget, namespace, template))


def _covers(budget: objects.PodDisruptionBudget, namespace: str, template: objects.PodTemplate) -> bool:
    return budget.metadata.namespace == namespace and matches(budget.selector, template.labels)
