"""The control plane's processes: static pods that the kubelet of their node starts without any apiserver.

Scheduler and controller manager hold leases; without an apiserver they cannot renew them, and exit after 10 seconds.
Source: staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go; kubeadm's static pods
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, etcd, leader_election
from clusterproof.models.kubernetes.leases import leader
from clusterproof.models.kubernetes.names import LeaseId, NodeId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.static_pods import APISERVER, CONTROLLER_MANAGER, ETCD, SCHEDULER

MOST_RESTARTS = 2
"""Restart counts saturate here; nothing in the model depends on more."""

STOPPING = ("static_pods", "leases", "pods.evicting", *leader_election.MEMORY)
"""What may change when a process of the control plane stops."""


def controllers_run(c: Cluster) -> bool:
    """A controller manager runs, leads, and reaches the apiserver."""
    return leader_election.works(c, CONTROLLER_MANAGER)


def scheduler_runs(c: Cluster) -> bool:
    """A scheduler runs, leads, and reaches the apiserver."""
    return leader_election.works(c, SCHEDULER)


def stop_process(c: Cluster, s: StaticPodId) -> None:
    """A process stops, and forgets what it had in memory."""
    process = c.static_pods[s]
    process.running = False
    process.lease = Timer()
    if leader_election.is_elected(c, s):
        leader_election.leave_office(c, s)
        return
    if c.scope.static_pods[s].component == APISERVER:
        apiserver.lose_requests(c)
    leader_election.miss_renewals(c)


def kubelet_starts_processes(c: Cluster, n: NodeId) -> bool:
    """Whether the kubelet of a control-plane node can start processes."""
    machine = c.machines[n]
    return machine.up and machine.kubelet and machine.runtime


kubelet_static = Component("kubelet-static-pods", fair=weak)
leaders = Component("leader-election", fair=weak)


@kubelet_static.action(writes=("static_pods", "nodes.grace"))
def start_static_pod(c: Cluster, s: StaticPodId) -> None:
    """The kubelet starts a static pod from its manifest directory; no apiserver is needed.

    Those that cannot work yet (the apiserver without etcd, the others without apiserver) exit and are started again
    until they can; that is one start here. Source: pkg/kubelet/config/file.go; kubelet SyncPod.
    """
    fixed = c.scope.static_pods[s]
    process = c.static_pods[s]
    require(kubelet_starts_processes(c, fixed.node) and not process.running)
    if fixed.component == APISERVER:
        require(etcd.answers_on(c, fixed.node))
    elif fixed.component == ETCD:
        require(etcd.has_its_data(c, fixed.node))
    else:
        require(leader_election.reaches_apiserver(c, s))
    process.running = True
    process.restarts = min(process.restarts + 1, MOST_RESTARTS)
    if leader_election.is_elected(c, s) and leader(c, LeaseId(fixed.component)) == s:
        leader_election.take_office(c, s)


@leaders.action(writes=("static_pods.lease", "leases.silent"))
def renew_lease(c: Cluster, s: StaticPodId) -> None:
    """The apiserver answers again in time: the leader stays."""
    process = c.static_pods[s]
    require(process.running and process.lease.armed and leader_election.may_renew(c, s))
    process.lease = Timer()
    component = LeaseId(c.scope.static_pods[s].component)
    if component in c.leases:
        c.leases[component].silent = Timer()


@leaders.action(writes=STOPPING)
def exit_without_lease(c: Cluster, s: StaticPodId) -> None:
    """A leader that could not renew its lease for 10 seconds exits, and so does one that has been replaced."""
    process = c.static_pods[s]
    require(process.running and process.lease.armed)
    cannot_renew = not leader_election.may_renew(c, s)
    require(process.lease.due(cause=cannot_renew) and cannot_renew)
    stop_process(c, s)


@leaders.action(writes=("leases", *leader_election.MEMORY))
def acquire_lease(c: Cluster, s: StaticPodId) -> None:
    """A process finds that nobody has renewed the Lease for 15 seconds, and takes it over; any may be the first.

    Whoever led before finds another name in the record, and exits in its time. Source: tryAcquireOrRenew
    """
    component = LeaseId(c.scope.static_pods[s].component)
    require(component in c.leases and c.static_pods[s].running)
    require(c.leases[component].holder != s and leader_election.reaches_apiserver(c, s))
    require(leader_election.attempt(c, s).write is not None)
    leader_election.take_over(c, s)
