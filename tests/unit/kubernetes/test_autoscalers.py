"""The HorizontalPodAutoscaler controller's steps, what it remembers, and the demand that it follows.

Source: pkg/controller/podautoscaler, https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kubernetes_systems import (
    CPU,
    DB,
    WEB,
    after,
    autoscaler,
    changed,
    deployment,
    is_enabled,
    replica_set,
    running_cluster,
    small_system,
    stateful_set,
)

from clusterproof import Map, Timer
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import faults, hpa_controller, kubectl
from clusterproof.models.kubernetes.autoscaler_state import Period, RecentChange, Size
from clusterproof.models.kubernetes.names import AutoscalerId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster

HPA = AutoscalerId("web")
LEVELS = (100, 200, 300, 900)
A = PodId("web-a")
WINDOW = "behavior: {scaleUp: {stabilizationWindowSeconds: 120}, scaleDown: {stabilizationWindowSeconds: 60}}"
SLOWLY = "behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}"


@cache
def calm(replicas: int = 1, minimum: int = 1, maximum: int = 3, spec: str = "", container: str = CPU) -> Cluster:
    """Return a Deployment that runs, with an autoscaler that has nothing to do, and a demand that may change."""
    documents = (deployment(replicas, container=container), autoscaler(minimum, maximum, spec))
    return running_cluster(*documents, demands={("Deployment", "web"): LEVELS})


def demanded(c: Cluster, millicores: int) -> Cluster:
    """Return the cluster after the demand has changed."""
    return after(c, hpa_controller.change_demand, HPA, millicores)


def scaled(c: Cluster) -> Cluster:
    """Return the cluster after a round of the autoscaler."""
    return after(c, hpa_controller.scale, HPA)


def remembering(c: Cluster, **fields: Any) -> Cluster:
    """Return the cluster with something in the controller's memory."""
    return changed(c, "autoscaler_memories", HPA, **fields)


# ---------------------------------------------------------------- rounds


def test_the_demand_begins_at_what_the_manifest_is_right_for() -> None:
    """Two replicas at half of 200 millicores use 200 together, and nothing is to do."""
    c = calm(2)

    assert c.cpu_demands[HPA].millicores == 200
    assert (c.autoscalers[HPA].current_replicas, c.autoscalers[HPA].current) == (2, 50)
    assert not is_enabled(c, hpa_controller.scale, HPA)
    assert not is_enabled(c, hpa_controller.update_status, HPA)


def test_the_size_follows_the_demand() -> None:
    """Three times the demand is three pods, written to the Deployment in one step."""
    c = scaled(demanded(calm(), 300))

    assert (c.deployments[WEB].replicas, c.deployments[WEB].observed) == (3, False)
    status = after(c, hpa_controller.update_status, HPA).autoscalers[HPA]
    assert (status.current_replicas, status.desired_replicas, status.current) == (3, 3, 150)


def test_no_more_than_max_replicas_are_asked_for() -> None:
    """Nine times the demand is three pods, too; and the pool of pods is large enough."""
    c = scaled(demanded(calm(), 900))

    assert c.deployments[WEB].replicas == 3
    assert len(c.scope.pods_of_deployment[WEB]) == 6


def test_a_deployment_below_min_replicas_grows_when_it_is_deployed() -> None:
    """Whatever is used: a Deployment without replicas starts at one."""
    assert calm(1, minimum=2).deployments[WEB].replicas == 2


def test_an_autoscaler_is_off_at_size_zero() -> None:
    """Who scales to 0 switches it off."""
    c = changed(calm(), "deployments", WEB, replicas=0)

    assert not is_enabled(c, hpa_controller.scale, HPA)


def test_pods_that_are_not_ready_use_nothing_and_move_nothing() -> None:
    """One of two pods is not ready: the other one has the whole demand, and that is no reason to grow."""
    c = changed(calm(2), "pods", A, ready=False)

    assert hpa_controller.wanted_size(c, HPA) == 2


def test_without_a_ready_pod_nobody_knows_anything() -> None:
    """The size stays."""
    c = changed(demanded(calm(), 300), "pods", A, ready=False)

    assert not is_enabled(c, hpa_controller.scale, HPA)
    assert after(c, hpa_controller.update_status, HPA).autoscalers[HPA].current is None


def test_without_requests_there_is_no_utilization() -> None:
    """A line under assumptions says that the autoscaler is blind, and the size stays."""
    system = small_system(deployment(container="args: []"), autoscaler(), demands={("Deployment", "web"): LEVELS})
    (c,) = system.initial_states

    assert not is_enabled(demanded(c, 900), hpa_controller.scale, HPA)
    assert any("requests no cpu" in line for line in system.assumptions)


def test_two_autoscalers_of_one_workload_do_nothing() -> None:
    """They would undo each other; upstream calls it AmbiguousSelector."""
    second = autoscaler(2).replace("metadata: {name: web}", "metadata: {name: other}")
    system = small_system(deployment(container=CPU), autoscaler(), second)
    (c,) = system.initial_states

    assert c.deployments[WEB].replicas == 1
    assert sum("scales nothing, for another one scales" in line for line in system.assumptions) == 2


def test_an_autoscaler_without_target_is_named() -> None:
    """It has no place in the state."""
    system = small_system(deployment(), autoscaler(target="Job"))

    assert dict(system.initial_states[0].autoscalers) == {}
    assert any("scales nothing, there is no Job/web" in line for line in system.assumptions)


def test_other_kinds_are_scaled_too() -> None:
    """StatefulSets and ReplicaSets have a size as well."""
    solo = autoscaler(2, target="ReplicaSet", name="solo")
    assert running_cluster(replica_set(), solo).replica_sets[ReplicaSetId("solo")].replicas == 2

    c = running_cluster(stateful_set(1), autoscaler(2, target="StatefulSet", name="db"))
    assert (c.stateful_sets[DB].replicas, len(c.pods)) == (2, 2)


# ---------------------------------------------------------------- memory


def test_a_lower_demand_waits_for_the_window() -> None:
    """Five minutes after the last high recommendation the size shrinks."""
    c = scaled(demanded(calm(3), 100))
    assert c.deployments[WEB].replicas == 3
    assert c.autoscaler_memories[HPA].keeps_up[Size(3)] == Timer(300)

    c = remembering(c, keeps_up=Map({**c.autoscaler_memories[HPA].keeps_up, Size(3): Timer(0)}))
    c = after(c, hpa_controller.forget, HPA)
    assert scaled(c).deployments[WEB].replicas == 1


def test_a_higher_recommendation_takes_the_place_of_lower_ones() -> None:
    """What was recommended earlier and lower cannot matter any more, and is forgotten."""
    c = scaled(demanded(scaled(demanded(calm(3), 200)), 100))
    assert [c.autoscaler_memories[HPA].keeps_up[Size(n)].armed for n in (1, 2, 3)] == [False, True, True]

    c = scaled(demanded(c, 300))
    assert not any(timer.armed for timer in c.autoscaler_memories[HPA].keeps_up.values())


def test_a_window_for_scaling_up_keeps_the_size_down() -> None:
    """With a behavior each direction has its window."""
    c = scaled(demanded(calm(1, spec=WINDOW), 300))

    assert c.deployments[WEB].replicas == 1
    assert c.autoscaler_memories[HPA].keeps_down[Size(1)] == Timer(120)


def test_the_next_round_is_fifteen_seconds_away() -> None:
    """After a round that has changed the size there is a pause."""
    c = demanded(scaled(demanded(calm(1, maximum=9), 300)), 900)
    assert not is_enabled(c, hpa_controller.scale, HPA)

    c = after(remembering(c, pause=Timer(0)), hpa_controller.forget, HPA)
    assert is_enabled(c, hpa_controller.scale, HPA)


def test_a_policy_with_a_long_period_counts_what_was_changed() -> None:
    """One pod a minute: the second one has to wait."""
    c = scaled(demanded(calm(1, spec=SLOWLY), 300))
    assert c.deployments[WEB].replicas == 2
    assert c.autoscaler_memories[HPA].changes[Period(60)].up == 1

    c = remembering(c, pause=Timer())
    assert hpa_controller.wanted_size(c, HPA) == 2
    forgotten = remembering(c, changes=Map({Period(60): RecentChange()}))
    assert hpa_controller.wanted_size(forgotten, HPA) == 3


def test_a_controller_manager_that_stops_forgets() -> None:
    """A new one takes the present size for recommended, so that nothing shrinks for five minutes."""
    c = after(demanded(calm(3), 100), faults.stop_control_plane)
    memory = c.autoscaler_memories[HPA]

    assert (memory.recommended, any(timer.armed for timer in memory.keeps_up.values())) == (None, False)
    assert hpa_controller.wanted_size(c, HPA) == 3


# ---------------------------------------------------------------- what users meet


def test_a_manifest_without_replicas_leaves_the_size_alone() -> None:
    """Applying it again changes nothing; one with replicas takes the size back."""
    silent = deployment(container=CPU).replace("  replicas: 1\n", "")
    changes = silent.replace("web:1", "web:2")
    for first, second, size in ((silent, changes, 3), (deployment(container=CPU), deployment(image="web:2"), 1)):
        c = running_cluster(
            first, autoscaler(), demands={("Deployment", "web"): LEVELS}, second=(second,), actions={"apply": 1}
        )
        c = after(after(scaled(demanded(c, 300)), kubectl.apply), kubectl.apply_document)
        assert c.deployments[WEB].replicas == size


def test_the_size_settles_whatever_the_demand() -> None:
    """Up and down, with the control plane away in between or not, untimed as well."""
    options: dict[str, Any] = {
        "demands": {("Deployment", "web"): (200, 100)},
        "actions": {"change-demand": 2},
        "properties": ["autoscaler-keeps-its-limits", "autoscaler-settles", "replicas-converge"],
    }
    for timing in ("timed", "untimed"):
        system = small_system(deployment(container=CPU), autoscaler(1, 2), timing=timing, **options)
        found = check_system(system, sliced=False).properties
        assert {each.verdict for each in found} == {Verdict.PROVED}


def test_nodes_that_are_full_break_the_promise() -> None:
    """The autoscaler asks for more pods than the nodes have room for: that is a verdict."""
    system = small_system(
        deployment(container=CPU),
        autoscaler(),
        pods=2,
        demands={("Deployment", "web"): (300,)},
        actions={"change-demand": 1},
        properties=["replicas-converge"],
    )
    (found,) = check_system(system).properties

    assert found.verdict is Verdict.REFUTED
    assert any("fits no node" in line for line in found.traces[0].why.notes)
