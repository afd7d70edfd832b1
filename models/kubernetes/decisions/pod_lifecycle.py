"""What the kubelet and the apiserver decide about one pod: phase, restarts, back-off, readiness, grace.

Source: pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go, pkg/kubelet/container/helpers.go,
pkg/registry/core/pod/strategy.go, staging/src/k8s.io/client-go/util/flowcontrol/backoff.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from attrs import frozen

BACK_OFF_BASE_SECONDS = 10
BACK_OFF_MAX_SECONDS = 300
BACK_OFF_RESET_SECONDS = 2 * BACK_OFF_MAX_SECONDS
"""A container that ran so long since its last restart starts over. Source: backoff.go, hasExpired"""


class ContainerState(Enum):
    """The state of a container in a pod's status; ABSENT: it has no status yet."""

    ABSENT = "absent"
    WAITING = "waiting"
    RUNNING = "running"
    TERMINATED = "terminated"


@frozen(kw_only=True)
class ContainerView:
    """A container of a pod's spec with what the status says of it.

    exit_code: of its current termination; last_exit_code: of the one before, None when there was none.
    """

    state: ContainerState = ContainerState.ABSENT
    exit_code: int | None = None
    last_exit_code: int | None = None
    ready: bool = False
    started: bool = False


# Phase


def is_pod_terminal(phase: str) -> bool:
    """Whether a phase is final. Source: pkg/api/v1/pod/util.go, IsPodPhaseTerminal."""
    return phase in ("Succeeded", "Failed")


def ensure_pod_phase_is_terminal(phase: str) -> str:
    """The phase of a pod that the kubelet has finished terminating.

    Source: pkg/kubelet/status/status_manager.go, TerminatePod
    """
    return phase if is_pod_terminal(phase) else "Failed"


def get_phase(
    restart_policy: str,
    containers: Sequence[ContainerView],
    init_containers: Sequence[ContainerView] = (),
    sidecars: Sequence[ContainerView] = (),
    *,
    pod_is_terminal: bool = False,
    static: bool = False,
) -> str:
    """The phase that the kubelet reports for a pod.

    init_containers: those that run to completion; sidecars: those with restartPolicy Always. pod_is_terminal: the
    kubelet has finished with the pod, nothing will be restarted.
    Source: kubelet_pods.go, getPhase
    """
    if restart_policy == "Never" and any(_failed_initialization(container) for container in init_containers):
        return "Failed"
    initializing = any(_pending_initialization(container) for container in init_containers)
    initializing = initializing or any(_sidecar_not_started(container) for container in sidecars)
    if (initializing and not has_any_regular_container_started(containers)) or _any_waiting(containers, sidecars):
        return "Pending"
    if any(container.state is ContainerState.ABSENT for container in (*containers, *sidecars)):
        return "Pending"
    if any(container.state is ContainerState.RUNNING for container in (*containers, *sidecars)):
        return "Running"
    if not containers:
        return "Pending"
    return _phase_when_all_stopped(restart_policy, containers, pod_is_terminal and not static)


def _phase_when_all_stopped(restart_policy: str, containers: Sequence[ContainerView], for_good: bool) -> str:
    succeeded = all(
        container.state is ContainerState.TERMINATED and container.exit_code == 0 for container in containers
    )
    if restart_policy == "Always" and not for_good:
        return "Running"
    if succeeded:
        return "Succeeded"
    return "Failed" if for_good or restart_policy == "Never" else "Running"


def _failed_initialization(container: ContainerView) -> bool:
    if container.state is ContainerState.TERMINATED:
        return container.exit_code != 0
    return container.state is ContainerState.WAITING and container.last_exit_code not in (None, 0)


def _pending_initialization(container: ContainerView) -> bool:
    if container.state is ContainerState.TERMINATED:
        return False
    return container.state is not ContainerState.WAITING or container.last_exit_code is None


def _sidecar_not_started(container: ContainerView) -> bool:
    if container.state is ContainerState.RUNNING:
        return not container.started
    return container.state is ContainerState.WAITING and container.last_exit_code is None


def _any_waiting(containers: Iterable[ContainerView], sidecars: Iterable[ContainerView]) -> bool:
    """Whether a container waits for its first start; one that waits to be restarted has a termination behind it."""
    return any(
        container.state is ContainerState.WAITING and container.last_exit_code is None
        for container in (*containers, *sidecars)
    )


def has_any_regular_container_started(containers: Iterable[ContainerView]) -> bool:
    """Whether the pod got past initialization. Source: container/helpers.go, HasAnyRegularContainerStarted."""
    return any(container.state in (ContainerState.RUNNING, ContainerState.TERMINATED) for container in containers)


# Restarts


def should_container_be_restarted(state: str | None, exit_code: int, restart_policy: str, pod_deleting: bool) -> bool:
    """Whether the kubelet should start a container that is in this state of the runtime.

    state: created, running, exited or unknown; None when it was never created.
    Source: container/helpers.go, ShouldContainerBeRestarted
    """
    if pod_deleting:
        return False
    if state is None or state in ("created", "unknown"):
        return True
    if state == "running" or restart_policy == "Never":
        return False
    return restart_policy != "OnFailure" or exit_code != 0


def crash_loop_back_off_seconds(
    restarts: int, base_seconds: int = BACK_OFF_BASE_SECONDS, max_seconds: int = BACK_OFF_MAX_SECONDS
) -> int:
    """How long after the last exit the next start waits, when a container has been restarted so often in a row.

    0 for the first restart, then 10, 20, 40, 80, 160, 300, 300... seconds.
    Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go, doBackOff; pkg/kubelet/kubelet.go (constants)
    """
    if restarts <= 0:
        return 0
    # Beyond this many doublings every base has reached every cap.
    return min(base_seconds << min(restarts - 1, 32), max_seconds)


@frozen
class BackOff:
    """The delay of one key and when it was last raised (client-go's flowcontrol.Backoff keeps one per container)."""

    delay_seconds: float
    updated_seconds: float


def current_back_off(entry: BackOff | None, now_seconds: float, max_seconds: float) -> BackOff | None:
    """The entry, or None once it has not been raised for twice the cap. Source: backoff.go, hasExpired."""
    if entry is None or now_seconds - entry.updated_seconds > 2 * max_seconds:
        return None
    return entry


def is_in_back_off(entry: BackOff | None, now_seconds: float, max_seconds: float) -> bool:
    """Whether a new attempt must wait. Source: backoff.go, IsInBackOffSinceUpdate."""
    current = current_back_off(entry, now_seconds, max_seconds)
    return current is not None and now_seconds - current.updated_seconds < current.delay_seconds


def next_back_off(entry: BackOff | None, now_seconds: float, base_seconds: float, max_seconds: float) -> BackOff:
    """The entry after an attempt: the delay doubles up to the cap. Source: backoff.go, Next."""
    current = current_back_off(entry, now_seconds, max_seconds)
    delay = base_seconds if current is None else min(2 * current.delay_seconds, max_seconds)
    return BackOff(delay, now_seconds)


# Conditions


def containers_ready_condition(
    phase: str, containers: Sequence[ContainerView] | None, sidecars: Sequence[ContainerView] = ()
) -> tuple[bool, str]:
    """Status and reason of the condition ContainersReady; None when no statuses are known at all.

    Source: status/generate.go, GenerateContainersReadyCondition
    """
    if containers is None:
        return False, "UnknownContainerStatuses"
    everything = (*sidecars, *containers)
    unknown = any(container.state is ContainerState.ABSENT for container in everything)
    if phase == "Succeeded" and not unknown:
        return False, "PodCompleted"
    if phase == "Failed":
        return False, "PodFailed"
    if unknown or not all(container.ready for container in everything):
        return False, "ContainersNotReady"
    return True, ""


def pod_ready_condition(
    phase: str,
    containers: Sequence[ContainerView] | None,
    sidecars: Sequence[ContainerView] = (),
    readiness_gates: Iterable[bool] = (),
) -> tuple[bool, str]:
    """Status and reason of the condition Ready: all containers ready and all readiness gates True.

    Source: status/generate.go, GeneratePodReadyCondition
    """
    ready, reason = containers_ready_condition(phase, containers, sidecars)
    if ready and not all(readiness_gates):
        return False, "ReadinessGatesNotReady"
    return ready, reason


def pod_initialized_condition(
    phase: str,
    init_containers: Sequence[ContainerView],
    sidecars: Sequence[ContainerView] = (),
    containers: Sequence[ContainerView] = (),
    statuses_known: bool = True,
) -> tuple[bool, str]:
    """Status and reason of the condition Initialized. Source: status/generate.go, GeneratePodInitializedCondition."""
    everything = (*init_containers, *sidecars)
    if not statuses_known and everything:
        return False, "UnknownContainerStatuses"
    unknown = any(container.state is ContainerState.ABSENT for container in everything)
    if phase == "Succeeded" and not unknown:
        return True, "PodCompleted"
    if has_any_regular_container_started(containers):
        return True, ""
    done = all(container.ready for container in init_containers) and all(sidecar.started for sidecar in sidecars)
    return (True, "") if done and not unknown else (False, "ContainersNotInitialized")


# Deletion

MINIMUM_GRACE_PERIOD_SECONDS = 2
"""What a container gets after SIGTERM at least. Source: kuberuntime_manager.go (minimumGracePeriodInSeconds)"""


@frozen(kw_only=True)
class Termination:
    """How long after it was told to stop a container gets SIGTERM and, if it still runs, SIGKILL."""

    sigterm_seconds: int
    sigkill_seconds: int


def kill_container(grace_period_seconds: int, pre_stop_seconds: int) -> Termination:
    """The end of a container: its preStop hook within the grace period, and for SIGTERM what the hook leaves of it.

    Source: kuberuntime_container.go, killContainer
    """
    hook = min(pre_stop_seconds, grace_period_seconds)
    rest = max(grace_period_seconds - hook, MINIMUM_GRACE_PERIOD_SECONDS)
    return Termination(sigterm_seconds=hook, sigkill_seconds=hook + rest)


def check_graceful_delete(
    requested_seconds: int | None, termination_grace_period_seconds: int | None, node_name: str | None, phase: str
) -> int:
    """The grace period of a pod's deletion: forced to 0 when it is unbound or terminal; a negative one is 1.

    Source: pkg/registry/core/pod/strategy.go, CheckGracefulDelete
    """
    if not node_name or is_pod_terminal(phase):
        return 0
    period = requested_seconds if requested_seconds is not None else termination_grace_period_seconds or 0
    return period if period >= 0 else 1
