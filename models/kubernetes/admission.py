"""Admission: what the API server looks at before it stores or deletes an object.

A cluster without quotas, LimitRanges and webhooks whose namespaces stay has nothing to look at: nothing is read, and
nothing written. Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

from clusterproof import require
from clusterproof.models.kubernetes import namespaces, quotas, webhooks
from clusterproof.models.kubernetes.decisions.limit_range import pod_validate_limits
from clusterproof.models.kubernetes.decisions.resource_quota import COUNTED_KINDS, pod_compute_usage
from clusterproof.models.kubernetes.names import OwnerId, PodId
from clusterproof.models.kubernetes.objects import Labels
from clusterproof.models.kubernetes.state import Cluster


def is_asked(c: Cluster) -> bool:
    """Whether anything could be refused at all."""
    return bool(c.scope.quotas or c.scope.webhooks or c.scope.namespaces or c.scope.limit_ranges)


def admit_pod(c: Cluster, p: PodId, owner: OwnerId | None) -> None:
    """POST of a pod: not enabled where it is refused, and its controller keeps trying."""
    if not is_asked(c):
        return
    template, namespace = c.scope.template(p, owner), c.scope.namespace(p, owner)
    namespaces.admit(c, namespace)
    require(not pod_validate_limits(template.spec, c.scope.limit_ranges.get(namespace, ())))
    webhooks.let_in(c, "CREATE", "Pod", namespace, template.labels)
    quotas.charge(c, namespace, pod_compute_usage(template.spec), template.spec)


def admit_deletion(c: Cluster, p: PodId) -> None:
    """DELETE of a pod, the last one by its kubelet, too; quotas do not mind."""
    if c.scope.webhooks:
        owner = c.pods[p].owner
        webhooks.let_in(c, "DELETE", "Pod", c.scope.namespace(p, owner), c.scope.template(p, owner).labels)


def admit(c: Cluster, kind: str, namespace: str, labels: Labels) -> None:
    """POST of an object of another kind."""
    if is_asked(c):
        namespaces.admit(c, namespace)
        webhooks.let_in(c, "CREATE", kind, namespace, labels)
        quotas.charge(c, namespace, {COUNTED_KINDS[kind]: 1} if kind in COUNTED_KINDS else {})


def refusals_of_pod(c: Cluster, p: PodId, owner: OwnerId | None) -> list[str]:
    """Why the API server would refuse a pod now."""
    template, namespace = c.scope.template(p, owner), c.scope.namespace(p, owner)
    usage = pod_compute_usage(template.spec)
    by_namespace = namespaces.refusal(c, namespace)
    by_quotas = (quotas.refusal(c, q, usage, template.spec) for q in quotas.of_namespace(c, namespace))
    return [
        *([by_namespace] if by_namespace else []),
        *pod_validate_limits(template.spec, c.scope.limit_ranges.get(namespace, ())),
        *webhooks.refusals(c, "CREATE", "Pod", namespace, template.labels),
        *(reason for reason in by_quotas if reason),
    ]
