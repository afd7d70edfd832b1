"""What admission looks at in a scope: ResourceQuotas, and webhooks that could refuse something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clusterproof import Map
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_objects import Webhook
from clusterproof.models.kubernetes.admission_scope import QuotaScope, WebhookScope
from clusterproof.models.kubernetes.admission_state import Resource, ResourceQuota, WebhookConfiguration
from clusterproof.models.kubernetes.decisions.webhooks import namespace_labels, rule_matches
from clusterproof.models.kubernetes.documents import name_of
from clusterproof.models.kubernetes.names import NamespaceId, PodId, QuotaId, ServiceId, WebhookConfigurationId
from clusterproof.models.kubernetes.scope import qualified
from clusterproof.models.kubernetes.webhooks import REQUESTS

PodKind = tuple[PodId, str, objects.PodTemplate]
"""A pod that there may be, its namespace, and a template that it may have."""


def build_quotas(applied: Sequence[objects.Manifests], pods: Iterable[PodKind]) -> dict[QuotaId, QuotaScope]:
    """The quotas that limit something the model counts, each in its last version; one with scopes is left out."""
    manifests = {QuotaId(name_of(each)): each for m in applied for each in m.resource_quotas}
    there = pods_of_namespaces((each.metadata.namespace for each in manifests.values()), pods)
    return {
        q: QuotaScope(manifest=manifest, pods=there[NamespaceId(manifest.metadata.namespace)])
        for q, manifest in manifests.items()
        if manifest.hard and not manifest.scoped
    }


def pods_of_namespaces(names: Iterable[str], pods: Iterable[PodKind]) -> dict[NamespaceId, tuple[PodId, ...]]:
    """The pods that there may be in each of these namespaces."""
    found: dict[str, dict[PodId, None]] = {name: {} for name in names}
    for p, namespace, _ in pods if found else ():
        found.get(namespace, {})[p] = None
    return {NamespaceId(name): tuple(there) for name, there in found.items()}


def first_quotas(scopes: Mapping[QuotaId, QuotaScope]) -> Map[QuotaId, ResourceQuota]:
    """The quotas before anything is applied."""
    return Map(
        {
            q: ResourceQuota(used=Map(dict.fromkeys(map(Resource, scope.manifest.hard), 0)))
            for q, scope in scopes.items()
        }
    )


def build_webhooks(
    applied: Sequence[objects.Manifests], services: Mapping[ServiceId, objects.Service]
) -> tuple[WebhookScope, ...]:
    """The webhooks whose failure refuses requests that the model has: those of Services with pods that may be away."""
    labels = {each.metadata.name: each.metadata.labels for m in applied for each in m.namespaces}
    there = {namespace for m in applied for namespace in _namespaces(m)}
    namespaces = {name: namespace_labels(name, labels.get(name, {})) for name in there}
    configurations = {WebhookConfigurationId(name_of(each)): each for m in applied for each in m.webhook_configurations}
    return tuple(
        WebhookScope(configuration=id_, webhook=webhook, service=service_of(webhook), namespaces=namespaces)
        for id_, configuration in configurations.items()
        for webhook in configuration.webhooks
        if can_refuse(webhook, services)
    )


def _namespaces(manifests: objects.Manifests) -> Iterator[str]:
    """The namespaces that workloads and pods are in."""
    yield from (each.metadata.namespace for each in manifests.deployments)
    yield from (each.metadata.namespace for each in manifests.replica_sets)
    yield from (each.metadata.namespace for each in manifests.stateful_sets)
    yield from (each.metadata.namespace for each in manifests.daemon_sets)
    yield from (each.metadata.namespace for each in manifests.jobs)
    yield from (each.metadata.namespace for each in manifests.cron_jobs)
    yield from (each.metadata.namespace for each in manifests.pods)


def service_of(webhook: Webhook) -> ServiceId:
    """The Service that answers for a webhook, by its name in the scope; empty for a URL."""
    return ServiceId("" if webhook.service is None else qualified(*webhook.service))


def can_refuse(webhook: Webhook, services: Mapping[ServiceId, objects.Service]) -> bool:
    """Whether the failure of a webhook is looked at: it is to refuse, and a Service with pods of its own answers."""
    service = services.get(service_of(webhook))
    known = service is not None and bool(service.selector)
    asked = any(rule_matches(rule, request) for rule in webhook.rules for request in REQUESTS.values())
    return known and asked and webhook.failure_policy == "Fail" and not webhook.conditional


def first_configurations(
    webhooks: Iterable[WebhookScope],
) -> Map[WebhookConfigurationId, WebhookConfiguration]:
    """The configurations of webhooks before anything is applied."""
    return Map({each.configuration: WebhookConfiguration() for each in webhooks})
