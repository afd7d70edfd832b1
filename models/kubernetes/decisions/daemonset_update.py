"""How fast an update of a DaemonSet moves: old pods go first, or with a surge the new ones come first.

Source: pkg/controller/daemon/update.go, pkg/controller/daemon/util/daemonset_util.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.daemonset import DaemonPod
from clusterproof.models.kubernetes.decisions.percent import get_scaled_value_from_int_or_percent
from clusterproof.models.kubernetes.objects import IntOrPercent


@frozen
class RollingUpdate:
    """What a rolling update may do now.

    delete: pods that may go at once. candidates: of these as many more as `remaining` says, whichever they are.
    create_on, candidate_nodes: the same for the nodes that get a new pod beside the old one.
    """

    delete: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    create_on: tuple[str, ...] = ()
    candidate_nodes: tuple[str, ...] = ()
    remaining: int = 0


def surge_count(max_surge: IntOrPercent | None, nodes: int) -> int:
    """How many nodes may have a second pod during an update; percentages round up. Source: SurgeCount."""
    return get_scaled_value_from_int_or_percent(0 if max_surge is None else max_surge, nodes, round_up=True)


def unavailable_count(max_unavailable: IntOrPercent | None, nodes: int) -> int:
    """How many nodes may be without an available pod; percentages round up. Source: UnavailableCount."""
    return get_scaled_value_from_int_or_percent(0 if max_unavailable is None else max_unavailable, nodes, round_up=True)


def allows_surge(max_surge: IntOrPercent | None) -> bool:
    """Whether an update makes the new pod before the old one goes. Source: daemonset_util.go, AllowsSurge."""
    return surge_count(max_surge, 1) > 0


def updated_desired_node_counts(
    max_surge: IntOrPercent | None, max_unavailable: IntOrPercent | None, desired: int
) -> tuple[int, int]:
    """(surge, unavailable) over the nodes that should run the pod; both zero means unavailable 1.

    Source: update.go, updatedDesiredNodeCounts
    """
    surge, unavailable = surge_count(max_surge, desired), unavailable_count(max_unavailable, desired)
    return (surge, 1) if desired > 0 and surge == unavailable == 0 else (surge, unavailable)


def with_empty_nodes(
    pods: Mapping[str, Sequence[DaemonPod]], desired_nodes: Iterable[str]
) -> dict[str, Sequence[DaemonPod]]:
    """The pods per node, with the nodes that should have one and have none. Source: updatedDesiredNodeCounts."""
    return {**dict.fromkeys(desired_nodes, ()), **pods}


def find_updated_pods_on_node(pods: Iterable[DaemonPod]) -> tuple[DaemonPod | None, DaemonPod | None] | None:
    """(new pod, old pod) of a node; None when there are two of a kind, which the main loop prunes first.

    Source: update.go, findUpdatedPodsOnNode
    """
    staying = [pod for pod in pods if not pod.deleting]
    new = [pod for pod in staying if pod.updated]
    old = [pod for pod in staying if not pod.updated]
    if len(new) > 1 or len(old) > 1:
        return None
    return (new[0] if new else None), (old[0] if old else None)


def rolling_update(pods: Mapping[str, Sequence[DaemonPod]], max_unavailable: int) -> RollingUpdate:
    """A step of an update without surge: old pods go, and the main loop makes new ones on their nodes.

    An old pod that is unavailable may always go. pods: per node, empty where one is missing.
    Source: update.go, rollingUpdate
    """
    unavailable = 0
    replacements: list[str] = []
    candidates: list[str] = []
    for on_node in pods.values():
        found = find_updated_pods_on_node(on_node)
        new, old = found or (None, None)
        if (new is None) == (old is None):
            unavailable += 1  # missing, or for the main loop to sort out
        elif new is not None:
            unavailable += not new.available
        elif old is not None:
            unavailable += not old.available
            (candidates if old.available else replacements).append(old.name)
    remaining = min(max(0, max_unavailable - unavailable), len(candidates))
    return RollingUpdate(delete=tuple(replacements), candidates=tuple(candidates), remaining=remaining)


def surging_rolling_update(
    pods: Mapping[str, Sequence[DaemonPod]], max_surge: int, should_run: Mapping[str, bool]
) -> RollingUpdate:
    """A step of an update with surge: new pods come first, and an old one goes when its new one is available.

    A node whose old pod is unavailable gets a new one whatever the surge. should_run: per node; on one that should
    not run the pod any more the old one goes as soon as it is unavailable, else when there are more available pods
    than nodes that should run it. Source: update.go, rollingUpdate
    """
    surging = available = 0
    delete: list[str] = []
    sunset: list[str] = []
    replaced: list[str] = []
    candidates: list[str] = []
    for node, on_node in pods.items():
        found = find_updated_pods_on_node(on_node)
        if found is None:
            surging += 1
            continue
        new, old = found
        counted = old or new
        available += counted is not None and counted.available
        if old is None:
            continue
        if new is not None:
            surging += not new.available
            delete += [old.name] if new.available else []
        elif should_run.get(node, False):
            (candidates if old.available else replaced).append(node)
        else:
            (sunset if old.available else delete).append(old.name)
    spare = max(0, available - sum(should_run.values()))
    return RollingUpdate(
        delete=(*delete, *sunset[:spare]),
        create_on=tuple(replaced),
        candidate_nodes=tuple(candidates),
        remaining=min(max(0, max_surge - surging), len(candidates)),
    )
