"""The init phase of a pod: its init containers run one after the other, each to completion, before the containers.

Sidecars are no part of it: they are taken together with the containers. Source: computeInitContainerActions
"""

from __future__ import annotations

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.pod_actions import RuntimeContainer, compute_init_container_actions
from clusterproof.models.kubernetes.decisions.pod_lifecycle import ContainerState as StatusState
from clusterproof.models.kubernetes.decisions.pod_lifecycle import ContainerView, get_phase
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Container, ContainerState, PodPhase


def is_sidecar(container: objects.Container) -> bool:
    """Whether an init container keeps running. Source: podutil.IsRestartableInitContainer"""
    return container.restart_policy == "Always"


def stages(spec: PodSpec) -> tuple[objects.Container, ...]:
    """The init containers that run to completion, in order."""
    return tuple(container for container in spec.init_containers if not is_sidecar(container))


def long_running(spec: PodSpec) -> tuple[objects.Container, ...]:
    """What runs after the init phase: the sidecars and the containers."""
    return (*filter(is_sidecar, spec.init_containers), *spec.containers)


def is_over(container: Container, spec: PodSpec) -> bool:
    """Whether all init containers of a pod have succeeded."""
    return container.initialized >= len(stages(spec))


def starts_next(container: Container, spec: PodSpec) -> bool:
    """Whether the kubelet goes on once the init container that runs has succeeded: with the next one, or the pod."""
    initialized, _failed, start, _kill = _actions(container, spec, exit_code=0)
    return initialized or container.initialized + 1 in start


def is_restarted(container: Container, spec: PodSpec) -> bool:
    """Whether the kubelet starts an init container again that has failed."""
    return container.initialized in _actions(container, spec, exit_code=1)[2]


def _actions(
    container: Container, spec: PodSpec, *, exit_code: int
) -> tuple[bool, bool, tuple[int, ...], tuple[int, ...]]:
    """What a sync does when the init container whose turn it is has exited."""
    succeeded = [RuntimeContainer(state="exited")] * container.initialized
    rest = [RuntimeContainer()] * (len(stages(spec)) - container.initialized - 1)
    views = [*succeeded, RuntimeContainer(state="exited", exit_code=exit_code), *rest]
    return compute_init_container_actions(spec.restart_policy, [RuntimeContainer() for _ in spec.containers], views)


def phase(container: Container, spec: PodSpec) -> PodPhase:
    """The phase of a pod that is being initialized: Failed when an init container has failed for good."""
    done = [ContainerView(state=StatusState.TERMINATED, exit_code=0)] * container.initialized
    now = ContainerView(state=StatusState.RUNNING)
    if container.state is not ContainerState.INITIALIZING:
        now = ContainerView(state=StatusState.TERMINATED, exit_code=1)
    return PodPhase(get_phase(spec.restart_policy, [ContainerView() for _ in spec.containers], [*done, now]))
