"""The StatefulSet controller: pods with names of their own, in order. One pod, one write, at a time.

Claims of volumes are not modelled. Source: pkg/controller/statefulset/stateful_set_control.go
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, controller_revisions, objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import controller_revisions as revision_decisions
from clusterproof.models.kubernetes.decisions import statefulset as decisions
from clusterproof.models.kubernetes.decisions.statefulset import (
    StatefulPod,
    StatefulSetCounts,
    StatefulSetView,
    Write,
)
from clusterproof.models.kubernetes.names import ControllerRevisionId, Ordinal, PodId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster, Pod, StatefulSet

controller = Component("statefulset-controller", runs_when=controllers_run, fair=weak)


def manifest_of(c: Cluster, s: StatefulSetId) -> objects.StatefulSet:
    """The manifest that was applied last."""
    return c.scope.stateful_sets[s].manifests[c.stateful_sets[s].manifest]


def pod_of(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> tuple[PodId, Pod] | None:
    """The pod that bears an ordinal's name now."""
    for p in c.scope.stateful_sets[s].pods[ordinal]:
        pod = c.pods.get(p)
        if pod is not None and pod.owner in c.scope.stateful_sets[s].revisions:
            return p, pod
    return None


def pods_of(c: Cluster, s: StatefulSetId) -> list[tuple[Ordinal, PodId, Pod]]:
    """Its pods, by ordinal."""
    found = ((ordinal, pod_of(c, s, ordinal)) for ordinal in c.scope.stateful_sets[s].pods)
    return [(ordinal, *held) for ordinal, held in found if held is not None]


def _views(c: Cluster, s: StatefulSetId) -> list[StatefulPod]:
    return [
        StatefulPod(
            ordinal=ordinal,
            revision=pod.owner or "",
            phase=pod.phase.value,
            ready=pod.ready,
            available=pod.ready and not pod.until_available.armed,
            terminating=pod.deleting,
        )
        for ordinal, _, pod in pods_of(c, s)
    ]


def view(c: Cluster, s: StatefulSetId) -> StatefulSetView:
    """The StatefulSet as its controller reads it."""
    manifest, stateful_set = manifest_of(c, s), c.stateful_sets[s]
    return StatefulSetView(
        replicas=stateful_set.replicas,
        start=manifest.start,
        pod_management_policy=manifest.pod_management_policy,
        strategy=manifest.strategy,
        partition=manifest.partition,
        max_unavailable=manifest.max_unavailable,
        current_revision=_current_revision(c, stateful_set),
        update_revision=stateful_set.template,
        gate=c.scope.minor_version >= decisions.FIRST_VERSION_WITH_MAX_UNAVAILABLE,
    )


def _current_revision(c: Cluster, stateful_set: StatefulSet) -> ControllerRevisionId:
    """The one of the status, or of the template where that is not set, or gone. Source: getStatefulSetRevisions."""
    current = stateful_set.current_revision
    return current if current is not None and current in c.controller_revisions else stateful_set.template


def _has_revision(c: Cluster, s: StatefulSetId) -> StatefulSet:
    """The StatefulSet, once the revision of its template is stored; not enabled before."""
    stateful_set = require(c.stateful_sets.get(s))
    require(stateful_set.template in c.controller_revisions)
    return stateful_set


def writes(c: Cluster, s: StatefulSetId) -> tuple[Write, ...]:
    """What a sync would do with the pods now. With policy Parallel the writes come in any order."""
    _has_revision(c, s)
    return decisions.update_stateful_set(view(c, s), _views(c, s))


# ---------------------------------------------------------------- pods


@controller.action(writes=("pods", *apiserver.COMMIT))
def create_pod(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """Create the pod of an ordinal whose name is free. Source: processReplica, newVersionedStatefulSetPod."""
    require(ordinal in c.scope.stateful_sets[s].pods)
    write = require(next((w for w in writes(c, s) if (w.verb, w.ordinal) == ("create", ordinal)), None))
    pool = c.scope.stateful_sets[s].pods[ordinal]
    require(not any(p in c.pods for p in pool))  # 409 AlreadyExists: the name belongs to somebody else
    apiserver.create_pod(c, ControllerRevisionId(write.revision), pool)


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """Delete a pod: of a set that shrinks, of an old template, or one that ended.

    Source: stateful_set_control.go (processReplica, processCondemned, updateStatefulSet)
    """
    require(ordinal in c.scope.stateful_sets[s].pods)
    require(Write("delete", ordinal) in writes(c, s))
    held = require(pod_of(c, s, ordinal))
    apiserver.delete_pod(c, held[0])


# ---------------------------------------------------------------- revisions


@controller.action(writes=("controller_revisions", *apiserver.COMMIT))
def create_revision(c: Cluster, s: StatefulSetId) -> None:
    """The template has no ControllerRevision yet: create it. Source: getStatefulSetRevisions."""
    stateful_set = require(c.stateful_sets.get(s))
    controller_revisions.create(c, c.scope.stateful_sets[s].revisions, stateful_set.template)


@controller.action(writes=("controller_revisions.revision", "controller_revisions.resource_version", *apiserver.COMMIT))
def number_revision(c: Cluster, s: StatefulSetId) -> None:
    """A rollback gives an old revision the highest number. Source: getStatefulSetRevisions."""
    stateful_set = require(c.stateful_sets.get(s))
    controller_revisions.renumber(c, c.scope.stateful_sets[s].revisions, stateful_set.template)


@controller.action(writes=("controller_revisions", *apiserver.COMMIT))
def delete_revision(c: Cluster, s: StatefulSetId) -> None:
    """More idle revisions are kept than revisionHistoryLimit says: delete the oldest. Source: truncateHistory."""
    stateful_set = _has_revision(c, s)
    live = [
        stateful_set.template,
        _current_revision(c, stateful_set),
        *(pod.owner or "" for _, _, pod in pods_of(c, s)),
    ]
    found = controller_revisions.existing(c, c.scope.stateful_sets[s].revisions)
    limit = manifest_of(c, s).revision_history_limit
    controller_revisions.delete_first(c, revision_decisions.truncate_history(found, live, limit))


# ---------------------------------------------------------------- status


@controller.action(
    writes=(
        "stateful_sets.observed",
        "stateful_sets.current_revision",
        "stateful_sets.status_replicas",
        "stateful_sets.ready_replicas",
        "stateful_sets.available_replicas",
        "stateful_sets.current_replicas",
        "stateful_sets.updated_replicas",
        "stateful_sets.resource_version",
        *apiserver.COMMIT,
    )
)
def update_status(c: Cluster, s: StatefulSetId) -> None:
    """Write the status, if it changed. Source: updateStatefulSetStatus."""
    stateful_set = _has_revision(c, s)
    wanted = decisions.update_status(view(c, s), _views(c, s))
    require(not stateful_set.observed or wanted != _status(stateful_set))
    stateful_set.observed = True
    stateful_set.current_revision = ControllerRevisionId(wanted.current_revision)
    stateful_set.status_replicas, stateful_set.ready_replicas = wanted.replicas, wanted.ready_replicas
    stateful_set.available_replicas = wanted.available_replicas
    stateful_set.current_replicas, stateful_set.updated_replicas = wanted.current_replicas, wanted.updated_replicas
    apiserver.update(c, stateful_set)


def _status(stateful_set: StatefulSet) -> StatefulSetCounts:
    return StatefulSetCounts(
        replicas=stateful_set.status_replicas,
        ready_replicas=stateful_set.ready_replicas,
        available_replicas=stateful_set.available_replicas,
        current_replicas=stateful_set.current_replicas,
        updated_replicas=stateful_set.updated_replicas,
        current_revision=stateful_set.current_revision or "",
    )
