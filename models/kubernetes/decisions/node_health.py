"""How the node lifecycle controller decides that a node has been silent for too long.

Instants are seconds of the controller's own clock; None is an instant never written.
Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

MARKED_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
"""What becomes Unknown on a silent node; NetworkUnavailable is left alone."""


@frozen(kw_only=True)
class NodeCondition:
    """One entry of a node's status.conditions."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_heartbeat_time: float | None = None
    last_transition_time: float | None = None


@frozen(kw_only=True)
class NodeHealth:
    """What the controller remembers of a node: the conditions and lease it saw, and when they last changed."""

    conditions: tuple[NodeCondition, ...]
    probe_timestamp: float
    ready_transition_timestamp: float
    lease_renew_time: float | None = None


@frozen(kw_only=True)
class HealthUpdate:
    """The outcome of one look at a node; conditions are to be written where they changed."""

    health: NodeHealth
    conditions: tuple[NodeCondition, ...]
    observed_ready: str
    current_ready: str | None
    write_status: bool


def is_stale(now: float, probe_timestamp: float, grace_seconds: float) -> bool:
    """Whether a node has been silent for longer than its grace period; exactly as long is not too long."""
    return now > probe_timestamp + grace_seconds


def try_update_node_health(
    conditions: Sequence[NodeCondition],
    creation_time: float,
    saved: NodeHealth | None,
    lease_renew_time: float | None,
    now: float,
    grace_seconds: float,
    startup_grace_seconds: float,
) -> HealthUpdate:
    """One look at a node: what to remember, and the conditions it should have.

    A node that never posted Ready has the startup grace from its creation on; any other the grace period from the
    last change of its Ready heartbeat or its lease that this controller saw. Source: tryUpdateNodeHealth
    """
    current = _condition(conditions, "Ready")
    health = _probe(tuple(conditions), current, creation_time, saved, now)
    saved_lease = saved.lease_renew_time if saved else None
    if lease_renew_time is not None and (saved_lease is None or saved_lease < lease_renew_time):
        health = evolve(health, lease_renew_time=lease_renew_time, probe_timestamp=now)
    updated = tuple(conditions)
    if is_stale(now, health.probe_timestamp, grace_seconds if current else startup_grace_seconds):
        updated = unknown_conditions(conditions, creation_time, now)
    ready = _condition(updated, "Ready")
    write_status = ready != current
    if write_status:
        health = evolve(health, conditions=updated, ready_transition_timestamp=now, lease_renew_time=lease_renew_time)
    return HealthUpdate(
        health=health,
        conditions=updated if write_status else tuple(conditions),
        observed_ready=current.status if current else "Unknown",
        current_ready=ready.status if ready else None,
        write_status=write_status,
    )


def unknown_conditions(
    conditions: Sequence[NodeCondition], creation_time: float, now: float
) -> tuple[NodeCondition, ...]:
    """The conditions of a silent node: what the kubelet posted turns Unknown, what it never posted is added."""
    marked = [
        each
        if each.type not in MARKED_CONDITIONS or each.status == "Unknown"
        else evolve(
            each,
            status="Unknown",
            reason="NodeStatusUnknown",
            message="Kubelet stopped posting node status.",
            last_transition_time=now,
        )
        for each in conditions
    ]
    posted = {each.type for each in conditions}
    never = [
        NodeCondition(
            type=name,
            status="Unknown",
            reason="NodeStatusNeverUpdated",
            message="Kubelet never posted node status.",
            last_heartbeat_time=creation_time,
            last_transition_time=now,
        )
        for name in MARKED_CONDITIONS
        if name not in posted
    ]
    return (*marked, *never)


def _probe(
    conditions: tuple[NodeCondition, ...],
    current: NodeCondition | None,
    creation_time: float,
    saved: NodeHealth | None,
    now: float,
) -> NodeHealth:
    """What to remember before the lease is looked at."""
    if saved is None:
        since = now if current else creation_time
        return NodeHealth(conditions=conditions, probe_timestamp=since, ready_transition_timestamp=since)
    # Without a Ready condition there is no saved one to compare with either: upstream has overwritten it already.
    before = _condition(saved.conditions, "Ready") if current else None
    if current is None or (before and before.last_heartbeat_time == current.last_heartbeat_time):
        return evolve(saved, conditions=conditions if current is None else saved.conditions)
    unchanged = before is not None and before.last_transition_time == current.last_transition_time
    since = saved.ready_transition_timestamp if unchanged else now
    return NodeHealth(conditions=conditions, probe_timestamp=now, ready_transition_timestamp=since)


def _condition(conditions: Sequence[NodeCondition], name: str) -> NodeCondition | None:
    return next((each for each in conditions if each.type == name), None)
