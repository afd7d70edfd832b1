"""The node lifecycle controller's steps: how long a node may be silent, and what follows.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go
"""

from __future__ import annotations

from functools import cache

import pytest
from attrs import evolve
from kubernetes_systems import CONTROL_PLANE, WORKER, WORKER2, after, changed, is_enabled, pod, running_cluster

from clusterproof import Timer
from clusterproof.models.kubernetes import faults, kubelet, node_lifecycle
from clusterproof.models.kubernetes.decisions import node_lifecycle as decisions
from clusterproof.models.kubernetes.names import PodId, ZoneId
from clusterproof.models.kubernetes.state import Cluster, ConditionStatus

BARE, ZONE = PodId("bare"), ZoneId("the only zone")
UNKNOWN = ConditionStatus.UNKNOWN


@cache
def calm(workers: int = 1, version: str = "1.35") -> Cluster:
    """Return a cluster in which a pod runs on the first worker."""
    return running_cluster(pod("nodeName: kind-worker"), workers=workers, version=version)


@cache
def silent(workers: int = 1) -> Cluster:
    """Return the same with a first worker that was cut off so long ago that it is Unknown."""
    c = changed(after(calm(workers), faults.partition_node, WORKER), "nodes", WORKER, grace=Timer(0))
    return after(c, node_lifecycle.mark_unreachable, WORKER)


@pytest.mark.parametrize(("version", "seconds"), [("1.31", 40), ("1.32", 50), ("1.35", 50)])
def test_a_node_may_be_silent_for_the_grace_period(version: str, seconds: int) -> None:
    """The node monitor's grace period was 40 seconds up to Kubernetes 1.31, and is 50 since.

    Source: kube-controller-manager --node-monitor-grace-period
    """
    c = after(calm(version=version), faults.partition_node, WORKER)

    assert c.nodes[WORKER].grace == Timer(seconds)


def test_a_node_becomes_unknown_when_its_grace_is_over_and_not_before() -> None:
    """The Ready condition changes with the timer."""
    waiting = after(calm(), faults.partition_node, WORKER)
    due = changed(waiting, "nodes", WORKER, grace=Timer(0))

    assert not is_enabled(waiting, node_lifecycle.mark_unreachable, WORKER)
    assert after(due, node_lifecycle.mark_unreachable, WORKER).nodes[WORKER].ready is UNKNOWN


def test_pods_of_an_unknown_node_lose_their_ready_condition() -> None:
    """That is how endpoints learn of a dead node."""
    c = after(silent(), node_lifecycle.mark_pod_not_ready, BARE)

    assert (c.pods[BARE].ready, c.containers[BARE].ready) == (False, True)


def test_what_a_kubelet_that_is_back_reports_stands() -> None:
    """Only the transition to Unknown marks pods; a kubelet that is back overwrites it, and is not contradicted."""
    c = after(after(silent(), node_lifecycle.mark_pod_not_ready, BARE), faults.mend_link, WORKER)
    c = after(c, kubelet.report_status, WORKER, BARE)

    assert c.pods[BARE].ready
    assert c.nodes[WORKER].ready is UNKNOWN
    assert not is_enabled(c, node_lifecycle.mark_pod_not_ready, BARE)


def test_a_posted_node_status_is_a_heartbeat() -> None:
    """A node that reports itself ready is not found silent at the same instant."""
    c = after(after(silent(), faults.mend_link, WORKER), kubelet.report_node_ready, WORKER)

    assert (c.nodes[WORKER].ready, c.nodes[WORKER].grace) == (ConditionStatus.TRUE, Timer())
    assert not is_enabled(c, node_lifecycle.mark_unreachable, WORKER)


def test_the_no_schedule_taint_follows_the_condition() -> None:
    """It comes and goes with Unknown."""
    c = after(silent(), node_lifecycle.mirror_no_schedule, WORKER)
    assert c.nodes[WORKER].unreachable_no_schedule
    back = changed(c, "nodes", WORKER, ready=ConditionStatus.TRUE)

    assert not after(back, node_lifecycle.mirror_no_schedule, WORKER).nodes[WORKER].unreachable_no_schedule


def test_one_node_per_zone_is_tainted_every_ten_seconds() -> None:
    """The second node waits until the zone's rate lets it pass."""
    c = changed(silent(2), "nodes", WORKER2, ready=UNKNOWN)
    c = after(c, node_lifecycle.taint_no_execute, WORKER)

    assert c.nodes[WORKER].unreachable_no_execute
    assert c.zones[ZONE] == Timer(10)
    assert not is_enabled(c, node_lifecycle.taint_no_execute, WORKER2)


def disrupted(workers: int, lost: int) -> Cluster:
    """Return a cluster with so many workers, of which so many are Unknown."""
    c = silent(workers)
    for n in [n for n in c.nodes if n != CONTROL_PLANE][1:lost]:
        c = changed(c, "nodes", n, ready=UNKNOWN)
    return c


def test_a_small_zone_that_is_partly_disrupted_is_left_alone() -> None:
    """Three lost nodes, and 55 % of the zone: no pod of it is evicted any more.

    Source: setLimiterInZone, ReducedQPSFunc
    """
    assert is_enabled(disrupted(4, lost=2), node_lifecycle.taint_no_execute, WORKER)
    assert not is_enabled(disrupted(4, lost=3), node_lifecycle.taint_no_execute, WORKER)
    assert is_enabled(disrupted(5, lost=3), node_lifecycle.taint_no_execute, WORKER)


def test_a_large_zone_that_is_partly_disrupted_is_emptied_slowly() -> None:
    """Of more than 50 nodes one is tainted every 100 seconds."""
    well, ill = (after(disrupted(55, lost), node_lifecycle.taint_no_execute, WORKER) for lost in (30, 31))

    assert (well.zones[ZONE], ill.zones[ZONE]) == (Timer(10), Timer(100))


def test_a_node_may_be_left_out_of_the_state_of_its_zone() -> None:
    """With the label exclude-disruption a lost node is none of three."""
    c = disrupted(4, lost=3)
    labels = {decisions.EXCLUDE_DISRUPTION_LABEL: ""}
    nodes = {**c.scope.nodes, WORKER: evolve(c.scope.nodes[WORKER], labels=labels)}

    assert is_enabled(evolve(c, scope=evolve(c.scope, nodes=nodes)), node_lifecycle.taint_no_execute, WORKER)


def test_no_node_is_tainted_when_all_zones_are_lost() -> None:
    """When no node is ready it is the control plane that is cut off, and nothing is evicted.

    Source: handleDisruption
    """
    c = changed(silent(), "nodes", CONTROL_PLANE, ready=UNKNOWN)

    assert is_enabled(silent(), node_lifecycle.taint_no_execute, WORKER)
    assert not is_enabled(c, node_lifecycle.taint_no_execute, WORKER)


def test_taints_go_when_all_zones_are_lost() -> None:
    """What was tainted before is untainted then."""
    c = after(silent(), node_lifecycle.taint_no_execute, WORKER)
    assert not is_enabled(c, node_lifecycle.untaint_no_execute, WORKER)
    c = changed(c, "nodes", CONTROL_PLANE, ready=UNKNOWN)

    assert not after(c, node_lifecycle.untaint_no_execute, WORKER).nodes[WORKER].unreachable_no_execute


def test_a_ready_node_loses_its_taint_at_once() -> None:
    """No rate limits the way back."""
    c = after(silent(), node_lifecycle.taint_no_execute, WORKER)
    c = changed(c, "nodes", WORKER, ready=ConditionStatus.TRUE)

    assert not after(c, node_lifecycle.untaint_no_execute, WORKER).nodes[WORKER].unreachable_no_execute
