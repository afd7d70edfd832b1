"""Several control-plane nodes: who answers, who commits, who leads.

Source: https://etcd.io/docs/v3.6/faq/ (size of a quorum); staging/src/k8s.io/client-go/tools/leaderelection
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_systems import (
    CONTROL_PLANE,
    CONTROL_PLANE2,
    CONTROL_PLANE3,
    WORKER,
    after,
    changed,
    is_enabled,
    pod,
    running_cluster,
)

from clusterproof import Timer
from clusterproof.models.kubernetes import apiserver, control_plane, etcd, faults, kubelet
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl_client.client import Client
from clusterproof.models.kubernetes.names import NodeId, PodId, ProcessId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.static_pods import APISERVER, COMPONENTS, CONTROLLER_MANAGER, ETCD, SCHEDULER
from clusterproof.models.kubernetes.static_pods import static_pod as on

NODES = (CONTROL_PLANE, CONTROL_PLANE2, CONTROL_PLANE3)


@cache
def calm(control_planes: int = 3) -> Cluster:
    """Return a cluster in which a pod runs."""
    return running_cluster(pod(), control_planes=control_planes)


def killed(c: Cluster, *processes: tuple[str, NodeId]) -> Cluster:
    """Return the cluster after these processes were killed."""
    for component, n in processes:
        c = after(c, faults.kill_process, ProcessId(f"{component} on {n}"))
    return c


def stopped(c: Cluster, n: NodeId) -> Cluster:
    """Return the cluster after one of its control-plane nodes was stopped."""
    found: Cluster = faults.stop_control_plane.outcomes(c)[f"node={n}"]
    return found


def waited(c: Cluster, component: str) -> Cluster:
    """Return the cluster when the Lease of a component has not been renewed for its whole duration."""
    return changed(c, "leases", component, silent=Timer(0))


# ---------------------------------------------------------------- processes, members, apiservers


def test_every_control_plane_node_has_its_static_pods() -> None:
    """Each runs all four components, and each of these processes may be killed by its name."""
    c = calm()

    assert set(c.static_pods) == {StaticPodId(f"{k}-{n}") for k in COMPONENTS for n in NODES}
    assert {ProcessId(f"{k} on {n}") for k in COMPONENTS for n in NODES} <= set(c.scope.processes)


def test_one_control_plane_has_no_election() -> None:
    """Then nothing is there that could vary: no Lease, and processes are called by their components."""
    c = calm(1)

    assert (list(c.leases), set(COMPONENTS) - set(c.scope.processes)) == ([], set())
    assert not any(is_enabled(c, control_plane.acquire_lease, s) for s in c.static_pods)


@pytest.mark.parametrize(("members", "tolerated"), [(1, 0), (3, 1), (5, 2)])
def test_a_store_tolerates_the_loss_of_less_than_half(members: int, tolerated: int) -> None:
    """One member tolerates no loss, three tolerate one, five tolerate two."""
    c = calm(members)
    for lost, n in enumerate(c.scope.control_planes, start=1):
        c = changed(c, "static_pods", on(ETCD, n), running=False)
        assert etcd.is_up(c) is (lost <= tolerated)


@given(down=st.sets(st.sampled_from([(k, n) for k in (ETCD, APISERVER) for n in NODES])))
def test_requests_are_answered_where_an_apiserver_has_its_member_and_a_quorum(down: set[tuple[str, NodeId]]) -> None:
    """Whatever is down: a request is answered if and only if some pair runs, and most members do."""
    c = calm()
    for component, n in down:
        c = changed(c, "static_pods", on(component, n), running=False)
    pairs = [n for n in NODES if (ETCD, n) not in down and (APISERVER, n) not in down]
    quorum = sum((ETCD, n) in down for n in NODES) <= 1

    assert apiserver.is_serving(c) is (quorum and bool(pairs))
    assert [n for n in NODES if apiserver.answers_on(c, n)] == (pairs if quorum else [])
    assert (Client(instant=Instant(cluster=c), namespace=None).refusal() == "") is apiserver.is_serving(c)


def test_kubectl_hears_nothing_from_a_load_balancer_without_apiservers() -> None:
    """Nobody refuses the connection: the load balancer takes it, and closes it."""
    c = stopped(stopped(calm(), CONTROL_PLANE), CONTROL_PLANE2)

    assert Client(instant=Instant(cluster=c), namespace=None).refusal() == "Unable to connect to the server: EOF"


def test_workers_notice_nothing_of_one_node_less() -> None:
    """Kubelets and proxies go through the load balancer."""
    assert apiserver.is_reachable_from(stopped(calm(), CONTROL_PLANE), WORKER)


def test_a_member_that_returns_rejoins() -> None:
    """Two of three members are lost; one that comes back makes the quorum whole."""
    c = killed(calm(), (ETCD, CONTROL_PLANE), (ETCD, CONTROL_PLANE3))
    assert not apiserver.is_serving(c)
    c = after(c, control_plane.start_static_pod, on(ETCD, CONTROL_PLANE3))

    assert [apiserver.answers_on(c, n) for n in NODES] == [False, True, True]


def test_an_apiserver_starts_only_with_its_member_and_a_quorum() -> None:
    """Its own member alone is not enough, and neither is that of another node."""
    c = killed(calm(), (APISERVER, CONTROL_PLANE), *((ETCD, n) for n in NODES))
    startable = []
    for n in (CONTROL_PLANE, CONTROL_PLANE2):
        c = after(c, control_plane.start_static_pod, on(ETCD, n))
        startable.append(is_enabled(c, control_plane.start_static_pod, on(APISERVER, CONTROL_PLANE)))

    assert startable == [False, True]


# ---------------------------------------------------------------- faults


def test_any_control_plane_node_may_be_stopped_and_started() -> None:
    """The fault strikes each of those that are up, and its repair starts each of those that are down."""
    c = stopped(calm(), CONTROL_PLANE2)

    assert set(faults.stop_control_plane.outcomes(c)) == {f"node={CONTROL_PLANE}", f"node={CONTROL_PLANE3}"}
    assert set(faults.start_control_plane.outcomes(c)) == {f"node={CONTROL_PLANE2}"}
    assert [c.static_pods[on(k, n)].running for n in NODES for k in COMPONENTS] == [True] * 4 + [False] * 4 + [True] * 4


@pytest.mark.parametrize("n", NODES)
def test_faults_on_workers_spare_every_control_plane_node(n: NodeId) -> None:
    """None is crashed, rebooted or cut off."""
    assert not any(is_enabled(calm(), f, n) for f in (faults.crash_node, faults.reboot_node, faults.partition_node))


def test_a_silent_control_plane_node_is_noticed_by_the_leader() -> None:
    """A controller manager is left that counts the heartbeats of a node which was stopped."""
    c = stopped(calm(), CONTROL_PLANE2)

    assert c.nodes[CONTROL_PLANE2].grace == Timer(50)
    assert not is_enabled(c, kubelet.renew_lease, CONTROL_PLANE2)


# ---------------------------------------------------------------- leaders


def test_the_first_node_leads_at_first() -> None:
    """The processes of the node that the cluster was made with hold the Leases."""
    assert {lease.holder for lease in calm().leases.values()} == {
        on(CONTROLLER_MANAGER, CONTROL_PLANE),
        on(SCHEDULER, CONTROL_PLANE),
    }


@pytest.mark.parametrize("n", [CONTROL_PLANE2, CONTROL_PLANE3])
def test_who_does_not_lead_is_not_missed(n: NodeId) -> None:
    """Without a process that only waits for the Lease, everything works on."""
    c = killed(calm(), (CONTROLLER_MANAGER, n), (SCHEDULER, n))

    assert control_plane.controllers_run(c)
    assert control_plane.scheduler_runs(c)
    assert c.leases == calm().leases


def test_nobody_leads_until_the_lease_counts_as_abandoned() -> None:
    """The leader is gone: for 15 seconds nobody works, then any of the others takes over, and it alone."""
    c = killed(calm(), (SCHEDULER, CONTROL_PLANE))
    waiting = [on(SCHEDULER, n) for n in NODES[1:]]
    assert c.leases[SCHEDULER].silent == Timer(15)
    assert not control_plane.scheduler_runs(c)
    assert not any(is_enabled(c, control_plane.acquire_lease, s) for s in c.static_pods)
    c = waited(c, SCHEDULER)
    assert [s for s in c.static_pods if is_enabled(c, control_plane.acquire_lease, s)] == waiting
    c = after(c, control_plane.acquire_lease, waiting[1])

    assert control_plane.scheduler_runs(c)
    assert not any(is_enabled(c, control_plane.acquire_lease, s) for s in c.static_pods)
    assert c.leases[SCHEDULER].silent == Timer()


def test_a_restarted_leader_has_to_wait_like_any_other() -> None:
    """It has another identity than the one that stands in the record."""
    leader = on(SCHEDULER, CONTROL_PLANE)
    c = after(killed(calm(), (SCHEDULER, CONTROL_PLANE)), control_plane.start_static_pod, leader)

    assert not control_plane.scheduler_runs(c)
    assert not is_enabled(c, control_plane.acquire_lease, leader)
    assert is_enabled(waited(c, SCHEDULER), control_plane.acquire_lease, leader)


def test_a_leader_needs_the_apiserver_of_its_own_node() -> None:
    """Other apiservers answer, and yet it can do nothing, nor renew; it exits, and another one takes over."""
    c = killed(calm(), (APISERVER, CONTROL_PLANE))
    leader, other = on(CONTROLLER_MANAGER, CONTROL_PLANE), on(CONTROLLER_MANAGER, CONTROL_PLANE2)
    assert apiserver.is_serving(c)
    assert not control_plane.controllers_run(c)
    assert (c.static_pods[leader].lease, c.leases[CONTROLLER_MANAGER].silent) == (Timer(10), Timer(15))
    c = after(changed(c, "static_pods", leader, lease=Timer(0)), control_plane.exit_without_lease, leader)
    assert not is_enabled(c, control_plane.start_static_pod, leader)
    c = after(waited(c, CONTROLLER_MANAGER), control_plane.acquire_lease, other)

    assert control_plane.controllers_run(c)


def test_a_leader_whose_apiserver_is_back_in_time_stays() -> None:
    """Both timers stop: its own, and that of those who wait."""
    leader = on(CONTROLLER_MANAGER, CONTROL_PLANE)
    c = killed(calm(), (APISERVER, CONTROL_PLANE))
    c = after(c, control_plane.start_static_pod, on(APISERVER, CONTROL_PLANE))
    c = after(c, control_plane.renew_lease, leader)

    assert (c.static_pods[leader].lease, c.leases[CONTROLLER_MANAGER].silent) == (Timer(), Timer())
    assert control_plane.controllers_run(c)


def test_a_leader_that_was_replaced_exits() -> None:
    """Back at its apiserver it finds another name in the record: it cannot renew, and goes in its time."""
    leader, other = on(SCHEDULER, CONTROL_PLANE), on(SCHEDULER, CONTROL_PLANE2)
    c = waited(killed(calm(), (APISERVER, CONTROL_PLANE)), SCHEDULER)
    c = after(c, control_plane.acquire_lease, other)
    c = after(c, control_plane.start_static_pod, on(APISERVER, CONTROL_PLANE))
    assert not is_enabled(c, control_plane.renew_lease, leader)
    c = after(changed(c, "static_pods", leader, lease=Timer(0)), control_plane.exit_without_lease, leader)

    assert c.leases[SCHEDULER].holder == other


def test_without_a_quorum_every_leader_counts() -> None:
    """Wherever it runs, its apiserver answers no more; who does not lead has nothing to lose, and stays."""
    c = killed(calm(), (ETCD, CONTROL_PLANE2), (ETCD, CONTROL_PLANE3))

    assert {s for s, process in c.static_pods.items() if process.lease.armed} == {
        on(CONTROLLER_MANAGER, CONTROL_PLANE),
        on(SCHEDULER, CONTROL_PLANE),
    }


def test_a_new_leader_starts_with_an_empty_memory() -> None:
    """A silent node gets the whole grace period again, and planned evictions are forgotten."""
    c = after(calm(), faults.partition_node, WORKER)
    c = changed(changed(c, "nodes", WORKER, grace=Timer(1)), "pods", PodId("bare"), eviction=Timer(200))
    old = killed(c, (APISERVER, CONTROL_PLANE))
    c = after(waited(old, CONTROLLER_MANAGER), control_plane.acquire_lease, on(CONTROLLER_MANAGER, CONTROL_PLANE3))

    assert old.nodes[WORKER].grace == Timer(1)
    assert (c.nodes[WORKER].grace, c.nodes[CONTROL_PLANE2].grace) == (Timer(50), Timer())
    assert c.pods[PodId("bare")].eviction == Timer()
