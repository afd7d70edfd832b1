"""Taints against tolerations, shared by the scheduler and the taint eviction controller.

Source: staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go,
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from clusterproof.models.kubernetes.objects import Taint, Toleration

SCHEDULING_EFFECTS = ("NoSchedule", "NoExecute")
"""The effects that keep a pod off a node; PreferNoSchedule is a score.

Source: pkg/scheduler/framework/plugins/helper/taint.go, DoNotScheduleTaintsFilterFunc
"""


def tolerates_taint(toleration: Toleration, taint: Taint) -> bool:
    """Whether this toleration covers this taint: an empty effect or key covers all of them.

    Source: staging/src/k8s.io/api/core/v1/toleration.go, ToleratesTaint
    """
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    match toleration.operator:
        case "" | "Equal":
            return toleration.value == taint.value
        case "Exists":
            return True
    return False


def find_untolerated_taint(
    taints: Iterable[Taint], tolerations: Sequence[Toleration], effects: Collection[str] = SCHEDULING_EFFECTS
) -> Taint | None:
    """The first taint of one of these effects that no toleration covers, in the node's order.

    Source: component-helpers/scheduling/corev1/helpers.go, FindMatchingUntoleratedTaint
    """
    for taint in taints:
        if taint.effect in effects and not any(tolerates_taint(toleration, taint) for toleration in tolerations):
            return taint
    return None


def get_matching_tolerations(
    taints: Iterable[Taint], tolerations: Sequence[Toleration]
) -> tuple[bool, tuple[Toleration, ...]]:
    """Whether every taint is tolerated, and the toleration used for each: the first that covers it.

    Source: pkg/apis/core/v1/helper/helpers.go, GetMatchingTolerations
    """
    used: list[Toleration] = []
    for taint in taints:
        covering = next((each for each in tolerations if tolerates_taint(each, taint)), None)
        if covering is None:
            return False, ()
        used.append(covering)
    return True, tuple(used)
