"""Admission: what the API server lets in is within the quotas, webhooks answer, namespaces go whole.

Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from clusterproof import Claims, Whenever, claim, eventually_always, leads_to, step
from clusterproof.models.kubernetes import quotas, webhooks
from clusterproof.models.kubernetes.names import NamespaceId, QuotaId, WebhookConfigurationId
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


@leads_to(name="namespace-deletion", needs=("delete_namespace",))
def a_deleted_namespace_goes(c: Cluster, n: NamespaceId) -> Whenever:
    """A namespace that is being deleted is gone in the end, with all that was in it."""
    namespace = c.namespaces[n]
    return Whenever(given=namespace.deleting, then=not namespace.exists)


@step(name="namespace-deletion", needs=("delete_namespace",))
def nothing_is_created_in_a_deleted_namespace(before: Cluster, after: Cluster, n: NamespaceId) -> Claims:
    """No pod is created in a namespace that is being deleted, or is gone."""
    if before.namespaces[n].deleting:
        created = [p for p in before.scope.pods_of_namespace[n] if p in after.pods and p not in before.pods]
        yield claim(not created, "nothing is created in a namespace that is being deleted", n, *created)
