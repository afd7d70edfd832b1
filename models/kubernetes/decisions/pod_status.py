"""What the kubelet puts into a pod's status when the runtime, its own memory and the API server differ.

Source: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, convertToAPIContainerStatuses),
pkg/kubelet/status/generate.go, pkg/kubelet/kuberuntime/util/util.go
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.pod_lifecycle import is_pod_terminal

UNKNOWN_EXIT_CODE = 137
"""Of a container that was running, and that the runtime no longer knows (ContainerStatusUnknown)."""


@frozen(kw_only=True)
class Sandbox:
    """A pod sandbox as the runtime describes it; address: None where the runtime says nothing about its network."""

    ready: bool
    address: str | None = None


def pod_sandbox_changed(sandboxes: Sequence[Sandbox], *, host_network: bool = False) -> bool:
    """Whether a pod needs a new sandbox; the newest one comes first.

    Source: util.go, PodSandboxChanged
    """
    if not sandboxes or not sandboxes[0].ready or sum(sandbox.ready for sandbox in sandboxes) > 1:
        return True
    return not host_network and sandboxes[0].address == ""


def pod_ready_to_start_containers_condition(sandboxes: Sequence[Sandbox], *, host_network: bool = False) -> bool:
    """The condition PodReadyToStartContainers: there is a sandbox with a network.

    Source: generate.go, GeneratePodReadyToStartContainersCondition
    """
    return not pod_sandbox_changed(sandboxes, host_network=host_network)


@frozen(kw_only=True)
class LostContainer:
    """The status of a container that the runtime does not know: it waits to be created.

    exit_code: of the end that is taken for granted, None where it has never run.
    """

    restarts: int
    exit_code: int | None


def status_of_lost_container(*, was_running: bool, restarts: int, pod_deleting: bool = False) -> LostContainer:
    """What becomes of a container that the runtime does not know; was_running, restarts: in its last status.

    Source: convertToAPIContainerStatuses
    """
    if not was_running:
        return LostContainer(restarts=restarts, exit_code=None)
    return LostContainer(restarts=restarts if pod_deleting else restarts + 1, exit_code=UNKNOWN_EXIT_CODE)


@frozen(kw_only=True)
class PhaseView:
    """A phase with its reason and its message."""

    phase: str = ""
    reason: str = ""
    message: str = ""


def merge_phase(computed: str, known: PhaseView, stored: PhaseView) -> PhaseView:
    """The phase to report: one that is terminal in the kubelet's memory or in the API server stays.

    computed: from the containers; known: the kubelet's last status; stored: the API server's.
    Source: generateAPIPodStatus
    """
    phase = computed
    if not is_pod_terminal(phase):
        phase = next((old.phase for old in (known, stored) if is_pod_terminal(old.phase)), phase)
    reason = message = ""
    if phase == known.phase:
        reason, message = known.reason or stored.reason, known.message or stored.message
    if is_pod_terminal(stored.phase):
        phase = stored.phase
    return PhaseView(phase=phase, reason=reason, message=message)
