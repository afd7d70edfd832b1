"""What each fault takes away, and what brings it back."""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import CONTROL_PLANE, WORKER, after, deployment, is_enabled, running_cluster

from clusterproof.models.kubernetes import apiserver, faults, kubelet
from clusterproof.models.kubernetes.names import PodId, ProcessId
from clusterproof.models.kubernetes.state import Cluster, ContainerState

POD = PodId("web-a")


@cache
def calm() -> Cluster:
    """Return a Deployment of one pod that runs."""
    return running_cluster(deployment())


def test_a_stopped_control_plane_takes_all_its_processes_along() -> None:
    """No static pod runs and no request is answered; the workers are as they were."""
    c = after(calm(), faults.stop_control_plane)

    assert not any(process.running for process in c.static_pods.values())
    assert not c.machines[CONTROL_PLANE].up
    assert c.machines[WORKER] == calm().machines[WORKER]
    assert c.containers == calm().containers


def test_a_crashed_worker_does_not_return() -> None:
    """Its containers are gone, its objects stay, and nobody starts it again."""
    c = after(calm(), faults.crash_node, WORKER)

    assert (POD in c.pods, POD in c.containers) == (True, False)
    assert not is_enabled(c, faults.start_node, WORKER)


def test_a_rebooted_worker_returns() -> None:
    """Its pods start again when its kubelet has synced, with one restart more."""
    c = after(after(calm(), faults.reboot_node, WORKER), faults.start_node, WORKER)
    assert not is_enabled(c, kubelet.start_container, WORKER, POD)
    c = after(c, kubelet.sync, WORKER)

    assert after(c, kubelet.start_container, WORKER, POD).containers[POD].crashes == 1


def test_a_partition_leaves_everything_running() -> None:
    """Only the way to the apiserver is cut."""
    c = after(calm(), faults.partition_node, WORKER)

    assert c.containers == calm().containers
    assert (apiserver.is_reachable_from(c, WORKER), apiserver.is_serving(c)) == (False, True)
    assert apiserver.is_reachable_from(after(c, faults.mend_link, WORKER), WORKER)


def test_a_crashed_container_leaves_its_pod() -> None:
    """The container has exited; object and machine are as they were."""
    c = after(calm(), faults.crash_container, POD)

    assert (c.containers[POD].state, c.containers[POD].ready) == (ContainerState.EXITED, False)
    assert (c.pods, c.machines) == (calm().pods, calm().machines)


@pytest.mark.parametrize("process", ["kubelet", "containerd", "kube-proxy"])
def test_a_killed_process_leaves_containers_and_rules(process: str) -> None:
    """What it started runs on, and the machine's service manager starts it again."""
    c = after(calm(), faults.kill_process, ProcessId(f"{process} on {WORKER}"))
    assert (c.containers, c.proxies) == (calm().containers, calm().proxies)

    back = after(c, faults.restart_process, WORKER).machines[WORKER]
    assert (back.kubelet, back.runtime, back.proxy) == (True, True, True)


def test_faults_on_workers_spare_the_control_plane() -> None:
    """Crash, reboot and partition range over workers; the control plane has a fault of its own."""
    for fault in (faults.crash_node, faults.reboot_node, faults.partition_node):
        assert not is_enabled(calm(), fault, CONTROL_PLANE)


def test_what_is_down_does_not_go_down_again() -> None:
    """A fault strikes what is up."""
    c = after(calm(), faults.crash_node, WORKER)

    assert not is_enabled(c, faults.crash_node, WORKER)
    assert not is_enabled(c, faults.kill_process, ProcessId(f"kubelet on {WORKER}"))
