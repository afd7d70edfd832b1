"""The taint eviction controller: now, later, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.taint_eviction import (
    Action,
    Decision,
    get_min_toleration_time,
    get_no_execute_taints,
    handle_node_update,
    process_pod_on_node,
)
from clusterproof.models.kubernetes.objects import Taint, Toleration

UNREACHABLE = Taint(key="node.kubernetes.io/unreachable", effect="NoExecute")
NOT_READY = Taint(key="node.kubernetes.io/not-ready", effect="NoExecute")
DELETE, KEEP, CANCEL = (Decision(action) for action in (Action.DELETE, Action.KEEP, Action.CANCEL))


def tolerating(taint: Taint, seconds: int | None = None) -> Toleration:
    """As the DefaultTolerationSeconds admission plugin writes them."""
    return Toleration(key=taint.key, operator="Exists", effect="NoExecute", toleration_seconds=seconds)


DEFAULT = (tolerating(NOT_READY, 300), tolerating(UNREACHABLE, 300))


def test_only_no_execute_drives_pods_away() -> None:
    """Other effects are none of this controller's business."""
    taints = (UNREACHABLE, Taint(key="k", effect="NoSchedule"), Taint(key="k", effect="PreferNoSchedule"))

    assert get_no_execute_taints(taints) == (UNREACHABLE,)
    assert process_pod_on_node((), taints[1:], scheduled=False) == CANCEL


@pytest.mark.parametrize(
    ("seconds", "expected"), [((), 0), ((None,), -1), ((5, None, 3), 3), ((5, 0), 0), ((-7, 5), 0)]
)
def test_the_shortest_wait_counts(seconds: tuple[int | None, ...], expected: int) -> None:
    """No toleration is no wait, no seconds are for ever, zero and less are at once."""
    assert get_min_toleration_time([Toleration(toleration_seconds=each) for each in seconds]) == expected


def test_an_ordinary_pod_stays_five_minutes() -> None:
    """The default tolerations put the deletion off by 300 seconds."""
    assert process_pod_on_node(DEFAULT, (UNREACHABLE,), scheduled=False) == Decision(Action.SCHEDULE, 300)


def test_an_untolerated_taint_deletes_at_once_even_with_a_timer() -> None:
    """One taint without toleration is enough."""
    other = Taint(key="maintenance", effect="NoExecute")

    assert process_pod_on_node(DEFAULT, (UNREACHABLE, other), scheduled=False) == DELETE
    assert process_pod_on_node(DEFAULT, (UNREACHABLE, other), scheduled=True) == DELETE


def test_tolerating_for_ever_and_losing_the_taint_both_cancel() -> None:
    """A DaemonSet pod stays, and a node that came back keeps its pods."""
    assert process_pod_on_node((tolerating(UNREACHABLE),), (UNREACHABLE,), scheduled=True) == CANCEL
    assert process_pod_on_node(DEFAULT, (), scheduled=True) == CANCEL


def test_a_running_timer_is_neither_postponed_nor_brought_forward() -> None:
    """Later tolerations do not move a scheduled deletion."""
    for seconds in (1, 300, 9000):
        assert process_pod_on_node((tolerating(UNREACHABLE, seconds),), (UNREACHABLE,), scheduled=True) == KEEP


def test_swapping_not_ready_for_unreachable_keeps_the_timer() -> None:
    """The exchange of the two taints does not start the five minutes anew."""
    assert process_pod_on_node(DEFAULT, (NOT_READY,), scheduled=True) == KEEP


def test_zero_toleration_seconds_delete_at_once() -> None:
    """A wait of nothing is no wait."""
    assert process_pod_on_node((tolerating(UNREACHABLE, 0),), (UNREACHABLE,), scheduled=False) == DELETE


def test_the_first_covering_toleration_is_used() -> None:
    """A later, shorter toleration of the same taint does not count."""
    tolerations = (tolerating(UNREACHABLE, 60), tolerating(UNREACHABLE, 5))

    assert process_pod_on_node(tolerations, (UNREACHABLE,), scheduled=False) == Decision(Action.SCHEDULE, 60)


def test_a_node_update_decides_for_each_pod() -> None:
    """Every pod on the node gets its own decision, with its own timer in view."""
    pods = {"bare": (), "web": DEFAULT, "old": DEFAULT, "daemon": (tolerating(UNREACHABLE),)}

    decisions = handle_node_update(pods, (UNREACHABLE,), scheduled={"old"})

    assert decisions == {"bare": DELETE, "web": Decision(Action.SCHEDULE, 300), "old": KEEP, "daemon": CANCEL}


TAINTS = st.lists(st.sampled_from([UNREACHABLE, NOT_READY]), unique=True)
TOLERATIONS = st.lists(st.builds(tolerating, st.sampled_from([UNREACHABLE, NOT_READY]), st.sampled_from([None, 0, 9])))


@given(TOLERATIONS, TAINTS, st.booleans())
def test_a_taint_less_never_hurts(tolerations: list[Toleration], taints: list[Taint], scheduled: bool) -> None:
    """A pod that is not deleted at once with some taints is not deleted at once with fewer tolerated ones."""
    decision = process_pod_on_node(tolerations, taints, scheduled)

    if decision.action is Action.CANCEL:
        for index in range(len(taints)):
            fewer = taints[:index] + taints[index + 1 :]
            assert process_pod_on_node(tolerations, fewer, scheduled) == CANCEL
    assert (decision.seconds is not None) == (decision.action is Action.SCHEDULE)
