"""What a StatefulSet's controller writes in one sync, and what it reports."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.controller_revisions import (
    RevisionView,
    cleanup_history,
    next_revision,
    rollback_revision,
    truncate_history,
)
from clusterproof.models.kubernetes.decisions.statefulset import (
    StatefulPod,
    StatefulSetView,
    Write,
    get_stateful_set_max_unavailable,
    is_unavailable,
    update_stateful_set,
    update_status,
)


def a_set(**changes: Any) -> StatefulSetView:
    """A StatefulSet of three replicas, in the middle of an update from `old` to `new`."""
    return evolve(StatefulSetView(replicas=3, current_revision="old", update_revision="new"), **changes)


def pod(ordinal: int, revision: str = "new", **changes: Any) -> StatefulPod:
    """A pod that is well, unless told."""
    return evolve(StatefulPod(ordinal=ordinal, revision=revision), **changes)


def deleted(view: StatefulSetView, pods: list[StatefulPod]) -> list[int]:
    """The ordinals that a sync deletes, in its order."""
    return [write.ordinal for write in update_stateful_set(view, pods) if write.verb == "delete"]


def created(view: StatefulSetView, pods: list[StatefulPod]) -> list[int]:
    """The ordinals that a sync creates."""
    return [write.ordinal for write in update_stateful_set(view, pods) if write.verb == "create"]


NOT_WELL = [{"ready": False}, {"available": False}, {"phase": "Pending"}, {"terminating": True}]


# ---------------------------------------------------------------- OrderedReady


@pytest.mark.parametrize("trouble", NOT_WELL)
def test_the_next_ordinal_waits_until_all_before_it_are_well(trouble: dict[str, Any]) -> None:
    """A pod that is not running, ready and available, or is on its way out, stops everything after it."""
    assert created(a_set(), [pod(0)]) == [1]
    assert update_stateful_set(a_set(), [pod(0, **trouble)]) == ()


def test_a_name_in_use_is_not_created_again() -> None:
    """While an object of that name exists, even on its way out, no other pod of that ordinal is made."""
    assert created(a_set(), [pod(0), pod(1, terminating=True), pod(2)]) == []
    assert created(a_set(pod_management_policy="Parallel"), [pod(0), pod(1, terminating=True), pod(2)]) == []
    assert created(a_set(), [pod(0), pod(2)]) == [1]


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_ended_is_deleted_and_made_again_later(phase: str) -> None:
    """The new one comes in a later sync, when the object is gone."""
    ended = pod(0, phase=phase)

    assert update_stateful_set(a_set(), [ended]) == (Write("delete", 0),)
    assert update_stateful_set(a_set(), [evolve(ended, terminating=True)]) == ()


def test_scaling_down_goes_from_the_top_one_at_a_time() -> None:
    """The highest ordinal first; the next only when it is gone."""
    pods = [pod(n) for n in range(4)]

    assert deleted(a_set(replicas=1), pods) == [3]
    assert deleted(a_set(replicas=1), [*pods[:3], pod(3, terminating=True)]) == []
    assert deleted(a_set(replicas=1), pods[:3]) == [2]


def test_scaling_down_waits_for_lower_pods_that_are_not_well() -> None:
    """A surplus pod that is not well may go only if no lower one is unwell."""
    unwell = {"ready": False, "available": False}
    assert deleted(a_set(replicas=1), [pod(0, **unwell), pod(1)]) == []
    assert deleted(a_set(replicas=1), [pod(0), pod(1), pod(2, **unwell)]) == [2]
    assert deleted(a_set(replicas=1), [pod(0), pod(1, **unwell), pod(2, **unwell)]) == []
    assert deleted(a_set(replicas=1), [pod(0), pod(1, **unwell), pod(2)]) == [2]


def test_ordinals_may_start_elsewhere() -> None:
    """A pod below the start is a surplus one, like one above the end."""
    assert created(a_set(start=5, replicas=2), []) == [5]
    assert deleted(a_set(start=1, replicas=1), [pod(0), pod(1)]) == [0]


# ---------------------------------------------------------------- Parallel


def test_parallel_does_everything_at_once() -> None:
    """Missing pods are created and surplus ones deleted in one sync, whatever the others do."""
    view = a_set(pod_management_policy="Parallel")

    assert created(view, [pod(1, ready=False)]) == [0, 2]
    assert deleted(evolve(view, replicas=0), [pod(0), pod(1, ready=False), pod(2, terminating=True)]) == [1, 0]


def test_parallel_still_updates_one_at_a_time() -> None:
    """An update waits for a pod that is not well; a broken old one is not waited for."""
    view = a_set(pod_management_policy="Parallel")

    assert deleted(view, [pod(n, "old") for n in range(3)]) == [2]
    assert deleted(view, [pod(0, "old"), pod(1, "old"), pod(2, ready=False)]) == []
    assert deleted(view, [pod(0, "old"), pod(1, "old", ready=False), pod(2)]) == [1]
    assert deleted(view, [pod(0, "old"), pod(1, "old")]) == []


# ---------------------------------------------------------------- updates


def test_an_update_goes_from_the_top_down_to_the_partition() -> None:
    """Old pods below the partition stay, and are made again from the current revision when they go."""
    view = a_set(partition=1)

    assert deleted(view, [pod(n, "old") for n in range(3)]) == [2]
    assert deleted(view, [pod(0, "old"), pod(1, "old"), pod(2)]) == [1]
    assert deleted(view, [pod(0, "old"), pod(1), pod(2)]) == []
    assert update_stateful_set(view, [pod(1), pod(2)]) == (Write("create", 0, "old"),)
    assert update_stateful_set(a_set(), [pod(1), pod(2)]) == (Write("create", 0, "new"),)


def test_on_delete_leaves_the_user_to_delete() -> None:
    """No old pod is deleted; one that the user deleted comes back new."""
    view = a_set(strategy="OnDelete")

    assert update_stateful_set(view, [pod(n, "old") for n in range(3)]) == ()
    assert update_stateful_set(view, [pod(0, "old"), pod(1, "old")]) == (Write("create", 2, "new"),)


def test_a_broken_pod_blocks_even_the_way_back() -> None:
    """With OrderedReady a reverted template leaves a pod that never got ready to be deleted by hand."""
    reverted = a_set(update_revision="old")

    assert update_stateful_set(reverted, [pod(0, "old"), pod(1, "old"), pod(2, "new", ready=False)]) == ()


def test_max_unavailable_lets_several_go() -> None:
    """With the gate on, as many as are allowed go from the top; whoever is unavailable takes one of them."""
    view = a_set(replicas=4, gate=True, max_unavailable=2, pod_management_policy="Parallel")
    pods = [pod(n, "old") for n in range(4)]

    assert deleted(view, pods) == [3, 2]
    assert deleted(view, [pod(0, "old", ready=False), *pods[1:]]) == [3]
    assert deleted(view, [*pods[:3], pod(3, terminating=True)]) == [2]
    assert deleted(evolve(view, partition=3), pods) == [3]
    assert deleted(evolve(view, gate=False), pods) == [3]


def test_max_unavailable_rounds_down_to_one_at_least() -> None:
    """A quarter of three is none, and that would never end."""
    assert get_stateful_set_max_unavailable("25%", 3) == 1
    assert get_stateful_set_max_unavailable("50%", 5) == 2
    assert get_stateful_set_max_unavailable(None, 5) == 1


REVISIONS = st.sampled_from(["old", "new"])
PODS = st.dictionaries(
    st.integers(0, 5),
    st.builds(
        StatefulPod,
        ordinal=st.just(0),
        revision=REVISIONS,
        phase=st.sampled_from(["Pending", "Running", "Failed", "Succeeded"]),
        ready=st.booleans(),
        available=st.booleans(),
        terminating=st.booleans(),
    ),
).map(lambda found: [evolve(each, ordinal=ordinal) for ordinal, each in found.items()])
VIEWS = st.builds(
    StatefulSetView,
    replicas=st.integers(0, 4),
    start=st.integers(0, 2),
    pod_management_policy=st.sampled_from(["OrderedReady", "Parallel"]),
    strategy=st.sampled_from(["RollingUpdate", "OnDelete"]),
    partition=st.integers(0, 5),
    max_unavailable=st.sampled_from([None, 1, 2, "50%"]),
    current_revision=REVISIONS,
    update_revision=REVISIONS,
    gate=st.booleans(),
)


@given(VIEWS, PODS)
def test_no_sync_touches_a_name_twice_or_one_in_use(view: StatefulSetView, pods: list[StatefulPod]) -> None:
    """What is created was missing and is wanted; what is deleted was there and not on its way out; each once."""
    there = {each.ordinal: each for each in pods}
    writes = update_stateful_set(view, pods)

    assert len({write.ordinal for write in writes}) == len(writes)
    for write in writes:
        if write.verb == "create":
            assert write.ordinal not in there
            assert view.start <= write.ordinal < view.start + view.replicas
        else:
            assert not there[write.ordinal].terminating
    if view.pod_management_policy == "OrderedReady" and not view.gate:
        assert len(writes) <= 1


@given(VIEWS, PODS)
def test_ordered_ready_creates_and_deletes_only_beside_pods_that_are_well(
    view: StatefulSetView, pods: list[StatefulPod]
) -> None:
    """With OrderedReady all wanted ordinals below one that is created are well."""
    there = {each.ordinal: each for each in pods}
    ordered = evolve(view, pod_management_policy="OrderedReady")

    for write in update_stateful_set(ordered, pods):
        if write.verb == "create":
            assert not any(is_unavailable(there.get(n)) for n in range(view.start, write.ordinal))


# ---------------------------------------------------------------- status and revisions


def test_the_status_counts_and_a_finished_update_becomes_current() -> None:
    """Ready pods count also on their way out; revisions only of those that stay."""
    half = update_status(a_set(), [pod(0, "old"), pod(1, "old", terminating=True), pod(2, available=False)])
    assert (half.replicas, half.ready_replicas, half.available_replicas) == (3, 3, 2)
    assert (half.current_replicas, half.updated_replicas, half.current_revision) == (1, 1, "old")

    done = update_status(a_set(), [pod(n) for n in range(3)])
    assert (done.current_replicas, done.updated_replicas, done.current_revision) == (3, 3, "new")
    assert update_status(a_set(strategy="OnDelete"), [pod(n) for n in range(3)]).current_revision == "old"
    assert update_status(a_set(), [pod(n) for n in range(2)]).current_revision == "old"


def test_revisions_are_numbered_and_the_oldest_idle_ones_go() -> None:
    """A StatefulSet keeps the limit beside the live ones, a DaemonSet counts its live ones in."""
    revisions = [RevisionView(name, number) for number, name in enumerate("abcd", start=1)]

    assert next_revision(revisions) == 5
    assert next_revision([]) == 1
    assert [each.name for each in truncate_history(revisions, {"a", "d"}, 1)] == ["b"]
    assert truncate_history(revisions, {"a", "d"}, 2) == ()
    assert [each.name for each in cleanup_history(revisions[:3], {"a"}, 1)] == ["b", "c"]
    assert cleanup_history(revisions[:3], {"a"}, 3) == ()


def test_an_undo_goes_back_to_the_newest_other_revision() -> None:
    """Of an only revision there is no way back."""
    revisions = [RevisionView("a", 3), RevisionView("b", 2)]

    assert rollback_revision(revisions, "a") == RevisionView("b", 2)
    assert rollback_revision(revisions[:1], "a") is None
