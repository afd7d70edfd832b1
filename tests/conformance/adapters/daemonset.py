"""Rows of the DaemonSet controller's tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof.models.kubernetes.decisions import daemonset, daemonset_update
from clusterproof.models.kubernetes.decisions.daemonset import DaemonPod
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import UNSCHEDULABLE_TAINT
from clusterproof.models.kubernetes.objects import NodeSpec, PodSpec

from .conversion import Adapter, Expect, Given
from .scheduler import pod_spec, taint

FIXTURE_NODE = NodeSpec(name="test-node", labels={"name": "simple-daemon", "type": "production"})
"""The node of every row of NodeShouldRunDaemonPod, as the table's notes give it; its size decides nothing."""


def node_should_run_daemon_pod(given: Given, _: Expect) -> object:
    spec = daemonset.add_or_update_daemon_pod_tolerations(without_resources(given["ds"]["spec"]["template"]["spec"]))
    taints = [taint(row) for row in given.get("nodeTaints") or ()]
    if given.get("nodeUnschedulable"):
        taints.append(UNSCHEDULABLE_TAINT)
    run, go_on = daemonset.node_should_run_daemon_pod(spec, FIXTURE_NODE, taints)
    return {"shouldRun": run, "shouldContinueRunning": go_on}


def without_resources(given: Mapping[str, Any]) -> PodSpec:
    """A pod's spec in API shape; what its containers ask for is left to the scheduler."""
    return pod_spec({**given, "containers": ()})


def get_target_node_name(given: Given, _: Expect) -> object:
    """A row without error names the node that must come out."""
    try:
        node = daemonset.get_target_node_name(pod_spec(given["pod"].get("spec") or {}))
    except ValueError:
        return {"expectedErr": True}
    assert node == given["nodeName"]
    return {"expectedErr": False}


def failed_daemon_pods(given: Given, _: Expect) -> object:
    """All pods are on one node that should run the DaemonSet; each failed one is reported by an event."""
    failed = [DaemonPod(name=f"failed-{n}", phase="Failed") for n in range(given["numFailedPods"])]
    normal = [DaemonPod(name=f"normal-{n}") for n in range(given["numNormalPods"])]
    plan = daemonset.pods_should_be_on_node([*failed, *normal], should_run=True, should_continue=True, surge=False)
    events = [name for name in plan.delete if name.startswith("failed")]
    return {"expectedCreates": int(plan.create), "expectedDeletes": len(plan.delete), "expectedEvents": len(events)}


def update_counts(given: Given, _: Expect) -> object:
    """All nodes, node-0, node-1, ..., should run the DaemonSet."""
    nodes = [f"node-{number}" for number in range(given["nodes"])]
    pods = {
        node: [DaemonPod(name=node, ready=state == "ready", available=state == "ready")]
        for node, state in given["nodeToPods"].items()
    }
    strategy = given["rollingUpdate"]
    surge, unavailable = daemonset_update.updated_desired_node_counts(
        strategy.get("maxSurge"), strategy.get("maxUnavailable"), len(nodes)
    )
    empty = [node for node, found in daemonset_update.with_empty_nodes(pods, nodes).items() if not found]
    return {"maxSurge": surge, "maxUnavailable": unavailable, "emptyNodes": len(empty)}


ADAPTERS: dict[str, Adapter] = {
    "GetTargetNodeName": get_target_node_name,
    "NodeShouldRunDaemonPod": node_should_run_daemon_pod,
    "failed daemon pods are replaced": failed_daemon_pods,
    "update: allowed surge/unavailable": update_counts,
}
