"""The pod garbage collector: what is deleted by force, and after which wait."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.pod_gc import (
    EVICTED_REASON,
    OUT_OF_SERVICE_TAINT_KEY,
    QUARANTINE_SECONDS,
    Deletion,
    GcNode,
    GcPod,
    gc_orphaned,
    gc_terminated,
    gc_terminating,
    gc_unscheduled_terminating,
)

ENDED = [
    GcPod(name="new", phase="Succeeded", created=9),
    GcPod(name="old", phase="Failed", created=1),
    GcPod(name="evicted", phase="Failed", reason=EVICTED_REASON, created=5),
    GcPod(name="runs", phase="Running"),
    GcPod(name="silent", phase="Unknown"),
]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(3, []), (2, ["evicted"]), (1, ["evicted", "old"]), (0, []), (-1, [])],
)
def test_terminated_pods_above_the_threshold_go(threshold: int, expected: list[str]) -> None:
    """Evicted pods go first, then the oldest; a threshold of 0 turns the rule off."""
    assert [each.pod for each in gc_terminated(ENDED, threshold)] == expected


@given(
    created=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    threshold=st.integers(1, 8),
)
def test_the_threshold_is_what_stays(created: Sequence[int], threshold: int) -> None:
    """As many terminated pods stay as the threshold says, and none that stays is older than one that goes."""
    pods = {f"p{i}": GcPod(name=f"p{i}", phase="Failed", created=when) for i, when in enumerate(created)}

    gone = {each.pod for each in gc_terminated(pods.values(), threshold)}

    stay = pods.keys() - gone
    assert len(stay) == min(len(pods), threshold)
    assert all(pods[name].created <= pods[other].created for name in gone for other in stay)


@pytest.mark.parametrize(
    ("ready", "taint", "deleting", "goes"),
    [
        (False, OUT_OF_SERVICE_TAINT_KEY, True, True),
        (True, OUT_OF_SERVICE_TAINT_KEY, True, False),
        (False, "node.kubernetes.io/unreachable", True, False),
        (False, OUT_OF_SERVICE_TAINT_KEY, False, False),
    ],
)
def test_a_node_out_of_service_loses_its_terminating_pods(ready: bool, taint: str, deleting: bool, goes: bool) -> None:
    """It takes the taint, a node that is not ready, and a pod that is already being deleted."""
    pod = GcPod(name="p", node="n", phase="Running", deleting=deleting)
    nodes = {"n": GcNode(ready=ready, taint_keys=[taint])}

    assert gc_terminating([pod], nodes) == ((Deletion("p", mark_failed=True),) if goes else ())


def test_a_terminating_pod_of_an_unknown_node_is_not_out_of_service() -> None:
    """A node that is gone is the business of the orphan rule."""
    assert gc_terminating([GcPod(name="p", node="gone", deleting=True)], {}) == ()


def test_unscheduled_pods_go_when_they_are_deleted() -> None:
    """No kubelet would ever confirm their deletion; what is bound or not being deleted stays."""
    pods = [
        GcPod(name="waits"),
        GcPod(name="goes", deleting=True),
        GcPod(name="bound", node="n", deleting=True),
        GcPod(name="ended", phase="Succeeded", deleting=True),
    ]

    assert gc_unscheduled_terminating(pods) == (
        Deletion("goes", mark_failed=True),
        Deletion("ended", mark_failed=False),
    )


def test_without_the_gate_nothing_is_marked() -> None:
    """Where PodDisruptionConditions is off, pods are deleted as they are."""
    assert gc_unscheduled_terminating([GcPod(name="p", deleting=True)], mark_failed=False) == (Deletion("p", False),)


BOUND = [GcPod(name="p", node="gone", phase="Running"), GcPod(name="q", node="here", phase="Running")]


def never(_: str) -> bool:
    """The apiserver knows no node."""
    return False


def test_a_missing_node_is_waited_for() -> None:
    """The first look starts a wait of 40 seconds; its pods go at its end and not before."""
    first = gc_orphaned(BOUND, {"here"}, {}, 0, never)
    early = gc_orphaned(BOUND, {"here"}, first.quarantine, QUARANTINE_SECONDS - 1, never)
    late = gc_orphaned(BOUND, {"here"}, early.quarantine, QUARANTINE_SECONDS, never)

    assert (first.deletions, early.deletions) == ((), ())
    assert first.quarantine == early.quarantine == {"gone": QUARANTINE_SECONDS}
    assert late.deletions == (Deletion("p", mark_failed=True),)
    assert late.quarantine == {}


@pytest.mark.parametrize(("known", "live"), [({"here", "gone"}, False), ({"here"}, True)])
def test_a_node_that_is_back_keeps_its_pods(known: set[str], live: bool) -> None:
    """The watch or the apiserver may show it: either saves its pods, and a later absence waits anew."""
    later = gc_orphaned(BOUND, known, {"gone": QUARANTINE_SECONDS}, 60, lambda _: live)

    assert later.deletions == ()
    assert later.quarantine == {}
