"""What the StatefulSet controller decides: which ordinals are created and deleted in one sync, and at which revision.

A pod's identity is its name, <set>-<ordinal>: while an object of that name exists, no other one is created.
Source: pkg/controller/statefulset/{stateful_set_control,stateful_set_utils}.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from attrs import define, frozen

from clusterproof.models.kubernetes.decisions.percent import get_scaled_value_from_int_or_percent
from clusterproof.models.kubernetes.objects import IntOrPercent

FIRST_VERSION_WITH_MAX_UNAVAILABLE = 35
"""The minor release from which the gate MaxUnavailableStatefulSet is on by default (beta). Source: KEP-961."""


@frozen(kw_only=True)
class StatefulPod:
    """A pod of a StatefulSet.

    revision: of the template it was made from. available: ready for minReadySeconds.
    """

    ordinal: int
    revision: str
    phase: str = "Running"
    ready: bool = True
    available: bool = True
    terminating: bool = False


@frozen(kw_only=True)
class StatefulSetView:
    """The spec of a StatefulSet, as far as its controller decides on it, and the revisions of its status.

    pod_management_policy: OrderedReady or Parallel. strategy: RollingUpdate or OnDelete. start: the first ordinal.
    partition: counted from the start; what is below it keeps the current revision. gate: MaxUnavailableStatefulSet.
    """

    replicas: int = 1
    start: int = 0
    pod_management_policy: str = "OrderedReady"
    strategy: str = "RollingUpdate"
    partition: int = 0
    max_unavailable: IntOrPercent | None = None
    current_revision: str = ""
    update_revision: str = ""
    gate: bool = False


@frozen
class Write:
    """One request to the apiserver: create or delete the pod of an ordinal; revision says from which template."""

    verb: Literal["create", "delete"]
    ordinal: int
    revision: str = ""


@frozen(kw_only=True)
class StatefulSetCounts:
    """The counters of a StatefulSet's status, and the revision that its pods are at or come from."""

    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    current_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""


# One sync


def update_stateful_set(view: StatefulSetView, pods: Iterable[StatefulPod]) -> tuple[Write, ...]:
    """The writes of one sync, in their order; with policy Parallel they are sent in batches, in no particular order.

    First what is missing is created, then what is too much is deleted, then old pods are deleted for an update; with
    policy OrderedReady each waits until all before it is well. Source: stateful_set_control.go, updateStatefulSet
    """
    sync = _Sync.of(view, pods)
    return tuple(sync.writes) if sync.waits() else (*sync.writes, *_updates(view, sync.replicas))


@define
class _Sync:
    """What a sync has seen: the pod of each wanted ordinal (None: created now), and the surplus, highest first."""

    view: StatefulSetView
    replicas: list[StatefulPod | None]
    condemned: list[StatefulPod]
    writes: list[Write]

    @classmethod
    def of(cls, view: StatefulSetView, pods: Iterable[StatefulPod]) -> _Sync:
        by_ordinal = {pod.ordinal: pod for pod in pods}
        wanted = range(view.start, view.start + view.replicas)
        surplus = sorted((pod for n, pod in by_ordinal.items() if n not in wanted), key=lambda pod: -pod.ordinal)
        return cls(view, [by_ordinal.get(ordinal) for ordinal in wanted], surplus, [])

    @property
    def _monotonic(self) -> bool:
        return self.view.pod_management_policy != "Parallel"

    def waits(self) -> bool:
        """Go through all pods and note the writes; tell whether something has to be waited for."""
        for index in range(len(self.replicas)):
            if self._process_replica(index) and self._monotonic:
                return True
        return any(self._process_condemned(pod) and self._monotonic for pod in self.condemned)

    def _process_replica(self, index: int) -> bool:
        """Source: processReplica."""
        pod = self.replicas[index]
        if pod is None:
            ordinal = self.view.start + index
            self.writes.append(Write("create", ordinal, new_pod_revision(self.view, ordinal)))
            return True
        if pod.phase in ("Failed", "Succeeded"):
            if not pod.terminating:
                self.writes.append(Write("delete", pod.ordinal))
            return True
        return is_unavailable(pod)

    def _process_condemned(self, pod: StatefulPod) -> bool:
        """Source: processCondemned."""
        if pod.terminating:
            return True
        if self._monotonic and is_unavailable(pod) and pod is not self._first_unavailable():
            return True
        self.writes.append(Write("delete", pod.ordinal))
        return True

    def _first_unavailable(self) -> StatefulPod | None:
        """The lowest ordinal that is not well; of the surplus, once the wanted ones are."""
        return next((pod for pod in reversed(self.condemned) if is_unavailable(pod)), None)


def is_unavailable(pod: StatefulPod | None) -> bool:
    """Missing, on its way out, or not running, ready and available. Source: stateful_set_utils.go, isUnavailable."""
    return pod is None or pod.terminating or pod.phase != "Running" or not pod.ready or not pod.available


def new_pod_revision(view: StatefulSetView, ordinal: int) -> str:
    """The revision that a pod is created from. Source: newVersionedStatefulSetPod."""
    below = view.strategy == "RollingUpdate" and ordinal < view.start + view.partition
    return view.current_revision if below else view.update_revision


# Rolling update


def _updates(view: StatefulSetView, replicas: Sequence[StatefulPod | None]) -> tuple[Write, ...]:
    """Which old pods to delete for an update; without maxUnavailable one at a time, once all above it are well."""
    if view.strategy == "OnDelete":
        return ()
    if view.gate:
        return update_stateful_set_after_invariant_established(view, replicas)
    for pod in _targets(view, replicas):
        if pod is not None and _is_old(view, pod):
            return (Write("delete", pod.ordinal),)
        if is_unavailable(pod):
            return ()
    return ()


def update_stateful_set_after_invariant_established(
    view: StatefulSetView, replicas: Sequence[StatefulPod | None]
) -> tuple[Write, ...]:
    """The same where maxUnavailable counts: every pod that is unavailable takes one of them, whatever its revision.

    replicas: the pod of each wanted ordinal, None while it is missing.
    Source: stateful_set_control.go, updateStatefulSetAfterInvariantEstablished
    """
    limit = get_stateful_set_max_unavailable(view.max_unavailable, view.replicas)
    spare = max(0, limit - sum(is_unavailable(pod) for pod in replicas))
    old = [pod for pod in _targets(view, replicas) if pod is not None and _is_old(view, pod)]
    return tuple(Write("delete", pod.ordinal) for pod in old[:spare])


def _targets(view: StatefulSetView, replicas: Sequence[StatefulPod | None]) -> list[StatefulPod | None]:
    """What an update may touch: from the highest ordinal down to the partition."""
    return list(reversed(replicas[view.partition :]))


def _is_old(view: StatefulSetView, pod: StatefulPod) -> bool:
    return pod.revision != view.update_revision and not pod.terminating


def get_stateful_set_max_unavailable(max_unavailable: IntOrPercent | None, replicas: int) -> int:
    """How many pods an update may have unavailable at once, at least one; percentages round down.

    Source: stateful_set_utils.go, getStatefulSetMaxUnavailable
    """
    value = 1 if max_unavailable is None else max_unavailable
    return max(1, get_scaled_value_from_int_or_percent(value, replicas, round_up=False))


# What is reported


def update_status(view: StatefulSetView, pods: Iterable[StatefulPod]) -> StatefulSetCounts:
    """The status that a sync writes; a finished update makes the update revision the current one.

    Source: stateful_set_control.go, computeReplicaStatus; stateful_set_utils.go, completeRollingUpdate
    """
    everyone = tuple(pods)
    ready = [pod for pod in everyone if pod.phase == "Running" and pod.ready]
    staying = [pod for pod in everyone if not pod.terminating]
    updated = sum(pod.revision == view.update_revision for pod in staying)
    is_complete = view.strategy == "RollingUpdate" and updated == len(ready) == len(everyone) == view.replicas
    current = view.update_revision if is_complete else view.current_revision
    return StatefulSetCounts(
        replicas=len(everyone),
        ready_replicas=len(ready),
        available_replicas=sum(pod.available for pod in ready),
        current_replicas=sum(pod.revision == current for pod in staying),
        updated_replicas=updated,
        current_revision=current,
    )
