"""Phases, restarts, back-off, readiness and grace of one pod."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.pod_lifecycle import (
    ContainerState,
    ContainerView,
    check_graceful_delete,
    containers_ready_condition,
    crash_loop_back_off_seconds,
    ensure_pod_phase_is_terminal,
    get_phase,
    is_in_back_off,
    next_back_off,
    pod_initialized_condition,
    pod_ready_condition,
    should_container_be_restarted,
)

ABSENT = ContainerView()
CREATING = ContainerView(state=ContainerState.WAITING)
BACKING_OFF = ContainerView(state=ContainerState.WAITING, last_exit_code=1)
RUNNING = ContainerView(state=ContainerState.RUNNING, ready=True, started=True)
STARTING = ContainerView(state=ContainerState.RUNNING)
DONE = ContainerView(state=ContainerState.TERMINATED, exit_code=0)
FAILED = ContainerView(state=ContainerState.TERMINATED, exit_code=1)


@pytest.mark.parametrize(
    ("policy", "containers", "phase"),
    [
        ("Always", [ABSENT], "Pending"),
        ("Always", [RUNNING, CREATING], "Pending"),
        ("Always", [RUNNING, FAILED], "Running"),
        ("Always", [FAILED, FAILED], "Running"),
        ("Always", [BACKING_OFF], "Running"),
        ("OnFailure", [DONE, FAILED], "Running"),
        ("OnFailure", [DONE, DONE], "Succeeded"),
        ("Never", [DONE, FAILED], "Failed"),
        ("Never", [DONE, RUNNING], "Running"),
    ],
)
def test_the_phase_follows_the_containers(policy: str, containers: list[ContainerView], phase: str) -> None:
    """A pod is pending until all have started, and ends only when its policy restarts nothing."""
    assert phase == get_phase(policy, containers)


def test_a_pod_that_is_finished_with_ends_whatever_its_policy() -> None:
    """Once the kubelet has terminated a pod, exit codes decide; static pods are restarted all the same."""
    assert get_phase("Always", [DONE], pod_is_terminal=True) == "Succeeded"
    assert get_phase("Always", [DONE, FAILED], pod_is_terminal=True) == "Failed"
    assert get_phase("Always", [DONE], pod_is_terminal=True, static=True) == "Running"
    assert [ensure_pod_phase_is_terminal(phase) for phase in ("Running", "Succeeded")] == ["Failed", "Succeeded"]


def test_initialization_comes_first() -> None:
    """A pod is pending while an init container runs, fails with it under Never, and ignores a late sidecar."""
    assert get_phase("Always", [ABSENT], [RUNNING]) == "Pending"
    assert get_phase("Never", [ABSENT], [FAILED]) == "Failed"
    assert get_phase("Always", [ABSENT], [FAILED]) == "Pending"
    assert get_phase("Always", [RUNNING], [DONE], [STARTING]) == "Running"
    assert get_phase("Always", [CREATING], [DONE], [STARTING]) == "Pending"


def test_the_restart_policy_matters_only_after_an_exit() -> None:
    """Containers that never ran or are in doubt are started under every policy, but never in a pod that goes."""
    assert should_container_be_restarted(None, 0, "Never", False)
    assert should_container_be_restarted("unknown", 0, "Never", False)
    assert not should_container_be_restarted("running", 0, "Always", False)
    assert not should_container_be_restarted("exited", 0, "OnFailure", False)
    assert should_container_be_restarted("exited", 1, "OnFailure", False)
    assert not should_container_be_restarted("exited", 1, "Always", True)


def test_the_crash_loop_schedule() -> None:
    """The first restart is immediate, then the wait doubles from 10 s to 5 minutes."""
    assert [crash_loop_back_off_seconds(n) for n in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert crash_loop_back_off_seconds(10_000) == 300


def test_back_off_is_forgotten_after_twice_the_cap() -> None:
    """A delay holds from its last raise, and a long quiet time starts anew."""
    first = next_back_off(None, 0, 10, 300)
    second = next_back_off(first, 10, 10, 300)

    assert is_in_back_off(first, 9, 300)
    assert not is_in_back_off(first, 10, 300)
    assert second.delay_seconds == 20
    assert next_back_off(second, 611, 10, 300).delay_seconds == 10


def test_ready_needs_every_container_and_every_gate() -> None:
    """One unready container, sidecar or gate keeps the pod from being ready."""
    assert pod_ready_condition("Running", [RUNNING], [RUNNING], [True]) == (True, "")
    assert pod_ready_condition("Running", [RUNNING], readiness_gates=[False]) == (False, "ReadinessGatesNotReady")
    assert pod_ready_condition("Running", [RUNNING], [STARTING], [False]) == (False, "ContainersNotReady")
    assert containers_ready_condition("Running", [RUNNING, ABSENT]) == (False, "ContainersNotReady")
    assert containers_ready_condition("Running", None) == (False, "UnknownContainerStatuses")


def test_terminal_pods_are_never_ready() -> None:
    """A failed pod says so even while its containers still run."""
    assert pod_ready_condition("Failed", [RUNNING]) == (False, "PodFailed")
    assert pod_ready_condition("Succeeded", [DONE]) == (False, "PodCompleted")


def test_a_pod_stays_initialized_once_a_container_has_started() -> None:
    """Init containers must be done and sidecars started, until an application container has run."""
    done = ContainerView(state=ContainerState.TERMINATED, exit_code=0, ready=True)

    assert pod_initialized_condition("Running", [done], [RUNNING], [ABSENT]) == (True, "")
    assert pod_initialized_condition("Pending", [done], [STARTING], [ABSENT]) == (False, "ContainersNotInitialized")
    assert pod_initialized_condition("Running", [done], [STARTING], [RUNNING]) == (True, "")
    assert pod_initialized_condition("Pending", [ABSENT], statuses_known=False) == (False, "UnknownContainerStatuses")


def test_pods_without_kubelet_or_without_containers_get_no_grace() -> None:
    """Unbound and terminal pods vanish at once; others get what was asked, else their own grace period."""
    assert check_graceful_delete(30, 30, None, "Pending") == 0
    assert check_graceful_delete(30, 30, "n1", "Failed") == 0
    assert check_graceful_delete(None, 30, "n1", "Running") == 30
    assert check_graceful_delete(5, 30, "n1", "Running") == 5
    assert check_graceful_delete(0, 30, "n1", "Running") == 0
    assert check_graceful_delete(-3, 30, "n1", "Running") == 1
