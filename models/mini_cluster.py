"""A cluster in one page: pods, nodes with leases, and a control plane that is up or down.

Every fault is unbounded; no action changes nothing. A benchmark for checkers, and a first reading of Kubernetes.
"""

from __future__ import annotations

from enum import Enum
from typing import NewType

from clusterproof import (
    Claims,
    Component,
    Map,
    System,
    Table,
    always,
    choose,
    claim,
    require,
    state,
    unbounded,
)

# --- state

PodId = NewType("PodId", str)
NodeId = NewType("NodeId", str)
Replicas = NewType("Replicas", int)


class Phase(Enum):
    """Where the API object of a pod stands."""

    PENDING = "Pending"
    BOUND = "Bound"
    RUNNING = "Running"
    TERMINATING = "Terminating"


class Container(Enum):
    """The container on the pod's node."""

    NONE = "none"
    UP = "up"
    EXITED = "exited"


ACTIVE = (Phase.PENDING, Phase.BOUND, Phase.RUNNING)
PLACED = (Phase.BOUND, Phase.RUNNING)


@state
class Pod:
    """A pod: its API object, its node, and its real container."""

    phase: Phase = Phase.PENDING
    node: NodeId | None = None
    container: Container = Container.NONE


@state
class Node:
    """A machine, and whether its lease is fresh."""

    up: bool = True
    fresh: bool = True


@state
class Cluster:
    """The whole cluster; capacity is pods per node, max_down how many nodes may be down at once.

    The pool of pod names is part of the model: without a free name no pod is created.
    """

    desired: Replicas
    max_desired: int
    pods: Table[PodId, Pod]
    nodes: Map[NodeId, Node]
    capacity: int
    max_down: int
    serving: bool = True

    def active(self) -> int:
        """How many pods count as replicas."""
        return self.pods.count(is_active, self)

    def load(self, n: NodeId) -> int:
        """How many pods a node holds."""
        return self.pods.count(is_on, self, n)

    def runs_on(self, pod: Pod) -> bool:
        """Whether the pod has a node, and that node is up."""
        return pod.node is not None and self.nodes[pod.node].up


def is_active(p: PodId, c: Cluster) -> bool:
    """The pod counts as a replica."""
    return c.pods[p].phase in ACTIVE


def is_on(p: PodId, c: Cluster, n: NodeId) -> bool:
    """The pod is bound to the node."""
    return c.pods[p].node == n


def is_homeless(p: PodId, c: Cluster) -> bool:
    """The pod has a container, and no node that is up."""
    pod = c.pods[p]
    return pod.container is not Container.NONE and not c.runs_on(pod)


def is_down(n: NodeId, c: Cluster) -> bool:
    """The node is down."""
    return not c.nodes[n].up


def serving(c: Cluster) -> bool:
    """The control plane answers."""
    return c.serving


# --- actions

user = Component("user", runs_when=serving)
controller = Component("controller", runs_when=serving)
scheduler = Component("scheduler", runs_when=serving)
kubelet = Component("kubelet")
machine = Component("machine")


@user.action
def set_desired(c: Cluster, replicas: Replicas) -> None:
    """The user asks for another number of replicas."""
    c.desired = replicas


@controller.action
def create_pod(c: Cluster) -> None:
    """Too few pods: one more, under the first free name."""
    require(c.active() < c.desired and len(c.pods) < len(c.pods.ids))
    c.pods.add(Pod())


@controller.action
def delete_pod(c: Cluster, p: PodId) -> None:
    """Too many pods: one less; a bound pod has to be stopped first."""
    pod = require(c.pods.get(p))
    require(pod.phase in ACTIVE and c.active() > c.desired)
    if pod.phase is Phase.PENDING:
        del c.pods[p]
    else:
        pod.phase = Phase.TERMINATING


@controller.action
def evict_pod(c: Cluster, p: PodId) -> None:
    """The lease of its node is stale: the pod has to go."""
    pod = require(c.pods.get(p))
    require(pod.phase in PLACED and not c.nodes[require(pod.node)].fresh)
    pod.phase = Phase.TERMINATING


@scheduler.action
def bind(c: Cluster, p: PodId) -> None:
    """A pending pod gets a node with a fresh lease and room."""
    pod = require(c.pods.get(p))
    require(pod.phase is Phase.PENDING)
    pod.node = choose((n for n, node in c.nodes.items() if node.fresh and c.load(n) < c.capacity), label="node")
    pod.phase = Phase.BOUND


@kubelet.action
def start_container(c: Cluster, p: PodId) -> None:
    """The node starts the container of a pod that was bound to it."""
    pod = require(c.pods.get(p))
    require(c.serving and pod.phase in PLACED and c.runs_on(pod) and pod.container is Container.NONE)
    pod.container = Container.UP


@kubelet.action
def report_running(c: Cluster, p: PodId) -> None:
    """The node reports that the container runs."""
    pod = require(c.pods.get(p))
    require(c.serving and pod.phase is Phase.BOUND and c.runs_on(pod) and pod.container is Container.UP)
    pod.phase = Phase.RUNNING


@kubelet.action
def restart_container(c: Cluster, p: PodId) -> None:
    """The node restarts a container that exited; no control plane is needed."""
    pod = require(c.pods.get(p))
    require(pod.phase in PLACED and c.runs_on(pod) and pod.container is Container.EXITED)
    pod.container = Container.UP


@kubelet.action
def stop_container(c: Cluster, p: PodId) -> None:
    """The node stops the container of a pod that has to go."""
    pod = require(c.pods.get(p))
    require(c.serving and pod.phase is Phase.TERMINATING and c.runs_on(pod) and pod.container is not Container.NONE)
    pod.container = Container.NONE


@kubelet.action
def finalize_delete(c: Cluster, p: PodId) -> None:
    """With the container gone the API object goes too."""
    pod = require(c.pods.get(p))
    require(c.serving and pod.phase is Phase.TERMINATING and c.runs_on(pod) and pod.container is Container.NONE)
    del c.pods[p]


@kubelet.action
def renew_lease(c: Cluster, n: NodeId) -> None:
    """A node that is up renews its lease."""
    require(c.serving and c.nodes[n].up)
    c.nodes[n].fresh = True


@machine.action
def expire_lease(c: Cluster, n: NodeId) -> None:
    """Nobody renews it: the lease goes stale."""
    require(not c.nodes[n].up or not c.serving)
    c.nodes[n].fresh = False


@machine.action
def recover_node(c: Cluster, n: NodeId) -> None:
    """A machine comes back."""
    c.nodes[n].up = True


@machine.action
def start_control_plane(c: Cluster) -> None:
    """The control plane comes back."""
    c.serving = True


# --- faults


@machine.fault
def crash_container(c: Cluster, p: PodId) -> None:
    """A container exits by itself."""
    pod = require(c.pods.get(p))
    require(pod.container is Container.UP and c.runs_on(pod))
    pod.container = Container.EXITED


@machine.fault
def crash_node(c: Cluster, n: NodeId) -> None:
    """A machine goes down, with everything that runs on it."""
    require(c.nodes[n].up and c.nodes.count(is_down, c) < c.max_down)
    c.nodes[n].up = False
    for p in c.pods.matching(is_on, c, n):
        c.pods[p].container = Container.NONE


@machine.fault
def stop_control_plane(c: Cluster) -> None:
    """The control plane goes down."""
    c.serving = False


# --- properties


@always
def at_most_the_desired_pods(c: Cluster) -> Claims:
    """There are never more active pods than a user may ask for."""
    yield claim(c.active() <= c.max_desired, "no more pods are active than may be desired", *c.pods)


@always
def no_node_is_overfull(c: Cluster) -> Claims:
    """No node holds more pods than it has room for."""
    for n in c.nodes:
        yield claim(c.load(n) <= c.capacity, "a node holds at most its capacity", n)


@always
def nothing_runs_on_a_dead_machine(c: Cluster) -> Claims:
    """A machine that is down runs no container."""
    homeless = c.pods.matching(is_homeless, c)
    yield claim(not homeless, "a container has a machine that is up", *homeless)


# --- system


def system(rlo: int = 2, r: int = 2, p: int = 3, n: int = 2, cap: int = 2, maxdown: int = 1) -> System[Cluster]:
    """rlo..r: what the user may ask for; p: pod names; n: nodes; cap: pods per node; maxdown: nodes down at once."""
    start = Cluster(
        desired=Replicas(r),
        max_desired=r,
        pods=Table(PodId(f"pod-{i}") for i in range(p)),
        nodes=Map((NodeId(f"node-{i}"), Node()) for i in range(n)),
        capacity=cap,
        max_down=maxdown,
    )
    return System(
        start,
        components=[user, controller, scheduler, kubelet, machine],
        properties=[at_most_the_desired_pods, no_node_is_overfull, nothing_runs_on_a_dead_machine],
        budgets={crash_container: unbounded, crash_node: unbounded, stop_control_plane: unbounded},
        domains={Replicas: range(rlo, r + 1)},
        symmetric=[PodId, NodeId],
        symmetry=False,  # so that it has as many states as elsewhere
        name="mini-cluster",
    )
