"""What a HorizontalPodAutoscaler asks for, and how fast it may have it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.hpa_behavior import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    LimitedReplicas,
    Recommendation,
    ScaleEvent,
    ScalingPolicy,
    ScalingRules,
    convert_desired_replicas_with_behavior_rate,
    convert_desired_replicas_with_rules,
    stabilize_recommendation,
    stabilize_recommendation_with_behaviors,
    with_defaults,
)
from clusterproof.models.kubernetes.decisions.hpa_replicas import (
    GroupedPods,
    NoMetricsError,
    PodMetric,
    PodMetricTarget,
    ScaledPod,
    get_object_metric_replicas,
    get_object_per_pod_metric_replicas,
    get_resource_replicas,
    group_pods,
)

HALF = PodMetricTarget(utilization=50, requests={"a": 1000, "b": 1000, "c": 1000})
TEN = PodMetricTarget(usage=10)


def replicas(target: PodMetricTarget, current: int, usage: dict[str, int], **others: list[str]) -> int:
    """What a metric of pods asks for; the pods that are not named otherwise are ready."""
    named = {kind: frozenset(names) for kind, names in others.items()}
    out = frozenset().union(*named.values())
    pods = GroupedPods(ready=len(usage.keys() - out), **named)
    return get_resource_replicas(
        current, {name: PodMetric(value=v) for name, v in usage.items()}, pods, target
    ).replicas


# ---------------------------------------------------------------- which pods count


def test_pods_are_grouped_by_what_is_known_of_them() -> None:
    """Going and failed ones are ignored, pending ones unready, unmeasured ones missing."""
    pods = [
        ScaledPod(name="going", deleting=True),
        ScaledPod(name="failed", phase="Failed"),
        ScaledPod(name="pending", phase="Pending"),
        ScaledPod(name="unknown"),
        ScaledPod(name="known"),
    ]

    found = group_pods(pods, {"known": PodMetric(value=1), "pending": PodMetric(value=1)}, cpu=False, now=0)

    assert found == GroupedPods(
        ready=1,
        unready=frozenset({"pending"}),
        missing=frozenset({"unknown"}),
        ignored=frozenset({"going", "failed"}),
    )


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"started_at": -1000.0, "ready_changed_at": -900.0}, True),
        ({"started_at": -1000.0, "ready_changed_at": -900.0, "ready": False}, True),
        ({"started_at": -1000.0, "ready_changed_at": -990.0, "ready": False}, False),
        ({"started_at": -100.0, "ready_changed_at": -90.0}, True),
        ({"started_at": -100.0, "ready_changed_at": -20.0}, False),
        ({"started_at": -100.0, "ready_changed_at": -90.0, "ready": False}, False),
        ({"started_at": -1000.0, "ready": None}, False),
        ({"ready_changed_at": -900.0}, False),
    ],
)
def test_the_cpu_time_of_a_pod_that_starts_says_nothing(changes: dict[str, Any], counts: bool) -> None:
    """Within five minutes of its start it has to be ready for a whole window; later only if it was never ready."""
    pod = evolve(ScaledPod(name="a"), **changes)
    metric = {"a": PodMetric(value=1, at=0.0, window_seconds=60)}

    assert (group_pods([pod], metric, cpu=True, now=0.0).ready == 1) is counts
    assert group_pods([pod], metric, cpu=False, now=0.0).ready == 1


# ---------------------------------------------------------------- replicas


def test_the_average_is_brought_to_the_target() -> None:
    """Rounded up, and not for less than a tenth."""
    assert replicas(HALF, 2, {"a": 1000, "b": 1000}) == 4
    assert replicas(HALF, 2, {"a": 100, "b": 100}) == 1
    assert replicas(HALF, 2, {"a": 540, "b": 540}) == 2
    assert replicas(TEN, 2, {"a": 14, "b": 14}) == 3


def test_missing_pods_err_towards_no_change() -> None:
    """Idle when there is too much load, busy when there is too little."""
    assert replicas(HALF, 2, {"a": 1000}, missing=["b"]) == 2
    assert replicas(HALF, 3, {"a": 100, "b": 100}, missing=["c"]) == 3
    assert replicas(HALF, 2, {"a": 500}, missing=["b"]) == 2
    assert replicas(TEN, 2, {"a": 30}, missing=["b"]) == 3
    assert replicas(TEN, 2, {"a": 7}, missing=["b"]) == 2


def test_unready_pods_count_as_idle_on_the_way_up_only() -> None:
    """On the way down they are left out."""
    assert replicas(HALF, 3, {"a": 1000, "b": 1000, "c": 9}, unready=["c"]) == 4
    assert replicas(HALF, 3, {"a": 100, "b": 100, "c": 9}, unready=["c"]) == 1


def test_without_metrics_nobody_can_say() -> None:
    """Neither when nothing was measured, nor when it was of pods that do not count or request nothing."""
    for usage, others in (({}, {}), ({"a": 1}, {"unready": ["a"]}), ({"stranger": 1}, {})):
        with pytest.raises(NoMetricsError):
            replicas(HALF, 2, usage, **others)


def test_a_metric_of_something_else() -> None:
    """As a whole it is compared by its ratio, and shared by its average; from 0 replicas it starts some."""
    assert get_object_metric_replicas(3, 20, 10, 3).replicas == 6
    assert get_object_metric_replicas(3, 105, 100, 3).replicas == 3
    assert get_object_metric_replicas(0, 15, 10, 0).replicas == 2
    shared = get_object_per_pod_metric_replicas(3, 100, 20)
    assert (shared.replicas, shared.usage) == (5, 34)
    assert get_object_per_pod_metric_replicas(3, 61, 20).replicas == 3


# ---------------------------------------------------------------- limits


def test_without_behavior_the_size_is_doubled_at_most() -> None:
    """Or four, and it stays between minimum and maximum."""
    assert convert_desired_replicas_with_rules(1, 9, 1, 10) == LimitedReplicas(4, "ScaleUpLimit")
    assert convert_desired_replicas_with_rules(4, 9, 1, 10) == LimitedReplicas(8, "ScaleUpLimit")
    assert convert_desired_replicas_with_rules(9, 20, 1, 10) == LimitedReplicas(10, "TooManyReplicas")
    assert convert_desired_replicas_with_rules(9, 1, 2, 10) == LimitedReplicas(2, "TooFewReplicas")
    assert convert_desired_replicas_with_rules(9, 8, 2, 10) == LimitedReplicas(8)


def test_policies_count_from_the_begin_of_their_period() -> None:
    """What was added since counts; what was added before does not, and a removal gives room again."""
    by_two = ScalingRules(policies=(ScalingPolicy("Pods", 2, 60),))

    def limited(*ups: ScaleEvent, downs: tuple[ScaleEvent, ...] = ()) -> int:
        return convert_desired_replicas_with_behavior_rate(10, 50, 1, 100, up=by_two, ups=ups, downs=downs).replicas

    assert limited() == 12
    assert limited(ScaleEvent(1, 20)) == 11
    assert limited(ScaleEvent(5, 20)) == 10
    assert limited(ScaleEvent(5, 60)) == 12
    assert limited(downs=(ScaleEvent(1, 20),)) == 13


def test_the_selected_policy_is_the_largest_or_the_smallest_change() -> None:
    """Or none at all; percentages round in favour of a change up, and towards zero down."""
    policies = (ScalingPolicy("Pods", 2, 60), ScalingPolicy("Percent", 15, 60))
    sizes = {}
    for select in ("Max", "Min", "Disabled"):
        rules = ScalingRules(policies=policies, select_policy=select)
        up = convert_desired_replicas_with_behavior_rate(30, 90, 1, 100, up=rules)
        down = convert_desired_replicas_with_behavior_rate(30, 1, 1, 100, down=rules)
        sizes[select] = (up.replicas, down.replicas)

    assert sizes == {"Max": (35, 25), "Min": (32, 28), "Disabled": (30, 30)}


def test_the_defaults_double_and_may_remove_everything() -> None:
    """Up by four or 100 % in 15 s, down by 100 %."""
    assert convert_desired_replicas_with_behavior_rate(2, 90, 1, 100).replicas == 6
    assert convert_desired_replicas_with_behavior_rate(20, 90, 1, 100).replicas == 40
    assert convert_desired_replicas_with_behavior_rate(20, 0, 1, 100) == LimitedReplicas(1, "TooFewReplicas")
    assert DEFAULT_SCALE_DOWN.stabilization_window_seconds is None
    assert DEFAULT_SCALE_UP.stabilization_window_seconds == 0


def test_what_a_manifest_leaves_out_has_its_default() -> None:
    """Giving one policy takes the place of all default ones; a window of 0 is given."""
    one = ScalingPolicy("Pods", 1, 60)

    assert with_defaults(DEFAULT_SCALE_UP) == DEFAULT_SCALE_UP
    assert with_defaults(DEFAULT_SCALE_UP, [one], "Min").policies == (one,)
    assert with_defaults(DEFAULT_SCALE_DOWN, stabilization_window_seconds=0).stabilization_window_seconds == 0


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 10), st.integers(10, 60))
def test_limits_never_turn_the_direction(current: int, desired: int, minimum: int, maximum: int) -> None:
    """A size within minimum and maximum goes towards what is asked for, and not beyond."""
    if minimum <= current <= maximum:
        found = convert_desired_replicas_with_behavior_rate(current, desired, minimum, maximum).replicas
        assert min(current, desired) <= found <= max(current, desired) or found == minimum
        assert minimum <= found <= maximum


# ---------------------------------------------------------------- stabilization


def test_going_down_waits_for_five_quiet_minutes() -> None:
    """The largest of what was asked for of late counts, and an old record is written over."""
    recent, old = Recommendation(7, 100), Recommendation(9, 400)

    assert stabilize_recommendation(3, [recent, old]) == (7, (recent, Recommendation(3)))
    assert stabilize_recommendation(8, [recent]) == (8, (recent, Recommendation(8)))


def test_each_direction_has_its_window() -> None:
    """Up only to the least of the up window, down only to the most of the down window; in between nothing changes."""
    asked = [Recommendation(4, 50), Recommendation(8, 100)]

    assert stabilize_recommendation_with_behaviors(2, 9, asked, 60, 0)[0] == 4
    assert stabilize_recommendation_with_behaviors(20, 3, asked, 0, 200)[0] == 8
    assert stabilize_recommendation_with_behaviors(6, 5, asked, 200, 200)[0] == 6
    assert stabilize_recommendation_with_behaviors(6, 5, asked, 0, 0) == (5, (asked[0], Recommendation(5)))
