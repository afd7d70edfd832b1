"""Pods as the API server has them, in states that steps lead to."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from instants import Run
from kubernetes_systems import (
    CONTROL_PLANE,
    WORKER,
    changed,
    config_map,
    deployment,
    pod,
    running_cluster,
    service,
    small_system,
    without,
)

from clusterproof import Timer
from clusterproof.models.kubernetes import faults, kubectl, kubelet, node_lifecycle, scheduler
from clusterproof.models.kubernetes.api_objects.events import events
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.pods import pods
from clusterproof.models.kubernetes.api_objects.static_pods import static_pods
from clusterproof.models.kubernetes.names import ConfigMapId, PodId, StaticPodId
from clusterproof.models.kubernetes.printers.pods import POD
from clusterproof.models.kubernetes.printers.table import Options
from clusterproof.models.kubernetes.state import Cluster, ConditionStatus, ContainerState, PodPhase

WEB = PodId("web-a")
SETTINGS = ConfigMapId("settings")
FROM_SETTINGS = "envFrom: [{configMapRef: {name: settings}}]"


@cache
def calm() -> Cluster:
    """Return a Deployment of one pod that runs."""
    return running_cluster(deployment(), service())


def shown(instant: Instant) -> list[Any]:
    """Return READY, STATUS, RESTARTS and AGE of the only pod."""
    (found,) = pods(instant)
    return POD.cells(found, Options(now=instant.now))[1:5]


def test_a_pod_that_runs() -> None:
    """A pod in the deployed state runs since the start."""
    assert shown(Run(calm()).now) == ["1/1", "Running", "0", "0s"]
    assert shown(Run(calm()).wait(90).now) == ["1/1", "Running", "0", "90s"]


def test_an_untimed_run_has_no_ages() -> None:
    """Without a clock no age is known, and a pod that is being deleted still says so."""
    run = Run(calm(), seconds=None)

    assert shown(run.now)[3] == "<unknown>"
    assert shown(run.take(kubectl.delete_pod, WEB).now)[1] == "Terminating"


def test_a_pod_comes_to_life() -> None:
    """A pod is Pending, then ContainerCreating, then Running, then ready; its age counts from its creation."""
    start = small_system(pod(), start="apply", mapped=False).initial_states[0]
    run = Run(start).wait(10).take(kubectl.apply_document).wait(5)
    bare = PodId("bare")

    assert shown(run.now) == ["0/1", "Pending", "0", "5s"]
    run.become(changed(run.cluster, "pods", bare, node=WORKER), scheduler.bind, bare)
    assert shown(run.now)[1] == "ContainerCreating"
    run.take(kubelet.start_container, WORKER, bare)
    assert shown(run.now)[1] == "ContainerCreating"
    run.take(kubelet.report_status, WORKER, bare)
    assert shown(run.now)[:2] == ["1/1", "Running"]


def test_a_pod_that_fits_nowhere() -> None:
    """A pod that no node has room for is Pending, and its condition PodScheduled says Unschedulable."""
    (found,) = pods(Run(running_cluster(pod(), pods=0)).now)

    assert found["status"] == {
        "phase": "Pending",
        "conditions": [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ],
    }


def test_a_crash_is_seen_once_the_kubelet_reports() -> None:
    """A container that exited shows as running until its kubelet reports it; its restart says how long ago it ended."""
    run = Run(calm()).wait(60).take(faults.crash_container, WEB)

    assert shown(run.now)[:3] == ["1/1", "Running", "0"]
    run.take(kubelet.report_status, WORKER, WEB)
    assert shown(run.now)[:3] == ["0/1", "Error", "0"]
    run.take(kubelet.restart_container, WORKER, WEB).wait(7).take(kubelet.report_status, WORKER, WEB)
    assert shown(run.now) == ["1/1", "Running", "1 (7s ago)", "67s"]


def test_back_off_is_a_crash_loop() -> None:
    """A container that was restarted before and exits again waits in CrashLoopBackOff."""
    run = Run(calm()).take(faults.crash_container, WEB).take(kubelet.restart_container, WORKER, WEB)
    run.take(faults.crash_container, WEB).take(kubelet.report_status, WORKER, WEB)

    assert shown(run.now)[:3] == ["0/1", "CrashLoopBackOff", "1 (0s ago)"]
    (found,) = pods(run.now)
    assert found["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] == "Error"


def test_a_pod_of_a_dead_node_keeps_running() -> None:
    """What a machine that has lost power cannot report is not seen: its pods show 1/1 Running, and are not Ready."""
    run = Run(calm()).take(faults.crash_node, WORKER).wait(50)

    assert shown(run.now)[:2] == ["1/1", "Running"]
    run.cluster = changed(run.cluster, "nodes", WORKER, ready=ConditionStatus.UNKNOWN)
    run.take(node_lifecycle.mark_pod_not_ready, WEB)
    assert shown(run.now)[:2] == ["1/1", "Running"]
    (found,) = pods(run.now)
    conditions = {each["type"]: each["status"] for each in found["status"]["conditions"]}
    assert (conditions["Ready"], conditions["ContainersReady"]) == ("False", "True")


def test_a_deleted_pod_terminates() -> None:
    """A bound pod that is deleted stays, Terminating, with the time of its deletion and its grace period."""
    (found,) = pods(Run(calm()).wait(3).take(kubectl.delete_pod, WEB).wait(2).now)

    assert POD.cells(found, Options())[2] == "Terminating"
    assert found["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:03Z"
    assert found["metadata"]["deletionGracePeriodSeconds"] == 30


@pytest.mark.parametrize("phase", [PodPhase.PENDING, PodPhase.RUNNING])
def test_a_missing_config_map_is_said(phase: PodPhase) -> None:
    """A container whose ConfigMap is not there waits with CreateContainerConfigError."""
    c = running_cluster(pod(name="web-a", spec="").replace("image: web", f"image: web, {FROM_SETTINGS}"), config_map())
    run = Run(c).take(faults.crash_container, WEB).take(kubelet.report_status, WORKER, WEB)
    missing = changed(changed(run.cluster, "config_maps", SETTINGS, version=0), "pods", WEB, phase=phase)

    assert shown(Instant(cluster=missing))[1] == "CreateContainerConfigError"


@pytest.mark.parametrize(
    ("phase", "status"), [(PodPhase.SUCCEEDED, "Completed"), (PodPhase.FAILED, "Error"), (PodPhase.RUNNING, "Running")]
)
def test_terminal_pods(phase: PodPhase, status: str) -> None:
    """A pod that has succeeded is Completed, one that has failed shows Error."""
    assert shown(Instant(cluster=changed(calm(), "pods", WEB, phase=phase)))[1] == status


def test_init_containers_and_sidecars() -> None:
    """Init containers hold a pod in Init, and a sidecar counts among the containers once it runs."""
    init = "initContainers: [{name: i, image: i}, {name: s, image: s, restartPolicy: Always}]"
    c = running_cluster(pod(spec=init))
    pending = changed(c, "pods", PodId("bare"), phase=PodPhase.PENDING, ready=False)

    assert shown(Instant(cluster=c))[:2] == ["2/2", "Running"]
    assert shown(Instant(cluster=pending))[:2] == ["0/2", "Init:0/2"]


def test_a_sidecar_that_is_waited_for() -> None:
    """It counts as initialized once it has started, and each container is reported when it starts."""
    probe = "startupProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 8}"
    init = f"initContainers: [{{name: s, image: s, restartPolicy: Always, {probe}}}, {{name: b, image: i}}]"
    bare = PodId("bare")
    c = changed(running_cluster(pod(spec=init)), "pods", bare, phase=PodPhase.PENDING, ready=False)
    run = Run(without(c, "containers", bare)).take(kubelet.start_container, WORKER, bare)
    assert shown(run.now)[:2] == ["0/2", "Init:0/2"]

    run.cluster = changed(run.cluster, "containers", bare, probe=Timer(0))
    run.take(kubelet.finish_init_container, WORKER, bare)
    assert shown(run.now)[:2] == ["1/2", "Init:1/2"]

    run.take(kubelet.finish_init_container, WORKER, bare).take(kubelet.report_status, WORKER, bare)
    assert shown(run.now)[:2] == ["2/2", "Running"]
    started = [each["message"] for each in events(run.now) if each["reason"] == "Started"]
    assert started == [f"Started container {name}" for name in ("s", "b", "web")]


def test_sidecars_that_have_exited() -> None:
    """The containers are ready without them, the pod is not, and their restarts count."""
    bare, init = PodId("bare"), "initContainers: [{name: s, image: s, restartPolicy: Always}]"
    run = Run(running_cluster(pod(spec=init)))
    (exited,) = (c for label, c in faults.crash_container.outcomes(run.cluster, bare).items() if "sidecars" in label)
    run.become(exited, faults.crash_container, bare).take(kubelet.report_status, WORKER, bare)
    assert shown(run.now)[:3] == ["1/2", "Init:Error", "0"]

    run.take(kubelet.restart_sidecars, WORKER, bare)
    assert [each["message"] for each in events(run.now)] == ["Started container s"]
    run.take(kubelet.become_ready, WORKER, bare).take(kubelet.report_status, WORKER, bare)
    assert shown(run.now)[:2] == ["2/2", "Running"]
    assert shown(run.now)[2].startswith("1")


def test_how_far_initialization_is() -> None:
    """The init container whose turn it is says how far the pod is, and how it failed."""
    init = "initContainers: [{name: a, image: i}, {name: s, image: s, restartPolicy: Always}, {name: b, image: i}]"
    bare = PodId("bare")
    c = changed(running_cluster(pod(spec=init)), "pods", bare, phase=PodPhase.PENDING, ready=False)
    first = changed(c, "containers", bare, initialized=0, state=ContainerState.INITIALIZING, ready=False)
    second = changed(first, "containers", bare, initialized=1)
    failed = changed(second, "containers", bare, state=ContainerState.EXITED, init_failures=1)
    waits = changed(failed, "containers", bare, back_off=Timer(10))

    assert [shown(Instant(cluster=each))[:3] for each in (first, second, failed, waits)] == [
        ["0/2", "Init:0/3", "0"],
        ["1/2", "Init:2/3", "0"],
        ["1/2", "Init:Error", "1"],
        ["1/2", "Init:CrashLoopBackOff", "1"],
    ]


def test_who_made_it() -> None:
    """A pod of a Deployment has its ReplicaSet as owner and carries the template's hash; a bare one has neither."""
    (made,) = pods(Instant(cluster=calm()))
    (bare,) = pods(Instant(cluster=running_cluster(pod())))

    assert made["metadata"]["ownerReferences"][0]["name"] == "web-1"
    assert made["metadata"]["labels"] == {"app": "web", "pod-template-hash": "1"}
    assert "ownerReferences" not in bare["metadata"]


def test_a_pod_on_the_hosts_network_has_its_address() -> None:
    """A pod with hostNetwork has its node's address."""
    (found,) = pods(Instant(cluster=running_cluster(pod(spec="hostNetwork: true"))))

    assert found["status"]["podIP"] == found["status"]["hostIP"]


def test_static_pods() -> None:
    """The control plane's processes are pods of kube-system; one that has stopped shows Error until it is started."""
    scheduler_pod = StaticPodId(f"kube-scheduler-{CONTROL_PLANE}")
    running = {p["metadata"]["name"]: p for p in static_pods(Instant(cluster=calm()))}
    stopped = Instant(cluster=changed(calm(), "static_pods", scheduler_pod, running=False, restarts=1, lease=Timer()))

    assert [POD.cells(each, Options())[1:4] for each in running.values()] == [["1/1", "Running", "0"]] * 4
    assert running[scheduler_pod]["metadata"]["labels"]["component"] == "kube-scheduler"
    assert running[scheduler_pod]["spec"]["nodeName"] == CONTROL_PLANE
    (found,) = (p for p in static_pods(stopped) if p["metadata"]["name"] == scheduler_pod)
    assert POD.cells(found, Options())[1:4] == ["0/1", "Error", "1"]
