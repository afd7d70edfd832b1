"""The progress of a rollout and its deadline, the history of a Deployment, and rolling back to a revision.

Source: pkg/controller/deployment/{progress,sync}.go, polymorphichelpers/rollback.go
"""

from __future__ import annotations

from functools import cache

import attrs
import pytest
from kubernetes_systems import WEB, after, changed, deployment, is_enabled, running_cluster, small_system

from clusterproof import Bounds, System, Timer, evolve
from clusterproof.checker import reference
from clusterproof.checker.check import check_system
from clusterproof.checker.search import Options
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import deployment_controller, deployment_status_controller, faults, kubectl
from clusterproof.models.kubernetes.deployment_state import ProgressReason, RolloutProgress
from clusterproof.models.kubernetes.kubectl import Revision
from clusterproof.models.kubernetes.names import ProcessId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster

OLD, NEW = ReplicaSetId("web-1"), ReplicaSetId("web-2")
DEADLINE = "progressDeadlineSeconds: 60"
CREATE = deployment_controller.create_new_replica_set
REPORT, STATUS = deployment_status_controller.report_progress, deployment_status_controller.update_status
CLEAN_UP = deployment_controller.cleanup_deployment


@cache
def calm(more: str = DEADLINE) -> Cluster:
    """Return a Deployment that runs as wanted and may be rolled out once."""
    return running_cluster(deployment(more=more), rollouts=1)


@cache
def begun() -> Cluster:
    """Return a rollout whose new ReplicaSet has just been created."""
    c = after(after(calm(), kubectl.rollout, WEB), STATUS, WEB)
    return after(c, CREATE, WEB)


def progress(c: Cluster) -> RolloutProgress:
    """Return what the condition Progressing says."""
    return c.rollout_progress[WEB]


def told(c: Cluster) -> tuple[ProgressReason, int | None]:
    """Return the reason of the condition, and the seconds that are left."""
    return progress(c).reason, progress(c).deadline.seconds


def states(system: System[Cluster]) -> int:
    """Return how many states a system has."""
    return len(reference.run(Compiled(system), (), Options(bounds=Bounds(states=5_000))).rows)


def rolling_update(more: str) -> System[Cluster]:
    """Return a rolling update."""
    return small_system(deployment(more=more), rollouts=1, actions={"rollout": 1}, properties=())


def crash(more: str) -> System[Cluster]:
    """Return a container that may crash."""
    return small_system(deployment(more=more), faults={"crash-container": 1}, properties=())


# ---------------------------------------------------------------- what it costs


def test_a_deadline_costs_only_where_the_manifest_gives_it() -> None:
    """A rolling update has as many states as ever without one, and a few more with it."""
    assert states(rolling_update("")) == 112
    assert states(rolling_update(DEADLINE)) == 164
    assert not calm("").rollout_progress


def test_a_deadline_costs_nothing_while_nothing_is_rolled_out() -> None:
    """Of a Deployment that is complete no crash is a lack of progress."""
    assert states(crash(DEADLINE)) == states(crash(""))


# ---------------------------------------------------------------- the condition Progressing


def test_a_complete_rollout_is_available() -> None:
    """What runs as wanted says NewReplicaSetAvailable, and no time is running."""
    assert told(calm()) == (ProgressReason.NEW_REPLICA_SET_AVAILABLE, None)


def test_a_new_replica_set_is_reported_first() -> None:
    """The sync goes on after the condition says NewReplicaSetCreated; the deadline begins, and ends a second later."""
    c = begun()
    assert told(c) == (ProgressReason.NEW_REPLICA_SET_AVAILABLE, None)
    c = changed(c, "replica_sets", NEW, status_replicas=1)
    assert not is_enabled(c, STATUS, WEB)

    c = after(c, REPORT, WEB)

    assert told(c) == (ProgressReason.NEW_REPLICA_SET_CREATED, 61)
    assert not is_enabled(c, REPORT, WEB)
    assert is_enabled(c, STATUS, WEB)


def test_a_conflict_loses_the_report() -> None:
    """Somebody writes the Deployment after its ReplicaSet was created: 409, and nobody says so any more."""
    c = changed(begun(), "deployments", WEB, resource_version=begun().deployments[WEB].resource_version + 1)
    c = after(c, REPORT, WEB)

    assert told(c) == (ProgressReason.NEW_REPLICA_SET_AVAILABLE, None)
    assert not is_enabled(c, REPORT, WEB)


def test_a_controller_manager_that_stops_loses_the_report() -> None:
    """That a ReplicaSet was just created is in its memory only."""
    assert progress(begun()).created_at is not None

    stopped = after(begun(), faults.kill_process, ProcessId("kube-controller-manager"))

    assert progress(stopped).created_at is None


def test_progress_begins_the_deadline_anew() -> None:
    """Each sync that finds more than before has the whole deadline before it."""
    c = changed(after(begun(), REPORT, WEB), "rollout_progress", WEB, deadline=Timer(1))
    c = changed(c, "replica_sets", NEW, status_replicas=1)
    c = after(c, STATUS, WEB)

    assert told(c) == (ProgressReason.REPLICA_SET_UPDATED, 61)


def test_a_status_without_progress_leaves_the_deadline_running() -> None:
    """A pod that is ready no more is no progress."""
    c = after(begun(), REPORT, WEB)
    c = after(changed(c, "replica_sets", NEW, status_replicas=1), STATUS, WEB)
    c = changed(c, "rollout_progress", WEB, deadline=Timer(7))
    c = after(changed(c, "replica_sets", OLD, ready_replicas=0, available_replicas=0), STATUS, WEB)

    assert told(c) == (ProgressReason.REPLICA_SET_UPDATED, 7)


def test_a_rollout_without_progress_times_out() -> None:
    """The time is up: ProgressDeadlineExceeded, once; with the next progress it is said no more."""
    c = changed(after(begun(), REPORT, WEB), "rollout_progress", WEB, deadline=Timer(1))
    assert not is_enabled(c, STATUS, WEB)

    c = after(changed(c, "rollout_progress", WEB, deadline=Timer(0)), STATUS, WEB)

    assert told(c) == (ProgressReason.PROGRESS_DEADLINE_EXCEEDED, None)
    assert not is_enabled(c, STATUS, WEB)
    c = after(changed(c, "replica_sets", NEW, status_replicas=1), STATUS, WEB)
    assert told(c) == (ProgressReason.REPLICA_SET_UPDATED, 61)


def test_a_rollout_that_goes_back_is_not_timed() -> None:
    """A ReplicaSet that is found again says nothing new: no deadline runs until there is some progress."""
    c = after(after(begun(), REPORT, WEB), kubectl.rollout_undo, WEB)

    assert not is_enabled(c, REPORT, WEB)


def test_a_replica_set_that_is_found_is_reported_where_nothing_is_said_yet() -> None:
    """FoundNewReplicaSet begins the deadline of a Deployment without the condition."""
    c = changed(calm(), "rollout_progress", WEB, reason=ProgressReason.NONE)

    assert told(after(c, REPORT, WEB)) == (ProgressReason.FOUND_NEW_REPLICA_SET, 61)


def test_a_paused_deployment_is_not_timed() -> None:
    """DeploymentPaused while it is paused, DeploymentResumed and the whole deadline after."""
    paused = deployment(image="web:2", more=f"{DEADLINE}\npaused: true")
    c = running_cluster(deployment(more=DEADLINE), second=(paused,))
    c = after(after(c, kubectl.apply), kubectl.apply_document)

    c = after(c, REPORT, WEB)
    assert told(c) == (ProgressReason.DEPLOYMENT_PAUSED, None)
    assert not is_enabled(c, CREATE, WEB)

    c = after(changed(c, "deployments", WEB, manifest=0), REPORT, WEB)
    assert told(c) == (ProgressReason.DEPLOYMENT_RESUMED, 61)
    assert is_enabled(c, CREATE, WEB)


def test_another_deadline_counts_from_the_last_progress() -> None:
    """A later manifest that gives more seconds leaves that many more."""
    longer = deployment(image="web:2", more="progressDeadlineSeconds: 90")
    c = running_cluster(deployment(more=DEADLINE), second=(longer,))
    c = changed(c, "rollout_progress", WEB, reason=ProgressReason.REPLICA_SET_UPDATED, deadline=Timer(21))
    c = after(after(c, kubectl.apply), kubectl.apply_document)

    assert progress(c).deadline == Timer(51)


def test_a_deadline_without_limit_takes_the_condition_away() -> None:
    """Of 2147483647 seconds no progress is judged."""
    c = calm("progressDeadlineSeconds: 2147483647")

    assert told(c) == (ProgressReason.NONE, None)
    assert not is_enabled(c, REPORT, WEB)
    created = after(after(c, kubectl.rollout, WEB), CREATE, WEB)
    assert not is_enabled(created, REPORT, WEB)


# ---------------------------------------------------------------- verdicts


def test_a_stuck_rollout_misses_its_deadline() -> None:
    """A surge without room exceeds the deadline, a second after it is over, and `rollout status` says so."""
    names = ("rollouts-meet-their-deadline", "rollout-status-ends")
    system = small_system(deployment(more=DEADLINE), pods=1, rollouts=1, actions={"rollout": 1}, properties=names)
    missed, ends = check_system(system).properties

    assert (missed.verdict, ends.verdict) == (Verdict.REFUTED, Verdict.PROVED)
    assert missed.traces[0].steps[-1].at_seconds == 61


def test_what_breaks_after_a_rollout_is_not_timed() -> None:
    """Upstream judges no rollout again that was complete: with its only node lost `rollout status` waits for ever."""
    system = small_system(deployment(more=DEADLINE), faults={"crash-node": 1}, properties=["rollout-status-ends"])
    (ends,) = check_system(system).properties

    assert ends.verdict is Verdict.REFUTED


# ---------------------------------------------------------------- history


@cache
def updated(limit: int = 0) -> Cluster:
    """Return a Deployment whose rollout is complete, and whose old ReplicaSet has no pod left."""
    c = after(after(calm(f"revisionHistoryLimit: {limit}"), kubectl.rollout, WEB), CREATE, WEB)
    full = {"replicas": 1, "status_replicas": 1, "ready_replicas": 1, "available_replicas": 1, "observed": True}
    c = changed(c, "replica_sets", NEW, **full)
    c = changed(c, "replica_sets", OLD, **dict.fromkeys(full, 0) | {"observed": True})
    return after(c, STATUS, WEB)


def test_an_old_replica_set_beyond_the_limit_goes() -> None:
    """With a limit of 0 nothing is kept of what a complete rollout has replaced."""
    c = after(updated(), CLEAN_UP, WEB)

    assert list(c.replica_sets) == [NEW]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (OLD, {"status_replicas": 1}),
        (OLD, {"observed": False}),
        (OLD, {"replicas": 1}),
        (NEW, {"replicas": 0}),
    ],
)
def test_a_replica_set_that_is_in_use_stays(name: ReplicaSetId, changes: dict[str, int]) -> None:
    """One that still has pods, or whose status is behind, is not deleted, and nothing is while sizes change."""
    assert not is_enabled(changed(updated(), "replica_sets", name, **changes), CLEAN_UP, WEB)


def test_nothing_is_deleted_before_the_rollout_is_complete() -> None:
    """A status that does not say so yet, or a Deployment that goes, keeps the history."""
    assert not is_enabled(changed(updated(), "deployments", WEB, available_replicas=0), CLEAN_UP, WEB)
    assert not is_enabled(changed(updated(), "deployments", WEB, deleting=True), CLEAN_UP, WEB)


def test_a_history_that_is_long_enough_costs_nothing() -> None:
    """Where no more ReplicaSets can come to be than the limit keeps, the controller has no such action."""
    assert updated(0).scope.deployments_with_short_history == (WEB,)
    assert updated(1).scope.deployments_with_short_history == ()


# ---------------------------------------------------------------- rolling back


def test_a_revision_comes_back_by_its_number() -> None:
    """`kubectl rollout undo --to-revision=1` brings the first template back."""
    c = _undoable(1)
    c = after(c, kubectl.rollout_undo_to_revision, WEB, Revision(1))

    assert c.deployments[WEB].template == "revision 1"


def test_a_revision_that_is_gone_does_not_come_back() -> None:
    """What revisionHistoryLimit took away cannot be rolled back to; kubectl says so."""
    c = after(_undoable(0), CLEAN_UP, WEB)

    assert not is_enabled(c, kubectl.rollout_undo_to_revision, WEB, Revision(1))
    assert kubectl.rollback(c, WEB, 1).says == "unable to find specified revision 1 in history"
    assert kubectl.rollback(c, WEB, 0).says == 'no rollout history found for deployment "web"'


def _undoable(limit: int) -> Cluster:
    """Return a complete rollout, with a user who may roll back to revision 1."""
    c = updated(limit)
    return evolve(c, scope=attrs.evolve(c.scope, undo_revisions={WEB: (1,)}))


def test_kubectl_rolls_nothing_back_that_is_paused_or_current() -> None:
    """A paused Deployment is refused, and the template that is there already is skipped."""
    second = (deployment(image="web:2", more="paused: true"),)
    paused = changed(running_cluster(deployment(), second=second), "deployments", WEB, manifest=1)
    refused = kubectl.rollback(paused, WEB, 1)

    assert refused.says.startswith("cannot rollback a paused deployment; resume it first with")
    current = kubectl.rollback(updated(1), WEB, 2)
    assert (refused.is_error, current.is_error) == (True, False)
    assert current.says == "skipped rollback (current template already matches revision 2)"
