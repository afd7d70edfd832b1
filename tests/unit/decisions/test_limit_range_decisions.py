"""What a LimitRange gives to containers, and which pods it refuses.

Source: plugin/pkg/admission/limitranger
"""

from __future__ import annotations

from clusterproof.models.kubernetes.admission_objects import LimitRangeItem
from clusterproof.models.kubernetes.decisions.limit_range import merge_pod_resource_requirements, pod_validate_limits
from clusterproof.models.kubernetes.objects import Container, PodSpec

SILENT = Container(name="silent")
EXACT = Container(name="exact", requests={"cpu": 100}, limits={"cpu": 200})


def test_containers_that_say_nothing_get_the_defaults() -> None:
    """What they say themselves stays; a limit of type Pod gives nothing."""
    usual = LimitRangeItem(type="Container", default={"cpu": 500, "memory": 9}, default_request={"cpu": 50})
    whole = LimitRangeItem(type="Pod", default={"cpu": 1})
    spec = merge_pod_resource_requirements(
        PodSpec(containers=(SILENT, EXACT), init_containers=(SILENT,)), [usual, whole]
    )

    silent, exact = spec.containers
    assert (silent.requests, silent.limits) == ({"cpu": 50}, {"cpu": 500, "memory": 9})
    assert (exact.requests, exact.limits) == ({"cpu": 100}, {"cpu": 200, "memory": 9})
    assert spec.init_containers == (silent,)


def test_too_little_and_too_much_are_refused() -> None:
    """With what is requested and limited, of each container or of the pod."""
    tight = LimitRangeItem(type="Container", minimum={"cpu": 150}, maximum={"cpu": 180})
    assert pod_validate_limits(PodSpec(containers=(EXACT,)), [tight]) == (
        "minimum cpu usage per Container is 150m, but request is 100m",
        "maximum cpu usage per Container is 180m, but limit is 200m",
    )
    assert pod_validate_limits(PodSpec(containers=(SILENT,)), [tight]) == (
        "minimum cpu usage per Container is 150m. No request is specified",
        "maximum cpu usage per Container is 180m. No limit is specified",
    )
    greedy = Container(name="greedy", requests={"cpu": 300}, limits={"cpu": 200})
    assert pod_validate_limits(PodSpec(containers=(greedy,)), [LimitRangeItem(type="Container")]) == (
        'Invalid value: "300m": must be less than or equal to cpu limit of 200m',
    )
    whole = LimitRangeItem(type="Pod", maximum={"cpu": 300})
    assert pod_validate_limits(PodSpec(containers=(EXACT,)), [whole]) == ()
    assert pod_validate_limits(PodSpec(containers=(EXACT, EXACT)), [whole]) == (
        "maximum cpu usage per Pod is 300m, but limit is 400m",
    )
