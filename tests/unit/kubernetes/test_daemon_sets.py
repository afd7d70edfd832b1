"""The DaemonSet controller's steps, and what a user does with DaemonSets.

Source: pkg/controller/daemon, https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    AGENT,
    CONTROL_PLANE,
    SURGE,
    WORKER,
    WORKER2,
    after,
    changed,
    daemon_set,
    deployment,
    disruption_budget,
    is_enabled,
    running_cluster,
    small_system,
    without,
)

from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import (
    daemonset_controller,
    disruption_controller,
    garbage_collector,
    kubectl,
    kubectl_sets,
    scheduler,
    taint_eviction,
)
from clusterproof.models.kubernetes.names import BudgetId, ControllerRevisionId, NodeId, PodId
from clusterproof.models.kubernetes.narration import describe
from clusterproof.models.kubernetes.state import Cluster, DrainState

FIRST, SECOND = ControllerRevisionId("DaemonSet/agent@1"), ControllerRevisionId("DaemonSet/agent@2")
A, B, OTHER = PodId("agent-kind-worker-a"), PodId("agent-kind-worker-b"), PodId("agent-kind-worker2-a")
EVERYWHERE = "tolerations: [{operator: Exists}]"
create, delete = daemonset_controller.create_pod, daemonset_controller.delete_pod


@cache
def calm(spec: str = "", pod: str = "", *, ignore_daemonsets: bool = True) -> Cluster:
    """Return a DaemonSet that runs on two workers, and may be rolled out; the first worker may be drained."""
    return running_cluster(
        daemon_set(spec=spec, pod=pod),
        workers=2,
        rollouts=1,
        drains=[WORKER],
        ignore_daemonsets=ignore_daemonsets,
    )


def rolled_out(c: Cluster) -> Cluster:
    """Return the cluster after `kubectl rollout restart`, with the new revision stored."""
    return after(after(c, kubectl_sets.rollout_daemon_set, AGENT), daemonset_controller.create_revision, AGENT)


def outcomes(c: Cluster, action: object) -> set[str]:
    """Return the labels of the choices that an action of the update has now."""
    return set(action.outcomes(c, AGENT))  # type: ignore[attr-defined]


# ---------------------------------------------------------------- nodes


def test_every_node_that_fits_runs_one_pod() -> None:
    """The workers do; the control plane has a taint, and does when the pods tolerate it."""
    assert {pod.node for pod in calm().pods.values()} == {WORKER, WORKER2}
    assert {pod.node for pod in calm(pod=EVERYWHERE).pods.values()} == {CONTROL_PLANE, WORKER, WORKER2}
    assert calm(pod="nodeSelector: {kubernetes.io/hostname: kind-worker2}").daemon_sets[AGENT].number_ready == 1


def test_a_start_is_told_in_a_line() -> None:
    """The initial state of a trace names the set, its ready pods of those desired, and where they run."""
    (line,) = describe(calm())

    assert line == f"DaemonSet/agent 2/2: {A} runs on kind-worker; {OTHER} runs on kind-worker2"


def test_a_pod_is_replaced_when_its_object_is_gone() -> None:
    """A pod on its way out keeps its node; with surge a new one comes at once."""
    leaving = changed(calm(), "pods", A, deleting=True)
    assert not is_enabled(leaving, create, AGENT, WORKER)
    assert is_enabled(without(leaving, "pods", A), create, AGENT, WORKER)

    surging = changed(calm(SURGE), "pods", A, deleting=True)
    assert set(after(surging, create, AGENT, WORKER).pods) == {A, B, OTHER}


def test_a_new_pod_is_bound_to_its_node_and_to_no_other() -> None:
    """The scheduler binds it, also while the node is cordoned."""
    c = without(without(calm(), "containers", A), "pods", A)
    c = changed(after(c, create, AGENT, WORKER), "nodes", WORKER, unschedulable=True)
    (new,) = [p for p, pod in c.pods.items() if pod.node is None]

    assert after(c, scheduler.bind, new).pods[new].node == WORKER


def test_a_lost_node_is_not_desired_and_keeps_its_pod() -> None:
    """The NoSchedule taint of an unreachable node takes it out of the count; the NoExecute taint drives nobody out."""
    c = changed(calm(), "nodes", WORKER, unreachable_no_schedule=True, unreachable_no_execute=True)

    assert daemonset_controller.desired_nodes(c, AGENT) == [WORKER2]
    assert not is_enabled(c, delete, AGENT, WORKER)
    assert not is_enabled(c, taint_eviction.schedule, A)
    status = after(c, daemonset_controller.update_status, AGENT).daemon_sets[AGENT]
    assert (status.desired_number_scheduled, status.number_misscheduled) == (1, 1)
    assert not is_enabled(without(c, "pods", A), create, AGENT, WORKER)


def test_a_template_that_fits_no_more_takes_its_pods_away() -> None:
    """After a node selector was added, the pods on other nodes are deleted."""
    second = daemon_set(image="agent:2", pod="nodeSelector: {kubernetes.io/hostname: kind-worker2}")
    c = running_cluster(daemon_set(), workers=2, second=(second,), actions={"apply": 1})
    c = after(after(c, kubectl.apply), kubectl.apply_document)
    c = after(c, daemonset_controller.create_revision, AGENT)

    assert after(c, delete, AGENT, WORKER).pods[A].deleting
    assert not is_enabled(c, delete, AGENT, WORKER2)


# ---------------------------------------------------------------- updates


def test_one_node_after_the_other_is_updated() -> None:
    """By default one node may be without an available pod; which goes first is open."""
    c = rolled_out(calm())
    assert outcomes(c, daemonset_controller.delete_old_pod) == {f"victim={A}", f"victim={OTHER}"}

    c = changed(c, "pods", A, ready=False)
    assert outcomes(c, daemonset_controller.delete_old_pod) == {f"victim={A}"}
    assert outcomes(changed(c, "pods", A, deleting=True), daemonset_controller.delete_old_pod) == set()


def test_the_main_loop_comes_before_the_update() -> None:
    """While a node needs a pod, no old one is deleted."""
    c = without(rolled_out(calm("updateStrategy: {rollingUpdate: {maxUnavailable: 2}}")), "pods", A)

    assert is_enabled(c, create, AGENT, WORKER)
    assert outcomes(c, daemonset_controller.delete_old_pod) == set()


def test_a_surge_makes_new_pods_first() -> None:
    """One new pod beside an old one at a time, and the old one goes when the new one is available."""
    c = rolled_out(calm(SURGE))
    assert outcomes(c, daemonset_controller.delete_old_pod) == set()
    assert outcomes(c, daemonset_controller.create_new_pod) == {"node=kind-worker", "node=kind-worker2"}
    c = daemonset_controller.create_new_pod.outcomes(c, AGENT)["node=kind-worker"]
    assert outcomes(c, daemonset_controller.create_new_pod) == set()

    c = changed(c, "pods", B, node=WORKER, ready=True)
    assert after(c, delete, AGENT, WORKER).pods[A].deleting


def test_on_delete_leaves_the_old_pods() -> None:
    """Nothing is deleted, and what somebody deletes comes back new."""
    c = rolled_out(calm("updateStrategy: {type: OnDelete}"))
    assert not is_enabled(c, daemonset_controller.delete_old_pod, AGENT)

    c = after(without(without(c, "containers", A), "pods", A), create, AGENT, WORKER)
    assert [pod.owner for p, pod in c.pods.items() if pod.node is None] == [SECOND]


def test_an_undo_gives_the_old_revision_the_highest_number() -> None:
    """And a limit of 0 deletes the other one, once no pod is left of it."""
    c = after(rolled_out(calm("revisionHistoryLimit: 0")), kubectl_sets.rollout_undo_daemon_set, AGENT)
    c = after(c, daemonset_controller.number_revision, AGENT)

    assert (c.daemon_sets[AGENT].template, c.controller_revisions[FIRST].revision) == (FIRST, 3)
    assert set(after(c, daemonset_controller.delete_revision, AGENT).controller_revisions) == {FIRST}


def test_a_surge_cannot_share_a_host_port() -> None:
    """The new pod waits for the old one's port, and the old one for the new pod: the update never ends."""
    ports = "image: 'agent:1', ports: [{containerPort: 80, hostPort: 80}]"
    options = {"rollouts": 1, "actions": {"rollout-daemon-set": 1}, "properties": ["replicas-converge"]}
    verdicts = {}
    for spec in (SURGE, ""):
        shared = daemon_set(spec=spec).replace("image: 'agent:1'", ports)
        (found,) = check_system(small_system(shared, **options)).properties  # type: ignore[arg-type]
        verdicts[spec] = found.verdict

    assert verdicts == {SURGE: Verdict.REFUTED, "": Verdict.PROVED}


# ---------------------------------------------------------------- drains and budgets


def test_a_drain_ignores_daemon_pods() -> None:
    """It evicts none, and is done when only they are left."""
    c = after(calm(), kubectl.drain, WORKER)
    assert not is_enabled(c, kubectl.evict, WORKER, A)

    assert after(c, kubectl.finish_drain, WORKER).drains[WORKER] is DrainState.DONE


def test_a_drain_without_the_flag_is_refused() -> None:
    """kubectl has cordoned the node by then, evicts nobody, and never comes to an end."""
    c = after(calm(ignore_daemonsets=False), kubectl.drain, WORKER)

    assert (c.drains[WORKER], c.nodes[WORKER].unschedulable) == (DrainState.REFUSED, True)
    assert not is_enabled(c, kubectl.finish_drain, WORKER)


@pytest.mark.parametrize(("ignoring", "expected"), [(True, Verdict.PROVED), (False, Verdict.REFUTED)])
def test_a_drain_ends_with_the_flag_only(ignoring: bool, expected: Verdict) -> None:
    """drain-terminates on a node with a daemon pod, and a Deployment that can go elsewhere."""
    system = small_system(
        daemon_set(),
        deployment(),
        workers=2,
        drains=[WORKER],
        ignore_daemonsets=ignoring,
        actions={"drain": 1},
        properties=["drain-terminates"],
    )

    found = {each.object_name: each.verdict for each in check_system(system).properties}

    assert found["Node/kind-worker"] is expected


def test_a_budget_cannot_count_what_a_daemon_set_wants() -> None:
    """maxUnavailable needs a scale subresource: the sync fails, and nothing may be disrupted; a number works."""
    budget = BudgetId("web")
    failing = running_cluster(daemon_set(), disruption_budget().replace("app: web", "app: agent"), workers=2)
    assert disruption_controller.wanted_status(failing, budget) is None
    assert not is_enabled(failing, disruption_controller.sync, budget)
    spared = changed(failing, "budgets", budget, disruptions_allowed=1)
    assert after(spared, disruption_controller.sync, budget).budgets[budget].disruptions_allowed == 0

    counted = disruption_budget("minAvailable: 1").replace("app: web", "app: agent")
    assert running_cluster(daemon_set(), counted, workers=2).budgets[budget].disruptions_allowed == 1


def test_what_a_deleted_daemon_set_owns_is_collected() -> None:
    """Its pods and its revisions go."""
    c = after(calm(), kubectl_sets.delete_daemon_set, AGENT)

    assert after(c, garbage_collector.delete_pod, A).pods[A].deleting
    assert not after(c, garbage_collector.delete_controller_revision, FIRST).controller_revisions


def test_nodes_that_can_never_run_it_have_no_names_for_its_pods() -> None:
    """A taint that nothing takes away keeps the control plane out of the scope."""
    assert set(calm().scope.daemon_sets[AGENT].pods) == {WORKER, WORKER2}
    assert CONTROL_PLANE in calm(pod=EVERYWHERE).scope.daemon_sets[AGENT].pods
    assert NodeId("kind-worker3") not in calm().scope.daemon_sets[AGENT].pods
