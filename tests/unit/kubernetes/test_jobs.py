"""The Job controller's steps, pods that run to completion, and what a user does with Jobs.

Source: pkg/controller/job, https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from kubernetes_systems import (
    PI,
    WORKER,
    after,
    busy_cluster,
    changed,
    disruption_budget,
    indexed_job,
    is_enabled,
    job,
    manifests,
    pod,
    small_system,
    topology,
)

from clusterproof import Timer
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import (
    apiserver,
    application,
    disruption_controller,
    faults,
    garbage_collector,
    job_controller,
    job_status_controller,
    kubectl_jobs,
    kubelet,
    pod_gc,
    ttl_after_finished,
)
from clusterproof.models.kubernetes.cluster import Scope, cluster_system
from clusterproof.models.kubernetes.decisions.job_failures import DEFAULT_BACKOFF_SECONDS
from clusterproof.models.kubernetes.job_state import JobEnd, PodCount
from clusterproof.models.kubernetes.names import BudgetId, PodId
from clusterproof.models.kubernetes.narration import describe
from clusterproof.models.kubernetes.state import Cluster, ContainerState, PodPhase

A, B = PodId("pi-a"), PodId("pi-b")
FIRST, SECOND = PodId("pi-0-a"), PodId("pi-1-a")
FAIL_ON_42 = "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}"


@cache
def busy(spec: str = "", pod: str = "restartPolicy: Never", version: str = "1.35") -> Cluster:
    """Return a Job whose pods run, at once."""
    return busy_cluster(job(spec, pod=pod), version=version)


def completed(c: Cluster, p: PodId = A) -> Cluster:
    """Return the state in which a pod has done its work, and its kubelet has said so."""
    return after(after(c, application.complete, p), kubelet.report_status, c.pods[p].node, p)


def crashed(c: Cluster, p: PodId = A) -> Cluster:
    """Return the state in which a pod has failed, and its kubelet has said so."""
    return after(after(c, faults.crash_container, p), kubelet.report_status, c.pods[p].node, p)


def synced(c: Cluster) -> Cluster:
    """Return the state after the Job controller has taken all the steps that it can, one after the other."""
    steps: list[tuple[Any, Any]] = [(job_controller.create_pod, PI), (job_status_controller.update_status, PI)]
    steps += [
        (action, p) for p in c.scope.job_of for action in (job_controller.remove_finalizer, job_controller.delete_pod)
    ]
    while ready := next(((action, each) for action, each in steps if is_enabled(c, action, each)), None):
        c = after(c, *ready)
    return c


# ---------------------------------------------------------------- pods that end


@pytest.mark.parametrize(("policy", "phase"), [("Never", PodPhase.SUCCEEDED), ("OnFailure", PodPhase.SUCCEEDED)])
def test_a_pod_that_has_done_its_work_has_succeeded(policy: str, phase: PodPhase) -> None:
    """Its container is not restarted, and it is not ready any more."""
    c = completed(busy(pod=f"restartPolicy: {policy}"))

    assert (c.pods[A].phase, c.pods[A].ready) == (phase, False)
    assert not is_enabled(c, kubelet.restart_container, WORKER, A)


def test_a_pod_fails_for_good_where_it_is_not_restarted() -> None:
    """With OnFailure the container is started again, and the pod goes on."""
    assert crashed(busy()).pods[A].phase is PodPhase.FAILED

    again = crashed(busy(pod="restartPolicy: OnFailure"))
    assert again.pods[A].phase is PodPhase.RUNNING
    assert is_enabled(again, kubelet.restart_container, WORKER, A)


def test_a_bare_pod_runs_to_completion_too() -> None:
    """What is said of a Job's pods is true of a bare pod whose restartPolicy is not Always."""
    bare = PodId("bare")
    c = completed(busy_cluster(pod("restartPolicy: OnFailure")), bare)

    assert c.pods[bare].phase is PodPhase.SUCCEEDED


def test_what_a_reboot_takes_has_failed_where_it_is_not_restarted() -> None:
    """The kubelet finds no container of a pod that ran; what had completed before, it knows from the disk."""
    down = after(busy(), faults.reboot_node, WORKER)
    back = after(after(down, faults.start_node, WORKER), kubelet.sync, WORKER)
    assert not is_enabled(back, kubelet.start_container, WORKER, A)
    assert after(back, kubelet.report_status, WORKER, A).pods[A].phase is PodPhase.FAILED

    done = after(after(busy(), application.complete, A), faults.reboot_node, WORKER)
    assert done.containers[A].state is ContainerState.COMPLETED
    assert not after(after(busy(), application.complete, A), faults.crash_node, WORKER).containers


def test_an_ended_pod_frees_its_place() -> None:
    """A node with room for one pod takes the next one when the first has ended."""
    system = small_system(job("completions: 2"), pods=1, properties=["jobs-finish"])

    assert {p.verdict for p in check_system(system, sliced=False).properties} == {Verdict.PROVED}


# ---------------------------------------------------------------- counting


def test_an_end_is_counted_in_three_writes() -> None:
    """It is noted, the finalizer is removed, and the counter rises; the object stays."""
    c = completed(busy())
    assert c.job_pods[A].finalizer

    noted = after(c, job_status_controller.update_status, PI)
    assert (noted.jobs[PI].succeeded, noted.job_pods[A].count) == (0, PodCount.SUCCEEDED)
    assert (noted.jobs[PI].target, noted.jobs[PI].finished) == (JobEnd.COMPLETE, False)
    free = after(noted, job_controller.remove_finalizer, A)
    assert not free.job_pods[A].finalizer
    counted = after(free, job_status_controller.update_status, PI)
    assert (counted.jobs[PI].succeeded, counted.jobs[PI].finished) == (1, True)
    assert A in counted.pods
    assert A not in counted.job_pods


def test_a_finalizer_is_removed_only_once_the_end_is_noted() -> None:
    """Otherwise a controller that is stopped would forget the pod."""
    assert not is_enabled(completed(busy()), job_controller.remove_finalizer, A)
    assert not is_enabled(busy(), job_controller.remove_finalizer, A)


def test_completed_indexes_are_noted_by_their_numbers() -> None:
    """An Indexed Job needs no list of uncounted pods."""
    c = synced(completed(busy_cluster(indexed_job()), SECOND))
    assert (c.jobs[PI].completed_indexes, c.jobs[PI].succeeded, c.jobs[PI].finished) == ("1", 1, False)

    assert synced(completed(c, FIRST)).jobs[PI].completed_indexes == "0,1"


def test_a_job_is_complete_before_1_31_though_a_pod_still_terminates() -> None:
    """From 1.31 on Complete and Failed wait until no pod is left that terminates."""
    for version, finished in (("1.30", True), ("1.35", False)):
        c = changed(busy("completions: 1", version=version), "pods", A, deleting=True)
        replaced = synced(changed(synced(c), "jobs", PI, back_off=Timer(0)))
        c = changed(replaced, "pods", B, phase=PodPhase.SUCCEEDED)
        assert synced(c).jobs[PI].finished is finished, version


# ---------------------------------------------------------------- failures


def test_a_failed_pod_is_replaced_after_a_while() -> None:
    """The first time after ten seconds; a restarted controller does not remember that it waits."""
    c = synced(crashed(busy()))
    assert c.jobs[PI].failed == 1
    assert c.jobs[PI].back_off == Timer(DEFAULT_BACKOFF_SECONDS)
    assert not is_enabled(c, job_controller.create_pod, PI)

    due = changed(c, "jobs", PI, back_off=Timer(0))
    assert B in after(due, job_controller.create_pod, PI).pods
    (forgotten,) = faults.kill_process.outcomes(c, "kube-controller-manager").values()
    assert forgotten.jobs[PI].back_off == Timer()


def test_one_failure_too_many_ends_the_job() -> None:
    """backoffLimit: 0 allows none; the pods that still run are deleted, and the Job is Failed when they are gone."""
    c = synced(crashed(busy("backoffLimit: 0\nparallelism: 2\ncompletions: 2")))

    assert (c.jobs[PI].target, c.jobs[PI].reason) == (JobEnd.FAILED, "BackoffLimitExceeded")
    assert c.pods[B].deleting
    assert not c.jobs[PI].finished
    assert not is_enabled(c, job_controller.create_pod, PI)


def test_the_deadline_ends_the_job() -> None:
    """activeDeadlineSeconds counts from startTime."""
    c = busy("activeDeadlineSeconds: 60")
    assert c.jobs[PI].deadline == Timer(60)

    over = synced(changed(c, "jobs", PI, deadline=Timer(0)))
    assert over.jobs[PI].reason == "DeadlineExceeded"
    assert over.pods[A].deleting


def test_an_index_fails_by_itself() -> None:
    """With backoffLimitPerIndex: 0 one failure is the end of an index, and the other one goes on."""
    c = crashed(busy_cluster(indexed_job("backoffLimitPerIndex: 0")), FIRST)
    c = synced(after(c, job_status_controller.note_failed_index, FIRST))

    assert (c.jobs[PI].failed_indexes, c.jobs[PI].target) == ("0", JobEnd.OPEN)
    assert synced(completed(c, SECOND)).jobs[PI].reason == "FailedIndexes"


def test_an_index_that_may_fail_again_waits_and_carries_its_count_on() -> None:
    """The failed pod keeps its finalizer until the next one of its index knows how often the index has failed."""
    c = crashed(busy_cluster(indexed_job("backoffLimitPerIndex: 1")), FIRST)
    waiting = after(c, job_status_controller.note_failed_index, FIRST)
    assert waiting.job_pods[FIRST].back_off == Timer(DEFAULT_BACKOFF_SECONDS)
    assert not is_enabled(waiting, job_controller.create_pod, PI)
    assert not is_enabled(waiting, job_controller.remove_finalizer, FIRST)

    due = changed(waiting, "job_pods", FIRST, back_off=Timer(0))
    replaced = after(due, job_controller.create_pod, PI)
    assert replaced.job_pods[PodId("pi-0-b")].index_failures == 1
    assert is_enabled(replaced, job_controller.remove_finalizer, FIRST)


def test_what_a_failure_means_depends_on_the_exit_code() -> None:
    """Both a code that the policy names and one that it does not are tried."""
    c = crashed(busy(FAIL_ON_42))
    outcomes = job_status_controller.update_status.outcomes(c, PI)

    assert set(outcomes) == {"exit code=42", "exit code=1"}
    assert outcomes["exit code=42"].jobs[PI].reason == "PodFailurePolicy"
    assert outcomes["exit code=1"].jobs[PI].target is JobEnd.OPEN


def test_a_failure_that_is_ignored_does_not_count() -> None:
    """The pod is let go, and replaced at once."""
    ignore = (
        "backoffLimit: 0\npodFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: NotIn, values: [1]}}]}"
    )
    outcomes = job_status_controller.update_status.outcomes(crashed(busy(ignore)), PI)
    ignored = next(c for c in outcomes.values() if c.jobs[PI].target is JobEnd.OPEN)

    assert (synced(ignored).jobs[PI].failed, B in synced(ignored).pods) == (0, True)


# ---------------------------------------------------------------- deletion


def test_a_deleted_pod_is_replaced_at_once_or_when_it_has_ended() -> None:
    """podReplacementPolicy: TerminatingOrFailed, or Failed."""
    at_once = changed(busy("podReplacementPolicy: TerminatingOrFailed"), "pods", A, deleting=True)
    assert synced(at_once).jobs[PI].failed == 1

    later = synced(changed(busy("podReplacementPolicy: Failed"), "pods", A, deleting=True))
    assert (later.jobs[PI].failed, later.jobs[PI].active) == (0, 0)
    assert not is_enabled(later, job_controller.create_pod, PI)


def test_the_finalizer_keeps_an_object_that_is_deleted() -> None:
    """The kubelet takes its leave, and the object goes with the finalizer."""
    c = changed(busy("podReplacementPolicy: Failed"), "pods", A, deleting=True)
    c = after(after(c, kubelet.hear_deletion, WORKER, A), kubelet.stop_container, WORKER, A)
    assert not is_enabled(c, kubelet.finish_deletion, WORKER, A)

    ended = after(c, kubelet.report_status, WORKER, A)
    assert ended.pods[A].phase is PodPhase.FAILED
    assert not is_enabled(ended, kubelet.finish_deletion, WORKER, A)
    assert apiserver.is_held(ended, A)
    assert A not in synced(ended).pods


def test_the_pod_collector_fails_what_no_kubelet_takes_leave_of() -> None:
    """A pod without a node that a finalizer keeps; with podReplacementPolicy Failed it would never be replaced."""
    c = changed(busy("podReplacementPolicy: Failed"), "pods", A, deleting=True, node=None, phase=PodPhase.PENDING)
    assert synced(c).job_pods[A].count is PodCount.OPEN

    assert A not in synced(after(c, pod_gc.fail_unscheduled_pod, A)).pods
    assert not is_enabled(busy(), pod_gc.fail_unscheduled_pod, A)


def test_the_pods_of_a_deleted_job_go() -> None:
    """They lose their finalizers, and the garbage collector deletes them."""
    c = after(busy(), kubectl_jobs.delete_job, PI)

    assert not after(c, job_controller.remove_finalizer, A).job_pods
    assert after(c, garbage_collector.delete_pod, A).pods[A].deleting


def test_a_job_goes_after_its_time_with_its_pods() -> None:
    """ttlSecondsAfterFinished counts from the end, and the deletion is in the foreground."""
    c = synced(completed(busy("ttlSecondsAfterFinished: 60")))
    assert c.jobs[PI].ttl == Timer(60)
    assert not is_enabled(c, ttl_after_finished.delete_job, PI)

    going = after(changed(c, "jobs", PI, ttl=Timer(0)), ttl_after_finished.delete_job, PI)
    assert not is_enabled(going, garbage_collector.finish_job_deletion, PI)
    emptied = after(going, garbage_collector.delete_pod, A)
    assert not after(emptied, garbage_collector.finish_job_deletion, PI).jobs


# ---------------------------------------------------------------- suspension, parallelism


def test_a_suspended_job_lets_its_pods_go() -> None:
    """They lose their finalizers first, so that they do not count as failed."""
    c = busy_cluster(job(), second=(job("suspend: true"),))
    suspended = synced(changed(c, "jobs", PI, manifest=1))

    assert (suspended.jobs[PI].suspended, suspended.jobs[PI].started) == (True, False)
    assert suspended.pods[A].deleting
    assert A not in suspended.job_pods
    assert suspended.jobs[PI].failed == 0


def test_a_surplus_pod_goes_when_parallelism_shrinks() -> None:
    """Of pods that rank alike either may go."""
    two, one = job("completions: 3\nparallelism: 2"), job("completions: 3\nparallelism: 1")
    c = changed(busy_cluster(two, second=(one,)), "jobs", PI, manifest=1)
    assert [is_enabled(c, job_controller.delete_pod, p) for p in (A, B)] == [True, True]

    let_go = after(c, job_controller.delete_pod, B)
    assert not is_enabled(let_go, job_controller.delete_pod, A)
    assert after(let_go, job_controller.delete_pod, B).pods[B].deleting
    unready = changed(c, "pods", A, ready=False)
    assert not is_enabled(unready, job_controller.delete_pod, B)


def test_a_work_queue_starts_no_new_pod_after_the_first_success() -> None:
    """It is complete when one has succeeded and none runs any more."""
    c = synced(completed(busy("parallelism: 2")))

    assert not is_enabled(c, job_controller.create_pod, PI)
    assert (c.jobs[PI].target, synced(completed(c, B)).jobs[PI].finished) == (JobEnd.OPEN, True)


# ---------------------------------------------------------------- around it


def test_jobs_are_applied_when_the_check_begins() -> None:
    """A Job that was applied long ago would be over; everything else is deployed."""
    (start,) = small_system(job(), pod(), properties=()).initial_states

    assert list(start.pods) == ["bare"]
    assert (start.kubectl.applied, start.kubectl.to_apply) == (1, 2)


def test_the_first_deployed_state_has_jobs_that_are_over() -> None:
    """That is what kubectl shows of manifests."""
    system, _ = cluster_system([manifests(job())], topology(), Scope(), first_only=True)

    assert [j.finished for c in system.initial_states for j in c.jobs.values()] == [True]


def test_a_percentage_of_a_jobs_pods_cannot_be_told() -> None:
    """A Job has no scale, and so its budget allows nothing."""
    budget = disruption_budget("maxUnavailable: 50%").replace("app: web", "app: pi")
    c = busy_cluster(job(), budget)

    assert disruption_controller.wanted_status(c, BudgetId("web")) is None


def test_a_job_on_a_lost_machine_does_not_finish() -> None:
    """Its pod stays Terminating there, and from 1.31 on the conditions wait for it; before, they did not."""
    options: Any = {"workers": 2, "faults": {"crash-node": 1}, "properties": ["jobs-finish"]}
    verdicts = {
        version: {p.verdict for p in check_system(small_system(job(), version=version, **options)).properties}
        for version in ("1.30", "1.35")
    }

    assert verdicts == {"1.30": {Verdict.PROVED}, "1.35": {Verdict.REFUTED}}


def test_a_state_names_its_jobs() -> None:
    """How many have succeeded of those wanted, and where the pods are."""
    assert describe(busy()) == ["Job/pi 0/1: pi-a runs on kind-worker"]
    assert describe(completed(busy())) == ["Job/pi 0/1: pi-a Succeeded"]
