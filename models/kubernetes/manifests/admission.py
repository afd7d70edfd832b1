"""What the API server's admission plugins change in a pod.

Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
"""

from __future__ import annotations

from attrs import evolve

from clusterproof.models.kubernetes.objects import PodSpec, Toleration

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
DEFAULT_SECONDS = 300


def default_toleration_seconds(spec: PodSpec) -> PodSpec:
    """The spec with 300 s of toleration for not-ready and unreachable nodes, where it does not tolerate them already.

    Source: plugin/pkg/admission/defaulttolerationseconds/admission.go
    """
    added = tuple(
        Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=DEFAULT_SECONDS)
        for key in (NOT_READY, UNREACHABLE)
        if not any(_covers(toleration, key) for toleration in spec.tolerations)
    )
    return evolve(spec, tolerations=(*spec.tolerations, *added)) if added else spec


def _covers(toleration: Toleration, key: str) -> bool:
    """Upstream looks at key and effect only, not at operator, value or seconds."""
    return toleration.key in ("", key) and toleration.effect in ("", "NoExecute")


def without_default_tolerations(spec: PodSpec) -> PodSpec:
    """The spec as it is in a workload's template, where admission has not added anything."""
    added = default_toleration_seconds(PodSpec()).tolerations
    return evolve(spec, tolerations=tuple(each for each in spec.tolerations if each not in added))
