"""Admission: what the API server lets in is within the quotas.

Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from clusterproof import Claims, claim, step
from clusterproof.models.kubernetes import quotas
from clusterproof.models.kubernetes.names import QuotaId
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
