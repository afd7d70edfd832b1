"""What the kubelet does to the containers of a pod in one sync: kill, create a sandbox, start.

Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions),
pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.pod_lifecycle import should_container_be_restarted


@frozen(kw_only=True)
class RuntimeContainer:
    """A container of the spec and what the runtime and the probes say of it.

    state: created, running, exited or unknown, None when there is none. started: its startup probe has succeeded, or
    it has none. unhealthy: a liveness or startup probe has failed. sidecar: an init container that keeps running.
    """

    state: str | None = None
    exit_code: int = 0
    started: bool = True
    unhealthy: bool = False
    changed: bool = False
    sidecar: bool = False


@frozen(kw_only=True)
class PodActions:
    """What to do, containers by their index in the spec, in the order in which they are started."""

    kill_pod: bool = False
    create_sandbox: bool = False
    containers_to_start: tuple[int, ...] = ()
    containers_to_kill: tuple[int, ...] = ()
    init_containers_to_start: tuple[int, ...] = ()
    init_containers_to_kill: tuple[int, ...] = ()


def compute_pod_actions(
    restart_policy: str,
    containers: Sequence[RuntimeContainer],
    init_containers: Sequence[RuntimeContainer] = (),
    *,
    sandbox_usable: bool,
    sandboxes_before: int = 0,
    pod_deleting: bool = False,
) -> PodActions:
    """The actions of one sync of a pod that is not terminating.

    sandbox_usable: there is exactly one ready sandbox, with an address. sandboxes_before: how many there have been.
    Source: computePodActions
    """
    if not sandbox_usable:
        return _actions_without_sandbox(restart_policy, containers, init_containers, sandboxes_before)
    initialized, failed, start, kill = compute_init_container_actions(restart_policy, containers, init_containers)
    if failed or not initialized:
        return PodActions(kill_pod=failed, init_containers_to_start=start, init_containers_to_kill=kill)
    to_start, to_kill = [], []
    kept = 0
    for index, container in enumerate(containers):
        if container.state != "running":
            if should_container_be_restarted(container.state, container.exit_code, restart_policy, pod_deleting):
                to_start.append(index)
                # It may be running after all.
                to_kill += [index] if container.state == "unknown" else []
        elif container.changed or container.unhealthy:
            to_kill.append(index)
            to_start += [index] if container.changed or restart_policy != "Never" else []
        else:
            kept += 1
    # Sidecars do not keep a pod alive whose work is done.
    done = kept == 0 and not to_start
    return PodActions(
        kill_pod=done,
        containers_to_start=tuple(to_start),
        containers_to_kill=tuple(to_kill),
        init_containers_to_start=() if done else start,
        init_containers_to_kill=kill,
    )


def _actions_without_sandbox(
    restart_policy: str,
    containers: Sequence[RuntimeContainer],
    init_containers: Sequence[RuntimeContainer],
    sandboxes_before: int,
) -> PodActions:
    """Everything starts over in a new sandbox, unless nothing may or needs to run again."""
    ever_ran = any(container.state is not None for container in (*containers, *init_containers))
    if restart_policy == "Never" and sandboxes_before > 0 and ever_ran:
        return PodActions(kill_pod=True)
    to_start = tuple(
        index
        for index, container in enumerate(containers)
        if not (restart_policy == "OnFailure" and container.state == "exited" and container.exit_code == 0)
    )
    if not to_start:
        return PodActions(kill_pod=True)
    if init_containers:
        return PodActions(kill_pod=True, create_sandbox=True, init_containers_to_start=(0,))
    return PodActions(kill_pod=True, create_sandbox=True, containers_to_start=to_start)


def compute_init_container_actions(
    restart_policy: str, containers: Sequence[RuntimeContainer], init_containers: Sequence[RuntimeContainer]
) -> tuple[bool, bool, tuple[int, ...], tuple[int, ...]]:
    """(initialized, failed for good, init containers to start, to kill).

    The last init container with a status decides, since earlier ones may have been removed; of those before it, and
    of all once an application container exists, only sidecars are looked after.
    Source: computeInitContainerActions
    """
    if not init_containers:
        return True, False, (), ()
    initialized = any(container.state in ("created", "running") for container in containers)
    previously = initialized
    start: list[int] = []
    kill: list[int] = []
    for index in reversed(range(len(init_containers))):
        container = init_containers[index]
        if container.state is None or (previously and not container.sidecar):
            start += [index] if previously and container.sidecar else []
            continue
        failed = container.state == "unknown" or (container.state == "exited" and container.exit_code != 0)
        if failed and not container.sidecar and restart_policy == "Never":
            return False, True, (), ()
        if _has_initialized(container):
            initialized = initialized or index == len(init_containers) - 1
            start += [index + 1] if not previously and index < len(init_containers) - 1 else []
        if _must_restart(container):
            start.append(index)
        if container.state == "unknown" or (container.state == "running" and _must_restart(container)):
            kill.append(index)
        # One has got so far, so that those before it have been initialized: only sidecars among them matter.
        previously = True
    return initialized, False, tuple(sorted(start)) if previously else (0,), tuple(sorted(kill))


def _has_initialized(container: RuntimeContainer) -> bool:
    """Whether the next init container may start: a sidecar must run and have started, others must have succeeded."""
    if container.sidecar:
        return container.state == "running" and container.started
    return container.state == "exited" and container.exit_code == 0


def _must_restart(container: RuntimeContainer) -> bool:
    if container.state in ("created", "unknown"):
        return True
    if container.sidecar:
        return container.state == "exited" or container.unhealthy or container.changed
    return container.state == "exited" and container.exit_code != 0
