"""Rows of the disruption controller's tables."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.decisions import disruption
from clusterproof.models.kubernetes.decisions.disruption import CoveredPod, NoScaleError

from .conversion import Adapter, Expect, Given, not_modelled

FIXTURE_REPLICAS = {"ReplicaSet": 10, "ReplicationController": 12, "StatefulSet": 14}
"""The replicas of the controllers that TestBasicFinderFunctions looks up."""


def pods_of(given: Given) -> list[CoveredPod]:
    """The covered pods; where the table only counts them they are shared out among the controllers."""
    if "healthyPods" in given:
        owners = list(given.get("controllers", {})) or [None]
        rows: list[dict[str, Any]] = [
            {"ready": True, "owner": owners[index % len(owners)]} for index in range(given["healthyPods"])
        ]
    else:
        rows = given.get("pods") or []
    return [
        CoveredPod(
            name=row.get("name", f"pod-{index}"),
            ready=row.get("ready", False),
            deleting=row.get("deleting", False),
            controller=row.get("owner"),
        )
        for index, row in enumerate(rows)
    ]


def sync_pdb(given: Given, expect: Expect) -> object:
    if isinstance(given.get("selector"), str):
        not_modelled("an invalid label selector: the apiserver refuses it")
    if "events" in given:
        not_modelled("a conflict between two writers: a matter of transitions")
    pods = pods_of(given)
    scales = {name.partition(" ")[0]: size for name, size in given.get("controllers", {}).items()}
    disrupted = {name: -float(age.removesuffix("s ago")) for name, age in given.get("disruptedPods", {}).items()}
    answer: dict[str, Any]
    try:
        status = disruption.sync_pdb(given.get("minAvailable"), given.get("maxUnavailable"), pods, scales, disrupted)
    except NoScaleError:
        answer = {"disruptionsAllowed": 0, "event": "CalculateExpectedPodCountFailed"}
    else:
        answer = {
            "disruptionsAllowed": status.disruptions_allowed,
            "currentHealthy": status.current_healthy,
            "desiredHealthy": status.desired_healthy,
            "expectedPods": status.expected_pods,
            "disruptedPods": sorted(status.disrupted_pods),
        }
        if any(pod.controller is None for pod in pods):
            answer["event"] = "UnmanagedPods"
    return {key: answer.get(key) for key in expect}


def basic_finder(given: Given, _: Expect) -> object:
    owner = given["ownerKind"], given["ownerApiVersion"]
    return {"scale": disruption.scale_of_pod_controller(owner, FIXTURE_REPLICAS.get(owner[0], 0))}


def deployment_finder(given: Given, _: Expect) -> object:
    scale = disruption.scale_of_pod_controller(
        (given["rsKind"], given["rsApiVersion"]),
        given["rsReplicas"],
        (given["deployKind"], given["deployApiVersion"]),
        given["deploymentReplicas"],
    )
    return {"scale": scale}


_SYNC = (
    "IntegerMaxUnavailable",
    "IntegerMaxUnavailableWithScaling",
    "InvalidSelectors",
    "MultipleControllers",
    "NakedPod",
    "NoSelector",
    "PercentageMaxUnavailableWithScaling",
    "ReplicaSet",
    "ReplicationController",
    "ScaleResource",
    "StatefulSetController",
    "TwoControllers",
    "Unavailable",
    "UnsupportedControllerPod",
    "UpdateDisruptedPods",
    "UpdatePDBStatusRetries",
)

ADAPTERS: dict[str, Adapter] = {
    "syncPDB/TestBasicFinderFunctions": basic_finder,
    "syncPDB/TestDeploymentFinderFunction": deployment_finder,
    **{f"syncPDB/Test{name}": sync_pdb for name in _SYNC},
}
