"""Admission: what the API server looks at before it stores a new object.

A cluster without quotas has nothing to look at: nothing is read, and nothing written.
Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

from clusterproof.models.kubernetes import quotas
from clusterproof.models.kubernetes.decisions.resource_quota import COUNTED_KINDS, pod_compute_usage
from clusterproof.models.kubernetes.names import OwnerId, PodId
from clusterproof.models.kubernetes.state import Cluster


def is_asked(c: Cluster) -> bool:
    """Whether anything could be refused at all."""
    return bool(c.scope.quotas)


def admit_pod(c: Cluster, p: PodId, owner: OwnerId | None) -> None:
    """POST of a pod: not enabled where it is refused, and its controller keeps trying."""
    if c.scope.quotas:
        spec = c.scope.template(p, owner).spec
        quotas.charge(c, c.scope.namespace(p, owner), pod_compute_usage(spec), spec)


def admit(c: Cluster, kind: str, namespace: str) -> None:
    """POST of an object of another kind."""
    if c.scope.quotas and kind in COUNTED_KINDS:
        quotas.charge(c, namespace, {COUNTED_KINDS[kind]: 1})


def refusals_of_pod(c: Cluster, p: PodId, owner: OwnerId | None) -> list[str]:
    """Why the API server would refuse a pod now."""
    spec = c.scope.template(p, owner).spec
    found = quotas.of_namespace(c, c.scope.namespace(p, owner)) if c.scope.quotas else []
    reasons = (quotas.refusal(c, q, pod_compute_usage(spec), spec) for q in found)
    return [reason for reason in reasons if reason]
