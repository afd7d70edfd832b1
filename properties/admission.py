"""Admission: what the API server lets in is within the quotas, and webhooks answer.

Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from clusterproof import Claims, claim, eventually_always, step
from clusterproof.models.kubernetes import quotas, webhooks
from clusterproof.models.kubernetes.names import QuotaId, WebhookConfigurationId
from clusterproof.models.kubernetes.state import Cluster


@step(name="quotas-are-kept")
def quotas_are_kept(before: Cluster, after: Cluster, q: QuotaId) -> Claims:
    """No step that creates an object takes what is really used of a quota beyond what is allowed."""
    if not before.quotas[q].exists:
        return
    had, has = quotas.current_usage(before, q), quotas.current_usage(after, q)
    hard = before.scope.quotas[q].manifest.hard
    created = [p for p in before.scope.quotas[q].pods if p in after.pods and p not in before.pods]
    if created or has.get("count/replicasets.apps", 0) > had.get("count/replicasets.apps", 0):
        over = [name for name, most in hard.items() if has[name] > max(most, had[name])]
        yield claim(not over, "what is used is within spec.hard of the quota", q, *created)


@eventually_always(name="webhooks-answer")
def webhooks_answer(c: Cluster, w: WebhookConfigurationId) -> Claims:
    """Once faults stop, every webhook whose failure refuses requests has an endpoint that answers.

    One that is asked about its own pods may never have one again. Source:
    https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/
    """
    for webhook in c.scope.webhooks if c.webhook_configurations[w].exists else ():
        if webhook.configuration == w:
            says = f"the webhook {webhook.webhook.name} has an endpoint that answers"
            yield claim(webhooks.answers(c, webhook), says, w, webhook.service)
