"""InterPodAffinity: required affinity and anti-affinity between pods, in both directions.

Source: pkg/scheduler/framework/plugins/interpodaffinity/filtering.go,
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.objects import Labels, LabelSelector, PodAffinityTerm, Requirement

AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"

NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"
"""Every namespace carries it. Source: https://kubernetes.io/docs/reference/labels-annotations-taints/"""


def inter_pod_affinity(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node by the pod's affinity, then by its anti-affinity, then by that of the pods already there."""
    if not _satisfies_affinity(pod, node, all_nodes):
        return AFFINITY
    if not _satisfies_anti_affinity(pod, node, all_nodes):
        return ANTI_AFFINITY
    if not _satisfies_existing_anti_affinity(pod, node, all_nodes):
        return EXISTING_ANTI_AFFINITY
    return None


def term_matches(owner: PlacedPod, term: PodAffinityTerm, other: PlacedPod) -> bool:
    """Whether a term of the owner speaks of the other pod: its namespace and its labels.

    Without namespaces and namespaceSelector only the owner's namespace counts; an empty namespaceSelector is all.
    Source: staging/src/k8s.io/kube-scheduler/framework/types.go, AffinityTerm.Matches;
    pkg/scheduler/framework/types.go, getNamespacesFromPodAffinityTerm
    """
    namespaces = term.namespaces
    if not namespaces and term.namespace_selector is None:
        namespaces = (owner.namespace,)
    namespace_labels = {NAMESPACE_NAME_LABEL: other.namespace, **other.namespace_labels}
    if other.namespace not in namespaces and not matches(term.namespace_selector, namespace_labels):
        return False
    return matches(_term_selector(term, owner.labels), other.labels)


def _term_selector(term: PodAffinityTerm, labels: Labels) -> LabelSelector | None:
    """The term's selector with matchLabelKeys and mismatchLabelKeys resolved from the owner's labels.

    Source: pkg/registry/core/pod/strategy.go, applyMatchLabelKeysAndMismatchLabelKeys
    """
    if term.label_selector is None:
        return None
    extra = tuple(
        Requirement(key=key, operator=operator, values=(labels[key],))
        for operator, keys in (("In", term.match_label_keys), ("NotIn", term.mismatch_label_keys))
        for key in keys
        if key in labels
    )
    return evolve(term.label_selector, match_expressions=(*term.label_selector.match_expressions, *extra))


def _satisfies_affinity(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> bool:
    """Each term finds, in this node's domain, a pod that matches all terms.

    The first pod of a group with affinity to itself may go anywhere that has the keys, else none could ever start.
    Source: filtering.go, satisfyPodAffinity
    """
    terms = pod.spec.required_pod_affinity
    if not terms:
        return True
    if any(term.topology_key not in node.spec.labels for term in terms):
        return False
    homes = [
        info.spec.labels
        for info in all_nodes
        for other in info.pods
        if all(term_matches(pod, term, other) for term in terms)
    ]
    if all(any(_same_domain(term.topology_key, node.spec.labels, home) for home in homes) for term in terms):
        return True
    nobody_yet = not any(term.topology_key in home for home in homes for term in terms)
    return nobody_yet and all(term_matches(pod, term, pod) for term in terms)


def _satisfies_anti_affinity(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> bool:
    """No pod in the domain matches one of the incoming pod's terms. Source: filtering.go, satisfyPodAntiAffinity"""
    return not any(
        _same_domain(term.topology_key, node.spec.labels, info.spec.labels) and term_matches(pod, term, other)
        for term in pod.spec.required_pod_anti_affinity
        for info in all_nodes
        for other in info.pods
    )


def _satisfies_existing_anti_affinity(pod: PlacedPod, node: NodeInfo, all_nodes: Sequence[NodeInfo]) -> bool:
    """No term of a pod in the domain matches the incoming one. Source: filtering.go, satisfyExistingPodsAntiAffinity"""
    return not any(
        _same_domain(term.topology_key, node.spec.labels, info.spec.labels) and term_matches(other, term, pod)
        for info in all_nodes
        for other in info.pods
        for term in other.spec.required_pod_anti_affinity
    )


def _same_domain(key: str, one: Labels, other: Labels) -> bool:
    return key in one and key in other and one[key] == other[key]
