"""Leader election: of the schedulers and of the controller managers one works, as long as it can renew its Lease.

Renewals in time change nothing and are no steps; timers run while something keeps a leader from renewing. A leader
talks to the apiserver of its own node. Source: staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go;
cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go (LocalAPIEndpoint)
"""

from __future__ import annotations

from clusterproof import Timer
from clusterproof.models.kubernetes import (
    apiserver,
    autoscaler_memory,
    job_memory,
    node_heartbeat,
    node_objects,
    rollout_progress,
)
from clusterproof.models.kubernetes.decisions.leader_election import (
    LEASE_DURATION_SECONDS,
    RENEW_DEADLINE_SECONDS,
    Attempt,
    LeaderElectionRecord,
    Observation,
    try_acquire_or_renew,
)
from clusterproof.models.kubernetes.leases import leader, running_leader
from clusterproof.models.kubernetes.names import LeaseId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.static_pods import CONTROLLER_MANAGER, ELECTED

MEMORY = (
    "nodes.grace",
    "zones",
    "pods.eviction",
    "autoscaler_memories",
    "rollout_progress.created_at",
    *job_memory.KEPT,
    *node_objects.MEMORY,
)
"""What the controller manager that leads has in memory."""

SOMEBODY_GONE = "a process that is no more"
"""Who the record names when its holder has exited: a process that is started anew has another identity."""


def is_elected(c: Cluster, s: StaticPodId) -> bool:
    """Whether a static pod runs a component of which one process leads."""
    return c.scope.static_pods[s].component in ELECTED


def reaches_apiserver(c: Cluster, s: StaticPodId) -> bool:
    """Whether a process of the control plane reaches the apiserver that it talks to, that of its own node."""
    return apiserver.answers_on(c, c.scope.static_pods[s].node)


def works(c: Cluster, component: LeaseId) -> bool:
    """Whether a process of the component runs, leads, and reaches its apiserver."""
    process = running_leader(c, component)
    return process is not None and reaches_apiserver(c, process)


def attempt(c: Cluster, s: StaticPodId) -> Attempt:
    """What a process would do about the Lease of its component, if it could read and write it now.

    Whoever reads it has watched it since it was renewed last.
    """
    component = LeaseId(c.scope.static_pods[s].component)
    stored = LeaderElectionRecord(holder_identity=leader(c, component) or SOMEBODY_GONE)
    abandoned = component in c.leases and c.leases[component].silent.due()
    now_seconds = LEASE_DURATION_SECONDS if abandoned else 0
    return try_acquire_or_renew(s, stored, Observation(stored, 0), now_seconds)


def may_renew(c: Cluster, s: StaticPodId) -> bool:
    """Whether the process that leads can renew its Lease now."""
    component = LeaseId(c.scope.static_pods[s].component)
    return leader(c, component) == s and reaches_apiserver(c, s) and attempt(c, s).write is not None


def take_office(c: Cluster, s: StaticPodId) -> None:
    """A process begins to lead, with nothing in memory."""
    if c.scope.static_pods[s].component == CONTROLLER_MANAGER:
        node_heartbeat.start_anew(c)


def take_over(c: Cluster, s: StaticPodId) -> None:
    """A process takes an abandoned Lease; what its holder, if it still runs, has in memory counts no more."""
    component = LeaseId(c.scope.static_pods[s].component)
    if component == CONTROLLER_MANAGER:
        _forget(c)
    c.leases[component].holder = s
    c.leases[component].silent = Timer()
    take_office(c, s)


def leave_office(c: Cluster, s: StaticPodId) -> None:
    """A process stops, and what it had in memory is gone; its Lease stands until it counts as abandoned."""
    component = LeaseId(c.scope.static_pods[s].component)
    if leader(c, component) != s:
        return
    if component == CONTROLLER_MANAGER:
        _forget(c)
    if component in c.leases:
        c.leases[component].holder = None
        _count_silence(c, component)


def _forget(c: Cluster) -> None:
    node_heartbeat.forget(c)
    autoscaler_memory.forget_everything(c)
    job_memory.forget(c)
    rollout_progress.forget(c)
    node_objects.forget(c)


def miss_renewals(c: Cluster) -> None:
    """An apiserver or its store has stopped: leaders that cannot renew any more begin to count."""
    for component in ELECTED:
        process = running_leader(c, component)
        if process is not None and not c.static_pods[process].lease.armed and not reaches_apiserver(c, process):
            c.static_pods[process].lease = Timer(RENEW_DEADLINE_SECONDS)
            _count_silence(c, component)


def _count_silence(c: Cluster, component: LeaseId) -> None:
    if component in c.leases and not c.leases[component].silent.armed:
        c.leases[component].silent = Timer(LEASE_DURATION_SECONDS)
