"""Rows of the API server's defaulting and validation, of what the model has a place for.

A row's object leaves out what defaulting does not look at, and what a manifest must have. So it gets a fixture: a name,
a selector, and a container. The manifests' reader reads it, and what it read is written as an object of the API again;
then the fixture is taken out, and fields of pods that the model does not read are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from clusterproof.models.kubernetes.api_objects.daemon_sets import daemon_set_spec
from clusterproof.models.kubernetes.api_objects.deployments import deployment_spec
from clusterproof.models.kubernetes.api_objects.services import service_spec
from clusterproof.models.kubernetes.api_objects.stateful_sets import stateful_set_spec
from clusterproof.models.kubernetes.decisions.hpa_behavior import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    ScalingPolicy,
    ScalingRules,
    with_defaults,
)
from clusterproof.models.kubernetes.decisions.percent import get_scaled_value_from_int_or_percent
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.manifests.updates import is_selector_update_allowed
from clusterproof.models.kubernetes.objects import LabelSelector, Manifests

from .conversion import Adapter, Expect, Given

LABELS = {"conformance": "fixture"}
CONTAINERS = [{"name": "fixture", "image": "fixture"}]
NOT_READ = ("dnsPolicy", "schedulerName", "securityContext")
"""Fields of a pod's spec that no decision of the model reads."""

RETENTION = "persistentVolumeClaimRetentionPolicy"
"""Of a StatefulSet. Every release that is modelled has it, so it is compared in the rows that have its gate open."""

STRATEGIES = {f"{name}DeploymentStrategyType": name for name in ("RollingUpdate", "Recreate")}
UPDATES = {
    f"{name}{kind}StrategyType": name for name in ("RollingUpdate", "OnDelete") for kind in ("StatefulSet", "DaemonSet")
}
RETENTIONS = {f"{name}PersistentVolumeClaimRetentionPolicyType": name for name in ("Retain", "Delete")}
POD_MANAGEMENT = {f"{name}PodManagement": name for name in ("OrderedReady", "Parallel")}
POLICIES = {f"ServiceInternalTrafficPolicy{name}": name for name in ("Cluster", "Local")}
TYPES = {f"ServiceType{name}": name for name in ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")}
CONSTANTS = {**STRATEGIES, **UPDATES, **POD_MANAGEMENT, **RETENTIONS, **POLICIES, **TYPES}
"""Go's name of a constant -> its value in the API."""


def as_api(given: Any) -> Any:
    """The value with the names of Go's constants replaced by their values."""
    if isinstance(given, Mapping):
        return {key: as_api(value) for key, value in given.items()}
    return CONSTANTS.get(given, given) if isinstance(given, str) else given


def read(api_version: str, kind: str, spec: Mapping[str, Any]) -> Manifests:
    """What the reader makes of an object with this spec."""
    made = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "fixture"}, "spec": spec}
    return load_document_texts([("row.yaml", yaml.safe_dump(made))])


def with_template(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of a workload with a selector, and a pod that it selects."""
    template = spec.get("template") or {}
    pod = {key: value for key, value in (template.get("spec") or {}).items() if key not in NOT_READ}
    made = {"metadata": {"labels": LABELS}, "spec": {**pod, "containers": CONTAINERS}}
    return {**spec, "selector": {"matchLabels": LABELS}, "template": made}


def without_fixture(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What of a spec is compared; a delay of no seconds is none."""
    pod = {key: value for key, value in spec["template"]["spec"].items() if key not in ("containers", *NOT_READ)}
    rest = {key: value for key, value in spec.items() if key != "selector"}
    if not rest.get("minReadySeconds"):
        rest.pop("minReadySeconds", None)
    return {**rest, "template": {"spec": pod}}


def default_deployment(given: Given, expect: Expect) -> object:
    spec = with_template(as_api(given["original"]["spec"]))
    (manifest,) = read("apps/v1", "Deployment", spec).deployments
    made = deployment_spec(manifest, manifest.replicas, manifest.template)

    assert without_fixture(made) == without_fixture(as_api(expect["expected"]["spec"]))
    return expect


def default_stateful_set(given: Given, expect: Expect) -> object:
    spec = with_template(as_api(given["original"]["spec"]))
    (manifest,) = read("apps/v1", "StatefulSet", spec).stateful_sets
    made = without_fixture(stateful_set_spec(manifest, manifest.replicas, manifest.template))
    expected = without_fixture(as_api(expect["expected"]["spec"]))
    if not given.get("enablePVCDeletionPolicy"):
        made.pop(RETENTION)
        expected.pop(RETENTION, None)

    assert made == expected
    return expect


def default_daemon_set(given: Given, expect: Expect) -> object:
    spec = with_template(as_api(given["original"].get("spec", {})))
    (manifest,) = read("apps/v1", "DaemonSet", spec).daemon_sets
    made = daemon_set_spec(manifest, manifest.template)

    assert without_fixture(made) == without_fixture(as_api(expect["expected"]["spec"]))
    return expect


def default_replica_set_replicas(given: Given, _: Expect) -> object:
    (manifest,) = read("apps/v1", "ReplicaSet", with_template(as_api(given["rs"]["spec"]))).replica_sets
    return {"expectReplicas": manifest.replicas}


def default_internal_traffic_policy(given: Given, expect: Expect) -> object:
    spec = {"ports": [{"port": 80}], "externalName": "fixture", **as_api(given["svc"].get("spec", {}))}
    (manifest,) = read("v1", "Service", spec).services
    made = service_spec(manifest, ["10.0.0.1"]).get("internalTrafficPolicy", "")

    assert made == as_api(expect["expectedInternalTrafficPolicy"])
    return expect


def validate_unhealthy_pod_eviction_policy(given: Given, _: Expect) -> object:
    """An empty mapping stands for a policy that is given and empty."""
    policy = given["pdbSpec"].get("unhealthyPodEvictionPolicy")
    spec = {**given["pdbSpec"], "unhealthyPodEvictionPolicy": "" if policy == {} else policy}
    try:
        read("policy/v1", "PodDisruptionBudget", spec)
    except ManifestError:
        return {"expectErr": True}
    return {"expectErr": False}


def selector_immutability(given: Given, _: Expect) -> object:
    """The errors by the field they are about."""
    old, new = (LabelSelector(match_labels=given[key]) for key in ("oldSelectorLabels", "newSelectorLabels"))
    requested = given["requestInfo"]
    api_version = f"{requested.get('apiGroup', '')}/{requested.get('apiVersion', '')}"
    return {"expectedErrorList": {} if is_selector_update_allowed(old, new, api_version) else {"spec.selector": new}}


def int_or_percent(given: Given, _: Expect) -> object:
    try:
        value = get_scaled_value_from_int_or_percent(
            given["input"], given.get("total", 0), round_up=given.get("roundUp", False)
        )
    except ValueError:
        return {"expectErr": True, "expectVal": 0}
    return {"expectErr": False, "expectVal": value}


def scaling_rules(given: Given, direction: str, default: ScalingRules) -> object:
    """What a HorizontalPodAutoscaler says of one direction, in the row's flat notation; no window is written as 0."""
    policies = [
        ScalingPolicy(kind, given[f"rate{direction}{kind}"], given[f"rate{direction}{kind}PeriodSeconds"])
        for kind in ("Pods", "Percent")
        if f"rate{direction}{kind}" in given
    ]
    found = with_defaults(default, policies, given.get("selectPolicy"), given.get("stabilizationSeconds"))
    return {
        "expectedPolicies": [
            {"type": f"{each.type}ScalingPolicy", "value": each.value, "periodSeconds": each.period_seconds}
            for each in found.policies
        ],
        "expectedSelectPolicy": found.select_policy,
        "expectedStabilization": found.stabilization_window_seconds or 0,
    }


def scale_up_rules(given: Given, _: Expect) -> object:
    return scaling_rules(given, "Up", DEFAULT_SCALE_UP)


def scale_down_rules(given: Given, _: Expect) -> object:
    return scaling_rules(given, "Down", DEFAULT_SCALE_DOWN)


ADAPTERS: dict[str, Adapter] = {
    "Deployment selector immutability": selector_immutability,
    "HPA scaleDown behavior": scale_down_rules,
    "HPA scaleUp behavior": scale_up_rules,
    "PDB unhealthyPodEvictionPolicy validation": validate_unhealthy_pod_eviction_policy,
    "Service internalTrafficPolicy": default_internal_traffic_policy,
    "default DaemonSet": default_daemon_set,
    "default Deployment": default_deployment,
    "default ReplicaSet replicas": default_replica_set_replicas,
    "default StatefulSet": default_stateful_set,
    "intstr percent/int parsing": int_or_percent,
}
