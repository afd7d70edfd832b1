"""What restricts the nodes of a pod: affinity, tolerations, topology spread.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/,
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/,
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/ and
pkg/apis/core/validation/validation.go (validateAffinity, ValidateTolerations, validateTopologySpreadConstraints)
"""

from __future__ import annotations

from attrs import frozen

from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import check_label_key
from clusterproof.models.kubernetes.manifests.selectors import NODE_OPERATORS, read_label_selector, read_requirement
from clusterproof.models.kubernetes.objects import (
    NodeSelectorTerm,
    PodAffinityTerm,
    Toleration,
    TopologySpreadConstraint,
)

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
NODE_POLICIES = ("Honor", "Ignore")


@frozen(kw_only=True)
class Affinity:
    """The required terms of a pod's affinity; preferred ones only move scores."""

    node: tuple[NodeSelectorTerm, ...] | None = None
    pod: tuple[PodAffinityTerm, ...] = ()
    pod_anti: tuple[PodAffinityTerm, ...] = ()


def read_affinity(spec: Fields) -> Affinity:
    """The required affinity of a pod."""
    affinity = spec.fields("affinity")
    if affinity is None:
        return Affinity()
    read = Affinity(
        node=_read_node_affinity(affinity),
        pod=_read_pod_affinity(affinity, "podAffinity"),
        pod_anti=_read_pod_affinity(affinity, "podAntiAffinity"),
    )
    affinity.close()
    return read


def _read_node_affinity(affinity: Fields) -> tuple[NodeSelectorTerm, ...] | None:
    node_affinity = affinity.fields("nodeAffinity")
    if node_affinity is None:
        return None
    terms: tuple[NodeSelectorTerm, ...] | None = None
    required = node_affinity.fields(REQUIRED)
    if required is not None:
        terms = tuple(_read_node_selector_term(term) for term in required.items("nodeSelectorTerms"))
        if not terms:
            required.fail("nodeSelectorTerms", "needs at least one term; write one or remove the affinity")
        required.close()
    node_affinity.close((PREFERRED,))
    return terms


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


def _read_pod_affinity(affinity: Fields, name: str) -> tuple[PodAffinityTerm, ...]:
    fields = affinity.fields(name)
    if fields is None:
        return ()
    terms = tuple(_read_pod_affinity_term(term) for term in fields.items(REQUIRED))
    fields.close((PREFERRED,))
    return terms


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
