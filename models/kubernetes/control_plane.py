"""The control plane's processes: static pods that the kubelet of their node starts without any apiserver.

Scheduler and controller manager hold leases; without an apiserver they cannot renew them, and exit after 10 seconds.
Source: staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go; kubeadm's static pods.
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, autoscaler_memory, etcd, node_heartbeat
from clusterproof.models.kubernetes.decisions.leader_election import RENEW_DEADLINE_SECONDS
from clusterproof.models.kubernetes.names import StaticPodId
from clusterproof.models.kubernetes.state import Cluster

MOST_RESTARTS = 2
"""Restart counts saturate here; nothing in the model depends on more."""


def controllers_run(c: Cluster) -> bool:
    """The controller manager runs and reaches the apiserver."""
    return c.static_pods[c.scope.controller_manager].running and apiserver.is_serving(c)


def scheduler_runs(c: Cluster) -> bool:
    """The scheduler runs and reaches the apiserver."""
    return c.static_pods[c.scope.scheduler].running and apiserver.is_serving(c)


def stop_process(c: Cluster, s: StaticPodId) -> None:
    """A process stops, and forgets what it had in memory."""
    process = c.static_pods[s]
    process.running = False
    process.lease = Timer()
    if s == c.scope.controller_manager:
        node_heartbeat.forget(c)
        autoscaler_memory.forget_everything(c)
    if s == c.scope.apiserver:
        apiserver.lose_requests(c)
    if s in (c.scope.apiserver, c.scope.etcd):
        for leader in (c.scope.controller_manager, c.scope.scheduler):
            if leader != s and c.static_pods[leader].running and not c.static_pods[leader].lease.armed:
                c.static_pods[leader].lease = Timer(RENEW_DEADLINE_SECONDS)


def _kubelet_runs(c: Cluster) -> bool:
    machine = c.machines[c.scope.control_plane]
    return machine.up and machine.kubelet and machine.runtime


kubelet_static = Component("kubelet-static-pods", runs_when=_kubelet_runs, fair=weak)
leaders = Component("leader-election", fair=weak)


@kubelet_static.action(writes=("static_pods", "nodes.grace"))
def start_static_pod(c: Cluster, s: StaticPodId) -> None:
    """The kubelet starts a static pod from its manifest directory; no apiserver is needed.

    Those that cannot work yet (the apiserver without etcd, the others without apiserver) exit and are started again
    until they can; that is one start here. Source: pkg/kubelet/config/file.go; kubelet SyncPod.
    """
    process = c.static_pods[s]
    require(not process.running)
    if s == c.scope.apiserver:
        require(etcd.is_up(c))
    elif s != c.scope.etcd:
        require(apiserver.is_serving(c))
    process.running = True
    process.restarts = min(process.restarts + 1, MOST_RESTARTS)
    if s == c.scope.controller_manager:
        node_heartbeat.start_anew(c)


@leaders.action(writes=("static_pods.lease",))
def renew_lease(c: Cluster, s: StaticPodId) -> None:
    """The apiserver answers again in time: the leader stays."""
    process = c.static_pods[s]
    require(process.running and process.lease.armed and apiserver.is_serving(c))
    process.lease = Timer()


@leaders.action(writes=("static_pods", "nodes.grace", "zones", "pods.eviction", "pods.evicting", "autoscaler_memories"))
def exit_without_lease(c: Cluster, s: StaticPodId) -> None:
    """A leader that could not renew its lease for 10 seconds exits."""
    process = c.static_pods[s]
    require(process.running and process.lease.due(cause=not apiserver.is_serving(c)) and not apiserver.is_serving(c))
    stop_process(c, s)
