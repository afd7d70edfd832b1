"""The init phase of a pod: one init container after the other, each to completion, before the containers.

Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    WORKER,
    after,
    busy_cluster,
    changed,
    deployment,
    is_enabled,
    pod,
    running_cluster,
    small_system,
    without,
)

from clusterproof import Bounds, Timer
from clusterproof.checker import reference
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import faults, kubectl, kubelet
from clusterproof.models.kubernetes.initialization import long_running, stages
from clusterproof.models.kubernetes.names import InitPodId, PodId
from clusterproof.models.kubernetes.objects import Container as Spec
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Cluster, Container, ContainerState, PodPhase

POD = InitPodId(PodId("bare"))
TWO = "initContainers: [{name: first, image: i}, {name: second, image: i}]"
WEB_A = PodId("web-a")
PRE_STOP = "lifecycle: {preStop: {sleep: {seconds: 3}}}"
STARTUP = "startupProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 8}"
SLOW_SIDECAR = f"{{name: side, image: i, restartPolicy: Always, {STARTUP}}}"
ALONE = f"initContainers: [{SLOW_SIDECAR}]"
LINGERING = f"initContainers: [{{name: side, image: i, restartPolicy: Always, {PRE_STOP.replace('3', '10')}}}]"
SIDECAR = "initContainers: [{name: side, image: i, restartPolicy: Always, readinessProbe: {tcpSocket: {port: 1}}}]"


def bound(spec: str = TWO) -> Cluster:
    """Return a pod with init containers that is bound and has no containers yet."""
    c = without(busy_cluster(pod(spec)), "containers", POD)
    return changed(c, "pods", POD, phase=PodPhase.PENDING, ready=False)


@cache
def initializing(spec: str = TWO) -> Cluster:
    """Return it while the first init container runs."""
    return after(bound(spec), kubelet.start_container, WORKER, POD)


def the(c: Cluster) -> Container:
    """Return the containers of the pod."""
    return c.containers[POD]


def test_init_containers_run_one_after_the_other() -> None:
    """The containers start after the last one has succeeded, and the pod is pending until then."""
    first = initializing()
    assert (the(first).state, the(first).initialized) == (ContainerState.INITIALIZING, 0)
    assert not is_enabled(first, kubelet.report_status, WORKER, POD)

    second = after(first, kubelet.finish_init_container, WORKER, POD)
    assert (the(second).state, the(second).initialized) == (ContainerState.INITIALIZING, 1)

    done = after(second, kubelet.finish_init_container, WORKER, POD)
    assert (the(done).state, the(done).ready) == (ContainerState.RUNNING, True)
    assert after(done, kubelet.report_status, WORKER, POD).pods[POD].phase is PodPhase.RUNNING


def test_an_init_container_that_failed_starts_again_with_back_off() -> None:
    """The first time at once, then after ten seconds; those that have succeeded are not repeated."""
    second = after(initializing(), kubelet.finish_init_container, WORKER, POD)
    failed = after(second, faults.fail_init_container, POD)
    assert the(failed).back_off == Timer()

    again = after(failed, kubelet.restart_container, WORKER, POD)
    assert (the(again).state, the(again).initialized, the(again).crashes) == (ContainerState.INITIALIZING, 1, 0)
    assert the(after(again, faults.fail_init_container, POD)).back_off == Timer(10)


def test_the_next_init_container_has_no_back_off() -> None:
    """Each container has its own."""
    again = after(after(initializing(), faults.fail_init_container, POD), kubelet.restart_container, WORKER, POD)
    second = after(again, kubelet.finish_init_container, WORKER, POD)

    assert the(after(second, faults.fail_init_container, POD)).back_off == Timer()


@pytest.mark.parametrize(("policy", "phase"), [("OnFailure", PodPhase.PENDING), ("Never", PodPhase.FAILED)])
def test_an_init_container_fails_for_good_where_nothing_is_restarted(policy: str, phase: PodPhase) -> None:
    """With restartPolicy Never the pod has failed, else it waits for the restart."""
    failed = after(initializing(f"{TWO}, restartPolicy: {policy}"), faults.fail_init_container, POD)

    restarted = is_enabled(failed, kubelet.restart_container, WORKER, POD)
    reported = is_enabled(failed, kubelet.report_status, WORKER, POD)
    assert (restarted, reported) == ((True, False) if phase is PodPhase.PENDING else (False, True))
    if reported:
        assert after(failed, kubelet.report_status, WORKER, POD).pods[POD].phase is phase


def test_a_crash_does_not_repeat_the_init_phase_and_a_reboot_does() -> None:
    """Init containers run once for each sandbox."""
    c = running_cluster(pod(TWO))
    crashed = after(c, faults.crash_container, POD)
    assert the(after(crashed, kubelet.restart_container, WORKER, POD)).state is ContainerState.RUNNING

    started = after(without(c, "containers", POD), kubelet.start_container, WORKER, POD)
    assert (the(started).state, the(started).initialized, the(started).crashes) == (ContainerState.INITIALIZING, 0, 1)


def test_a_pod_can_be_deleted_while_it_is_initialized() -> None:
    """Nothing more is started, and no preStop hook runs."""
    c = after(after(initializing(), kubectl.delete_pod, POD), kubelet.hear_deletion, WORKER, POD)

    assert not is_enabled(c, kubelet.finish_init_container, WORKER, POD)
    assert POD not in after(c, kubelet.stop_container, WORKER, POD).containers


# ---------------------------------------------------------------- sidecars


def test_a_sidecar_without_startup_probe_is_not_waited_for() -> None:
    """It is no stage of the init phase, and its readiness probe counts for the pod."""
    spec = PodSpec(containers=(Spec(name="web"),), init_containers=(Spec(name="side", restart_policy="Always"),))
    assert (stages(spec), [k.name for k in long_running(spec)]) == ((), ["side", "web"])

    c = initializing(SIDECAR)
    assert (the(c).state, the(c).ready) == (ContainerState.RUNNING, False)
    assert the(after(c, kubelet.become_ready, WORKER, POD)).ready


def test_a_sidecar_has_to_start_before_the_next_container() -> None:
    """Its startup probe holds back the init container after it, and is over when the containers start."""
    c = initializing(f"initContainers: [{SLOW_SIDECAR}, {{name: last, image: i}}]")
    assert (the(c).state, the(c).initialized, the(c).probe) == (ContainerState.INITIALIZING, 0, Timer(8))
    assert not is_enabled(c, kubelet.finish_init_container, WORKER, POD)
    assert not is_enabled(c, kubelet.report_status, WORKER, POD)

    c = after(changed(c, "containers", POD, probe=Timer(0)), kubelet.finish_init_container, WORKER, POD)
    assert (the(c).state, the(c).initialized, the(c).probe) == (ContainerState.INITIALIZING, 1, Timer())

    c = after(c, kubelet.finish_init_container, WORKER, POD)
    assert (the(c).state, the(c).started, the(c).ready) == (ContainerState.RUNNING, True, True)


def crashed(c: Cluster, what: str) -> Cluster:
    """Return the cluster after the fault crash-container of a pod with sidecars: "application" or "sidecars"."""
    outcome: Cluster = faults.crash_container.outcomes(c, POD)[f"what={what}"]
    return outcome


@cache
def with_sidecar(spec: str = ALONE) -> Cluster:
    """Return a running pod whose sidecar has started."""
    c = initializing(spec)
    c = after(changed(c, "containers", POD, probe=Timer(0)), kubelet.finish_init_container, WORKER, POD)
    return after(c, kubelet.report_status, WORKER, POD)


def test_a_crash_of_the_application_leaves_its_sidecars_alone() -> None:
    """The containers are started again, and no startup probe of a sidecar is waited for."""
    c = after(crashed(with_sidecar(), "application"), kubelet.restart_container, WORKER, POD)

    assert (the(c).state, the(c).started, the(c).ready, the(c).probe) == (ContainerState.RUNNING, True, True, Timer())
    assert (the(c).crashes, the(c).sidecar_crashes, the(c).sidecars_exited) == (1, 0, False)


def test_a_crash_of_sidecars_leaves_the_application_alone() -> None:
    """The pod is not ready until they have started again; the containers run on."""
    c = crashed(with_sidecar(), "sidecars")
    assert (the(c).state, the(c).ready, the(c).sidecars_exited) == (ContainerState.RUNNING, False, True)
    assert not is_enabled(c, kubelet.become_ready, WORKER, POD)

    c = after(c, kubelet.restart_sidecars, WORKER, POD)
    assert (the(c).sidecars_exited, the(c).sidecar_crashes, the(c).probe) == (False, 1, Timer(8))
    assert not is_enabled(c, kubelet.become_ready, WORKER, POD)
    assert the(after(changed(c, "containers", POD, probe=Timer(0)), kubelet.become_ready, WORKER, POD)).ready

    assert the(crashed(c, "sidecars")).sidecar_back_off == Timer(10)


def test_containers_wait_for_sidecars_that_have_exited() -> None:
    """Where both have exited the sidecars are started first.

    Source: computePodActions
    """
    c = crashed(crashed(with_sidecar(), "sidecars"), "application")
    assert not is_enabled(c, kubelet.restart_container, WORKER, POD)

    assert is_enabled(after(c, kubelet.restart_sidecars, WORKER, POD), kubelet.restart_container, WORKER, POD)


def test_sidecars_of_a_pod_that_is_over_stay_down() -> None:
    """When the work is done, or nothing runs again, nobody needs them."""
    c = with_sidecar(f"{ALONE}, restartPolicy: Never")
    assert is_enabled(crashed(c, "sidecars"), kubelet.restart_sidecars, WORKER, POD)

    over = changed(crashed(c, "sidecars"), "containers", POD, state=ContainerState.COMPLETED)
    assert not is_enabled(over, kubelet.restart_sidecars, WORKER, POD)
    going = changed(crashed(c, "sidecars"), "containers", POD, heard=True)
    assert not is_enabled(going, kubelet.restart_sidecars, WORKER, POD)


def test_a_sidecar_that_fails_is_started_again_whatever_the_policy() -> None:
    """Also with restartPolicy Never, with which another init container would fail the pod."""
    failed = after(initializing(f"{ALONE}, restartPolicy: Never"), faults.fail_init_container, POD)
    assert (the(failed).state, the(failed).probe) == (ContainerState.EXITED, Timer())
    assert not is_enabled(failed, kubelet.report_status, WORKER, POD)

    again = after(failed, kubelet.restart_container, WORKER, POD)

    assert (the(again).state, the(again).probe) == (ContainerState.INITIALIZING, Timer(8))
    assert the(after(again, faults.fail_init_container, POD)).back_off == Timer(10)


def stopping(spec: str, *, container: str = "") -> Cluster:
    """Return a running pod whose kubelet has heard that it is to go."""
    c = running_cluster(deployment(spec=spec, container=container))
    c = after(after(c, kubectl.delete_pod, WEB_A), kubelet.hear_deletion, WORKER, WEB_A)
    assert c.containers[WEB_A].heard
    return c


def test_sidecars_stop_after_the_containers() -> None:
    """All preStop hooks begin together; the application is gone after its own, the sidecar after the longer one."""
    c = stopping(LINGERING, container=PRE_STOP)
    assert c.containers[WEB_A].stopping == Timer(3)
    c = after(changed(c, "containers", WEB_A, stopping=Timer(0)), kubelet.stop_container, WORKER, WEB_A)

    left = c.containers[WEB_A]
    assert (left.state, left.ready, left.heard, left.stopping) == (ContainerState.EXITED, False, True, Timer(7))
    assert not is_enabled(c, kubelet.restart_container, WORKER, WEB_A)
    assert not is_enabled(c, kubelet.stop_container, WORKER, WEB_A)
    assert not after(c, kubelet.report_status, WORKER, WEB_A).pods[WEB_A].ready

    c = after(changed(c, "containers", WEB_A, stopping=Timer(0)), kubelet.stop_container, WORKER, WEB_A)
    assert WEB_A not in c.containers


def test_a_sidecar_does_not_keep_the_containers() -> None:
    """One whose hook is shorter goes with them, and so does one that waited for an application until SIGKILL."""
    short = stopping(LINGERING.replace("seconds: 10", "seconds: 1"), container=PRE_STOP)
    assert WEB_A not in after(_due(short), kubelet.stop_container, WORKER, WEB_A).containers

    stubborn = after(_due(stopping(LINGERING, container=PRE_STOP)), faults.ignore_sigterm, WEB_A)
    assert stubborn.containers[WEB_A].stopping == Timer(27)
    assert WEB_A not in after(_due(stubborn), kubelet.stop_container, WORKER, WEB_A).containers


def _due(c: Cluster) -> Cluster:
    return changed(c, "containers", WEB_A, stopping=Timer(0))


def test_sidecars_of_a_pod_that_runs_to_completion_stop_with_it() -> None:
    """Its containers and its sidecars are stopped together, after the longest hook."""
    c = busy_cluster(pod(f"{LINGERING}, restartPolicy: Never"))
    c = after(after(c, kubectl.delete_pod, POD), kubelet.hear_deletion, WORKER, POD)

    assert the(c).stopping == Timer(10)


def test_a_sidecar_costs_no_state() -> None:
    """A pod with a sidecar that is not waited for, and that does not crash, has as many states as one without."""
    systems = [
        small_system(deployment(spec=spec), actions={"delete-pod": 1}, faults={"ignore-sigterm": 1}, properties=())
        for spec in ("", "initContainers: [{name: side, image: i, restartPolicy: Always}]")
    ]
    counts = [len(reference.run(Compiled(system), (), Options(bounds=Bounds(states=5_000))).rows) for system in systems]

    assert counts[0] == counts[1]


def test_pods_without_init_containers_cannot_fail_in_one() -> None:
    """No step of theirs is about initialization."""
    assert small_system(deployment(), faults={"fail-init-container": 1}, properties=()).domains[InitPodId] == ()
