"""Probes that fail: readiness takes an endpoint away, liveness and startup restart, startup holds the others back.

Source: pkg/kubelet/prober, https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
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
    service,
    small_system,
)

from clusterproof import Timer
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import faults, kubectl, kubelet
from clusterproof.models.kubernetes.cluster import FaultBudget
from clusterproof.models.kubernetes.names import PodId, ProbedPodId, ProcessId, SlowPodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState

POD = ProbedPodId(PodId("web-a"))
SLOW = SlowPodId(POD)
HTTP = "httpGet: {path: /, port: 80}"
READINESS = f"readinessProbe: {{{HTTP}, periodSeconds: 5, successThreshold: 2}}"
LIVENESS = f"livenessProbe: {{{HTTP}, periodSeconds: 5, failureThreshold: 2}}"
STARTUP = f"startupProbe: {{{HTTP}, initialDelaySeconds: 4}}"


@cache
def calm(*probes: str) -> Cluster:
    """Return a Deployment of one pod with these probes, which runs."""
    return running_cluster(deployment(container=", ".join(probes)), service())


def silent(kind: str, *probes: str) -> Cluster:
    """Return it after the application stopped answering a kind of probe."""
    return after(calm(*probes), faults.fail_probe, POD, kind)


def due(c: Cluster, timer: str) -> Cluster:
    """Return the cluster when a timer of the container has run down."""
    return changed(c, "containers", POD, **{timer: Timer(0)})


# ---------------------------------------------------------------- readiness


def test_a_container_becomes_unready_after_its_failure_threshold() -> None:
    """Three periods and the last timeout; until then it counts as ready."""
    c = silent("readiness", READINESS)

    assert (c.containers[POD].ready, c.containers[POD].probe) == (True, Timer(5 * 3 + 1))
    assert not is_enabled(c, kubelet.become_unready, WORKER, POD)
    assert not after(due(c, "probe"), kubelet.become_unready, WORKER, POD).containers[POD].ready


def test_an_unready_container_becomes_ready_after_its_success_threshold() -> None:
    """Two answers in a row, and not while it is silent."""
    unready = after(due(silent("readiness", READINESS), "probe"), kubelet.become_unready, WORKER, POD)
    assert not is_enabled(unready, kubelet.become_ready, WORKER, POD)

    c = after(unready, faults.answer_probe, POD, "readiness")
    assert (c.containers[POD].ready, c.containers[POD].probe) == (False, Timer(5 * 2))
    assert after(due(c, "probe"), kubelet.become_ready, WORKER, POD).containers[POD].ready


def test_an_application_that_answers_in_time_stays_ready() -> None:
    """Failures below the threshold are forgotten."""
    c = after(silent("readiness", READINESS), faults.answer_probe, POD, "readiness")

    assert c == calm(READINESS)


def test_a_failed_readiness_probe_takes_the_endpoint_away_and_restarts_nothing() -> None:
    """The pod stays, is not ready, and gets no more connections."""
    found = {}
    for heals in (True, False):
        system = small_system(
            deployment(container=READINESS),
            service(),
            faults={"fail-probe": FaultBudget(budget=1, heals=heals)},
            properties=("replicas-converge", "endpoints-eventually-right"),
        )
        result = check_system(system)
        found[heals] = [p.verdict for p in result.properties]
        assert "kubelet.restart_container" in result.never_fired

    assert found == {True: [Verdict.PROVED, Verdict.PROVED], False: [Verdict.REFUTED, Verdict.PROVED]}


# ---------------------------------------------------------------- liveness


def test_a_container_is_killed_after_its_failure_threshold_and_started_at_once() -> None:
    """A restarted application answers again."""
    c = silent("liveness", LIVENESS)
    assert c.containers[POD].liveness == Timer(5 * 2 + 1)
    assert not is_enabled(c, kubelet.kill_unhealthy_container, WORKER, POD)

    killed = after(due(c, "liveness"), kubelet.kill_unhealthy_container, WORKER, POD)
    assert killed.containers[POD].state is ContainerState.EXITED

    restarted = after(killed, kubelet.restart_container, WORKER, POD).containers[POD]
    assert (restarted.state, restarted.crashes, restarted.silent) == (ContainerState.RUNNING, 1, ())


def test_the_pre_stop_hook_runs_before_a_container_is_killed() -> None:
    """An answer comes too late once it has begun, and the deletion of the pod begins anew."""
    hook = "lifecycle: {preStop: {sleep: {seconds: 7}}}"
    c = after(due(silent("liveness", LIVENESS, hook), "liveness"), kubelet.kill_unhealthy_container, WORKER, POD)
    assert (c.containers[POD].state, c.containers[POD].stopping) == (ContainerState.RUNNING, Timer(7))
    assert not is_enabled(c, kubelet.kill_unhealthy_container, WORKER, POD)

    late = after(c, faults.answer_probe, POD, "liveness")
    killed = after(due(late, "stopping"), kubelet.kill_unhealthy_container, WORKER, POD).containers[POD]
    assert (killed.state, killed.stopping, killed.killing) == (ContainerState.EXITED, Timer(), False)

    deleted = after(after(c, kubectl.delete_pod, POD), kubelet.hear_deletion, WORKER, POD)
    assert (deleted.containers[POD].killing, deleted.containers[POD].stopping) == (False, Timer(7))


def test_a_liveness_probe_asks_after_its_initial_delay() -> None:
    """A container that falls silent before is killed later, counted from the end of the delay."""
    delayed = LIVENESS.replace("periodSeconds", "initialDelaySeconds: 60, periodSeconds")
    (c,) = small_system(deployment(container=delayed), faults={"fail-probe": 1}, properties=()).initial_states
    young = after(after(c, faults.crash_container, POD), kubelet.restart_container, WORKER, POD)
    assert (c.containers[POD].delay, young.containers[POD].delay) == (Timer(0), Timer(60))

    waits = [after(each, faults.fail_probe, POD, "liveness").containers[POD].liveness for each in (c, young)]
    assert waits == [Timer(5 * 2 + 1), Timer(60 + 5 + 1)]


def test_a_restarted_kubelet_counts_anew() -> None:
    """What the prober has counted, and the kill that it has begun, are forgotten with the kubelet."""
    hook = "lifecycle: {preStop: {sleep: {seconds: 7}}}"
    document = deployment(container=f"{LIVENESS}, {hook}")
    (calm,) = small_system(document, faults={"fail-probe": 1}, properties=()).initial_states
    c = due(after(calm, faults.fail_probe, POD, "liveness"), "liveness")
    for before in (c, after(c, kubelet.kill_unhealthy_container, WORKER, POD)):
        container = after(before, faults.kill_process, ProcessId(f"kubelet on {WORKER}")).containers[POD]
        assert (container.liveness, container.killing, container.stopping) == (Timer(11), False, Timer())


def test_an_application_that_answers_in_time_is_not_killed() -> None:
    """Failures below the threshold are forgotten."""
    assert after(silent("liveness", LIVENESS), faults.answer_probe, POD, "liveness") == calm(LIVENESS)


def test_a_container_that_is_to_go_is_not_killed_for_its_liveness() -> None:
    """A terminating pod is asked no more, and what was counted is forgotten."""
    c = after(silent("liveness", LIVENESS), kubectl.delete_pod, POD)
    c = after(c, kubelet.hear_deletion, WORKER, POD)

    assert c.containers[POD].liveness == Timer()
    assert not is_enabled(c, kubelet.kill_unhealthy_container, WORKER, POD)


def test_a_pod_that_is_never_restarted_is_killed_all_the_same() -> None:
    """With restartPolicy Never a failed liveness probe ends the container for good."""
    bare = ProbedPodId(PodId("bare"))
    spec = f"{{containers: [{{name: web, image: web, {LIVENESS}}}], restartPolicy: Never}}"
    c = busy_cluster(f"{{apiVersion: v1, kind: Pod, metadata: {{name: bare}}, spec: {spec}}}")
    c = changed(after(c, faults.fail_probe, bare, "liveness"), "containers", bare, liveness=Timer(0))
    c = after(c, kubelet.kill_unhealthy_container, WORKER, bare)

    assert not is_enabled(c, kubelet.restart_container, WORKER, bare)


# ---------------------------------------------------------------- startup


def restarted() -> Cluster:
    """Return a pod with all three probes just after its container was started again."""
    crashed = after(calm(STARTUP, READINESS, LIVENESS), faults.crash_container, POD)
    return after(crashed, kubelet.restart_container, WORKER, POD)


def test_the_startup_probe_holds_the_others_back() -> None:
    """No readiness and no liveness is asked for before the application has started."""
    c = restarted()

    assert (c.containers[POD].started, c.containers[POD].probe) == (False, Timer(4))
    assert not is_enabled(due(c, "probe"), kubelet.become_ready, WORKER, POD)
    assert not is_enabled(c, faults.fail_probe, POD, "liveness")

    c = after(due(c, "probe"), kubelet.pass_startup_probe, WORKER, SLOW)
    assert (c.containers[POD].started, c.containers[POD].ready, c.containers[POD].probe) == (True, False, Timer(1))


def test_an_application_that_does_not_start_is_killed() -> None:
    """The delay, two periods and the last timeout, then it is started again."""
    c = after(restarted(), faults.fail_probe, POD, "startup")

    assert c.containers[POD].probe == Timer(4 + 21)
    assert not is_enabled(due(c, "probe"), kubelet.pass_startup_probe, WORKER, SLOW)
    killed = after(due(c, "probe"), kubelet.kill_unhealthy_container, WORKER, POD)
    assert (killed.containers[POD].state, killed.containers[POD].started) == (ContainerState.EXITED, True)


def test_an_application_that_starts_late_goes_on() -> None:
    """When it answers within its time the others begin to ask."""
    c = after(after(restarted(), faults.fail_probe, POD, "startup"), faults.answer_probe, POD, "startup")

    assert c.containers[POD].probe == Timer(10)
    assert is_enabled(due(c, "probe"), kubelet.pass_startup_probe, WORKER, SLOW)


def test_a_kubelet_that_knows_no_pods_asks_none() -> None:
    """Restarted without an apiserver it probes the containers of the API again once it has listed its pods."""
    c = due(changed(restarted(), "containers", POD, started=True), "probe")
    assert is_enabled(c, kubelet.become_ready, WORKER, POD)

    assert not is_enabled(changed(c, "machines", WORKER, synced=False), kubelet.become_ready, WORKER, POD)


# ---------------------------------------------------------------- what it costs


def test_probes_cost_nothing_where_none_may_fail() -> None:
    """Without the fault no step is about failures, and without a startup probe none is about starting."""
    system = small_system(
        deployment(container=f"{READINESS}, {LIVENESS}"), faults={"crash-container": 1}, properties=()
    )
    plain = small_system(deployment(container=READINESS), faults={"crash-container": 1}, properties=())
    taken_out = {str(action) for action, budget in system.budgets.items() if budget == 0}

    assert {
        "kubelet.become_unready",
        "kubelet.kill_unhealthy_container",
        "application-repair.answer_probe",
    } <= taken_out
    assert system.domains[SlowPodId] == ()
    assert check_system(system).states == check_system(plain).states


@pytest.mark.parametrize("documents", [(deployment(),), (pod(),)])
def test_a_pod_without_probes_cannot_fail_one(documents: tuple[str, ...]) -> None:
    """There is nothing to strike."""
    assert small_system(*documents, faults={"fail-probe": 1}, properties=()).domains[ProbedPodId] == ()
