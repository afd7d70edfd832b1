"""Members of etcd without their disks."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import control_plane, etcd, faults
from clusterproof.models.kubernetes.names import MemberId
from clusterproof.models.kubernetes.state import Cluster, Disk
from clusterproof.models.kubernetes.static_pods import ETCD, static_pod
from planted import systems


def count_a_member_without_data(c: Cluster, n: MemberId) -> None:
    """A member with an empty disk starts and votes; where no other one runs that has data, nothing is left."""
    member = c.static_pods[static_pod(ETCD, n)]
    require(not member.running and not etcd.has_its_data(c, n))
    member.running = True
    running = [m for m in c.disks if c.static_pods[static_pod(ETCD, m)].running]
    if etcd.is_up(c) and not any(etcd.has_its_data(c, m) for m in running):
        for m in running:
            c.disks[m] = Disk.BEGUN_ANEW
        for table in (c.deployments, c.replica_sets, c.pods):
            for identity in list(table):
                del table[identity]


def lose_every_disk(c: Cluster) -> None:
    """All members keep their data on one disk."""
    require(Disk.EMPTY not in c.disks.values())
    for n in c.disks:
        c.disks[n] = Disk.EMPTY
        control_plane.stop_process(c, static_pod(ETCD, n))


DEFECTS = (
    Defect(
        name="members of etcd that have lost their disks are counted",
        system=systems.every_disk_lost,
        also={control_plane.kubelet_static: count_a_member_without_data},
        red=frozenset({"stored_pods_are_kept", "stored_deployments_are_kept", "containers_outlive_lost_disks"}),
    ),
    Defect(
        name="all members of etcd keep their data on one disk",
        system=systems.one_disk_lost,
        instead={faults.lose_disk: lose_every_disk},
        red=frozenset({"the_store_answers"}),
    ),
)
