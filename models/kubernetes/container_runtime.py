"""The container runtime of a machine: containers run until they exit, are stopped, or their machine goes down.

Only the kubelet of the same machine talks to it. The application containers of a pod are one here: they start, exit and
become ready together. Source: https://kubernetes.io/docs/concepts/architecture/cri/
"""

from __future__ import annotations

from collections.abc import Iterable

from clusterproof import Timer
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.pod_lifecycle import (
    BACK_OFF_RESET_SECONDS,
    MINIMUM_GRACE_PERIOD_SECONDS,
    Termination,
    crash_loop_back_off_seconds,
    kill_container,
)
from clusterproof.models.kubernetes.initialization import long_running
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Cluster, Container, ContainerState

MOST_RESTARTS = 6
"""Restart counts in the status saturate here, where the back-off has reached its 300 seconds."""


def create(c: Cluster, n: NodeId, p: PodId, *, restarts: int) -> None:
    """Create the containers of a pod on a machine; restarts: how often others of this pod were started before.

    These were lost with their machine, and with it what its kubelet remembered of them: only this start counts.
    """
    crashes = min(restarts, MOST_RESTARTS)
    c.containers[p] = Container(node=n, state=ContainerState.EXITED, crashes=crashes, forgotten=max(crashes - 1, 0))


def start_init_container(container: Container, *, startup_seconds: int) -> None:
    """Start the init container whose turn it is; startup_seconds: what a sidecar needs until it counts as started."""
    container.state = ContainerState.INITIALIZING
    container.back_off = Timer()
    if startup_seconds:
        container.probe = Timer(startup_seconds)


def exit_init_container(container: Container) -> None:
    """An init container fails; if it was started again before, the kubelet will wait a while."""
    seconds = crash_loop_back_off_seconds(container.init_failures)
    container.state = ContainerState.EXITED
    container.probe = Timer()
    container.back_off = Timer(seconds) if seconds else Timer()


def start(c: Cluster, p: PodId, *, configuration: tuple[int, ...]) -> None:
    """Start the containers of a pod; they read their configuration now."""
    container = c.containers[p]
    container.state = ContainerState.RUNNING
    container.configuration = configuration
    container.back_off = Timer()
    if c.scope.back_off_grows and container.crashes > container.forgotten:
        container.steady = Timer(BACK_OFF_RESET_SECONDS)


def count_restart(container: Container) -> None:
    """Containers that exited are about to be started again."""
    if container.crashes == MOST_RESTARTS:
        container.forgotten = max(container.forgotten - 1, 0)
    else:
        container.crashes += 1


def forget_crashes(container: Container) -> None:
    """What a container did so far no longer counts for its back-off."""
    container.forgotten = container.crashes
    container.back_off = container.steady = Timer()


def forget_back_offs(c: Cluster, n: NodeId) -> None:
    """The kubelet of a machine ends, and with it what it remembered: the next one starts what has exited at once."""
    for container in c.containers.values():
        if container.node == n:
            forget_crashes(container)
            container.sidecar_back_off = Timer()


def exit_container(c: Cluster, p: PodId) -> None:
    """The process of a container ends; if it was restarted before, the kubelet will wait a while."""
    container = c.containers[p]
    seconds = crash_loop_back_off_seconds(container.crashes - container.forgotten)
    _end(container, ContainerState.EXITED)
    container.back_off = Timer(seconds) if seconds else Timer()


def exit_sidecars(container: Container) -> None:
    """The sidecars of a pod exit, and its containers run on; the pod is not ready without them."""
    seconds = crash_loop_back_off_seconds(container.sidecar_crashes)
    container.sidecars_exited = True
    container.ready = False
    container.sidecar_back_off = Timer(seconds) if seconds else Timer()


def restart_sidecars(container: Container) -> None:
    """Start the sidecars of a pod again."""
    container.sidecars_exited = False
    container.sidecar_crashes = min(container.sidecar_crashes + 1, MOST_RESTARTS)
    container.sidecar_back_off = Timer()


def complete(c: Cluster, p: PodId) -> None:
    """The process of a container has done its work, and exits with 0."""
    _end(c.containers[p], ContainerState.COMPLETED)


def _end(container: Container, state: ContainerState) -> None:
    """Nothing runs any more that could be probed."""
    container.state = state
    container.ready = False
    container.started = True
    container.killing = False
    container.probe = container.delay = container.liveness = container.steady = container.stopping = Timer()
    container.silent = ()


ENDING = (
    "containers.state",
    "containers.ready",
    "containers.started",
    "containers.killing",
    "containers.probe",
    "containers.delay",
    "containers.liveness",
    "containers.steady",
    "containers.stopping",
    "containers.silent",
)
"""What the end of a container changes."""


def termination(spec: PodSpec) -> Termination:
    """How the containers of a pod are stopped together; their preStop hooks run at the same time."""
    return _termination(spec, long_running(spec))


def termination_of_application(c: Cluster, p: PodId, spec: PodSpec) -> Termination:
    """How the containers of a pod that is to go are stopped; those of one that runs to completion with its sidecars."""
    return _termination(spec, spec.containers if stops_sidecars_last(c, p) else long_running(spec))


def stops_sidecars_last(c: Cluster, p: PodId) -> bool:
    """Whether a pod has sidecars that may run longer than its containers. Source: kuberuntime_termination_order.go"""
    return p in c.scope.sidecar_pods and p not in c.scope.ending_pods


def _termination(spec: PodSpec, containers: Iterable[objects.Container]) -> Termination:
    hooks = (each.pre_stop_sleep_seconds or 0 for each in containers)
    return kill_container(spec.termination_grace_period_seconds, max(hooks, default=0))


def seconds_left_of_sidecars(c: Cluster, p: PodId, spec: PodSpec) -> int:
    """How long after the containers have stopped the preStop hooks of sidecars go on, which began with theirs.

    Sidecars get SIGTERM after the containers and in reverse order; they exit at once, and so in any order here.
    """
    if c.containers[p].ignores_sigterm:
        return 0
    return termination(spec).sigterm_seconds - termination_of_application(c, p, spec).sigterm_seconds


def stop_application(container: Container, *, seconds_left: int) -> None:
    """The containers of a pod exit, and its sidecars run on for so long."""
    _end(container, ContainerState.EXITED)
    container.stopping = Timer(seconds_left)


def outlast_sigterm(c: Cluster, p: PodId, spec: PodSpec | None) -> None:
    """Containers that were sent SIGTERM do not exit: SIGKILL ends them. spec: None where the pod's object is gone."""
    container = c.containers[p]
    seconds = MINIMUM_GRACE_PERIOD_SECONDS
    if spec is not None:
        told = termination_of_application(c, p, spec)
        seconds = told.sigkill_seconds - told.sigterm_seconds
    container.ignores_sigterm = True
    container.stopping = Timer(seconds)


def remove(c: Cluster, p: PodId) -> None:
    """Stop and remove the containers of a pod."""
    del c.containers[p]


def lose_machine(c: Cluster, n: NodeId) -> None:
    """The machine goes down, and every container on it is gone; what had completed before is known from the disk."""
    for p, container in c.containers.items():
        if container.node == n and not _has_completed(c, p, container):
            del c.containers[p]


def lose_disk(c: Cluster, n: NodeId) -> None:
    """The machine is lost for good, and with it what was known of containers that had completed."""
    for p, container in c.containers.items():
        if p in c.scope.ending_pods and container.node == n:
            del c.containers[p]


def _has_completed(c: Cluster, p: PodId, container: Container) -> bool:
    return p in c.scope.ending_pods and container.state is ContainerState.COMPLETED
