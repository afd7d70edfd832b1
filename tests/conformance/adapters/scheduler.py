"""The scheduler's filters: rows give pods and nodes in API shape and ask for a status code or for reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from clusterproof.models.kubernetes.decisions.preemption import pod_eligible_to_preempt_others
from clusterproof.models.kubernetes.decisions.scheduler import status_code
from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity import inter_pod_affinity
from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import (
    added_node_affinity,
    node_affinity,
    required_node_affinity_matches,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_name import node_name
from clusterproof.models.kubernetes.decisions.scheduling.node_ports import node_ports
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import fits_request, pod_requests
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import node_unschedulable
from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread import pod_topology_spread
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import Filter, NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scheduling.taint_toleration import taint_toleration
from clusterproof.models.kubernetes.objects import (
    Container,
    ContainerPort,
    NodeSelectorTerm,
    NodeSpec,
    PodAffinityTerm,
    PodSpec,
    Taint,
    Toleration,
    TopologySpreadConstraint,
)

from .conversion import Adapter, Expect, Given, label_selector, not_modelled, requirement

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
LOWERED_KEYS = {"gPU": "GPU"}  # a label key whose first letter the API shape of the rows lowered
HUGE_PAGES = ("hugepages-", "HugePagesPrefix")  # the rows answer with the name of the Go constant


def _filter_code(each: Filter) -> Adapter:
    """The code of one filter on the row's single node."""

    def adapter(given: Given, expect: Expect) -> object:
        pod, nodes = placed_pod(given["pod"]), node_infos(given)
        return {"code": status_code(each(pod, nodes[0], nodes))}

    return adapter


def _filter_codes(each: Filter) -> Adapter:
    """The codes of one filter: on the first node, or on each node that the row names."""

    def adapter(given: Given, expect: Expect) -> object:
        pod, nodes = placed_pod(given["pod"]), node_infos(given)
        if "perNode" not in expect:
            return {"code": status_code(each(pod, nodes[0], nodes))}
        if not expect["perNode"]:
            not_modelled("nothing to compare, the row expects no status of any node")
        codes = {node.spec.name: status_code(each(pod, node, nodes)) for node in nodes}
        return {"perNode": {name: codes[name] for name in expect["perNode"]}}

    return adapter


def _node_affinity(given: Given, expect: Expect) -> object:
    pod, nodes = placed_pod(given["pod"]), node_infos(given)
    refused = node_affinity(pod, nodes[0], nodes)
    if "pluginArgs" in given:
        added = given["pluginArgs"]["addedAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        terms = [_term(each) for each in added["nodeSelectorTerms"]]
        refused = added_node_affinity(terms, nodes[0]) or refused
    answer: dict[str, object] = {"code": status_code(refused)}
    if "preFilter" in expect:
        if set(expect["preFilter"]) != {"code"}:
            not_modelled("the node names that PreFilter narrows the search to")
        bare = not pod.spec.node_selector and pod.spec.required_node_affinity is None
        answer["preFilter"] = {"code": "Skip" if bare else "Success"}
    return answer


def _matches(given: Given, expect: Expect) -> object:
    node = NodeSpec(name=given.get("nodeName", ""), labels=_labels(given.get("labels")))
    return {"want": required_node_affinity_matches(pod_spec(given["pod"].get("spec") or {}), node)}


def _node_resources_fit(given: Given, expect: Expect) -> object:
    pod, node = placed_pod(given["pod"]), node_infos(given)[0]
    arguments = given.get("pluginArgs") or {}
    groups = arguments.get("ignoredResourceGroups") or ()
    ignored = {name for name in pod_requests(pod.spec) if name.partition("/")[0] in groups}
    ignored.update(arguments.get("ignoredResources") or ())
    short = fits_request(pod.spec, node.spec.allocatable, (other.spec for other in node.pods), ignored)
    answer: dict[str, object] = {
        "fits": not short,
        "reasons": [each.reason.replace(*HUGE_PAGES) for each in short],
        "insufficient": [
            {
                "resource": each.resource.replace(*HUGE_PAGES),
                "requested": each.requested,
                "used": each.used,
                "capacity": each.capacity,
            }
            for each in short
        ],
    }
    return {key: answer[key] for key in expect}


def _eligible_to_preempt(given: Given, _: Expect) -> object:
    pod, name = placed_pod(given["pod"]), (given["pod"].get("status") or {}).get("nominatedNodeName")
    pods = [placed_pod(each) for each in given.get("pods") or ()]
    there = tuple(each for each in pods if each.node == name)
    nominated = NodeInfo(spec=NodeSpec(name=name), pods=there) if name else None
    unresolvable = given.get("nominatedNodeStatus") == "UnschedulableAndUnresolvable"
    policy = pod.spec.preemption_policy
    eligible = pod_eligible_to_preempt_others(pod, policy=policy, nominated=nominated, unresolvable=unresolvable)
    return {"expected": eligible}


ADAPTERS: dict[str, Adapter] = {
    "NodeUnschedulable.Filter": _filter_code(node_unschedulable),
    "NodeName.Filter": _filter_code(node_name),
    "TaintToleration.Filter": _filter_code(taint_toleration),
    "NodeAffinity.Filter": _node_affinity,
    "NodeSelector+NodeAffinity match": _matches,
    "NodePorts.Filter": _filter_code(node_ports),
    "NodeResourcesFit.Filter": _node_resources_fit,
    "PodTopologySpread.Filter": _filter_codes(pod_topology_spread),
    "InterPodAffinity.Filter": _filter_codes(inter_pod_affinity),
    "PodEligibleToPreemptOthers": _eligible_to_preempt,
}


def node_infos(given: Given) -> list[NodeInfo]:
    """The nodes with the existing pods on them; a row with one node or none puts every pod on it."""
    existing = [placed_pod(each) for each in given.get("existingPods") or ()]
    if "nodes" in given:
        return [_node_info(each, existing, by_name=True) for each in given["nodes"]]
    return [_node_info(given.get("node") or {}, existing, by_name=False)]


def _node_info(given: Mapping[str, Any], pods: Sequence[PlacedPod], *, by_name: bool) -> NodeInfo:
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    name = metadata.get("name", "")
    return NodeInfo(
        spec=NodeSpec(
            name=name,
            labels=_labels(metadata.get("labels")),
            taints=tuple(map(taint, spec.get("taints") or ())),
            allocatable=_resources((given.get("status") or {}).get("allocatable")),
        ),
        unschedulable=bool(spec.get("unschedulable")),
        pods=tuple(pod for pod in pods if not by_name or pod.node == name),
    )


def placed_pod(given: Mapping[str, Any]) -> PlacedPod:
    """A pod in API shape; the namespaces of the fixtures end in the name of their team, which is their label."""
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    namespace = metadata.get("namespace", "")
    return PlacedPod(
        namespace=namespace,
        labels=metadata.get("labels") or {},
        spec=pod_spec(spec),
        node=spec.get("nodeName", ""),
        terminating="deletionTimestamp" in metadata,
        namespace_labels={"team": namespace.rpartition(".")[2]},
    )


def pod_spec(given: Mapping[str, Any]) -> PodSpec:
    """What the filters read of a pod's spec in API shape."""
    affinity = given.get("affinity") or {}
    node_rules = (affinity.get("nodeAffinity") or {}).get(REQUIRED)
    return PodSpec(
        containers=tuple(map(_container, given.get("containers") or ())),
        init_containers=tuple(map(_container, given.get("initContainers") or ())),
        node_name=given.get("nodeName"),
        node_selector=given.get("nodeSelector") or {},
        required_node_affinity=None
        if node_rules is None
        else tuple(map(_term, node_rules.get("nodeSelectorTerms", ()))),
        required_pod_affinity=_pod_terms(affinity.get("podAffinity")),
        required_pod_anti_affinity=_pod_terms(affinity.get("podAntiAffinity")),
        topology_spread_constraints=tuple(map(_constraint, given.get("topologySpreadConstraints") or ())),
        tolerations=tuple(map(toleration, given.get("tolerations") or ())),
        priority=given.get("priority", 0),
        preemption_policy=given.get("preemptionPolicy", "PreemptLowerPriority"),
        host_network=bool(given.get("hostNetwork")),
        overhead=_resources(given.get("overhead")),
    )


def taint(given: Mapping[str, Any]) -> Taint:
    """A taint in API shape."""
    return Taint(key=given.get("key", ""), value=given.get("value", ""), effect=given.get("effect", ""))


def toleration(given: Mapping[str, Any]) -> Toleration:
    """A toleration in API shape."""
    return Toleration(
        key=given.get("key", ""),
        operator=given.get("operator", ""),
        value=given.get("value", ""),
        effect=given.get("effect", ""),
        toleration_seconds=given.get("tolerationSeconds"),
    )


def _term(given: Mapping[str, Any]) -> NodeSelectorTerm:
    return NodeSelectorTerm(
        match_expressions=tuple(map(requirement, given.get("matchExpressions") or ())),
        match_fields=tuple(map(requirement, given.get("matchFields") or ())),
    )


def _pod_terms(given: Mapping[str, Any] | None) -> tuple[PodAffinityTerm, ...]:
    return tuple(
        PodAffinityTerm(
            topology_key=term.get("topologyKey", ""),
            label_selector=label_selector(term.get("labelSelector")),
            namespaces=tuple(term.get("namespaces") or ()),
            namespace_selector=label_selector(term.get("namespaceSelector")),
            match_label_keys=tuple(term.get("matchLabelKeys") or ()),
            mismatch_label_keys=tuple(term.get("mismatchLabelKeys") or ()),
        )
        for term in (given or {}).get(REQUIRED) or ()
    )


def _constraint(given: Mapping[str, Any]) -> TopologySpreadConstraint:
    return TopologySpreadConstraint(
        max_skew=given.get("maxSkew", 0),
        topology_key=given.get("topologyKey", ""),
        when_unsatisfiable=given.get("whenUnsatisfiable", ""),
        label_selector=label_selector(given.get("labelSelector")),
        min_domains=given.get("minDomains"),
        node_affinity_policy=given.get("nodeAffinityPolicy", "Honor"),
        node_taints_policy=given.get("nodeTaintsPolicy", "Ignore"),
        match_label_keys=tuple(given.get("matchLabelKeys") or ()),
    )


def _container(given: Mapping[str, Any]) -> Container:
    return Container(
        name=given.get("name", ""),
        requests=_resources((given.get("resources") or {}).get("requests")),
        ports=tuple(
            ContainerPort(
                container_port=port.get("containerPort", 0),
                protocol=port.get("protocol", ""),
                host_port=port.get("hostPort", 0),
                host_ip=port.get("hostIP", ""),
            )
            for port in given.get("ports") or ()
        ),
        restart_policy=given.get("restartPolicy"),
    )


def _resources(given: Mapping[str, Any] | None) -> dict[str, int]:
    """Quantities as plain numbers or with the suffix m; cpu becomes millicores."""
    amounts = {}
    for name, quantity in (given or {}).items():
        text = str(quantity)
        value = Decimal(text[:-1]) / 1000 if text.endswith("m") else Decimal(text)
        amounts[name] = int(value * 1000 if name == "cpu" else value)
    return amounts


def _labels(given: Mapping[str, str] | None) -> dict[str, str]:
    return {LOWERED_KEYS.get(key, key): value for key, value in (given or {}).items()}
