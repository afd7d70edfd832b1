"""What a HorizontalPodAutoscaler makes of a size and of what its metrics ask for: one round of its controller.

Source: pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler, normalizeDesiredReplicas,
normalizeDesiredReplicasWithBehaviors)
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.hpa_behavior import (
    DOWNSCALE_STABILIZATION_SECONDS,
    Recommendation,
    ScaleEvent,
    ScalingRules,
    convert_desired_replicas_with_behavior_rate,
    convert_desired_replicas_with_rules,
    stabilize_recommendation,
    stabilize_recommendation_with_behaviors,
)

SYNC_PERIOD_SECONDS = 15
"""Source: --horizontal-pod-autoscaler-sync-period."""


@frozen(kw_only=True)
class Memory:
    """What the controller remembers of an autoscaler: recommendations, and changes of the size up and down."""

    recommendations: Sequence[Recommendation] = ()
    ups: Sequence[ScaleEvent] = ()
    downs: Sequence[ScaleEvent] = ()


def is_out_of_bounds(current: int, minimum: int, maximum: int) -> bool:
    """Whether the size is brought back at once, whatever the metrics say; a size of 0 switches the autoscaler off."""
    return current != 0 and not minimum <= current <= maximum


def reconcile_autoscaler(
    current: int,
    proposed: int | None,
    minimum: int,
    maximum: int,
    *,
    up: ScalingRules | None = None,
    down: ScalingRules | None = None,
    memory: Memory,
) -> int:
    """The size to ask for now.

    proposed: what the metrics ask for, the largest of them, None where nothing was measured. up, down: its behavior,
    None for the rules of old.
    """
    if current == 0:
        return 0
    if is_out_of_bounds(current, minimum, maximum):
        return min(max(current, minimum), maximum)
    if proposed is None:
        return current
    if up is None or down is None:
        stabilized, _ = stabilize_recommendation(proposed, memory.recommendations)
        return convert_desired_replicas_with_rules(current, stabilized, minimum, maximum).replicas
    stabilized, _ = stabilize_recommendation_with_behaviors(
        current, proposed, memory.recommendations, window_seconds(up), window_seconds(down)
    )
    return convert_desired_replicas_with_behavior_rate(
        current, stabilized, minimum, maximum, up=up, down=down, ups=memory.ups, downs=memory.downs
    ).replicas


def calculate_pod_requests(spec: objects.PodSpec) -> int | None:
    """The CPU that a pod requests, in millicores; None where a container requests none, so that nobody can tell.

    Sidecars count. Source: replica_calculator.go (calculatePodRequests)
    """
    sidecars = (container for container in spec.init_containers if container.restart_policy == "Always")
    requests = [container.requests.get("cpu") for container in (*spec.containers, *sidecars)]
    known = [request for request in requests if request]
    return sum(known) if len(known) == len(requests) else None


def window_seconds(rules: ScalingRules) -> int:
    """How long recommendations count in one direction. Source: maybeInitScaleDownStabilizationWindow"""
    window = rules.stabilization_window_seconds
    return DOWNSCALE_STABILIZATION_SECONDS if window is None else window
