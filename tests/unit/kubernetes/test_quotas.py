"""ResourceQuotas: what admission refuses, what it charges, and what the quota controller gives back.

Source: plugin/pkg/admission/resourcequota, pkg/controller/resourcequota
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from kubernetes_systems import (
    AGENT,
    CPU,
    DB,
    WEB,
    WORKER,
    after,
    changed,
    daemon_set,
    deployment,
    is_enabled,
    job,
    limit_range,
    pod,
    quota,
    replica_set,
    running_cluster,
    small_system,
    stateful_set,
    without,
)

from clusterproof import Map
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import (
    kubectl,
    quota_controller,
    quotas,
    replicaset_controller,
    statefulset_controller,
)
from clusterproof.models.kubernetes.admission_state import Resource
from clusterproof.models.kubernetes.names import Ordinal, PodId, QuotaId, ReplicaSetId
from clusterproof.models.kubernetes.refused_pods import refused_pods
from clusterproof.models.kubernetes.state import Cluster

ALL, WEB_1, A = QuotaId("all"), ReplicaSetId("web-1"), PodId("web-a")
PODS = Resource("pods")


@cache
def full() -> Cluster:
    """Return a Deployment of two that uses up a quota of two pods."""
    return running_cluster(deployment(2), quota("pods: 2, count/replicasets.apps: 1"))


def test_what_is_let_in_is_charged() -> None:
    """Both pods and their ReplicaSet count."""
    assert dict(full().quotas[ALL].used) == {"pods": 2, "count/replicasets.apps": 1}
    assert quotas.current_usage(full(), ALL) == {"pods": 2, "count/replicasets.apps": 1}


def test_a_pod_beyond_the_quota_is_refused_until_another_one_has_gone() -> None:
    """One on its way out counts; when it is gone, the controller has to see it first."""
    leaving = changed(full(), "pods", A, deleting=True)
    assert not is_enabled(leaving, replicaset_controller.create_pod, WEB_1)
    assert not is_enabled(leaving, quota_controller.sync, ALL)

    gone = without(leaving, "pods", A)
    assert not is_enabled(gone, replicaset_controller.create_pod, WEB_1)
    c = after(gone, quota_controller.sync, ALL)
    assert after(c, replicaset_controller.create_pod, WEB_1).quotas[ALL].used[PODS] == 2


def test_a_pod_that_nobody_can_stop_does_not_count() -> None:
    """Its node is lost: its replacement finds room."""
    leaving = changed(changed(full(), "pods", A, deleting=True), "machines", WORKER, up=False)
    leaving = changed(leaving, "pods", A, node=WORKER)

    assert quotas.current_usage(leaving, ALL)["pods"] == 1


def test_without_a_status_nothing_is_let_in() -> None:
    """A quota that its controller has never counted refuses everything that it limits."""
    c = changed(without(full(), "pods", A), "quotas", ALL, observed=False, used=Map({PODS: 0}))

    assert refused_pods(c) == ["ReplicaSet/web-1 is refused a pod: status unknown for quota: all, resources: pods"]


def test_why_names_the_quota() -> None:
    """In the words of the API server, for each kind of owner."""
    hard = quota("requests.cpu: 200m")
    refusal = "exceeded quota: all, requested: requests.cpu=200m, used: requests.cpu=200m, limited: requests.cpu=200m"
    two = running_cluster(hard, deployment(2, container=CPU))
    assert refused_pods(two) == [f"ReplicaSet/web-1 is refused a pod: {refusal}"]

    silent = "failed quota: all: must specify requests.cpu"
    for name, document in (
        ("ReplicaSet/solo", replica_set()),
        ("StatefulSet/db", stateful_set(1)),
        ("DaemonSet/agent", daemon_set()),
    ):
        assert refused_pods(running_cluster(hard, document)) == [f"{name} is refused a pod: {silent}"]


def test_a_stateful_set_waits_too() -> None:
    """Its second ordinal finds no room."""
    c = running_cluster(quota("pods: 1"), stateful_set(2))

    assert (len(c.pods), c.stateful_sets[DB].replicas) == (1, 2)
    assert not is_enabled(c, statefulset_controller.create_pod, DB, Ordinal(1))


@pytest.mark.parametrize(
    ("kind", "document"),
    [("deployments", deployment()), ("statefulsets", stateful_set()), ("daemonsets", daemon_set())],
)
def test_workloads_count_as_objects(kind: str, document: str) -> None:
    """`kubectl apply` is refused, and sends its document again."""
    c = running_cluster(quota(f"count/{kind}.apps: 0"), document)

    assert (c.kubectl.applied, c.kubectl.to_apply) == (1, 2)
    assert WEB not in c.deployments
    assert AGENT not in c.daemon_sets


def test_a_quota_without_room_for_a_surge_stops_a_rollout() -> None:
    """The new pod waits for the room of the old one, and the old one for the new pod to be ready."""
    options: dict[str, Any] = {"rollouts": 1, "actions": {"rollout": 1}, "properties": ["replicas-converge"]}
    (found,) = check_system(small_system(quota("pods: 1"), deployment(), **options)).properties
    assert found.verdict is Verdict.REFUTED
    assert any("exceeded quota: all" in line for line in found.traces[0].why.notes)

    (found,) = check_system(small_system(quota("pods: 2"), deployment(), **options)).properties
    assert found.verdict is Verdict.PROVED


def test_what_a_quota_does_not_count_is_said() -> None:
    """Other resources always have room, and a quota with scopes is not looked at."""
    system = small_system(deployment(), quota("services: 0, pods: 5"))
    assert any(line.endswith("there is always room for services") for line in system.assumptions)

    system = small_system(deployment(), quota("pods: 0", "scopes: [BestEffort]"))
    assert any("of some scopes only" in line for line in system.assumptions)
    assert len(system.initial_states[0].pods) == 1


# ---------------------------------------------------------------- LimitRanges


def test_a_limit_range_lets_silent_pods_in() -> None:
    """A quota that counts cpu refuses containers that request none; the defaults of a LimitRange help."""
    hard, usual = quota("requests.cpu: 200m"), limit_range("type: Container, defaultRequest: {cpu: 50m}")
    for document in (deployment(2), replica_set(2), stateful_set(2)):
        c = running_cluster(hard, usual, document)
        assert (len(c.pods), c.quotas[ALL].used[Resource("requests.cpu")]) == (2, 100)
    assert running_cluster(hard, usual, pod()).quotas[ALL].used[Resource("requests.cpu")] == 50
    assert running_cluster(hard, usual, daemon_set()).quotas[ALL].used[Resource("requests.cpu")] == 50


def test_a_pod_beyond_a_limit_range_is_never_let_in() -> None:
    """And *why* says so."""
    system = small_system(deployment(container=CPU), limit_range("type: Container, min: {cpu: 300m}"))
    (c,) = system.initial_states

    assert len(c.pods) == 0
    assert refused_pods(c) == [
        "ReplicaSet/web-1 is refused a pod: minimum cpu usage per Container is 300m, but request is 200m"
    ]
    assert any(
        "LimitRange/usual" in line and line.endswith("is there from the beginning") for line in system.assumptions
    )


def test_jobs_count_and_wait() -> None:
    """Their number, and their pods, which get the defaults of LimitRanges, too."""
    c = after(running_cluster(quota("requests.cpu: 200m, count/jobs.batch: 1"), job()), kubectl.apply_document)
    (line,) = refused_pods(c)
    assert line.startswith("Job/")
    assert line.endswith("is refused a pod: failed quota: all: must specify requests.cpu")
    assert quotas.current_usage(c, ALL)["count/jobs.batch"] == 1

    usual = limit_range("type: Container, defaultRequest: {cpu: 50m}")
    (template,) = [each.template.spec for each in running_cluster(usual, job()).scope.jobs.values()]
    assert template.containers[0].requests == {"cpu": 50}
