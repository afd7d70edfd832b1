"""What restricts the nodes of a pod: affinity, tolerations, topology spread.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/,
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/,
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/ and
pkg/apis/core/validation/validation.go (validateAffinity, ValidateTolerations, validateTopologySpreadConstraints)
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import check_label_key
from clusterproof.models.kubernetes.manifests.selectors import NODE_OPERATORS, read_label_selector, read_requirement
from clusterproof.models.kubernetes.objects import (
    NodeSelectorTerm,
    PodAffinityTerm,
    PreferredSchedulingTerm,
    Toleration,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
NODE_POLICIES = ("Honor", "Ignore")
MOST_WEIGHT = 100


@frozen(kw_only=True)
class Affinity:
    """The terms of a pod's affinity: required ones filter, preferred ones move scores."""

    node: tuple[NodeSelectorTerm, ...] | None = None
    pod: tuple[PodAffinityTerm, ...] = ()
    pod_anti: tuple[PodAffinityTerm, ...] = ()
    preferred_node: tuple[PreferredSchedulingTerm, ...] = ()
    preferred_pod: tuple[WeightedPodAffinityTerm, ...] = ()
    preferred_pod_anti: tuple[WeightedPodAffinityTerm, ...] = ()


def read_affinity(spec: Fields) -> Affinity:
    """The affinity of a pod."""
    affinity = spec.fields("affinity")
    if affinity is None:
        return Affinity()
    node, preferred_node = _read_node_affinity(affinity)
    pod, preferred_pod = _read_pod_affinity(affinity, "podAffinity")
    pod_anti, preferred_pod_anti = _read_pod_affinity(affinity, "podAntiAffinity")
    affinity.close()
    return Affinity(
        node=node,
        pod=pod,
        pod_anti=pod_anti,
        preferred_node=preferred_node,
        preferred_pod=preferred_pod,
        preferred_pod_anti=preferred_pod_anti,
    )


def _read_node_affinity(
    affinity: Fields,
) -> tuple[tuple[NodeSelectorTerm, ...] | None, tuple[PreferredSchedulingTerm, ...]]:
    """The required terms, None where there is no such affinity, and the preferred ones."""
    node_affinity = affinity.fields("nodeAffinity")
    if node_affinity is None:
        return None, ()
    terms: tuple[NodeSelectorTerm, ...] | None = None
    required = node_affinity.fields(REQUIRED)
    if required is not None:
        terms = tuple(_read_node_selector_term(term) for term in required.items("nodeSelectorTerms"))
        if not terms:
            required.fail("nodeSelectorTerms", "needs at least one term; write one or remove the affinity")
        required.close()
    preferred = tuple(
        PreferredSchedulingTerm(weight=weight, preference=_read_node_selector_term(term))
        for weight, term in _preferred(node_affinity, "preference", "write the matchExpressions of nodes to prefer")
    )
    node_affinity.close()
    return terms, preferred


def _preferred(affinity: Fields, name: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """The preferred terms of an affinity, each with its weight; name: under which field each of them stands."""
    for term in affinity.items(PREFERRED):
        yield term.required_integer("weight", minimum=1, maximum=MOST_WEIGHT), term.required_fields(name, hint)
        term.close()


def _read_node_selector_term(term: Fields) -> NodeSelectorTerm:
    read = NodeSelectorTerm(
        match_expressions=tuple(read_requirement(item, NODE_OPERATORS) for item in term.items("matchExpressions")),
        match_fields=tuple(read_requirement(item, ("In", "NotIn"), labels=False) for item in term.items("matchFields")),
    )
    for requirement in read.match_fields:
        if requirement.key != "metadata.name" or len(requirement.values) != 1:
            term.fail("matchFields", "only metadata.name with one value is supported; use matchExpressions")
    term.close()
    return read


def _read_pod_affinity(
    affinity: Fields, name: str
) -> tuple[tuple[PodAffinityTerm, ...], tuple[WeightedPodAffinityTerm, ...]]:
    """The required terms, and the preferred ones."""
    fields = affinity.fields(name)
    if fields is None:
        return (), ()
    required = tuple(_read_pod_affinity_term(term) for term in fields.items(REQUIRED))
    preferred = tuple(
        WeightedPodAffinityTerm(weight=weight, pod_affinity_term=_read_pod_affinity_term(term))
        for weight, term in _preferred(fields, "podAffinityTerm", "write the labelSelector and topologyKey under it")
    )
    fields.close()
    return required, preferred


def _read_pod_affinity_term(term: Fields) -> PodAffinityTerm:
    read = PodAffinityTerm(
        topology_key=_read_topology_key(term),
        label_selector=read_label_selector(term, "labelSelector"),
        namespaces=term.texts("namespaces"),
        namespace_selector=read_label_selector(term, "namespaceSelector"),
        match_label_keys=term.texts("matchLabelKeys"),
        mismatch_label_keys=term.texts("mismatchLabelKeys"),
    )
    term.close()
    return read


def _read_topology_key(fields: Fields) -> str:
    key = fields.required_text("topologyKey", "write a node label such as kubernetes.io/hostname")
    check_label_key(fields, "topologyKey", key)
    return key


def read_tolerations(spec: Fields) -> tuple[Toleration, ...]:
    """The tolerations of a pod as written, without those that admission adds."""
    return tuple(_read_toleration(fields) for fields in spec.items("tolerations"))


def _read_toleration(fields: Fields) -> Toleration:
    toleration = Toleration(
        key=fields.text("key", ""),
        operator=fields.choice("operator", ("Equal", "Exists"), "Equal"),
        value=fields.text("value", ""),
        effect=fields.choice("effect", EFFECTS, ""),
        toleration_seconds=fields.integer("tolerationSeconds", None, minimum=-(2**63), maximum=2**63 - 1),
    )
    if toleration.key:
        check_label_key(fields, "key", toleration.key)
    elif toleration.operator != "Exists":
        fields.fail("operator", "an empty key tolerates every taint only with operator Exists; write a key or Exists")
    if toleration.operator == "Exists" and toleration.value:
        fields.fail("value", "operator Exists takes no value; remove the value or write operator: Equal")
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        fields.fail("effect", "tolerationSeconds needs effect: NoExecute; write it or remove tolerationSeconds")
    fields.close()
    return toleration


def read_topology_spread(spec: Fields) -> tuple[TopologySpreadConstraint, ...]:
    """The topology spread constraints of a pod."""
    return tuple(_read_constraint(fields) for fields in spec.items("topologySpreadConstraints"))


def _read_constraint(fields: Fields) -> TopologySpreadConstraint:
    when_unsatisfiable = fields.choice("whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), None)
    if when_unsatisfiable is None:
        fields.fail("whenUnsatisfiable", "is missing; write DoNotSchedule or ScheduleAnyway")
    constraint = TopologySpreadConstraint(
        max_skew=fields.required_integer("maxSkew", minimum=1),
        topology_key=_read_topology_key(fields),
        when_unsatisfiable=when_unsatisfiable,
        label_selector=read_label_selector(fields, "labelSelector"),
        min_domains=fields.integer("minDomains", None, minimum=1),
        node_affinity_policy=fields.choice("nodeAffinityPolicy", NODE_POLICIES, "Honor"),
        node_taints_policy=fields.choice("nodeTaintsPolicy", NODE_POLICIES, "Ignore"),
        match_label_keys=fields.texts("matchLabelKeys"),
    )
    if constraint.min_domains is not None and when_unsatisfiable != "DoNotSchedule":
        fields.fail("minDomains", "needs whenUnsatisfiable: DoNotSchedule; write that or remove minDomains")
    fields.close()
    return constraint
