"""What one sync of the kubelet does to a pod's containers."""

from __future__ import annotations

from clusterproof.models.kubernetes.decisions.pod_actions import PodActions, RuntimeContainer, compute_pod_actions

RUNNING = RuntimeContainer(state="running")
DONE = RuntimeContainer(state="exited")
FAILED = RuntimeContainer(state="exited", exit_code=1)
ABSENT = RuntimeContainer()
SIDECAR = RuntimeContainer(state="running", sidecar=True)


def test_a_new_pod_gets_a_sandbox_and_all_its_containers() -> None:
    """Containers do not wait for each other; with init containers only the first of those starts."""
    assert compute_pod_actions("Always", [ABSENT, ABSENT], sandbox_usable=False) == PodActions(
        kill_pod=True, create_sandbox=True, containers_to_start=(0, 1)
    )
    assert compute_pod_actions("Always", [ABSENT], [ABSENT, ABSENT], sandbox_usable=False) == PodActions(
        kill_pod=True, create_sandbox=True, init_containers_to_start=(0,)
    )


def test_a_reboot_starts_over_unless_the_policy_is_never() -> None:
    """Without its sandbox a pod runs anew, except what succeeded under OnFailure, and nothing under Never."""
    lost = {"sandbox_usable": False, "sandboxes_before": 1}

    assert compute_pod_actions("Always", [DONE, FAILED], **lost).containers_to_start == (0, 1)
    assert compute_pod_actions("OnFailure", [DONE, FAILED], **lost).containers_to_start == (1,)
    assert compute_pod_actions("Never", [DONE, FAILED], **lost) == PodActions(kill_pod=True)


def test_an_unhealthy_container_is_killed_and_restarted_by_its_policy() -> None:
    """A failed liveness probe restarts under Always and OnFailure, and only kills under Never."""
    sick = RuntimeContainer(state="running", unhealthy=True)
    always = compute_pod_actions("Always", [sick, RUNNING], sandbox_usable=True)
    never = compute_pod_actions("Never", [sick, RUNNING], sandbox_usable=True)

    assert (always.containers_to_kill, always.containers_to_start) == ((0,), (0,))
    assert (never.containers_to_kill, never.containers_to_start) == ((0,), ())


def test_a_pod_whose_work_is_done_is_killed_with_its_sidecars() -> None:
    """Sidecars restart while there is work, and do not outlive it."""
    gone = RuntimeContainer(state="exited", sidecar=True)

    assert compute_pod_actions("Never", [RUNNING], [gone], sandbox_usable=True).init_containers_to_start == (0,)
    assert compute_pod_actions("Never", [DONE], [SIDECAR], sandbox_usable=True).kill_pod


def test_a_failed_init_container_blocks_or_ends_the_pod() -> None:
    """It is tried again, but under Never the pod has failed."""
    retry = compute_pod_actions("OnFailure", [ABSENT], [FAILED, ABSENT], sandbox_usable=True)

    assert retry == PodActions(init_containers_to_start=(0,))
    assert compute_pod_actions("Never", [ABSENT], [FAILED, ABSENT], sandbox_usable=True) == PodActions(kill_pod=True)


def test_a_sidecar_must_have_started_before_the_next() -> None:
    """A startup probe that has not succeeded holds back what comes after."""
    starting = RuntimeContainer(state="running", started=False, sidecar=True)

    assert compute_pod_actions("Always", [ABSENT], [starting], sandbox_usable=True) == PodActions()
    assert compute_pod_actions("Always", [ABSENT], [SIDECAR], sandbox_usable=True).containers_to_start == (0,)
