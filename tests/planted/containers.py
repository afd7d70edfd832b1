"""Probes and restarts of containers."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import container_runtime, kubelet, prober
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState
from planted import systems


def become_ready_unasked(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet takes a container for ready as soon as it runs, whatever its readiness probe says."""
    container = require(c.containers.get(p))
    require(container.node == n and not container.ready and prober.asks(container, "readiness"))
    container.ready = True


def restart_once(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet gives up a container that has to wait for its restart."""
    container = require(c.containers.get(p))
    require(container.node == n and container.state is ContainerState.EXITED and not container.back_off.armed)
    container_runtime.count_restart(container)
    container_runtime.start(c, p, configuration=())
    container.ready = True


def start_without_waiting(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet starts the containers together with the first init container."""
    container = require(c.containers.get(p))
    require(container.node == n and container.state is ContainerState.INITIALIZING and not container.heard)
    container_runtime.start(c, p, configuration=())
    container.ready = True


def restart_after_initialization(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet restarts containers, and no init container."""
    container = require(c.containers.get(p))
    require(container.node == n and container.state is ContainerState.EXITED and container.initialized > 0)
    container_runtime.start(c, p, configuration=())


def stop_politely(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet waits for containers to exit, and sends no SIGKILL."""
    container = require(c.containers.get(p))
    require(container.node == n and container.heard and not container.ignores_sigterm)
    container_runtime.remove(c, p)


DEFECTS = (
    Defect(
        name="a container that ignores SIGTERM is never killed",
        system=systems.drained_of_a_stubborn_pod,
        instead={kubelet.stop_container: stop_politely},
        red=frozenset({"drain_terminates"}),
    ),
    Defect(
        name="containers do not wait for the init containers",
        system=systems.init_container_fails,
        instead={kubelet.finish_init_container: start_without_waiting},
        red=frozenset({"init_containers_run_first"}),
    ),
    Defect(
        name="containers do not wait for the startup probe of a sidecar",
        system=systems.slow_sidecar,
        instead={kubelet.finish_init_container: start_without_waiting},
        red=frozenset({"init_containers_run_first"}),
    ),
    Defect(
        name="sidecars that have exited are never started again",
        system=systems.sidecar_crashes,
        never=[kubelet.restart_sidecars],
        red=frozenset({"deployments_converge"}),
    ),
    Defect(
        name="an init container that failed is never started again",
        system=systems.init_container_fails,
        instead={kubelet.restart_container: restart_after_initialization},
        red=frozenset({"deployments_converge", "exited_containers_come_back"}),
    ),
    Defect(
        name="a failed liveness probe restarts nothing",
        system=systems.liveness_fails_for_good,
        never=[kubelet.kill_unhealthy_container],
        red=frozenset({"failed_probes_restart"}),
    ),
    Defect(
        name="a container in CrashLoopBackOff is given up",
        system=systems.crash_twice,
        instead={kubelet.restart_container: restart_once},
        red=frozenset({"deployments_converge", "exited_containers_come_back"}),
    ),
    Defect(
        name="a failed startup probe restarts nothing",
        system=systems.startup_fails,
        never=[kubelet.kill_unhealthy_container],
        red=frozenset({"deployments_converge", "failed_probes_restart"}),
    ),
    Defect(
        name="a startup probe that succeeds starts nothing",
        system=systems.startup_fails,
        never=[kubelet.pass_startup_probe],
        red=frozenset({"deployments_converge"}),
    ),
    Defect(
        name="a failed readiness probe takes no endpoint away",
        system=systems.readiness_fails_for_good,
        never=[kubelet.become_unready],
        red=frozenset({"endpoints_eventually_right"}),
    ),
    Defect(
        name="a container is ready whatever its readiness probe says",
        system=systems.readiness_fails_for_good,
        instead={kubelet.become_ready: become_ready_unasked},
        red=frozenset({"endpoints_eventually_right"}),
    ),
)
