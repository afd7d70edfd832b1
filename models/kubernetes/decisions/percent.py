"""Integers or percentages: how many pods "25%" is, and what a rolling update may do with that.

Source: staging/src/k8s.io/apimachinery/pkg/util/intstr/intstr.go, pkg/controller/deployment/util/deployment_util.go
"""

from __future__ import annotations

from clusterproof.models.kubernetes.objects import IntOrPercent


def get_scaled_value_from_int_or_percent(value: IntOrPercent, total: int, round_up: bool) -> int:
    """The integer itself, or the percentage of total, rounded up or down.

    Source: intstr.go, GetScaledValueFromIntOrPercent

    Raises ValueError when value is text that is not a percentage.
    """
    if not isinstance(value, str):
        return value
    number = value.removesuffix("%")
    digits = number[1:] if number[:1] in ("+", "-") else number
    if number == value or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f'{value!r} is neither an integer nor a percentage: write 2 or "25%"')
    scaled = int(number) * total
    return -(-scaled // 100) if round_up else scaled // 100


def resolve_fenceposts(
    max_surge: IntOrPercent | None, max_unavailable: IntOrPercent | None, desired: int
) -> tuple[int, int]:
    """(surge, unavailable) in pods: surge rounds up, unavailable rounds down, and both zero means unavailable 1.

    Source: deployment_util.go, ResolveFenceposts

    Raises ValueError when either is text that is not a percentage.
    """
    surge = get_scaled_value_from_int_or_percent(0 if max_surge is None else max_surge, desired, round_up=True)
    unavailable = get_scaled_value_from_int_or_percent(
        0 if max_unavailable is None else max_unavailable, desired, round_up=False
    )
    if surge == 0 and unavailable == 0:
        # Validation forbids 0 and 0, but percentages may resolve to it, and then nothing could ever move.
        unavailable = 1
    return surge, unavailable


def max_unavailable(strategy: str, replicas: int, surge: IntOrPercent | None, unavailable: IntOrPercent | None) -> int:
    """How many of a Deployment's replicas may be unavailable during its rolling update.

    Source: deployment_util.go, MaxUnavailable
    """
    if strategy != "RollingUpdate" or replicas == 0:
        return 0
    return min(resolve_fenceposts(surge, unavailable, replicas)[1], replicas)


def min_available(strategy: str, replicas: int, surge: IntOrPercent | None, unavailable: IntOrPercent | None) -> int:
    """How many of a Deployment's replicas must stay available during its rolling update; 0 for Recreate.

    Source: deployment_util.go, MinAvailable
    """
    if strategy != "RollingUpdate":
        return 0
    return replicas - max_unavailable(strategy, replicas, surge, unavailable)


def max_surge(strategy: str, replicas: int, surge: IntOrPercent | None, unavailable: IntOrPercent | None) -> int:
    """How many pods above its replicas a Deployment may have during its rolling update.

    Source: deployment_util.go, MaxSurge
    """
    if strategy != "RollingUpdate":
        return 0
    return resolve_fenceposts(surge, unavailable, replicas)[0]
