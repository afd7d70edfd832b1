"""Deletions that go in the foreground, or leave orphans."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, garbage_collector, ownership
from clusterproof.models.kubernetes.names import ForegroundReplicaSetId, OrphanedReplicaSetId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems


def collect_orphan(c: Cluster, r: OrphanedReplicaSetId) -> None:
    """The garbage collector takes the finalizer orphan for foregroundDeletion."""
    owner = require(c.scope.replica_sets[r].deployment)
    require(ownership.is_owned(c, r) and ownership.orphans_dependents(c, owner))
    apiserver.remove_replica_set(c, r)


def collect_pod_of_orphan(c: Cluster, r: ReplicaSetId) -> None:
    """The garbage collector takes a ReplicaSet without owner for one that is gone, for the first of its pods."""
    require(r in c.replica_sets and ownership.is_orphaned(c, r))
    apiserver.delete_pod(c, c.scope.replica_sets[r].pods[0])


def finish_at_once(c: Cluster, r: ForegroundReplicaSetId) -> None:
    """A ReplicaSet with a finalizer goes before its pods."""
    require(r in c.replica_sets and ownership.is_deleting(c, r))
    apiserver.remove_replica_set(c, r)


DEFECTS = (
    Defect(
        name="the finalizer foregroundDeletion of a ReplicaSet is never removed",
        system=systems.deployment_deleted,
        never=[garbage_collector.finish_replica_set_deletion],
        red=frozenset({"a_deleted_deployment_goes"}),
    ),
    Defect(
        name="the finalizer orphan is never removed",
        system=systems.deployment_orphaned,
        never=[garbage_collector.finish_orphaning],
        red=frozenset({"a_deleted_deployment_goes"}),
    ),
    Defect(
        name="the garbage collector collects what was to be orphaned",
        system=systems.deployment_orphaned,
        also={garbage_collector.controller: collect_orphan},
        never=[garbage_collector.orphan_replica_set],
        red=frozenset({"orphans_stay"}),
    ),
    Defect(
        name="the garbage collector collects a pod of an orphan",
        system=systems.deployment_orphaned,
        also={garbage_collector.controller: collect_pod_of_orphan},
        red=frozenset({"orphans_stay", "bare_replica_sets_converge"}),
    ),
    Defect(
        name="a ReplicaSet deleted in the foreground does not wait",
        system=systems.deployment_deleted,
        instead={garbage_collector.finish_replica_set_deletion: finish_at_once},
        red=frozenset({"replica_set_deletion_is_final"}),
    ),
)
