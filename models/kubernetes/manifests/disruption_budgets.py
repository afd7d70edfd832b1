"""PodDisruptionBudgets.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/ and
pkg/apis/policy/validation/validation.go (ValidatePodDisruptionBudgetSpec)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.selectors import read_label_selector
from clusterproof.models.kubernetes.objects import PodDisruptionBudget

POLICIES = ("IfHealthyBudget", "AlwaysAllow")


def read_disruption_budget(top: Fields) -> PodDisruptionBudget:
    """A PodDisruptionBudget; without a spec it selects nothing, with an empty selector everything."""
    metadata = read_metadata(top)
    budget = PodDisruptionBudget(metadata=metadata, source=top.source)
    spec = top.fields("spec")
    if spec is not None:
        budget = PodDisruptionBudget(
            metadata=metadata,
            selector=read_label_selector(spec, "selector"),
            min_available=spec.count_or_percent("minAvailable"),
            max_unavailable=spec.count_or_percent("maxUnavailable"),
            unhealthy_pod_eviction_policy=_read_policy(spec),
            source=top.source,
        )
        if budget.min_available is not None and budget.max_unavailable is not None:
            spec.fail("maxUnavailable", "may not be given together with minAvailable; remove one of them")
        spec.close()
    top.close(("status",))
    return budget


def _read_policy(spec: Fields) -> str:
    """What is done with unready pods; a policy that is given and empty is none, other than most words of the API."""
    if spec.text("unhealthyPodEvictionPolicy", None) == "":
        spec.fail("unhealthyPodEvictionPolicy", f"is empty; write {' or '.join(POLICIES)}, or leave it out")
    return spec.choice("unhealthyPodEvictionPolicy", POLICIES, "IfHealthyBudget")
