"""What kubectl shows of a node that its user gives up."""

from __future__ import annotations

from typing import Any

from instants import Run
from kubernetes_systems import WORKER, changed, pod, running_cluster

from clusterproof.models.kubernetes import kubectl_nodes, kubelet
from clusterproof.models.kubernetes.api_objects.add_ons import add_on_pods
from clusterproof.models.kubernetes.api_objects.events import events
from clusterproof.models.kubernetes.api_objects.nodes import nodes
from clusterproof.models.kubernetes.names import RemovableNodeId


def test_a_node_that_was_deleted_is_not_listed() -> None:
    """Nor are the pods of kube-system that were on it; one that is out of service shows its taint."""
    giving_up: dict[str, Any] = {
        "targets": {"delete_node": (WORKER,), "taint_out_of_service": (WORKER,)},
        "actions": {"delete-node": 1, "taint-out-of-service": 1},
    }
    run = Run(running_cluster(pod(), **giving_up))
    run.take(kubectl_nodes.taint_out_of_service, RemovableNodeId(WORKER))
    (listed,) = (each for each in nodes(run.now) if each["metadata"]["name"] == WORKER)
    assert listed["spec"]["taints"] == [
        {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    ]

    run.take(kubectl_nodes.delete_node, RemovableNodeId(WORKER))
    assert [each["metadata"]["name"] for each in nodes(run.now)] == ["kind-control-plane"]
    assert not any(each["spec"]["nodeName"] == WORKER for each in add_on_pods(run.now))

    run.cluster = changed(run.cluster, "machines", WORKER, synced=False)
    run.take(kubelet.register_node, WORKER)
    assert [(each["reason"], each["message"]) for each in events(run.now)] == [
        ("RemovingNode", "Node kind-worker event: Removing Node kind-worker from Controller"),
        ("RegisteredNode", "Node kind-worker event: Registered Node kind-worker in Controller"),
    ]
