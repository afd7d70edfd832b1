"""The taint eviction controller's steps: who waits, how long, and who goes.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
"""

from __future__ import annotations

from functools import cache

from kubernetes_systems import WORKER, after, changed, disruption_budget, is_enabled, pod, running_cluster

from clusterproof import Timer
from clusterproof.models.kubernetes import node_heartbeat, taint_eviction
from clusterproof.models.kubernetes.names import BudgetId, PodId
from clusterproof.models.kubernetes.state import Cluster

BARE = PodId("bare")
UNREACHABLE = "key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute"


@cache
def tainted(spec: str = "") -> Cluster:
    """Return a running pod on a machine that is cut off and carries the NoExecute taint."""
    c = running_cluster(pod(spec), disruption_budget("minAvailable: 1"))
    c = changed(c, "machines", WORKER, link=False)
    return changed(c, "nodes", WORKER, unreachable_no_execute=True)


def tolerating(seconds: str) -> Cluster:
    """Return the same with a pod that tolerates the taint for so long."""
    return tainted(f"tolerations: [{{{UNREACHABLE}{seconds}}}]")


def test_a_pod_waits_300_seconds_unless_it_says_otherwise() -> None:
    """Admission gives every pod a toleration of 300 seconds, and the controller waits for that long."""
    assert after(tainted(), taint_eviction.schedule, BARE).pods[BARE].eviction == Timer(300)


def test_a_pod_waits_as_long_as_it_tolerates() -> None:
    """Its own tolerationSeconds count."""
    c = after(tolerating(", tolerationSeconds: 7"), taint_eviction.schedule, BARE)

    assert c.pods[BARE].eviction == Timer(7)


def test_a_pod_that_tolerates_for_ever_stays() -> None:
    """Without tolerationSeconds the controller does nothing."""
    c = tolerating("")

    assert not any(is_enabled(c, action, BARE) for action in taint_eviction.controller.actions)


def test_a_pod_that_tolerates_nothing_goes_at_once() -> None:
    """With 0 seconds there is no wait."""
    c = tolerating(", tolerationSeconds: 0")

    assert not is_enabled(c, taint_eviction.schedule, BARE)
    assert after(c, taint_eviction.delete, BARE).pods[BARE].deleting


def test_a_pod_goes_when_its_wait_is_over_and_not_before() -> None:
    """The deletion is due with the timer."""
    waiting, due = (changed(tainted(), "pods", BARE, eviction=Timer(seconds)) for seconds in (1, 0))

    assert not is_enabled(waiting, taint_eviction.delete, BARE)
    gone = after(due, taint_eviction.delete, BARE)
    assert (gone.pods[BARE].deleting, gone.pods[BARE].eviction) == (True, Timer())


def test_no_budget_is_asked() -> None:
    """A budget without anything to spare keeps nothing, and is charged nothing."""
    c = changed(tainted(), "pods", BARE, eviction=Timer(0))

    assert c.budgets[BudgetId("web")].disruptions_allowed == 0
    assert after(c, taint_eviction.delete, BARE).budgets == c.budgets


def test_the_wait_ends_with_the_taint() -> None:
    """A node that is back keeps its pods."""
    c = changed(tainted(), "pods", BARE, eviction=Timer(10))
    assert not is_enabled(c, taint_eviction.cancel, BARE)
    c = changed(c, "nodes", WORKER, unreachable_no_execute=False)

    assert after(c, taint_eviction.cancel, BARE).pods[BARE].eviction == Timer()


def test_a_running_wait_is_not_started_again() -> None:
    """The timer that runs stays as it is."""
    c = changed(tainted(), "pods", BARE, eviction=Timer(10))

    assert not is_enabled(c, taint_eviction.schedule, BARE)


def test_a_pod_that_is_being_deleted_is_left_alone() -> None:
    """It is on its way already."""
    c = changed(tolerating(", tolerationSeconds: 0"), "pods", BARE, deleting=True)

    assert not any(is_enabled(c, action, BARE) for action in taint_eviction.controller.actions)


def test_the_machine_that_is_cut_off_has_no_heartbeat() -> None:
    """The state these tests begin with is one of a silent node."""
    assert not node_heartbeat.is_beating(tainted(), WORKER)
