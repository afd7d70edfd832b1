"""etcd: one store, whose every committed write gets the next revision, kept by one member per control-plane node.

Source: https://etcd.io/docs/v3.6/learning/api_guarantees/, https://etcd.io/docs/v3.6/op-guide/failures/
"""

from __future__ import annotations

from clusterproof import fresh
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.state import Cluster, Disk
from clusterproof.models.kubernetes.static_pods import ETCD, static_pod


def is_up(c: Cluster) -> bool:
    """Whether the store answers: writes and linearizable reads need more than half of the members."""
    members = [static_pod(ETCD, n) for n in c.scope.control_planes]
    return 2 * sum(c.static_pods[m].running for m in members) > len(members)


def answers_on(c: Cluster, n: NodeId) -> bool:
    """Whether the member on a control-plane node answers, which takes a majority that it belongs to."""
    return c.static_pods[static_pod(ETCD, n)].running and is_up(c)


def has_its_data(c: Cluster, n: NodeId) -> bool:
    """Whether the member on a control-plane node has its disk; who never loses one has no entry."""
    return c.disks.get(n) is not Disk.EMPTY


def has_begun_anew(c: Cluster) -> bool:
    """Whether the only member has started a new, empty store."""
    return Disk.BEGUN_ANEW in c.disks.values()


def begins_anew(before: Cluster, after: Cluster) -> bool:
    """Whether a step is the start of an empty store: then everything stored is gone, and nothing was written."""
    return Disk.BEGUN_ANEW in set(after.disks.values()) - set(before.disks.values())


def commit(c: Cluster) -> int:
    """Commit one write: the store's revision becomes the next number, which is returned for the object written."""
    c.etcd.revision = fresh
    return fresh
