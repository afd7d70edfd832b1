"""Rows of the EndpointSlice controller's tables."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.decisions import endpointslice

from .conversion import Adapter, Expect, Given

FIXTURE_NAMESPACE = "test"
ZONE = "topology.kubernetes.io/zone"


def should_pod_be_in_endpoints(given: Given, _: Expect) -> object:
    status = given["pod"].get("status", {})
    expected = endpointslice.should_pod_be_in_endpoints(
        status.get("phase", ""),
        bool(status.get("podIP") or status.get("podIPs")),
        bool(given["pod"].get("metadata", {}).get("deletionTimestamp")),
        given.get("includeTerminating", False),
    )
    return {"expected": expected}


def pod_to_endpoint(given: Given, _: Expect) -> object:
    pod, metadata = given["pod"], given["pod"]["metadata"]
    conditions = endpointslice.pod_to_endpoint(
        pod["ready"], bool(metadata.get("deletionTimestamp")), given["svc"].get("publishNotReadyAddresses", False)
    )
    endpoint: dict[str, Any] = {
        "addresses": [pod["podIP"]],
        "conditions": {
            "ready": conditions.ready,
            "serving": conditions.serving,
            "terminating": conditions.terminating,
        },
        "nodeName": pod["nodeName"],
        "targetRef": {
            "kind": "Pod",
            "name": metadata["name"],
            "namespace": FIXTURE_NAMESPACE,
            "uid": metadata["name"],
        },
    }
    if zone := given.get("node", {}).get("metadata", {}).get("labels", {}).get(ZONE):
        endpoint["zone"] = zone
    return {"expectedEndpoint": endpoint}


ADAPTERS: dict[str, Adapter] = {
    "ShouldPodBeInEndpoints": should_pod_be_in_endpoints,
    "podToEndpoint": pod_to_endpoint,
}
