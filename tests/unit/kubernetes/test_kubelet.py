"""The kubelet's steps: containers, probes, termination, and what it does without the apiserver.

Source: pkg/kubelet/kubelet.go, pkg/kubelet/kuberuntime/kuberuntime_manager.go
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    WEB,
    WORKER,
    WORKER2,
    after,
    busy_cluster,
    changed,
    config_map,
    deployment,
    is_enabled,
    pod,
    running_cluster,
    service,
    small_system,
    without,
)

from clusterproof import Timer
from clusterproof.models.kubernetes import apiserver, faults, kubectl, kubelet
from clusterproof.models.kubernetes.names import ConfigMapId, PodId, ProcessId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, PodPhase

POD, SETTINGS = PodId("web-a"), ConfigMapId("settings")
KUBELET = ProcessId(f"kubelet on {WORKER}")
PROBE = "readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5}"
FROM_SETTINGS = "envFrom: [{configMapRef: {name: settings}}]"


@cache
def calm() -> Cluster:
    """Return a Deployment of one pod that runs."""
    return running_cluster(deployment(), service())


@cache
def without_apiserver() -> Cluster:
    """Return the same while the control plane is away."""
    return after(calm(), faults.stop_control_plane)


def crashed(c: Cluster) -> Cluster:
    """Return the cluster after the container exited."""
    return after(c, faults.crash_container, POD)


@cache
def often_crashing() -> Cluster:
    """Return the cluster where containers may crash more than once, so that back-off matters."""
    (c,) = small_system(deployment(), service(), faults={"crash-container": 2}, properties=()).initial_states
    return c


def kubelet_restarted(c: Cluster) -> Cluster:
    """Return the cluster after the kubelet of the worker died and was started again."""
    return after(after(c, faults.kill_process, KUBELET), faults.restart_process, WORKER)


def deleted(c: Cluster) -> Cluster:
    """Return the cluster after somebody deleted the pod."""
    return after(c, kubectl.delete_pod, POD)


# ---------------------------------------------------------------- restarts


def test_an_exited_container_is_restarted_at_once() -> None:
    """The first restart does not wait."""
    c = after(crashed(calm()), kubelet.restart_container, WORKER, POD)

    assert (c.containers[POD].state, c.containers[POD].crashes) == (ContainerState.RUNNING, 1)


def test_the_second_restart_waits_ten_seconds() -> None:
    """CrashLoopBackOff begins with 10 seconds."""
    once = after(crashed(calm()), kubelet.restart_container, WORKER, POD)
    twice = crashed(once)

    assert twice.containers[POD].back_off == Timer(10)
    assert not is_enabled(twice, kubelet.restart_container, WORKER, POD)
    due = changed(twice, "containers", POD, back_off=Timer(0))
    assert is_enabled(due, kubelet.restart_container, WORKER, POD)


def test_the_back_off_doubles_up_to_five_minutes() -> None:
    """10, 20, 40, 80, 160 and then 300 seconds again and again."""
    c, waits = often_crashing(), []
    for _ in range(8):
        c = crashed(c)
        waits.append(c.containers[POD].back_off)
        if waits[-1].armed:
            c = changed(c, "containers", POD, back_off=Timer(0))
        c = after(c, kubelet.restart_container, WORKER, POD)

    assert waits == [Timer(), *map(Timer, (10, 20, 40, 80, 160, 300, 300))]


def test_the_back_off_is_forgotten_after_ten_minutes() -> None:
    """A container that ran so long is restarted at once, and RESTARTS goes on counting."""
    c = after(crashed(often_crashing()), kubelet.restart_container, WORKER, POD)
    assert c.containers[POD].steady == Timer(600)
    assert not is_enabled(c, kubelet.forget_back_off, WORKER, POD)

    c = after(changed(c, "containers", POD, steady=Timer(0)), kubelet.forget_back_off, WORKER, POD)
    again = crashed(c)
    assert again.containers[POD].back_off == Timer()
    again = after(again, kubelet.restart_container, WORKER, POD)
    assert (again.containers[POD].crashes, crashed(again).containers[POD].back_off) == (2, Timer(10))


def test_a_restarted_kubelet_has_forgotten_the_back_off() -> None:
    """It lives in memory: what has exited is started at once by the next kubelet."""
    c = crashed(after(crashed(often_crashing()), kubelet.restart_container, WORKER, POD))
    assert not is_enabled(c, kubelet.restart_container, WORKER, POD)

    assert is_enabled(after(kubelet_restarted(c), kubelet.sync, WORKER), kubelet.restart_container, WORKER, POD)


def test_a_container_is_restarted_without_an_apiserver() -> None:
    """The kubelet goes on with the pods it knows."""
    assert is_enabled(crashed(without_apiserver()), kubelet.restart_container, WORKER, POD)


def test_a_restarted_kubelet_knows_no_pod_until_it_has_synced() -> None:
    """Restarted without an apiserver it leaves a crashed container of the API down until it could list its pods."""
    c = crashed(kubelet_restarted(without_apiserver()))
    assert not is_enabled(c, kubelet.restart_container, WORKER, POD)
    assert not is_enabled(c, kubelet.sync, WORKER)

    synced = after(crashed(kubelet_restarted(calm())), kubelet.sync, WORKER)
    assert is_enabled(synced, kubelet.restart_container, WORKER, POD)


def test_a_restarted_kubelet_leaves_containers_running() -> None:
    """Containers outlive the kubelet, and are adopted by the next one."""
    assert kubelet_restarted(calm()).containers == calm().containers


@pytest.mark.parametrize(("policy", "again"), [("Always", True), ("OnFailure", True), ("Never", False)])
def test_the_restart_policy_is_kept(policy: str, again: bool) -> None:
    """A container that failed comes back unless its pod says Never."""
    bare = PodId("bare")
    c = after(busy_cluster(pod(f"restartPolicy: {policy}")), faults.crash_container, bare)

    assert is_enabled(c, kubelet.restart_container, WORKER, bare) is again


def test_no_container_starts_without_a_runtime() -> None:
    """The kubelet needs the container runtime of its machine."""
    c = after(crashed(calm()), faults.kill_process, ProcessId(f"containerd on {WORKER}"))

    assert not is_enabled(c, kubelet.restart_container, WORKER, POD)


def test_a_restart_shows_in_the_status() -> None:
    """RESTARTS rises when the kubelet reports it."""
    c = after(crashed(calm()), kubelet.restart_container, WORKER, POD)

    assert after(c, kubelet.report_status, WORKER, POD).pods[POD].restarts == 1


# ---------------------------------------------------------------- configuration and probes


def test_a_container_reads_its_config_map_when_it_starts() -> None:
    """A changed ConfigMap reaches a container with its next restart, not before."""
    c = running_cluster(
        deployment(container=FROM_SETTINGS), config_map(color="red"), second=(config_map(color="blue"),)
    )
    c = changed(c, "config_maps", SETTINGS, version=2)
    assert c.containers[POD].configuration == (1,)

    assert after(crashed(c), kubelet.restart_container, WORKER, POD).containers[POD].configuration == (2,)


def test_a_container_waits_for_a_missing_config_map() -> None:
    """CreateContainerConfigError: nothing starts."""
    c = running_cluster(deployment(container=FROM_SETTINGS), config_map(color="red"))
    c = crashed(changed(c, "config_maps", SETTINGS, version=0))

    assert not is_enabled(c, kubelet.restart_container, WORKER, POD)


def test_a_probe_first_asks_after_its_initial_delay() -> None:
    """A container with a readiness probe is not ready at once."""
    c = running_cluster(deployment(container=PROBE))
    c = after(crashed(c), kubelet.restart_container, WORKER, POD)

    assert (c.containers[POD].ready, c.containers[POD].probe) == (False, Timer(5))
    assert not is_enabled(c, kubelet.become_ready, WORKER, POD)
    due = changed(c, "containers", POD, probe=Timer(0))
    assert after(due, kubelet.become_ready, WORKER, POD).containers[POD].ready


def test_a_container_without_probe_is_ready_when_it_runs() -> None:
    """Nobody has to ask."""
    assert after(crashed(calm()), kubelet.restart_container, WORKER, POD).containers[POD].ready


def test_a_pod_becomes_available_after_min_ready_seconds() -> None:
    """The wait begins with readiness."""
    c = running_cluster(deployment(min_ready_seconds=9))
    c = changed(c, "pods", POD, ready=False)
    c = after(c, kubelet.report_status, WORKER, POD)

    assert c.pods[POD].until_available == Timer(9)
    assert not is_enabled(c, kubelet.become_available, POD)
    due = changed(c, "pods", POD, until_available=Timer(0))
    assert after(due, kubelet.become_available, POD).pods[POD].until_available == Timer()


# ---------------------------------------------------------------- termination


def test_a_deleted_pod_goes_step_by_step() -> None:
    """The kubelet hears of it, stops the container, and removes the object."""
    c = after(deleted(calm()), kubelet.hear_deletion, WORKER, POD)
    assert not is_enabled(c, kubelet.finish_deletion, WORKER, POD)
    c = after(c, kubelet.stop_container, WORKER, POD)

    assert POD in c.pods
    assert POD not in after(c, kubelet.finish_deletion, WORKER, POD).pods


PRE_STOP = "lifecycle: {preStop: {sleep: {seconds: 40}}}"


@pytest.mark.parametrize(("grace", "sigterm", "sigkill"), [(60, 40, 20), (41, 40, 2), (30, 30, 2)])
def test_the_grace_period_ends_with_sigkill(grace: int, sigterm: int, sigkill: int) -> None:
    """The preStop hook runs within it, and what it leaves is for SIGTERM, two seconds at least."""
    c = running_cluster(deployment(container=PRE_STOP, spec=f"terminationGracePeriodSeconds: {grace}"))
    c = after(deleted(c), kubelet.hear_deletion, WORKER, POD)
    assert c.containers[POD].stopping == Timer(sigterm)
    assert not is_enabled(c, faults.ignore_sigterm, POD)

    c = after(changed(c, "containers", POD, stopping=Timer(0)), faults.ignore_sigterm, POD)
    assert c.containers[POD].stopping == Timer(sigkill)
    assert not is_enabled(c, kubelet.stop_container, WORKER, POD)
    assert not is_enabled(changed(c, "containers", POD, stopping=Timer(0)), faults.ignore_sigterm, POD)
    killed = after(changed(c, "containers", POD, stopping=Timer(0)), kubelet.stop_container, WORKER, POD)
    assert POD not in killed.containers


def test_what_ignores_sigterm_without_a_pod_gets_two_seconds() -> None:
    """A pod that was deleted by force is gone before its container."""
    c = after(without(calm(), "pods", POD), kubelet.hear_deletion, WORKER, POD)

    assert after(c, faults.ignore_sigterm, POD).containers[POD].stopping == Timer(2)


def test_a_restarted_kubelet_stops_nothing_before_it_has_listed_its_pods() -> None:
    """Without an apiserver it does not know what is to go, and afterwards goes on with it."""
    c = kubelet_restarted(after(deleted(calm()), kubelet.hear_deletion, WORKER, POD))
    assert not is_enabled(c, kubelet.stop_container, WORKER, POD)

    assert is_enabled(after(c, kubelet.sync, WORKER), kubelet.stop_container, WORKER, POD)


def test_a_reboot_ends_what_was_terminating() -> None:
    """No container is left to stop, none is started, and the object goes once the kubelet is back."""
    c = after(after(deleted(calm()), kubelet.hear_deletion, WORKER, POD), faults.reboot_node, WORKER)
    c = after(after(c, faults.start_node, WORKER), kubelet.sync, WORKER)

    assert not is_enabled(c, kubelet.start_container, WORKER, POD)
    assert POD not in after(c, kubelet.finish_deletion, WORKER, POD).pods


def test_a_kubelet_hears_nothing_without_the_apiserver() -> None:
    """What was deleted runs on until the apiserver answers."""
    c = after(deleted(calm()), faults.stop_control_plane)

    assert not is_enabled(c, kubelet.hear_deletion, WORKER, POD)


def test_what_a_kubelet_has_heard_it_carries_out_alone() -> None:
    """A container that is to go stops without the apiserver; its object stays until the apiserver is back."""
    c = after(after(deleted(calm()), kubelet.hear_deletion, WORKER, POD), faults.stop_control_plane)
    c = after(c, kubelet.stop_container, WORKER, POD)

    assert POD not in c.containers
    assert not is_enabled(c, kubelet.finish_deletion, WORKER, POD)


def test_a_pre_stop_hook_holds_the_container_up() -> None:
    """The container stays for the time that preStop sleeps."""
    c = running_cluster(deployment(container="lifecycle: {preStop: {sleep: {seconds: 3}}}"))
    c = after(deleted(c), kubelet.hear_deletion, WORKER, POD)

    assert c.containers[POD].stopping == Timer(3)
    assert not is_enabled(c, kubelet.stop_container, WORKER, POD)


def test_a_pod_on_a_dead_node_stays_terminating() -> None:
    """Nobody but its kubelet confirms that a pod is gone."""
    c = after(deleted(calm()), faults.crash_node, WORKER)

    assert c.pods[POD].deleting
    assert not any(is_enabled(c, action, WORKER, POD) for action in kubelet.kubelet.actions if "p" in action.parameters)


def test_a_container_whose_pod_is_gone_is_stopped() -> None:
    """A kubelet that was cut off while its pod was removed cleans up when it is back."""
    c = after(without(calm(), "pods", POD), kubelet.hear_deletion, WORKER, POD)

    assert is_enabled(c, kubelet.stop_container, WORKER, POD)


# ---------------------------------------------------------------- starting


def test_a_bound_pod_is_started_and_reported() -> None:
    """A kubelet starts what is bound to its node, and says so."""
    fresh = changed(without(calm(), "containers", POD), "pods", POD, phase=PodPhase.PENDING, ready=False)
    c = after(fresh, kubelet.start_container, WORKER, POD)
    assert (c.containers[POD].node, c.containers[POD].crashes) == (WORKER, 0)

    reported = after(c, kubelet.report_status, WORKER, POD).pods[POD]
    assert (reported.phase, reported.ready) == (PodPhase.RUNNING, True)


def test_a_kubelet_starts_only_what_is_bound_to_its_node() -> None:
    """Another node's pod is not its business."""
    (c, *_) = small_system(deployment(), workers=2, properties=()).initial_states
    home = c.pods[POD].node
    other = WORKER2 if home == WORKER else WORKER
    c = changed(without(c, "containers", POD), "pods", POD, phase=PodPhase.PENDING)

    assert is_enabled(c, kubelet.start_container, home, POD)
    assert not is_enabled(c, kubelet.start_container, other, POD)


def test_the_apiserver_answers_only_with_its_store() -> None:
    """Without etcd no request is served, from wherever it comes."""
    c = after(calm(), faults.kill_process, ProcessId("etcd"))

    assert not apiserver.is_serving(c)
    assert not apiserver.is_reachable_from(c, WORKER)
    assert apiserver.is_reachable_from(calm(), WORKER)
    assert c.services[ServiceId("web")].exists
    assert WEB in c.deployments
