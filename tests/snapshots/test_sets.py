"""How counterexamples about StatefulSets and DaemonSets read, and what becomes of them when nodes or disks are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes_systems import WORKER, daemon_set, deployment, small_system, stateful_set

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.render.text import trace_text
from clusterproof.properties.lost_disks import containers_outlive_lost_disks

REPLAY = "clusterproof replay trace.json"


def lost_machine() -> System[Any]:
    """Return a StatefulSet whose worker is lost for good."""
    return small_system(stateful_set(1), workers=2, faults={"crash-node": 1}, properties=["replicas-converge"])


def twins() -> System[Any]:
    """Return a StatefulSet without grace whose worker is cut off."""
    impatient = stateful_set(1, pod="terminationGracePeriodSeconds: 0")
    properties = ["at-most-one-pod-per-ordinal"]
    return small_system(impatient, workers=2, faults={"partition-node": 1}, properties=properties)


def node_deleted_too_soon() -> System[Any]:
    """Return a StatefulSet on a worker that is cut off, and whose Node the user deletes without looking."""
    return small_system(
        stateful_set(1),
        workers=2,
        faults={"partition-node": 1},
        targets={"delete_node": (WORKER,)},
        actions={"delete-node": 1},
        properties=["at-most-one-pod-per-ordinal"],
    )


def only_disk_lost() -> System[Any]:
    """Return a StatefulSet whose cluster loses the only disk of etcd."""
    return small_system(stateful_set(1), faults={"lose-disk": 1}, properties=[containers_outlive_lost_disks])


def two_of_three_disks_lost() -> System[Any]:
    """Return the same with three members of etcd, of which two lose their disks."""
    properties = ["store-outlives-lost-disks"]
    return small_system(stateful_set(1), control_planes=3, faults={"lose-disk": 2}, properties=properties)


def drain_refused() -> System[Any]:
    """Return a drain without --ignore-daemonsets."""
    options = {"drains": [WORKER], "actions": {"drain": 1}, "ignore_daemonsets": False}
    return small_system(daemon_set(), deployment(), workers=2, properties=["drain-terminates"], **options)


def crash_during_rollout() -> System[Any]:
    """Return an update of a DaemonSet while a container crashes and its kubelet has not said so yet."""
    options = {"rollouts": 1, "actions": {"rollout-daemon-set": 1}, "faults": {"crash-container": 1}}
    return small_system(daemon_set(), workers=2, properties=["rollout-keeps-its-floor"], **options)


@pytest.mark.parametrize(
    ("system", "golden"),
    [
        (lost_machine, "sets-lost-machine.txt"),
        (twins, "sets-twins.txt"),
        (node_deleted_too_soon, "sets-node-deleted.txt"),
        (only_disk_lost, "sets-only-disk-lost.txt"),
        (two_of_three_disks_lost, "sets-two-disks-lost.txt"),
        (drain_refused, "sets-drain-refused.txt"),
        (crash_during_rollout, "sets-crash-during-rollout.txt"),
    ],
)
def test_counterexamples_read_as_intended(
    system: Callable[[], System[Any]], golden: str, snapshot: Callable[[str, str], None]
) -> None:
    """Each story is told as its golden file has it, with why at its end."""
    found = [trace for each in check_system(system()).properties for trace in each.traces]

    snapshot(golden, trace_text(found[0], REPLAY))
