"""The control plane's processes: the order in which they come back, what they forget, and their leases.

Source: staging/src/k8s.io/client-go/tools/leaderelection; kubeadm's static pods
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import CONTROL_PLANE, WORKER, after, changed, is_enabled, pod, running_cluster

from clusterproof import Timer, evolve
from clusterproof.containers import Map
from clusterproof.models.kubernetes import control_plane, faults, kubelet
from clusterproof.models.kubernetes.names import PodId, ProcessId, StaticPodId, ZoneId
from clusterproof.models.kubernetes.state import Cluster

BARE = PodId("bare")
ETCD, APISERVER, MANAGER, SCHEDULER = (
    StaticPodId(f"{name}-{CONTROL_PLANE}")
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
)


@cache
def calm() -> Cluster:
    """Return a cluster in which a pod runs."""
    return running_cluster(pod())


@cache
def booted() -> Cluster:
    """Return the same just after its control-plane node was stopped and started."""
    return after(after(calm(), faults.stop_control_plane), faults.start_control_plane)


def startable(c: Cluster) -> list[StaticPodId]:
    """Return the static pods that the kubelet could start now."""
    return [s for s in c.scope.static_pods if is_enabled(c, control_plane.start_static_pod, s)]


def test_static_pods_come_back_in_the_order_of_their_needs() -> None:
    """Etcd needs nobody, the apiserver needs etcd, the others need the apiserver."""
    c = booted()
    assert startable(c) == [ETCD]
    c = after(c, control_plane.start_static_pod, ETCD)
    assert startable(c) == [APISERVER]
    c = after(c, control_plane.start_static_pod, APISERVER)
    assert startable(c) == [MANAGER, SCHEDULER]


def test_every_start_counts_as_a_restart() -> None:
    """RESTARTS of a static pod rises by one, and saturates."""
    c = after(booted(), control_plane.start_static_pod, ETCD)
    assert c.static_pods[ETCD].restarts == 1
    for _ in range(2):
        c = after(after(c, faults.kill_process, ProcessId("etcd")), control_plane.start_static_pod, ETCD)

    assert c.static_pods[ETCD].restarts == control_plane.MOST_RESTARTS == 2


@pytest.mark.parametrize("part", ["up", "kubelet", "runtime"])
def test_static_pods_need_their_machine(part: str) -> None:
    """Without power, kubelet or container runtime on the control-plane node nothing starts."""
    assert startable(changed(booted(), "machines", CONTROL_PLANE, **{part: False})) == []


def test_the_application_notices_nothing() -> None:
    """Stopping and starting the control plane touches no container and no object."""
    before, stopped = calm(), after(calm(), faults.stop_control_plane)

    assert (stopped.containers, stopped.pods, stopped.proxies) == (before.containers, before.pods, before.proxies)


@pytest.mark.parametrize("process", ["etcd", "kube-apiserver"])
def test_leaders_stay_ten_seconds_without_an_apiserver(process: str) -> None:
    """Who cannot renew its lease exits after the renew deadline of 10 seconds, and not before."""
    c = after(calm(), faults.kill_process, ProcessId(process))
    assert {c.static_pods[s].lease for s in (MANAGER, SCHEDULER)} == {Timer(10)}
    assert not is_enabled(c, control_plane.exit_without_lease, MANAGER)
    c = changed(c, "static_pods", MANAGER, lease=Timer(0))

    assert not after(c, control_plane.exit_without_lease, MANAGER).static_pods[MANAGER].running


def test_leaders_stay_when_the_apiserver_is_back_in_time() -> None:
    """The lease is renewed, and its timer stops."""
    c = after(calm(), faults.kill_process, ProcessId("kube-apiserver"))
    assert not is_enabled(c, control_plane.renew_lease, MANAGER)
    c = after(c, control_plane.start_static_pod, APISERVER)
    c = after(c, control_plane.renew_lease, MANAGER)

    assert (c.static_pods[MANAGER].running, c.static_pods[MANAGER].lease) == (True, Timer())


def test_a_controller_manager_that_stops_forgets_its_timers() -> None:
    """What it held in memory is gone: silent nodes, rates, planned evictions."""
    c = after(calm(), faults.partition_node, WORKER)
    c = changed(c, "pods", BARE, eviction=Timer(200))
    c = evolve(c, zones=Map({ZoneId("the only zone"): Timer(5)}))
    c = after(c, faults.kill_process, ProcessId("kube-controller-manager"))

    assert [node.grace for node in c.nodes.values()] == [Timer()] * 2
    assert (c.pods[BARE].eviction, list(c.zones.values())) == (Timer(), [Timer()])


def test_a_controller_manager_that_starts_counts_from_now() -> None:
    """A silent node gets the whole grace period again, and a node with a heartbeat gets no timer."""
    c = after(calm(), faults.partition_node, WORKER)
    c = changed(c, "nodes", WORKER, grace=Timer(1))
    c = after(c, faults.kill_process, ProcessId("kube-controller-manager"))
    c = after(c, control_plane.start_static_pod, MANAGER)

    assert (c.nodes[WORKER].grace, c.nodes[CONTROL_PLANE].grace) == (Timer(50), Timer())


def test_a_scheduler_that_stops_takes_no_other_memory_with_it() -> None:
    """Only the controller manager holds the timers of nodes."""
    c = after(calm(), faults.partition_node, WORKER)
    killed = after(c, faults.kill_process, ProcessId("kube-scheduler"))

    assert killed.nodes == c.nodes


def test_a_kubelet_restarts_static_pods_before_it_has_synced() -> None:
    """It finds their manifests on its own disk."""
    c = booted()

    assert not c.machines[CONTROL_PLANE].synced
    assert not is_enabled(c, kubelet.sync, CONTROL_PLANE)
    assert startable(c) == [ETCD]
