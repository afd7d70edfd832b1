"""Binding, capacity, cordons, drains, evictions."""

from __future__ import annotations

from planting import Defect

from clusterproof import Timer, choose, require
from clusterproof.models.kubernetes import (
    apiserver,
    control_plane,
    etcd,
    kubectl,
    preemption,
    scheduler,
)
from clusterproof.models.kubernetes.names import NodeId, PodId, PreemptingPodId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster, DrainState, Pod
from clusterproof.models.kubernetes.static_pods import APISERVER, CONTROLLER_MANAGER, ETCD
from planted import systems


def _bind(c: Cluster, pod: Pod, nodes: list[NodeId]) -> None:
    pod.node = choose(nodes, label="node")
    pod.unschedulable = False
    apiserver.update(c, pod)


def _workers(c: Cluster) -> list[NodeId]:
    return [n for n in c.scope.nodes if n not in c.scope.control_planes]


def bind_again(c: Cluster, p: PodId) -> None:
    """The scheduler binds a pod although it is bound."""
    pod = require(c.pods.get(p))
    require(pod.node is not None and not pod.deleting)
    _bind(c, pod, [n for n in _workers(c) if not c.nodes[n].unschedulable])


def bind_anywhere(c: Cluster, p: PodId) -> None:
    """The scheduler asks no filter: neither capacity nor cordons."""
    pod = require(c.pods.get(p))
    require(pod.node is None and not pod.deleting)
    _bind(c, pod, _workers(c))


def preempt_anybody(c: Cluster, p: PreemptingPodId) -> None:
    """Some pod goes, be it as important as the one that waits: that one itself if there is no other."""
    require(require(c.pods.get(p)).nominated is not None)
    apiserver.delete_pod(c, choose(list(c.scope.preempting_pods), label="victim"))


def evict_without_charging(c: Cluster, n: NodeId, p: PodId) -> None:
    """An eviction takes the pod, and its budget stays as it was."""
    require(c.drains[n] is DrainState.DRAINING)
    require(require(c.pods.get(p)).node == n)
    apiserver.delete_pod(c, p)


def start_with_old_leases(c: Cluster, s: StaticPodId) -> None:
    """The controller manager starts, and takes the age of the leases for the silence of their nodes."""
    process = c.static_pods[s]
    require(not process.running)
    component = c.scope.static_pods[s].component
    if component == APISERVER:
        require(etcd.is_up(c))
    elif component != ETCD:
        require(apiserver.is_serving(c))
    process.running = True
    process.restarts = min(process.restarts + 1, control_plane.MOST_RESTARTS)
    if component == CONTROLLER_MANAGER:
        for n in _workers(c):
            c.nodes[n].grace = Timer(0)


DEFECTS = (
    Defect(
        name="victims are not deleted",
        system=systems.full_node,
        never=[preemption.preempt],
        red=frozenset({"preemption_makes_room"}),
    ),
    Defect(
        name="a pod that matters more never asks for room",
        system=systems.full_node,
        never=[preemption.nominate],
        red=frozenset({"preemption_makes_room"}),
    ),
    Defect(
        name="whoever is there goes",
        system=systems.full_node,
        instead={preemption.preempt: preempt_anybody},
        red=frozenset({"preemption_spares_the_important"}),
    ),
    Defect(
        name="the scheduler binds a pod twice",
        system=systems.cordoned_node,
        also={scheduler.scheduler: bind_again},
        red=frozenset({"deployments_converge", "no_double_binding"}),
    ),
    Defect(
        name="the scheduler ignores capacity",
        system=systems.full_nodes,
        instead={scheduler.bind: bind_anywhere},
        red=frozenset({"node_capacity"}),
    ),
    Defect(
        name="the scheduler ignores cordons",
        system=systems.cordoned_node,
        instead={scheduler.bind: bind_anywhere},
        red=frozenset({"no_new_pod_on_an_unschedulable_node"}),
    ),
    Defect(
        name="an eviction does not charge its budget",
        system=systems.drained_node,
        instead={kubectl.evict: evict_without_charging},
        red=frozenset({"evictions_respect_the_budget"}),
    ),
    Defect(
        name="a drain evicts nothing",
        system=systems.drained_node,
        never=[kubectl.evict],
        red=frozenset({"drain_terminates"}),
    ),
    Defect(
        name="a restarted controller manager judges leases by the wall clock",
        system=systems.outage_with_impatient_pod,
        instead={control_plane.start_static_pod: start_with_old_leases},
        red=frozenset({"no_mass_eviction_after_outage"}),
    ),
)
