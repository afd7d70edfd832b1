"""Which pods a ReplicaSet counts, creates and deletes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.replicaset import (
    PodView,
    ReplicaSetCounts,
    calculate_status,
    filter_active_pods,
    get_pods_to_delete,
    is_claimed,
    is_pod_available,
    is_pod_terminating,
    manage_replicas,
    next_pod_availability_check,
    pods_to_delete_candidates,
    replica_failure_reason,
    slow_start_batch,
)
from clusterproof.models.kubernetes.objects import LabelSelector

HOUR = 3600.0


def running(name: str, **changes: object) -> PodView:
    """A ready pod that runs on node n1."""
    return PodView(**{"name": name, "node": "n1", "phase": "Running", "ready": True, **changes})  # type: ignore[arg-type]


def test_a_terminating_pod_is_replaced_at_once() -> None:
    """Deleting and terminal pods are not active, so that their replacements are created."""
    pods = [running("a"), running("b", deleting=True), running("c", phase="Failed")]

    assert tuple(pod.name for pod in filter_active_pods(pods)) == ("a",)
    assert is_pod_terminating("Running", True)
    assert not is_pod_terminating("Failed", True)


def test_one_sync_creates_or_deletes_at_most_five_hundred() -> None:
    """The difference is bounded by the burst in both directions."""
    assert manage_replicas(1, 3) == (2, 0)
    assert manage_replicas(3, 1) == (0, 2)
    assert manage_replicas(0, 900) == (500, 0)
    assert manage_replicas(3, 3) == (0, 0)


@given(count=st.integers(0, 40), limit=st.integers(0, 50))
def test_slow_start_stops_after_a_failing_batch(count: int, limit: int) -> None:
    """All succeed or the batch with the first failure is the last; no more than count calls are made."""
    calls = [0]

    def call() -> bool:
        calls[0] += 1
        return calls[0] <= limit

    made, successes = slow_start_batch(count, call)

    assert made == calls[0] <= count
    assert successes == min(limit, made)
    assert made == count or successes < made


def test_the_least_useful_pod_goes_first() -> None:
    """Unassigned, pending, unready, doubled-up, young, restarted: each beats what comes after."""
    spare = running("spare", node="n2")
    pods = [
        running("steady", node="n3"),
        running("crowded"),
        running("beside"),
        running("unready", ready=False, node="n4"),
        running("pending", phase="Pending", ready=False, node="n5"),
        running("unbound", phase="Pending", ready=False, node=None),
        spare,
    ]
    order = [pod.name for pod in get_pods_to_delete(pods, pods, 6)]

    assert order == ["unbound", "pending", "unready", "crowded", "beside", "steady"]


def test_pods_that_only_uids_tell_apart_are_all_candidates() -> None:
    """Ages in the same power of two do not decide, whatever the restarts; other ages do."""
    five, eight = running("five", ready_since_seconds=-5 * HOUR), running("eight", ready_since_seconds=-8 * HOUR)
    two = running("two", ready_since_seconds=-2 * HOUR, restarts=0)

    assert (five, eight) == pods_to_delete_candidates([five, eight], [], 0)
    assert (two,) == pods_to_delete_candidates([five, two, eight], [], 0)


def test_candidates_with_equal_times_are_split_by_restarts() -> None:
    """Pods that became ready together are told apart by their restarts, the most restarted first."""
    calm, shaky = running("calm"), running("shaky", restarts=3)

    assert (shaky,) == pods_to_delete_candidates([calm, shaky], [])


@given(
    st.lists(
        st.tuples(st.sampled_from(["n1", "n2", None]), st.booleans(), st.integers(0, 2), st.integers(0, 1)),
        min_size=2,
        max_size=6,
    )
)
def test_the_first_deleted_pod_is_a_candidate(rows: list[tuple[str | None, bool, int, int]]) -> None:
    """What the deterministic order picks first is always among the candidates, and there is always one."""
    pods = [
        running(f"p{i}", node=node, ready=ready, restarts=restarts, deletion_cost=cost)
        for i, (node, ready, restarts, cost) in enumerate(rows)
    ]

    assert get_pods_to_delete(pods, pods, 1)[0] in pods_to_delete_candidates(pods, pods)


def test_available_is_ready_for_long_enough() -> None:
    """minReadySeconds counts from readiness, and the check comes due when it is over."""
    assert is_pod_available(True, None, 0)
    assert not is_pod_available(False, 99, 0)
    assert is_pod_available(True, 10, 10)
    assert not is_pod_available(True, 9, 10)
    assert next_pod_availability_check(True, 9, 10) == 1
    assert next_pod_availability_check(True, 10, 10) is None


def test_status_counts_labels_readiness_and_availability() -> None:
    """A pod that is not ready, or lacks a label of the template, lowers only its own counter."""
    labels = {"app": "web"}
    pods = [
        running("a", labels=labels, ready_since_seconds=0),
        running("b", labels=labels, ready_since_seconds=95),
        running("c", ready=False),
    ]

    assert ReplicaSetCounts(
        replicas=3, fully_labeled_replicas=2, ready_replicas=2, available_replicas=1
    ) == calculate_status(pods, labels, min_ready_seconds=10, now_seconds=100)
    assert [replica_failure_reason(count, 2) for count in (1, 2, 3)] == ["FailedCreate", "", "FailedDelete"]


def test_a_pod_is_claimed_only_while_it_is_controlled_and_selected() -> None:
    """Neither an orphan nor a pod whose labels no longer match counts."""
    selector = LabelSelector(match_labels={"app": "web"})

    assert is_claimed(selector, {"app": "web"}, controlled=True)
    assert not is_claimed(selector, {"app": "web"}, controlled=False)
    assert not is_claimed(selector, {"app": "api"}, controlled=True)
