"""The taint eviction controller: which pods a NoExecute taint drives off its node, and when.

It deletes pods directly and asks no PodDisruptionBudget. Its timers are in memory: a restart starts every wait anew.
Source: pkg/controller/tainteviction/taint_eviction.go,
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from attrs import frozen

from clusterproof.models.kubernetes.decisions.tolerations import get_matching_tolerations
from clusterproof.models.kubernetes.objects import Taint, Toleration

PodKey = TypeVar("PodKey", bound=Hashable)

DELETION_REASON = "DeletionByTaintManager"
"""The reason of the DisruptionTarget condition that is written before the pod is deleted."""


class Action(enum.Enum):
    """What happens to the timed deletion of one pod."""

    DELETE = "delete"  # now, instead of any scheduled deletion
    SCHEDULE = "schedule"  # a new timer
    KEEP = "keep"  # the timer that runs stays as it is
    CANCEL = "cancel"  # no deletion is due, a timer that runs is stopped


@frozen
class Decision:
    """What to do about one pod; seconds is set for SCHEDULE alone."""

    action: Action
    seconds: int | None = None


def get_no_execute_taints(taints: Iterable[Taint]) -> tuple[Taint, ...]:
    """The taints that drive pods away. Source: taint_eviction.go, getNoExecuteTaints"""
    return tuple(taint for taint in taints if taint.effect == "NoExecute")


def get_min_toleration_time(tolerations: Sequence[Toleration]) -> int:
    """The shortest of the waits in seconds: 0 without tolerations, -1 for ever.

    Zero and negative seconds mean at once; a toleration without seconds is for ever.
    Source: taint_eviction.go, getMinTolerationTime
    """
    if not tolerations:
        return 0
    waits = [each.toleration_seconds for each in tolerations if each.toleration_seconds is not None]
    return max(0, min(waits)) if waits else -1


def process_pod_on_node(tolerations: Sequence[Toleration], taints: Iterable[Taint], scheduled: bool) -> Decision:
    """What to do about a pod whose node carries these taints; scheduled: a timed deletion is already running.

    A running timer is neither postponed nor brought forward by other tolerations or taints, as long as all taints
    stay tolerated for a time: upstream compares the timer's start plus the new wait with now plus the new wait, and
    the start is always earlier.
    Source: taint_eviction.go, processPodOnNode and handleNodeUpdate
    """
    driving = get_no_execute_taints(taints)
    if not driving:
        return Decision(Action.CANCEL)
    all_tolerated, used = get_matching_tolerations(driving, tolerations)
    if not all_tolerated:
        return Decision(Action.DELETE)
    seconds = get_min_toleration_time(used)
    if seconds < 0:
        return Decision(Action.CANCEL)
    if scheduled:
        return Decision(Action.KEEP)
    return Decision(Action.SCHEDULE, seconds) if seconds > 0 else Decision(Action.DELETE)


def handle_node_update(
    pods: Mapping[PodKey, Sequence[Toleration]], taints: Iterable[Taint], scheduled: Iterable[PodKey] = ()
) -> dict[PodKey, Decision]:
    """The decision for every pod on a node whose taints are these now.

    pods: the tolerations of each pod on the node; scheduled: the pods with a running timer.
    Source: taint_eviction.go, handleNodeUpdate
    """
    driving, timed = get_no_execute_taints(taints), frozenset(scheduled)
    return {pod: process_pod_on_node(tolerations, driving, pod in timed) for pod, tolerations in pods.items()}
