"""The StatefulSet controller's steps, and what a user does with StatefulSets.

Source: pkg/controller/statefulset, https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
"""

from __future__ import annotations

from functools import cache

import pytest
from kubernetes_systems import (
    DB,
    WORKER,
    after,
    changed,
    disruption_budget,
    is_enabled,
    manifests,
    running_cluster,
    service,
    small_system,
    stateful_set,
    topology,
    without,
)

from clusterproof import Timer
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import (
    disruption_controller,
    garbage_collector,
    kubectl,
    kubectl_sets,
    kubelet,
    statefulset_controller,
)
from clusterproof.models.kubernetes.build import UserActions, build_scope
from clusterproof.models.kubernetes.kubectl import Replicas
from clusterproof.models.kubernetes.names import (
    BudgetId,
    ControllerRevisionId,
    Ordinal,
    PodId,
    ServiceId,
    pod_name,
)
from clusterproof.models.kubernetes.narration import describe
from clusterproof.models.kubernetes.state import Cluster

FIRST, SECOND = ControllerRevisionId("StatefulSet/db@1"), ControllerRevisionId("StatefulSet/db@2")
DB_0, DB_0_AGAIN, DB_1, DB_2 = PodId("db-0"), PodId("db-0#2"), PodId("db-1"), PodId("db-2")
create, delete = statefulset_controller.create_pod, statefulset_controller.delete_pod


@cache
def calm(replicas: int = 2, spec: str = "", *, version: str = "1.35") -> Cluster:
    """Return a StatefulSet that runs as wanted on one worker, and may be scaled and rolled out."""
    return running_cluster(
        stateful_set(replicas, spec=spec), scales=(1, 3), rollouts=1, actions={"delete-pod": 0}, version=version
    )


def rolled_out(c: Cluster) -> Cluster:
    """Return the cluster after `kubectl rollout restart`, with the new revision stored."""
    return after(after(c, kubectl_sets.rollout_stateful_set, DB), statefulset_controller.create_revision, DB)


def enabled(c: Cluster, action: object, ordinals: range = range(4)) -> list[int]:
    """Return the ordinals whose pod the controller would create or delete now."""
    return [n for n in ordinals if is_enabled(c, action, DB, Ordinal(n))]  # type: ignore[arg-type]


# ---------------------------------------------------------------- names and templates


def test_pods_are_named_for_their_ordinals_and_labelled_with_their_names() -> None:
    """A Service can select one pod by its name, and the second pod of a name bears the same labels."""
    spec = "{selector: {statefulset.kubernetes.io/pod-name: db-1}, ports: [{port: 1}]}"
    one = f"{{apiVersion: v1, kind: Service, metadata: {{name: one}}, spec: {spec}}}"
    c = running_cluster(stateful_set(), one)

    assert set(c.pods) == {DB_0, DB_1}
    assert c.scope.pods_of_service[ServiceId("one")] == (DB_1, PodId("db-1#2"))
    assert pod_name(DB_0_AGAIN) == pod_name(DB_0) == "db-0"


def test_what_points_to_an_old_pod_does_not_mean_the_new_one_of_its_name() -> None:
    """While an endpoint still lists the old pod, the new pod of that name is another one."""
    c = running_cluster(stateful_set(1).replace("app: db", "app: web"), service())
    c = without(without(c, "containers", DB_0), "pods", DB_0)
    assert DB_0 in c.services[ServiceId("web")].endpoints

    assert set(after(c, create, DB, Ordinal(0)).pods) == {DB_0_AGAIN}


def test_a_start_is_told_in_a_line() -> None:
    """The initial state of a trace names the set, its ready pods, and where they run."""
    assert describe(calm()) == ["StatefulSet/db 2/2: db-0, db-1 run on kind-worker"]


# ---------------------------------------------------------------- order


def test_a_missing_pod_is_created_at_the_lowest_ordinal() -> None:
    """With OrderedReady one ordinal after the other; with Parallel all that are missing."""
    gone = without(without(calm(3), "pods", DB_0), "pods", DB_2)
    assert enabled(gone, create) == [0]

    parallel = without(without(calm(3, "podManagementPolicy: Parallel"), "pods", DB_0), "pods", DB_2)
    assert enabled(parallel, create) == [0, 2]


@pytest.mark.parametrize("changes", [{"ready": False}, {"deleting": True}, {"until_available": Timer(5)}])
def test_nothing_happens_above_a_pod_that_is_not_well(changes: dict[str, object]) -> None:
    """A pod that is not ready, on its way out or not available yet holds up everything after it."""
    c = changed(without(calm(3), "pods", DB_2), "pods", DB_0, **changes)

    assert enabled(c, create) == []


def test_a_name_that_is_on_its_way_out_is_not_given_again() -> None:
    """A pod that cannot finish, on a machine that is lost, blocks its replacement."""
    c = changed(calm(), "pods", DB_1, deleting=True)

    assert enabled(c, create) == []
    assert enabled(without(c, "pods", DB_1), create) == [1]


def test_scaling_goes_up_and_down_at_the_top() -> None:
    """The next ordinal above, the highest one first below."""
    up = after(calm(), kubectl_sets.scale_stateful_set, DB, Replicas(3))
    assert (enabled(up, create), up.stateful_sets[DB].observed) == ([2], False)

    down = after(calm(3), kubectl_sets.scale_stateful_set, DB, Replicas(1))
    assert enabled(down, delete) == [2]
    assert not is_enabled(down, kubectl_sets.scale_stateful_set, DB, Replicas(2))


# ---------------------------------------------------------------- updates


def test_an_update_begins_at_the_top_once_its_revision_is_stored() -> None:
    """Before the ControllerRevision is there, nothing is deleted; the new pod has the new template."""
    c = after(calm(), kubectl_sets.rollout_stateful_set, DB)
    assert enabled(c, delete) == []

    c = rolled_out(calm())
    assert enabled(c, delete) == [1]
    c = after(without(c, "pods", DB_1), create, DB, Ordinal(1))
    assert next(pod.owner for p, pod in c.pods.items() if pod_name(p) == "db-1") == SECOND


def test_below_the_partition_pods_stay_as_they_are() -> None:
    """An old pod below the partition is not deleted, and is made again from the old template."""
    c = rolled_out(calm(2, "updateStrategy: {rollingUpdate: {partition: 2}}"))
    assert enabled(c, delete) == []

    c = after(without(c, "pods", DB_0), create, DB, Ordinal(0))
    assert next(pod.owner for p, pod in c.pods.items() if pod_name(p) == "db-0") == FIRST


def test_max_unavailable_counts_from_1_35_on() -> None:
    """Older releases delete one pod at a time, whatever the manifest says."""
    spec = "updateStrategy: {rollingUpdate: {maxUnavailable: 2}}\npodManagementPolicy: Parallel"

    assert enabled(rolled_out(calm(3, spec)), delete) == [1, 2]
    assert enabled(rolled_out(calm(3, spec, version="1.34")), delete) == [2]


def test_a_finished_update_becomes_the_current_revision() -> None:
    """While pods of both templates run, the status counts each."""
    c = changed(rolled_out(calm()), "pods", DB_1, owner=SECOND)
    half = after(c, statefulset_controller.update_status, DB).stateful_sets[DB]
    assert (half.current_revision, half.current_replicas, half.updated_replicas) == (FIRST, 1, 1)

    c = changed(c, "pods", DB_0, owner=SECOND)
    done = after(c, statefulset_controller.update_status, DB).stateful_sets[DB]
    assert (done.current_revision, done.current_replicas, done.updated_replicas) == (SECOND, 2, 2)


def test_an_undo_gives_the_old_revision_the_highest_number() -> None:
    """The template is the old one again, and its ControllerRevision the newest."""
    c = after(rolled_out(calm()), kubectl_sets.rollout_undo_stateful_set, DB)
    assert c.stateful_sets[DB].template == FIRST

    c = after(c, statefulset_controller.number_revision, DB)
    assert (c.controller_revisions[FIRST].revision, c.controller_revisions[SECOND].revision) == (3, 2)
    assert not is_enabled(c, statefulset_controller.number_revision, DB)


def test_idle_revisions_go_beyond_the_limit() -> None:
    """With a limit of 0 an old revision goes as soon as no pod and no status refers to it."""
    c = rolled_out(calm(1, "revisionHistoryLimit: 0"))
    assert not is_enabled(c, statefulset_controller.delete_revision, DB)

    c = after(changed(c, "pods", DB_0, owner=SECOND), statefulset_controller.update_status, DB)
    assert set(after(c, statefulset_controller.delete_revision, DB).controller_revisions) == {SECOND}


# ---------------------------------------------------------------- others


def test_a_second_apply_takes_what_the_manifest_says() -> None:
    """The size that somebody set in between is lost, as the manifest gives one."""
    c = running_cluster(stateful_set(), second=(stateful_set(image="db:2"),), actions={"apply": 1}, scales=(3,))
    c = after(after(c, kubectl_sets.scale_stateful_set, DB, Replicas(3)), kubectl.apply)

    applied = after(c, kubectl.apply_document).stateful_sets[DB]

    assert (applied.replicas, applied.template, applied.manifest) == (2, SECOND, 1)


def test_min_ready_seconds_delay_availability() -> None:
    """A pod that becomes ready counts as available only after a while."""
    c = changed(calm(1, "minReadySeconds: 7"), "pods", DB_0, ready=False)

    assert after(c, kubelet.report_status, WORKER, DB_0).pods[DB_0].until_available == Timer(7)


def test_a_budget_knows_how_many_pods_a_stateful_set_wants() -> None:
    """Percentages are of spec.replicas."""
    budget = disruption_budget("minAvailable: 50%").replace("app: web", "app: db")
    c = running_cluster(stateful_set(3), budget)

    status = c.budgets[BudgetId("web")]
    assert (status.expected_pods, status.desired_healthy, status.disruptions_allowed) == (3, 2, 1)
    wanted = disruption_controller.wanted_status(changed(c, "stateful_sets", DB, replicas=1), BudgetId("web"))
    assert wanted is not None
    assert wanted.expected_pods == 1


def test_what_a_deleted_stateful_set_owns_is_collected() -> None:
    """Its pods and its revisions go, in no order."""
    c = after(calm(), kubectl_sets.delete_stateful_set, DB)

    assert after(c, garbage_collector.delete_pod, DB_0).pods[DB_0].deleting
    assert after(c, garbage_collector.delete_pod, DB_1).pods[DB_1].deleting
    assert not after(c, garbage_collector.delete_controller_revision, FIRST).controller_revisions
    assert not is_enabled(calm(), garbage_collector.delete_controller_revision, FIRST)


def test_ordinals_of_all_versions_and_sizes_are_in_scope() -> None:
    """A set that starts elsewhere after a second apply has the ordinals of both."""
    later = manifests(stateful_set(1, spec="ordinals: {start: 4}"))
    scope = build_scope([manifests(stateful_set(2)), later], topology(), UserActions(stateful_set_scales={DB: (3,)}))

    assert list(scope.stateful_sets[DB].pods) == [0, 1, 2, 4, 5, 6]


def test_a_lost_machine_keeps_a_stateful_set_from_converging() -> None:
    """Unlike a Deployment: the pod stays Terminating for ever, and its name is not given again."""
    system = small_system(stateful_set(1), workers=2, faults={"crash-node": 1}, properties=["replicas-converge"])

    (found,) = check_system(system).properties

    assert (found.verdict, found.object_name) == (Verdict.REFUTED, "StatefulSet/db")


def test_without_grace_a_cut_off_pod_gets_a_twin() -> None:
    """terminationGracePeriodSeconds: 0 takes the object away at once, and the container runs on where nobody hears."""
    options = {"workers": 2, "faults": {"partition-node": 1}, "properties": ["at-most-one-pod-per-ordinal"]}
    patient = small_system(stateful_set(1), **options)  # type: ignore[arg-type]
    impatient = small_system(stateful_set(1, pod="terminationGracePeriodSeconds: 0"), **options)  # type: ignore[arg-type]

    assert [each.verdict for each in check_system(patient).properties] == [Verdict.PROVED]
    assert [each.verdict for each in check_system(impatient).properties] == [Verdict.REFUTED]
