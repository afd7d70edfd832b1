"""Pod specifications and pod templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusterproof.models.kubernetes.api_objects.containers import container
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.quantities import quantities
from clusterproof.models.kubernetes.api_objects.selectors import label_selector, node_selector_term
from clusterproof.models.kubernetes.manifests.scheduling import PREFERRED, REQUIRED
from clusterproof.models.kubernetes.objects import (
    PodAffinityTerm,
    PodSpec,
    PodTemplate,
    Toleration,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)


def pod_spec(spec: PodSpec, node: str | None = None) -> dict[str, Any]:
    """The specification of a pod; node: where it is bound."""
    return given(
        initContainers=[container(each) for each in spec.init_containers],
        containers=[container(each) for each in spec.containers],
        restartPolicy=spec.restart_policy,
        terminationGracePeriodSeconds=spec.termination_grace_period_seconds,
        nodeName=node or spec.node_name,
        nodeSelector=dict(spec.node_selector),
        affinity=_affinity(spec),
        topologySpreadConstraints=[_constraint(each) for each in spec.topology_spread_constraints],
        tolerations=[_toleration(each) for each in spec.tolerations],
        priorityClassName=spec.priority_class_name or None,
        priority=spec.priority or None,
        preemptionPolicy=spec.preemption_policy if spec.preemption_policy != "PreemptLowerPriority" else None,
        hostNetwork=spec.host_network or None,
        volumes=[{"name": name, "configMap": {"name": name}} for name in spec.config_map_volumes],
        overhead=quantities(spec.overhead),
    )


def pod_template(template: PodTemplate, further_labels: Mapping[str, str]) -> dict[str, Any]:
    """The template of a workload, before admission adds anything; further_labels: what its controller adds."""
    labels = {**template.labels, **further_labels}
    return {
        "metadata": given(labels=labels, annotations=dict(template.annotations)),
        "spec": pod_spec(template.spec),
    }


def _affinity(spec: PodSpec) -> dict[str, Any]:
    terms = spec.required_node_affinity
    node = {"nodeSelectorTerms": [node_selector_term(term) for term in terms]} if terms is not None else None
    preferred = [
        {"weight": each.weight, "preference": node_selector_term(each.preference)}
        for each in spec.preferred_node_affinity
    ]
    return given(
        nodeAffinity=given(**{REQUIRED: node, PREFERRED: preferred}),
        podAffinity=_pod_affinity(spec.required_pod_affinity, spec.preferred_pod_affinity),
        podAntiAffinity=_pod_affinity(spec.required_pod_anti_affinity, spec.preferred_pod_anti_affinity),
    )


def _pod_affinity(required: Sequence[PodAffinityTerm], preferred: Sequence[WeightedPodAffinityTerm]) -> dict[str, Any]:
    weighted = [
        {"weight": each.weight, "podAffinityTerm": _affinity_term(each.pod_affinity_term)} for each in preferred
    ]
    return given(**{REQUIRED: [_affinity_term(term) for term in required], PREFERRED: weighted})


def _affinity_term(term: PodAffinityTerm) -> dict[str, Any]:
    selectors = {"labelSelector": term.label_selector, "namespaceSelector": term.namespace_selector}
    return {
        "topologyKey": term.topology_key,
        **{name: label_selector(each) for name, each in selectors.items() if each is not None},  # {} selects all
        **given(
            namespaces=list(term.namespaces),
            matchLabelKeys=list(term.match_label_keys),
            mismatchLabelKeys=list(term.mismatch_label_keys),
        ),
    }


def _constraint(each: TopologySpreadConstraint) -> dict[str, Any]:
    return given(
        maxSkew=each.max_skew,
        topologyKey=each.topology_key,
        whenUnsatisfiable=each.when_unsatisfiable,
        labelSelector=label_selector(each.label_selector),
        minDomains=each.min_domains,
        nodeAffinityPolicy=each.node_affinity_policy,
        nodeTaintsPolicy=each.node_taints_policy,
        matchLabelKeys=list(each.match_label_keys),
    )


def _toleration(each: Toleration) -> dict[str, Any]:
    return given(
        key=each.key,
        operator=each.operator,
        value=each.value,
        effect=each.effect,
        tolerationSeconds=each.toleration_seconds,
    )
