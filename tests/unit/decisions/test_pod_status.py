"""What a kubelet reports of its pods and its node.

Source: pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go, pkg/kubelet/nodestatus/setters.go
"""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.node_status import REQUIRED_CAPACITIES, ready_condition
from clusterproof.models.kubernetes.decisions.pod_status import (
    LostContainer,
    PhaseView,
    Sandbox,
    merge_phase,
    pod_ready_to_start_containers_condition,
    pod_sandbox_changed,
    status_of_lost_container,
)

READY, DEAD = Sandbox(ready=True, address="10.0.0.1"), Sandbox(ready=False, address="10.0.0.1")


@pytest.mark.parametrize(
    ("sandboxes", "changed"),
    [
        ([], True),
        ([DEAD], True),
        ([READY], False),
        ([READY, DEAD], False),
        ([READY, READY], True),
        ([Sandbox(ready=True, address="")], True),
        ([Sandbox(ready=True)], False),
    ],
)
def test_a_pod_needs_one_ready_sandbox_with_an_address(sandboxes: list[Sandbox], changed: bool) -> None:
    """The newest one has to be ready, alone, and on the network."""
    assert pod_sandbox_changed(sandboxes) is changed
    assert pod_ready_to_start_containers_condition(sandboxes) is not changed


def test_a_pod_on_the_hosts_network_needs_no_address() -> None:
    """It has its node's."""
    assert not pod_sandbox_changed([Sandbox(ready=True, address="")], host_network=True)


@pytest.mark.parametrize(
    ("was_running", "deleting", "lost"),
    [
        (True, False, LostContainer(restarts=3, exit_code=137)),
        (True, True, LostContainer(restarts=2, exit_code=137)),
        (False, False, LostContainer(restarts=2, exit_code=None)),
    ],
)
def test_a_container_that_is_gone_counts_as_ended(was_running: bool, deleting: bool, lost: LostContainer) -> None:
    """It is restarted once more, unless its pod is to go."""
    assert status_of_lost_container(was_running=was_running, restarts=2, pod_deleting=deleting) == lost


@pytest.mark.parametrize(
    ("computed", "known", "stored", "phase"),
    [
        ("Running", "Running", "Pending", "Running"),
        ("Running", "Failed", "Running", "Failed"),
        ("Running", "Running", "Succeeded", "Succeeded"),
        ("Failed", "Running", "Succeeded", "Succeeded"),
        ("Failed", "Succeeded", "Running", "Failed"),
    ],
)
def test_a_terminal_phase_stays(computed: str, known: str, stored: str, phase: str) -> None:
    """What the API server has wins over all, and what the kubelet remembers over what still seems to run."""
    assert merge_phase(computed, PhaseView(phase=known), PhaseView(phase=stored)).phase == phase


def test_a_reason_stays_with_its_phase() -> None:
    """When the phase changes the reason of the old one is dropped."""
    known = PhaseView(phase="Failed", reason="Evicted", message="low on memory")

    assert merge_phase("Running", known, PhaseView()) == known
    assert merge_phase("Succeeded", known, PhaseView()) == PhaseView(phase="Succeeded")


def test_a_node_is_ready_without_errors_and_with_its_capacity() -> None:
    """Each resource has to be known, and nothing on the node may complain."""
    assert ready_condition(REQUIRED_CAPACITIES, before=True).ready
    assert not ready_condition(REQUIRED_CAPACITIES, ["runtime is down"]).ready
    without_pods = ready_condition(["cpu", "memory", "ephemeral-storage"])
    assert (without_pods.ready, without_pods.message) == (False, "[missing node capacity for resources: pods]")


@pytest.mark.parametrize(("before", "changed"), [(None, True), (True, False), (False, True)])
def test_the_transition_is_now_when_the_status_changes(before: bool | None, changed: bool) -> None:
    """A condition that stays as it was keeps its time."""
    assert ready_condition(REQUIRED_CAPACITIES, before=before).changed_now is changed
