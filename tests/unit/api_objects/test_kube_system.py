"""The pods of kube-system: static ones, and add-ons, with restarts that rise and names that stay.

Source: https://kind.sigs.k8s.io/docs/design/initial/, https://kubernetes.io/docs/tasks/debug/debug-cluster/
"""

from __future__ import annotations

from functools import cache

from instants import Run
from kubernetes_systems import CONTROL_PLANE, CONTROL_PLANE2, WORKER, daemon_set, pod, running_cluster

from clusterproof.models.kubernetes import control_plane, faults
from clusterproof.models.kubernetes.api_objects.add_ons import add_on_pods
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.static_pods import static_pods
from clusterproof.models.kubernetes.names import ProcessId
from clusterproof.models.kubernetes.printers.pods import POD
from clusterproof.models.kubernetes.printers.table import Options
from clusterproof.models.kubernetes.state import Cluster


@cache
def calm(control_planes: int = 1) -> Cluster:
    """Return a cluster in which a pod runs."""
    return running_cluster(pod(), control_planes=control_planes)


def restarts_in_kube_system(instant: Instant) -> dict[str, str]:
    """Return RESTARTS of every pod of kube-system by its name; all of them run."""
    cells = [POD.cells(each, Options()) for each in (*static_pods(instant), *add_on_pods(instant))]
    assert {(row[1], row[2]) for row in cells} == {("1/1", "Running")}
    return {row[0]: row[3].partition(" ")[0] for row in cells}


def booted_again(run: Run) -> Run:
    """Return a run in which all static pods have been started again."""
    for s in run.cluster.scope.static_pods:
        run.take(control_plane.start_static_pod, s)
    return run


def test_add_ons() -> None:
    """What a kind cluster runs in kube-system, on the nodes where it runs it; the rest of its pods are static."""
    found = {p["metadata"]["name"]: p["spec"]["nodeName"] for p in add_on_pods(Instant(cluster=calm()))}

    assert found == {
        "coredns-a": CONTROL_PLANE,
        "coredns-b": CONTROL_PLANE,
        **{f"{name}-{n}-a": n for name in ("kindnet", "kube-proxy") for n in (CONTROL_PLANE, WORKER)},
        "metrics-server-a": WORKER,
    }


def test_a_restart_of_a_machine_raises_restarts_and_changes_no_name() -> None:
    """The pods of the control plane's machine count one restart after it was stopped and started, the others none."""
    before = restarts_in_kube_system(Instant(cluster=calm()))
    run = Run(calm()).take(faults.stop_control_plane).wait(60).take(faults.start_control_plane)
    after_outage = restarts_in_kube_system(booted_again(run).now)

    assert set(before.values()) == {"0"}
    here = {name for name in before if CONTROL_PLANE in name or "coredns" in name}
    assert after_outage == {name: "1" if name in here else "0" for name in before}


def test_a_reboot_of_a_worker_restarts_what_runs_there() -> None:
    """Its proxy, its network and the metrics server; killing the proxy alone restarts only that."""
    run = Run(calm()).take(faults.reboot_node, WORKER).take(faults.start_node, WORKER)
    raised = {name for name, restarts in restarts_in_kube_system(run.now).items() if restarts != "0"}
    killed = Run(calm()).take(faults.kill_process, ProcessId(f"kube-proxy on {WORKER}"))
    dead = [POD.cells(p, Options())[:4] for p in add_on_pods(killed.now) if POD.cells(p, Options())[2] != "Running"]
    killed.take(faults.restart_process, WORKER)

    assert raised == {f"kindnet-{WORKER}-a", f"kube-proxy-{WORKER}-a", "metrics-server-a"}
    assert dead == [[f"kube-proxy-{WORKER}-a", "0/1", "Error", "0"]]
    assert restarts_in_kube_system(killed.now)[f"kube-proxy-{WORKER}-a"] == "1"


def test_an_add_on_of_the_manifests_is_not_made_up() -> None:
    """Who brings a DaemonSet kube-system/kindnet has its pods, and no others of that name."""
    own = daemon_set().replace("{name: agent}", "{name: kindnet, namespace: kube-system}")
    names = [p["metadata"]["name"] for p in add_on_pods(Instant(cluster=running_cluster(own)))]

    assert not any("kindnet" in name for name in names)
    assert "coredns-a" in names


def test_a_machine_that_is_down_reports_nothing() -> None:
    """Of one of several control-plane nodes that is down the API server has what was reported last."""
    c = faults.stop_control_plane.outcomes(calm(3))[f"node={CONTROL_PLANE2}"]

    assert set(restarts_in_kube_system(Instant(cluster=c)).values()) == {"0"}
