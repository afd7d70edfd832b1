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

from clusterproof import Timer
from clusterproof.models.kubernetes import faults, kubectl, kubelet
from clusterproof.models.kubernetes.initialization import long_running, stages
from clusterproof.models.kubernetes.names import InitPodId, PodId
from clusterproof.models.kubernetes.objects import Container as Spec
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Cluster, Container, ContainerState, PodPhase

POD = InitPodId(PodId("bare"))
TWO = "initContainers: [{name: first, image: i}, {name: second, image: i}]"
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


def test_sidecars_run_beside_the_containers() -> None:
    """They are no stage of the init phase, and their probes count for the pod."""
    spec = PodSpec(containers=(Spec(name="web"),), init_containers=(Spec(name="side", restart_policy="Always"),))
    assert (stages(spec), [k.name for k in long_running(spec)]) == ((), ["side", "web"])

    c = initializing(SIDECAR)
    assert (the(c).state, the(c).ready) == (ContainerState.RUNNING, False)
    assert the(after(c, kubelet.become_ready, WORKER, POD)).ready


def test_pods_without_init_containers_cannot_fail_in_one() -> None:
    """No step of theirs is about initialization."""
    assert small_system(deployment(), faults={"fail-init-container": 1}, properties=()).domains[InitPodId] == ()
