"""The init phase of a pod: its init containers one after the other, before the containers.

Each runs to completion, or is a sidecar, which runs on: the next one waits until its startup probe has succeeded, and
not at all where it has none. Source: computeInitContainerActions; KEP-753
"""

from __future__ import annotations

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.pod_actions import (
    RuntimeContainer,
    compute_init_container_actions,
    compute_pod_actions,
)
from clusterproof.models.kubernetes.decisions.pod_lifecycle import ContainerState as StatusState
from clusterproof.models.kubernetes.decisions.pod_lifecycle import (
    ContainerView,
    get_phase,
    should_container_be_restarted,
)
from clusterproof.models.kubernetes.decisions.probes import first_success_seconds
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Container, ContainerState, PodPhase


def is_sidecar(container: objects.Container) -> bool:
    """Whether an init container keeps running. Source: podutil.IsRestartableInitContainer"""
    return container.restart_policy == "Always"


def is_stage(container: objects.Container) -> bool:
    """Whether the next init container has to wait for this one."""
    return not is_sidecar(container) or container.startup_probe is not None


def stages(spec: PodSpec) -> tuple[objects.Container, ...]:
    """The init containers that are waited for, in order."""
    return tuple(filter(is_stage, spec.init_containers))


def current(container: Container, spec: PodSpec) -> objects.Container:
    """The init container whose turn it is."""
    return stages(spec)[container.initialized]


def startup_seconds(container: Container, spec: PodSpec) -> int:
    """How long after its start the init container whose turn it is lets the next one start: 0 but for a sidecar."""
    now = current(container, spec)
    return first_success_seconds([now.startup_probe]) if is_sidecar(now) and now.startup_probe is not None else 0


def long_running(spec: PodSpec) -> tuple[objects.Container, ...]:
    """What runs after the init phase: the sidecars and the containers."""
    return (*filter(is_sidecar, spec.init_containers), *spec.containers)


def is_over(container: Container, spec: PodSpec) -> bool:
    """Whether all init containers of a pod have succeeded, or have started where they are sidecars."""
    return container.initialized >= len(stages(spec))


def starts_next(container: Container, spec: PodSpec) -> bool:
    """Whether the kubelet goes on once the init container whose turn it is is done: with the next one, or the pod."""
    state = "running" if is_sidecar(current(container, spec)) else "exited"
    initialized, _failed, start, _kill = _actions(container, spec, state, exit_code=0)
    return initialized or _position(container, spec) + 1 in start


def is_restarted(container: Container, spec: PodSpec) -> bool:
    """Whether the kubelet starts an init container again that has failed; a sidecar always."""
    return _position(container, spec) in _actions(container, spec, "exited", exit_code=1)[2]


def restarts_sidecars(container: Container, spec: PodSpec) -> bool:
    """Whether the kubelet starts sidecars again that have exited: not in a pod whose containers are over for good."""
    state = "running" if container.state is ContainerState.RUNNING else "exited"
    exit_code = 0 if container.state is ContainerState.COMPLETED else 1
    is_over_for_good = not should_container_be_restarted(state, exit_code, spec.restart_policy, pod_deleting=False)
    if state == "exited" and is_over_for_good:
        return False
    containers = [RuntimeContainer(state=state, exit_code=exit_code) for _ in spec.containers]
    sidecars = map(is_sidecar, spec.init_containers)
    exited = [RuntimeContainer(state="exited", exit_code=int(each), sidecar=each) for each in sidecars]
    actions = compute_pod_actions(spec.restart_policy, containers, exited, sandbox_usable=True)
    return bool(actions.init_containers_to_start)


def started_last(container: Container, spec: PodSpec) -> tuple[objects.Container, ...]:
    """The containers that were started by the step that led to this state, sidecars that nobody waits for included."""
    positions = [number for number, each in enumerate(spec.init_containers) if is_stage(each)]
    first = positions[container.initialized - 1] + 1 if container.initialized else 0
    if not is_over(container, spec):
        here = _position(container, spec)
        return spec.init_containers[here if container.init_failures else first : here + 1]
    return spec.containers if container.crashes else (*spec.init_containers[first:], *spec.containers)


def running(container: Container, spec: PodSpec) -> tuple[objects.Container, ...]:
    """The containers of a pod that run, or are started again: during the init phase one, and the sidecars before it."""
    if is_over(container, spec):
        return long_running(spec)
    here = _position(container, spec)
    return (*filter(is_sidecar, spec.init_containers[:here]), spec.init_containers[here])


def _position(container: Container, spec: PodSpec) -> int:
    """Where the init container whose turn it is stands among all of them."""
    return [number for number, each in enumerate(spec.init_containers) if is_stage(each)][container.initialized]


def _actions(
    container: Container, spec: PodSpec, state: str, *, exit_code: int
) -> tuple[bool, bool, tuple[int, ...], tuple[int, ...]]:
    """What a sync does when the init container whose turn it is has come to this state."""
    position = _position(container, spec)
    before, now, after = spec.init_containers[:position], current(container, spec), spec.init_containers[position + 1 :]
    views = [RuntimeContainer(state="running" if is_sidecar(k) else "exited", sidecar=is_sidecar(k)) for k in before]
    views.append(RuntimeContainer(state=state, exit_code=exit_code, sidecar=is_sidecar(now)))
    views += [RuntimeContainer(sidecar=is_sidecar(k)) for k in after]
    return compute_init_container_actions(spec.restart_policy, [RuntimeContainer() for _ in spec.containers], views)


def phase(container: Container, spec: PodSpec) -> PodPhase:
    """The phase of a pod that is being initialized: Failed when an init container has failed for good."""
    now = ContainerView(state=StatusState.RUNNING)
    if container.state is not ContainerState.INITIALIZING:
        now = ContainerView(state=StatusState.TERMINATED, exit_code=1)
    position = _position(container, spec)
    done = [_done(each) for each in spec.init_containers[:position]]
    told = list(zip(spec.init_containers, [*done, now], strict=False))
    return PodPhase(
        get_phase(
            spec.restart_policy,
            [ContainerView() for _ in spec.containers],
            [view for each, view in told if not is_sidecar(each)],
            [view for each, view in told if is_sidecar(each)],
        )
    )


def _done(each: objects.Container) -> ContainerView:
    """An init container that the next one does not wait for any more."""
    if is_sidecar(each):
        return ContainerView(state=StatusState.RUNNING, started=True)
    return ContainerView(state=StatusState.TERMINATED, exit_code=0)
