"""What admission looks at and what does not change while a cluster is checked."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from clusterproof.models.kubernetes.admission_objects import ResourceQuota, Webhook
from clusterproof.models.kubernetes.decisions.webhooks import AdmissionRequest, should_call_hook
from clusterproof.models.kubernetes.names import PodId, ServiceId, WebhookConfigurationId
from clusterproof.models.kubernetes.objects import Labels


@frozen(kw_only=True, eq=False)
class QuotaScope:
    """A ResourceQuota, and the pods that there may be in its namespace."""

    manifest: ResourceQuota
    pods: tuple[PodId, ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace that it limits."""
        return self.manifest.metadata.namespace


@frozen(kw_only=True, eq=False)
class WebhookScope:
    """A webhook whose failure refuses requests: what it is asked about, and the Service that answers.

    namespaces: the labels of every namespace that there are objects in.
    """

    configuration: WebhookConfigurationId
    webhook: Webhook
    service: ServiceId
    namespaces: Mapping[str, Labels]

    def is_asked(self, request: AdmissionRequest, namespace: str, labels: Labels) -> bool:
        """Whether it is asked about a request; labels: of the object."""
        return should_call_hook(self.webhook, request, self.namespaces.get(namespace, {}), labels)
