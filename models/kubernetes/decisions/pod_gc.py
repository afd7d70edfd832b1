"""The pod garbage collector: which pods it deletes by force, and which of them it marks Failed before.

It looks every 20 seconds, deletes with a grace of 0 seconds, and asks no kubelet and no PodDisruptionBudget.
Source: pkg/controller/podgc/gc_controller.go
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from attrs import frozen

TERMINATED_POD_THRESHOLD = 12500
"""How many terminated pods may stay. Source: --terminated-pod-gc-threshold"""

QUARANTINE_SECONDS = 40
"""How long a node must be missing before its pods count as orphaned. Source: gc_controller.go, quarantineTime"""

OUT_OF_SERVICE_TAINT_KEY = "node.kubernetes.io/out-of-service"
EVICTED_REASON = "Evicted"
"""The reason of a pod that its kubelet has evicted. Source: pkg/kubelet/eviction/eviction_manager.go, Reason"""


@frozen(kw_only=True)
class GcPod:
    """What the collector looks at in a pod; node is empty for an unscheduled pod, created is in seconds."""

    name: str
    node: str = ""
    phase: str = "Pending"
    reason: str = ""
    deleting: bool = False
    created: float = 0


@frozen(kw_only=True)
class GcNode:
    """What the collector looks at in a Node."""

    ready: bool
    taint_keys: Collection[str] = ()


@frozen
class Deletion:
    """A pod that is deleted by force; mark_failed: its phase is patched to Failed first."""

    pod: str
    mark_failed: bool


@frozen
class Orphans:
    """The outcome of one look for orphans; quarantine: when the wait of each missing node ends (seconds)."""

    deletions: tuple[Deletion, ...]
    quarantine: Mapping[str, float]


def gc_terminated(
    pods: Iterable[GcPod], threshold: int = TERMINATED_POD_THRESHOLD, *, mark_failed: bool = True
) -> tuple[Deletion, ...]:
    """Terminated pods above the threshold go: evicted ones first, then the oldest; 0 or less keeps them all.

    Source: gc, gcTerminated and isPodTerminated
    """
    if threshold <= 0:
        return ()
    terminated = sorted(filter(_is_pod_terminated, pods), key=_by_eviction_and_creation_timestamp)
    surplus = max(0, len(terminated) - threshold)
    return tuple(mark_failed_and_delete_pod(pod, mark_failed=mark_failed) for pod in terminated[:surplus])


def gc_terminating(
    pods: Iterable[GcPod], nodes: Mapping[str, GcNode], *, mark_failed: bool = True
) -> tuple[Deletion, ...]:
    """Terminating pods go whose node is not ready and carries the out-of-service taint. Source: gcTerminating"""
    lost = {name for name, node in nodes.items() if not node.ready and OUT_OF_SERVICE_TAINT_KEY in node.taint_keys}
    chosen = sorted((pod for pod in pods if pod.deleting and pod.node in lost), key=_by_eviction_and_creation_timestamp)
    return tuple(mark_failed_and_delete_pod(pod, mark_failed=mark_failed) for pod in chosen)


def gc_orphaned(
    pods: Iterable[GcPod],
    known_nodes: Collection[str],
    quarantine: Mapping[str, float],
    now_seconds: float,
    node_exists: Callable[[str], bool],
    *,
    mark_failed: bool = True,
) -> Orphans:
    """Pods go whose node has been missing for 40 seconds, from the watch and from the apiserver as well.

    known_nodes: what the watch knows. quarantine: what the look before has left. node_exists: asks the apiserver.
    Source: gcOrphaned, discoverDeletedNodes
    """
    pods = tuple(pods)
    waits = dict(quarantine)
    for pod in pods:
        if pod.node and pod.node not in known_nodes:
            waits.setdefault(pod.node, now_seconds + QUARANTINE_SECONDS)
    over = {name for name, end in waits.items() if end <= now_seconds}
    gone = {name for name in over if name not in known_nodes and not node_exists(name)}
    deletions = tuple(mark_failed_and_delete_pod(pod, mark_failed=mark_failed) for pod in pods if pod.node in gone)
    return Orphans(deletions, {name: end for name, end in waits.items() if name not in over})


def gc_unscheduled_terminating(pods: Iterable[GcPod], *, mark_failed: bool = True) -> tuple[Deletion, ...]:
    """Terminating pods without a node go: no kubelet will ever confirm them. Source: gcUnscheduledTerminating"""
    return tuple(
        mark_failed_and_delete_pod(pod, mark_failed=mark_failed) for pod in pods if pod.deleting and not pod.node
    )


def mark_failed_and_delete_pod(pod: GcPod, *, mark_failed: bool = True) -> Deletion:
    """A pod that had not ended becomes Failed first, for no kubelet is there to say so.

    mark_failed: off where the gate PodDisruptionConditions is (on from 1.26, for good from 1.31).
    Source: markFailedAndDeletePodWithCondition
    """
    return Deletion(pod.name, mark_failed and pod.phase not in ("Succeeded", "Failed"))


def _is_pod_terminated(pod: GcPod) -> bool:
    return pod.phase not in ("Pending", "Running", "Unknown")


def _by_eviction_and_creation_timestamp(pod: GcPod) -> tuple[bool, float, str]:
    evicted = pod.phase == "Failed" and pod.reason == EVICTED_REASON
    return not evicted, pod.created, pod.name
