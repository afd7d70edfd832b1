"""The container runtime of a machine: containers run until they exit, are stopped, or their machine goes down.

Only the kubelet of the same machine talks to it. The application containers of a pod are one here: they start, exit and
become ready together. Source: https://kubernetes.io/docs/concepts/architecture/cri/
"""

from __future__ import annotations

from clusterproof import Timer
from clusterproof.models.kubernetes.decisions.pod_lifecycle import crash_loop_back_off_seconds
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.state import Cluster, Container, ContainerState


def create(c: Cluster, n: NodeId, p: PodId, *, crashes: int) -> None:
    """Create the containers of a pod on a machine; crashes: how often they were restarted before."""
    c.containers[p] = Container(node=n, state=ContainerState.EXITED, crashes=crashes)


def start(c: Cluster, p: PodId, *, configuration: tuple[int, ...]) -> None:
    """Start the containers of a pod; they read their configuration now."""
    container = c.containers[p]
    container.state = ContainerState.RUNNING
    container.configuration = configuration
    container.back_off = Timer()


def exit_container(c: Cluster, p: PodId) -> None:
    """The process of a container ends; if it was restarted before, the kubelet will wait a while."""
    container = c.containers[p]
    seconds = crash_loop_back_off_seconds(container.crashes)
    container.state = ContainerState.EXITED
    container.ready = False
    container.started = True
    container.probe = container.liveness = Timer()
    container.silent = ()
    container.back_off = Timer(seconds) if seconds else Timer()


def remove(c: Cluster, p: PodId) -> None:
    """Stop and remove the containers of a pod."""
    del c.containers[p]


def lose_machine(c: Cluster, n: NodeId) -> None:
    """The machine goes down, and every container on it is gone."""
    for p, container in c.containers.items():
        if container.node == n:
            del c.containers[p]
