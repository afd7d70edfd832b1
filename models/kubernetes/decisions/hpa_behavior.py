"""How fast a HorizontalPodAutoscaler follows its metrics: limits, scaling policies, stabilization.

Events and recommendations are in the controller's memory: a restart forgets them. Times are seconds ago.
Source: pkg/controller/podautoscaler/horizontal.go; pkg/apis/autoscaling/v2/defaults.go
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from attrs import frozen

DOWNSCALE_STABILIZATION_SECONDS = 300
"""Source: --horizontal-pod-autoscaler-downscale-stabilization."""


@frozen
class ScalingPolicy:
    """type: Pods (a number of them) or Percent."""

    type: str
    value: int
    period_seconds: int


@frozen(kw_only=True)
class ScalingRules:
    """select_policy: Max (the largest change), Min or Disabled.

    stabilization_window_seconds: None for what the controller's flag says, five minutes.
    """

    policies: tuple[ScalingPolicy, ...]
    select_policy: str = "Max"
    stabilization_window_seconds: int | None = None


DEFAULT_SCALE_UP = ScalingRules(
    policies=(ScalingPolicy("Pods", 4, 15), ScalingPolicy("Percent", 100, 15)), stabilization_window_seconds=0
)
DEFAULT_SCALE_DOWN = ScalingRules(policies=(ScalingPolicy("Percent", 100, 15),))
"""Source: GenerateHPAScaleUpRules, GenerateHPAScaleDownRules."""


def with_defaults(
    default: ScalingRules,
    policies: Sequence[ScalingPolicy] = (),
    select_policy: str | None = None,
    stabilization_window_seconds: int | None = None,
) -> ScalingRules:
    """What a manifest says of one direction, and the default for what it leaves out. Source: copyHPAScalingRules."""
    window = stabilization_window_seconds
    return ScalingRules(
        policies=tuple(policies) or default.policies,
        select_policy=select_policy or default.select_policy,
        stabilization_window_seconds=default.stabilization_window_seconds if window is None else window,
    )


@frozen
class ScaleEvent:
    """The size was changed by so many pods, up or down, so long ago."""

    change: int
    seconds_ago: float


@frozen
class Recommendation:
    """What the metrics asked for, so long ago."""

    replicas: int
    seconds_ago: float = 0.0


@frozen
class LimitedReplicas:
    """The replicas after the limits, and which limit has changed them: the reason of the condition ScalingLimited."""

    replicas: int
    reason: str = "DesiredWithinRange"


# Limits


def convert_desired_replicas_with_rules(current: int, desired: int, minimum: int, maximum: int) -> LimitedReplicas:
    """Without behavior: between minimum and maximum, and at most doubled, or four.

    Source: convertDesiredReplicasWithRules
    """
    most, reason = maximum, "TooManyReplicas"
    if maximum > (limit := max(2 * current, 4)):
        most, reason = limit, "ScaleUpLimit"
    if desired < minimum:
        return LimitedReplicas(minimum, "TooFewReplicas")
    return LimitedReplicas(most, reason) if desired > most else LimitedReplicas(desired)


def convert_desired_replicas_with_behavior_rate(
    current: int,
    desired: int,
    minimum: int,
    maximum: int,
    *,
    up: ScalingRules = DEFAULT_SCALE_UP,
    down: ScalingRules = DEFAULT_SCALE_DOWN,
    ups: Sequence[ScaleEvent] = (),
    downs: Sequence[ScaleEvent] = (),
) -> LimitedReplicas:
    """With behavior: as far as the policies allow since their periods began.

    Source: convertDesiredReplicasWithBehaviorRate
    """
    if desired > current:
        limit = max(current, calculate_scale_up_limit_with_scaling_rules(current, ups, downs, up))
        most, reason = (limit, "ScaleUpLimit") if maximum > limit else (maximum, "TooManyReplicas")
        return LimitedReplicas(most, reason) if desired > most else LimitedReplicas(desired)
    if desired < current:
        limit = min(current, calculate_scale_down_limit_with_behaviors(current, ups, downs, down))
        least, reason = (limit, "ScaleDownLimit") if minimum < limit else (minimum, "TooFewReplicas")
        return LimitedReplicas(least, reason) if desired < least else LimitedReplicas(desired)
    return LimitedReplicas(desired)


def calculate_scale_up_limit_with_scaling_rules(
    current: int, ups: Sequence[ScaleEvent], downs: Sequence[ScaleEvent], rules: ScalingRules
) -> int:
    """The size that the policies allow at most; percentages round up."""
    starts = [_replicas_at_period_start(current, ups, downs, policy) for policy in rules.policies]
    allowed = [
        start + policy.value if policy.type == "Pods" else math.ceil(start * (1 + policy.value / 100))
        for start, policy in zip(starts, rules.policies, strict=True)
    ]
    if rules.select_policy == "Disabled":
        return current
    return min(allowed) if rules.select_policy == "Min" else max(allowed)


def calculate_scale_down_limit_with_behaviors(
    current: int, ups: Sequence[ScaleEvent], downs: Sequence[ScaleEvent], rules: ScalingRules
) -> int:
    """The size that the policies allow at least; percentages round towards zero."""
    starts = [_replicas_at_period_start(current, ups, downs, policy) for policy in rules.policies]
    allowed = [
        start - policy.value if policy.type == "Pods" else int(start * (1 - policy.value / 100))
        for start, policy in zip(starts, rules.policies, strict=True)
    ]
    if rules.select_policy == "Disabled":
        return current
    return max(allowed) if rules.select_policy == "Min" else min(allowed)


def _replicas_at_period_start(
    current: int, ups: Iterable[ScaleEvent], downs: Iterable[ScaleEvent], policy: ScalingPolicy
) -> int:
    return current - _change_in(policy, ups) + _change_in(policy, downs)


def _change_in(policy: ScalingPolicy, events: Iterable[ScaleEvent]) -> int:
    """Source: getReplicasChangePerPeriod"""
    return sum(event.change for event in events if event.seconds_ago < policy.period_seconds)


# Stabilization


def stabilize_recommendation(
    desired: int, recommendations: Sequence[Recommendation]
) -> tuple[int, tuple[Recommendation, ...]]:
    """(replicas, recommendations kept): without behavior the largest of the last five minutes counts.

    Source: stabilizeRecommendation
    """
    recent = [each for each in recommendations if each.seconds_ago <= DOWNSCALE_STABILIZATION_SECONDS]
    old = [n for n, each in enumerate(recommendations) if each.seconds_ago > DOWNSCALE_STABILIZATION_SECONDS]
    return max([desired, *(each.replicas for each in recent)]), _recorded(desired, recommendations, old)


def stabilize_recommendation_with_behaviors(
    current: int, desired: int, recommendations: Sequence[Recommendation], up_seconds: int, down_seconds: int
) -> tuple[int, tuple[Recommendation, ...]]:
    """(replicas, recommendations kept): up to the least that was asked for of late, down to the most.

    Each direction has its window, in seconds. Source: stabilizeRecommendationWithBehaviors
    """
    lowest = min([desired, *(each.replicas for each in recommendations if each.seconds_ago < up_seconds)])
    highest = max([desired, *(each.replicas for each in recommendations if each.seconds_ago < down_seconds)])
    old = [n for n, each in enumerate(recommendations) if each.seconds_ago > max(up_seconds, down_seconds)]
    return min(max(current, lowest), highest), _recorded(desired, recommendations, old)


def _recorded(
    desired: int, recommendations: Sequence[Recommendation], old: Sequence[int]
) -> tuple[Recommendation, ...]:
    """The recommendations with the new one, in the place of the last one that is too old, or at the end."""
    kept = list(recommendations)
    if old:
        kept[old[-1]] = Recommendation(desired)
    else:
        kept.append(Recommendation(desired))
    return tuple(kept)
