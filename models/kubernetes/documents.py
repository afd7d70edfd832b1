"""The documents of manifests: what kubectl applies, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_objects import ResourceQuota, WebhookConfiguration
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.scope import Document, DocumentKind, qualified

Named = (
    objects.Deployment
    | objects.ReplicaSet
    | objects.StatefulSet
    | objects.DaemonSet
    | Job
    | CronJob
    | objects.Pod
    | objects.Service
    | objects.PodDisruptionBudget
    | HorizontalPodAutoscaler
    | ResourceQuota
    | WebhookConfiguration
    | objects.ConfigMap
    | objects.CustomResource
)
"""An object of a kind that the model knows."""


def documents_of(applied: Sequence[objects.Manifests]) -> tuple[Document, ...]:
    """The documents of manifests that are applied one after the other, in their order, each with its version."""
    documents: list[Document] = []
    seen: dict[tuple[str, str], int] = {}
    contents: dict[str, tuple[int, object]] = {}
    for manifests in applied:
        listed: list[tuple[objects.Source, DocumentKind, str, object]] = []
        for kind, found in _by_kind(manifests).items():
            for each in found:
                listed.append((each.source, kind, name_of(each), _contents(each)))  # noqa: PERF401  (keeps the kind's type)
        for _, kind, name, data in sorted(listed, key=lambda each: (each[0].file, each[0].line)):
            version = seen.get((kind, name), -1) + 1
            if kind == "ConfigMap":
                before, held = contents.get(name, (0, None))
                version = before if held == data and before else before + 1
                contents[name] = (version, data)
            seen[kind, name] = version
            documents.append(Document(kind=kind, name=name, version=version))
    return tuple(documents)


def deployed_order(
    documents: Sequence[Document], batches: Sequence[int], applied: Sequence[objects.Manifests]
) -> tuple[Document, ...]:
    """The documents with the webhooks of each batch at its end, and behind them what runs to completion.

    batches: how many documents there are after each.
    """
    ends = (0, *batches)
    late = {each for manifests in applied for each in late_documents(manifests)}

    def place(each: Document) -> int:
        return 2 if (each.kind, each.name) in late else int(each.kind == "WebhookConfiguration")

    ordered = (sorted(documents[begin:end], key=place) for begin, end in zip(ends, batches, strict=False))
    return tuple(each for batch in ordered for each in batch)


def late_documents(manifests: objects.Manifests) -> set[tuple[DocumentKind, str]]:
    """(kind, name) of what runs to completion, which a check begins with: what was applied long ago would be over."""
    jobs: set[tuple[DocumentKind, str]] = {("Job", name_of(job)) for job in manifests.jobs}
    cron_jobs: set[tuple[DocumentKind, str]] = {("CronJob", name_of(cron_job)) for cron_job in manifests.cron_jobs}
    ending = (pod for pod in manifests.pods if pod.spec.restart_policy != "Always")
    pods: set[tuple[DocumentKind, str]] = {("Pod", name_of(pod)) for pod in ending}
    return jobs | cron_jobs | pods


def _by_kind(manifests: objects.Manifests) -> dict[DocumentKind, Sequence[Named]]:
    return {
        "Deployment": manifests.deployments,
        "ReplicaSet": manifests.replica_sets,
        "StatefulSet": manifests.stateful_sets,
        "DaemonSet": manifests.daemon_sets,
        "Job": manifests.jobs,
        "CronJob": manifests.cron_jobs,
        "Pod": manifests.pods,
        "Service": manifests.services,
        "PodDisruptionBudget": manifests.pod_disruption_budgets,
        "HorizontalPodAutoscaler": manifests.autoscalers,
        "ResourceQuota": manifests.resource_quotas,
        "WebhookConfiguration": manifests.webhook_configurations,
        "ConfigMap": manifests.config_maps,
        "CustomResource": manifests.custom_resources,
    }


def _contents(found: Named) -> object:
    """What makes one version of an object differ from another, where that is more than its number."""
    return dict(found.data) if isinstance(found, objects.ConfigMap) else None


def document_count(manifests: objects.Manifests) -> int:
    """How many documents kubectl applies of these manifests."""
    return len(documents_of([manifests]))


def name_of(found: Named) -> str:
    """How an object is called in the scope."""
    if isinstance(found, WebhookConfiguration):
        return f"{found.kind}/{found.metadata.name}"
    name = qualified(found.metadata.namespace, found.metadata.name)
    return f"{found.kind}/{name}" if isinstance(found, objects.CustomResource) else name
