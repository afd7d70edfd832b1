"""The node lifecycle controller: when a node counts as lost, how it is tainted, and how fast.

Every --node-monitor-period (5 s) it looks at each node's Ready condition and lease. Staleness is measured by its own
clock since it last saw a change, so a restarted controller gives every node the whole grace period again.
Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go, https://kubernetes.io/docs/concepts/architecture/nodes/
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.objects import Labels, Taint

NODE_MONITOR_PERIOD_SECONDS = 5
NODE_STARTUP_GRACE_SECONDS = 60
NODE_EVICTION_RATE = 0.1
SECONDARY_NODE_EVICTION_RATE = 0.01
UNHEALTHY_ZONE_THRESHOLD = 0.55
LARGE_CLUSTER_SIZE_THRESHOLD = 50
"""Defaults. Source: pkg/controller/nodelifecycle/config/v1alpha1/defaults.go, cmd/kube-controller-manager/names"""

EXCLUDE_DISRUPTION_LABEL = "node.kubernetes.io/exclude-disruption"

NOT_READY_TAINT = Taint(key="node.kubernetes.io/not-ready", effect="NoExecute")
UNREACHABLE_TAINT = Taint(key="node.kubernetes.io/unreachable", effect="NoExecute")

NO_SCHEDULE_TAINT_KEYS: Mapping[str, Mapping[str, str]] = {
    "Ready": {"False": NOT_READY_TAINT.key, "Unknown": UNREACHABLE_TAINT.key},
    "MemoryPressure": {"True": "node.kubernetes.io/memory-pressure"},
    "DiskPressure": {"True": "node.kubernetes.io/disk-pressure"},
    "NetworkUnavailable": {"True": "node.kubernetes.io/network-unavailable"},
    "PIDPressure": {"True": "node.kubernetes.io/pid-pressure"},
}
"""Condition type and status -> taint. Source: nodeConditionToTaintKeyStatusMap"""

UNSCHEDULABLE_TAINT_KEY = "node.kubernetes.io/unschedulable"

MANAGED_TAINT_KEYS = frozenset(key for keys in NO_SCHEDULE_TAINT_KEYS.values() for key in keys.values()) | {
    UNSCHEDULABLE_TAINT_KEY
}


class ZoneState(enum.Enum):
    """How much of a zone is lost. Source: node_lifecycle_controller.go, ZoneState"""

    NORMAL = "Normal"
    PARTIAL_DISRUPTION = "PartialDisruption"
    FULL_DISRUPTION = "FullDisruption"


class TaintAction(enum.Enum):
    """What one pass does about the NoExecute taints of a node."""

    NONE = "none"
    QUEUE = "queue"  # the taint waits its turn in the zone's rate limited queue
    SWAP = "swap"  # the other NoExecute taint is there: exchanged at once
    REMOVE = "remove"  # Ready: off the queue, taints removed at once


@frozen
class Disruption:
    """The outcome of one look at all zones.

    rates: nodes per second that may be tainted, by zone. untaint_all: remove the NoExecute taints of every node.
    reset_timers: every node's grace period starts anew.
    """

    states: Mapping[str, ZoneState]
    rates: Mapping[str, float]
    untaint_all: bool = False
    reset_timers: bool = False


def node_monitor_grace_seconds(kubernetes_version: str) -> int:
    """How long a node may be silent: 40 seconds up to 1.31, 50 from 1.32.

    Source: --node-monitor-grace-period; https://github.com/kubernetes/kubernetes/pull/126287
    Raises ValueError for anything but a version such as 1.35 or v1.35.0.
    """
    found = re.match(r"v?(\d+)\.(\d+)", kubernetes_version)
    if not found:
        raise ValueError(f"{kubernetes_version!r} is not a Kubernetes version: write for example 1.35")
    return 50 if (int(found[1]), int(found[2])) >= (1, 32) else 40


def compute_zone_state(ready: Sequence[str]) -> ZoneState:
    """The state of a zone from the Ready status ("True", "False", "Unknown") of each of its nodes.

    Source: ComputeZoneState
    """
    ready_count = sum(status == "True" for status in ready)
    not_ready = len(ready) - ready_count
    if ready_count == 0 and not_ready > 0:
        return ZoneState.FULL_DISRUPTION
    if not_ready > 2 and not_ready / len(ready) >= UNHEALTHY_ZONE_THRESHOLD:
        return ZoneState.PARTIAL_DISRUPTION
    return ZoneState.NORMAL


def eviction_rate(state: ZoneState, zone_size: int) -> float:
    """How many nodes of a zone may be tainted per second, not all zones being lost.

    Source: setLimiterInZone, ReducedQPSFunc, HealthyQPSFunc
    """
    if state is not ZoneState.PARTIAL_DISRUPTION:
        return NODE_EVICTION_RATE
    return SECONDARY_NODE_EVICTION_RATE if zone_size > LARGE_CLUSTER_SIZE_THRESHOLD else 0.0


def handle_disruption(
    ready_by_zone: Mapping[str, Sequence[str]], previous: Mapping[str, ZoneState] | None = None
) -> Disruption:
    """What the state of all zones together means; previous: the states of the pass before.

    While every zone is wholly lost the fault is taken to be the controller's own: nothing is tainted, and the taints
    that are there are removed. Leaving that state gives every node a fresh grace period.
    Source: handleDisruption
    """
    states = {zone: compute_zone_state(ready) for zone, ready in ready_by_zone.items()}
    all_lost = _all_lost(states.values())
    known = {zone: (previous or {}).get(zone) for zone in states}
    all_were_lost = _all_lost(known.values())
    if all_lost:
        return Disruption(states, dict.fromkeys(states, 0.0), untaint_all=not all_were_lost)
    rates = {zone: eviction_rate(state, len(ready_by_zone[zone])) for zone, state in states.items()}
    return Disruption(states, rates, reset_timers=all_were_lost)


def _all_lost(states: Iterable[ZoneState | None]) -> bool:
    seen = list(states)
    return bool(seen) and all(state is ZoneState.FULL_DISRUPTION for state in seen)


def is_node_excluded_from_disruption_checks(labels: Labels) -> bool:
    """Whether a node does not count for its zone's state. Source: isNodeExcludedFromDisruptionChecks"""
    return EXCLUDE_DISRUPTION_LABEL in labels


def zone_key(labels: Labels) -> str:
    """Region and zone of a node; nodes without either share one zone.

    Source: staging/src/k8s.io/component-helpers/node/topology/helpers.go, GetZoneKey
    """
    region = labels.get("topology.kubernetes.io/region") or labels.get("failure-domain.beta.kubernetes.io/region", "")
    zone = labels.get("topology.kubernetes.io/zone") or labels.get("failure-domain.beta.kubernetes.io/zone", "")
    return f"{region}:\0:{zone}" if region or zone else ""


def do_no_schedule_tainting_pass(
    taints: Sequence[Taint], conditions: Mapping[str, str], unschedulable: bool
) -> tuple[Taint, ...]:
    """The node's taints once its NoSchedule taints mirror its conditions (type -> status) and spec.unschedulable.

    This happens at once, at no limited rate. Source: doNoScheduleTaintingPass
    """
    keys = [
        statuses[conditions[condition]]
        for condition, statuses in NO_SCHEDULE_TAINT_KEYS.items()
        if conditions.get(condition) in statuses
    ]
    if unschedulable:
        keys.append(UNSCHEDULABLE_TAINT_KEY)
    kept = [
        taint
        for taint in taints
        if taint.effect != "NoSchedule" or taint.key not in MANAGED_TAINT_KEYS or taint.key in keys
    ]
    there = {taint.key for taint in kept if taint.effect == "NoSchedule"}
    return (*kept, *(Taint(key=key, effect="NoSchedule") for key in keys if key not in there))


def process_taint_base_eviction(ready: str, taints: Iterable[Taint]) -> TaintAction:
    """What to do about the NoExecute taints of a node with this Ready status.

    Not-ready and unreachable exclude each other. Source: processTaintBaseEviction, markNodeForTainting
    """
    keys = {taint.key for taint in taints if taint.effect == "NoExecute"}
    if ready == "True":
        return TaintAction.REMOVE if keys & {NOT_READY_TAINT.key, UNREACHABLE_TAINT.key} else TaintAction.NONE
    wanted, other = no_execute_taint(ready), no_execute_taint("Unknown" if ready == "False" else "False")
    if other.key in keys:
        return TaintAction.SWAP
    return TaintAction.NONE if wanted.key in keys else TaintAction.QUEUE


def no_execute_taint(ready: str) -> Taint:
    """The NoExecute taint of a node whose Ready condition is False or Unknown. Source: doNoExecuteTaintingPass"""
    return NOT_READY_TAINT if ready == "False" else UNREACHABLE_TAINT


def marks_pods_not_ready(observed: str, current: str) -> bool:
    """Whether the pods of a node lose PodReady: the controller itself just took the node's Ready from True.

    Pods are not deleted by this, but leave their endpoints. Source: monitorNodeHealth, MarkPodsNotReady
    """
    return observed == "True" and current != "True"
