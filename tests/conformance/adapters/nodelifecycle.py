"""The node lifecycle controller: rows give node objects and a fake clock that starts at noon on 2015-01-01."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clusterproof.models.kubernetes.decisions.node_health import (
    HealthUpdate,
    NodeCondition,
    NodeHealth,
    try_update_node_health,
)
from clusterproof.models.kubernetes.decisions.node_labels import reconcile_node_labels
from clusterproof.models.kubernetes.decisions.node_lifecycle import (
    EXCLUDE_DISRUPTION_LABEL,
    NODE_STARTUP_GRACE_SECONDS,
    compute_zone_state,
    do_no_schedule_tainting_pass,
    is_node_excluded_from_disruption_checks,
    marks_pods_not_ready,
    zone_key,
)

from .conversion import Adapter, Expect, Given
from .scheduler import taint

TEST_CLOCK = datetime.fromisoformat("2015-01-01T12:00:00+00:00")
FIXTURE_GRACE_SECONDS = 40  # of upstream's tests, whatever the release

GO_CONSTANTS = {  # label keys that the rows give by the name of their Go constant
    "labelNodeDisruptionExclusion": EXCLUDE_DISRUPTION_LABEL,
    "LabelOSStable": "kubernetes.io/os",
    "LabelArchStable": "kubernetes.io/arch",
    "kubeletapis.LabelOS": "beta.kubernetes.io/os",
    "kubeletapis.LabelArch": "beta.kubernetes.io/arch",
}


def _do_no_schedule_tainting_pass(given: Given, expect: Expect) -> object:
    node = given["node"]
    conditions = {each["type"]: each["status"] for each in (node.get("status") or {}).get("conditions") or ()}
    spec = node.get("spec") or {}
    taints = do_no_schedule_tainting_pass(
        tuple(map(taint, spec.get("taints") or ())), conditions, bool(spec.get("unschedulable"))
    )
    assert {(each.key, each.value, each.effect) for each in taints} == {
        (each["key"], each.get("value", ""), each["effect"]) for each in expect["expectedTaints"]
    }
    return expect


def _is_node_excluded(given: Given, expect: Expect) -> object:
    return {"want": is_node_excluded_from_disruption_checks(_labels(given["input"]["metadata"]))}


def _reconcile_node_labels(given: Given, expect: Expect) -> object:
    names = {value: key for key, value in GO_CONSTANTS.items()}
    labels = reconcile_node_labels(_labels(given["node"]["metadata"]))
    return {"expectedLabels": {names.get(key, key): value for key, value in labels.items()}}


def _zone_states(given: Given, expect: Expect) -> object:
    nodes = given["nodeList"]
    updated = [{**node, "status": status} for node, status in zip(nodes, given["updatedNodeStatuses"], strict=True)]
    return {"expectedInitialStates": _states(nodes), "expectedFollowingStates": _states(updated)}


def _states(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    ready: dict[str, list[str]] = {}
    for node in nodes:
        labels = _labels(node["metadata"])
        if not is_node_excluded_from_disruption_checks(labels):
            status = next(each["status"] for each in node["status"]["conditions"] if each["type"] == "Ready")
            ready.setdefault(_go_zone_id(zone_key(labels)), []).append(status)
    return {zone: compute_zone_state(statuses).value for zone, statuses in ready.items()}


def _go_zone_id(key: str) -> str:
    region, _, zone = key.partition(":\0:")
    return f'testutil.CreateZoneID("{region}", "{zone}")'


def _monitor_node_health(given: Given, expect: Expect) -> object:
    """One pass, and where time passes the new status and lease, then another pass."""
    node = given["fakeNodeHandler"]["existing"][0]
    created = _instant(node["metadata"]["creationTimestamp"])
    conditions, lease = _conditions(node.get("status")), (given.get("lease") or {}).get("renewTime")
    first = _pass(conditions, created, None, lease, 0)
    passes, node_status = [first], node.get("status") or {}
    later = given.get("timeToPass", 0)
    if later:
        node_status = given.get("newNodeStatus") or {}
        lease = (given.get("newLease") or {}).get("renewTime", lease)
        passes.append(_pass(_conditions(node_status), created, first.health, lease, later))
    writes = [each for each in passes if each.write_status]
    marked = any(
        each.current_ready and marks_pods_not_ready(each.observed_ready, each.current_ready) for each in passes
    )
    answer: dict[str, object] = {
        "expectedPodStatusUpdate": marked,
        "expectedRequestCount": len(passes) + len(writes),  # a list of nodes per pass, and the writes
        "expectedNodes": [],
    }
    if writes or expect.get("expectedNodes"):
        shown = {**node_status, "conditions": [_shown(each) for each in passes[-1].conditions]}
        answer["expectedNodes"] = [{**node, "status": shown} if shown["conditions"] else node]
    wanted = {key: answer[key] for key in expect}
    assert _with_instants(expect) == _with_instants(wanted)
    return expect


def _pass(
    conditions: Sequence[NodeCondition], created: float, saved: NodeHealth | None, lease: str | None, now: float
) -> HealthUpdate:
    renewed = None if lease is None else _instant(lease)
    return try_update_node_health(
        conditions, created, saved, renewed, now, FIXTURE_GRACE_SECONDS, NODE_STARTUP_GRACE_SECONDS
    )


def _conditions(status: Mapping[str, Any] | None) -> list[NodeCondition]:
    return [
        NodeCondition(
            type=each["type"],
            status=each["status"],
            reason=each.get("reason", ""),
            message=each.get("message", ""),
            last_heartbeat_time=_instant(each["lastHeartbeatTime"]),
            last_transition_time=_instant(each["lastTransitionTime"]),
        )
        for each in (status or {}).get("conditions") or ()
    ]


def _shown(condition: NodeCondition) -> dict[str, object]:
    shown = {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "lastHeartbeatTime": condition.last_heartbeat_time,
        "lastTransitionTime": condition.last_transition_time,
    }
    return {key: value for key, value in shown.items() if value != ""}


def _instant(text: str) -> float:
    """Seconds of the test clock: "T0+60s", "Time+60s" (the same), or a date."""
    found = re.fullmatch(r"(T0|Time|\d{4}-.*Z)(?:\+(\d+)s)?", text)
    if not found:
        raise ValueError(f"{text!r} is not an instant of the node lifecycle rows")
    start, offset = found.groups()
    date = TEST_CLOCK if start in ("T0", "Time") else datetime.fromisoformat(start)
    return (date + timedelta(seconds=int(offset or 0)) - TEST_CLOCK).total_seconds()


def _with_instants(value: Any) -> Any:
    """The same value with every written instant as seconds of the test clock."""
    if isinstance(value, dict):
        return {
            key: _instant(each)
            if key.endswith(("Time", "Timestamp")) and isinstance(each, str)
            else _with_instants(each)
            for key, each in value.items()
        }
    return [_with_instants(each) for each in value] if isinstance(value, list) else value


def _labels(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {GO_CONSTANTS.get(key, key): value for key, value in (metadata.get("labels") or {}).items()}


ADAPTERS: dict[str, Adapter] = {
    "doNoScheduleTaintingPass": _do_no_schedule_tainting_pass,
    "isNodeExcludedFromDisruptionChecks": _is_node_excluded,
    "reconcileNodeLabels": _reconcile_node_labels,
    "zone disruption state (monitorNodeHealth)": _zone_states,
    "TestMonitorNodeHealthUpdateStatus": _monitor_node_health,
    "TestMonitorNodeHealthUpdateNodeAndPodStatusWithLease": _monitor_node_health,
    "TestMonitorNodeHealthMarkPodsNotReady": _monitor_node_health,
}
