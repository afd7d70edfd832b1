"""What a check takes for granted about admission."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.admission_objects import Webhook, WebhookConfiguration
from clusterproof.models.kubernetes.build_admission import can_refuse
from clusterproof.models.kubernetes.decisions.webhooks import rule_matches
from clusterproof.models.kubernetes.objects import Manifests
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.webhooks import REQUESTS


def admission_assumptions(scope: ClusterScope, applied: Sequence[Manifests]) -> list[str]:
    """One line for each thing that quotas and webhooks of these manifests ask for and the model does not look at."""
    lines: list[str] = []
    for quota in (quota for manifests in applied for quota in manifests.resource_quotas):
        who = f"ResourceQuota/{quota.metadata.name} ({quota.source})"
        if quota.scoped:
            lines.append(f"{who}: counts pods of some scopes only, and is taken to let in everything")
            continue
        lines += [f"{who}: there is always room for {resource}" for resource in quota.other_resources]
    if scope.webhooks_come_last and scope.webhooks:
        lines.append(
            "kubectl apply: webhooks are sent last, once they answer; `start: apply` sends them in their order"
        )
    for manifests in applied:
        for configuration in manifests.webhook_configurations:
            lines += [_of_webhook(scope, configuration, webhook) for webhook in configuration.webhooks]
        for limit_range in manifests.limit_ranges:
            who = f"LimitRange/{limit_range.metadata.name} ({limit_range.source})"
            lines.append(f"{who}: is there from the beginning")
            lines += [f"{who}: {other} has no effect" for other in limit_range.other_limits]
        for namespace in manifests.namespaces:
            lines.append(f"Namespace/{namespace.metadata.name} ({namespace.source}): is there from the beginning")
    return lines


def _of_webhook(scope: ClusterScope, configuration: WebhookConfiguration, webhook: Webhook) -> str:
    who = f"{configuration.kind}/{configuration.metadata.name} ({configuration.source}): {webhook.name}"
    if can_refuse(webhook, scope.services):
        return f"{who} lets in everything when it answers, and is asked when {', '.join(_asked(webhook))}"
    if webhook.failure_policy == "Ignore":
        return f"{who} lets in everything, as it does when it fails"
    return f"{who} answers always, and lets in everything"


def _asked(webhook: Webhook) -> list[str]:
    """What a webhook is asked about here; all else that its rules say is let in."""
    return [
        f"a {kind} is {'created' if operation == 'CREATE' else 'deleted'}"
        for (operation, kind), request in REQUESTS.items()
        if any(rule_matches(rule, request) for rule in webhook.rules)
    ]
