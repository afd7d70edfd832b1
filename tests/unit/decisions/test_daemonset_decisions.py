"""Where a DaemonSet's pods run, which of them go, and how fast an update moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.daemonset import (
    DaemonPod,
    DaemonSetCounts,
    NodePlan,
    add_or_update_daemon_pod_tolerations,
    get_target_node_name,
    get_unscheduled_pods_without_node,
    node_should_run_daemon_pod,
    pods_should_be_on_node,
    replace_daemon_set_pod_node_name_node_affinity,
    update_daemon_set_status,
)
from clusterproof.models.kubernetes.decisions.daemonset_update import (
    allows_surge,
    rolling_update,
    surging_rolling_update,
    updated_desired_node_counts,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import required_node_affinity_matches
from clusterproof.models.kubernetes.objects import (
    NodeSelectorTerm,
    NodeSpec,
    PodSpec,
    Requirement,
    Taint,
    Toleration,
)

NODE = NodeSpec(name="n1", labels={"disk": "ssd"})
OTHER = NodeSpec(name="n2", labels={"disk": "ssd"})
SSD = NodeSelectorTerm(match_expressions=(Requirement(key="disk", operator="In", values=("ssd",)),))
UNREACHABLE = "node.kubernetes.io/unreachable"


def new(name: str = "new", **changes: object) -> DaemonPod:
    """A pod of the current template."""
    return DaemonPod(**{"name": name, **changes})  # type: ignore[arg-type]


def old(name: str = "old", **changes: object) -> DaemonPod:
    """A pod of an earlier template."""
    return new(name, updated=False, **changes)


def unavailable(pod: DaemonPod) -> DaemonPod:
    """The pod while it is not ready."""
    return DaemonPod(name=pod.name, updated=pod.updated, ready=False, available=False)


def plan(pods: list[DaemonPod], *, run: bool = True, go_on: bool = True, surge: bool = False) -> NodePlan:
    """What the main loop does on one node."""
    return pods_should_be_on_node(pods, run, go_on, surge)


# ---------------------------------------------------------------- which nodes


@pytest.mark.parametrize(("effect", "expected"), [("NoSchedule", (False, True)), ("NoExecute", (False, False))])
def test_a_taint_keeps_new_pods_away_and_only_no_execute_drives_them_out(
    effect: str, expected: tuple[bool, bool]
) -> None:
    """An untolerated NoSchedule taint lets a pod that is there stay, an untolerated NoExecute taint does not."""
    taints = [Taint(key="dedicated", effect=effect)]
    tolerant = PodSpec(tolerations=(Toleration(operator="Exists"),))

    assert node_should_run_daemon_pod(PodSpec(), NODE, taints) == expected
    assert node_should_run_daemon_pod(tolerant, NODE, taints) == (True, True)


def test_node_name_selector_and_affinity_decide() -> None:
    """A pod runs nowhere but on the node it names, and on no node that its selector or affinity refuses."""
    assert node_should_run_daemon_pod(PodSpec(node_name="n1"), NODE, ()) == (True, True)
    assert node_should_run_daemon_pod(PodSpec(node_name="n2"), NODE, ()) == (False, False)
    assert node_should_run_daemon_pod(PodSpec(node_selector={"disk": "hdd"}), NODE, ()) == (False, False)
    assert node_should_run_daemon_pod(PodSpec(required_node_affinity=()), NODE, ()) == (False, False)


def test_daemon_pods_tolerate_lost_nodes_for_ever_and_cordons() -> None:
    """The controller adds its tolerations, replaces one with a time limit, and keeps the user's own."""
    impatient = Toleration(key=UNREACHABLE, operator="Exists", effect="NoExecute", toleration_seconds=30)
    own = Toleration(key="dedicated", operator="Exists")

    tolerations = add_or_update_daemon_pod_tolerations(PodSpec(tolerations=(own, impatient))).tolerations

    assert own in tolerations
    assert impatient not in tolerations
    keys = {(each.key.partition("/")[2], each.effect, each.toleration_seconds) for each in tolerations}
    assert {("unreachable", "NoExecute", None), ("unschedulable", "NoSchedule", None)} <= keys
    assert not any(key == "network-unavailable" for key, _, _ in keys)


def test_pods_on_the_host_network_tolerate_its_absence() -> None:
    """Only a pod on the node's network may start before the pod network is there."""
    tolerations = add_or_update_daemon_pod_tolerations(PodSpec(host_network=True)).tolerations

    assert "node.kubernetes.io/network-unavailable" in {each.key for each in tolerations}


def test_a_pod_is_pinned_to_its_node_and_keeps_its_other_rules() -> None:
    """The pin goes into every term, so that it selects one node and what the user asked for still holds."""
    pinned = replace_daemon_set_pod_node_name_node_affinity(PodSpec(required_node_affinity=(SSD,)), "n1")

    assert get_target_node_name(pinned) == "n1"
    assert required_node_affinity_matches(pinned, NODE)
    assert not required_node_affinity_matches(pinned, OTHER)
    assert not required_node_affinity_matches(pinned, NodeSpec(name="n1"))


def test_a_pod_that_is_not_pinned_has_no_target() -> None:
    """Neither a node nor a pin to exactly one is an error."""
    for spec in (PodSpec(), PodSpec(required_node_affinity=(SSD,))):
        with pytest.raises(ValueError, match="no node"):
            get_target_node_name(spec)


# ---------------------------------------------------------------- the main loop


def test_one_pod_per_node_is_created_and_kept() -> None:
    """A node without pod gets one; of two the bound one stays, and of two bound ones the older."""
    assert plan([]) == NodePlan(create=True)
    assert plan([], run=False) == NodePlan()
    assert plan([new("late", created=2), new("early", created=1)]).delete == ("late",)
    assert plan([new("early", created=1, bound=False), new("late", created=2)]).delete == ("early",)


def test_a_pod_on_its_way_out_keeps_its_place_unless_the_update_surges() -> None:
    """No replacement is made before the old pod's object is gone; where a surge is allowed, at once."""
    leaving = [new(deleting=True)]

    assert plan(leaving) == NodePlan()
    assert plan(leaving, surge=True) == NodePlan(create=True)
    assert plan(leaving, run=False, surge=True) == NodePlan()


def test_a_node_that_must_not_run_the_pod_loses_it() -> None:
    """All pods go that are not going already, terminal ones included."""
    pods = [new("a"), new("b", deleting=True), new("c", phase="Failed", in_backoff=True)]

    assert plan(pods, run=False, go_on=False).delete == ("a", "c")
    assert plan(pods[:1], run=False) == NodePlan()


def test_of_the_pods_for_a_missing_node_those_that_were_never_bound_go() -> None:
    """Bound ones are collected with their node, and one that goes is not deleted twice."""
    pods = [new("bound", bound=True), new("waits", bound=False), new("goes", bound=False, deleting=True)]

    assert get_unscheduled_pods_without_node(pods) == ("waits",)


def test_ended_pods_are_deleted_and_failed_ones_after_their_back_off() -> None:
    """Nothing is created in the same sync: the node is empty in the next one."""
    waiting = [new(phase="Failed", in_backoff=True)]

    assert plan([new(phase="Failed")]) == NodePlan(delete=("new",))
    assert plan([new(phase="Succeeded")]) == NodePlan(delete=("new",))
    assert plan(waiting) == NodePlan()
    assert plan(waiting, surge=True) == NodePlan(create=True)


@pytest.mark.parametrize(
    ("pods", "deleted"),
    [
        ([old(), unavailable(new())], ()),
        ([old(), new()], ("old",)),
        ([unavailable(old()), unavailable(new())], ("old",)),
        ([old("a", created=1), old("b", created=2), unavailable(new())], ("b",)),
        ([new("a", created=1), new("b", created=2)], ("b",)),
    ],
)
def test_two_pods_stay_only_while_the_new_one_gets_ready_and_the_old_one_serves(
    pods: list[DaemonPod], deleted: tuple[str, ...]
) -> None:
    """With surge at most one old and one new pod share a node, and the old one goes when it is of no use."""
    assert plan(pods, surge=True).delete == deleted


# ---------------------------------------------------------------- rolling update


def test_percentages_round_up_and_zero_and_zero_is_one() -> None:
    """Of the nodes that should run the pod; with none of them there is nothing to limit."""
    assert updated_desired_node_counts(None, "10%", 3) == (0, 1)
    assert updated_desired_node_counts("34%", 0, 3) == (2, 0)
    assert updated_desired_node_counts(0, 0, 3) == (0, 1)
    assert updated_desired_node_counts(0, 0, 0) == (0, 0)
    assert allows_surge("1%")
    assert not allows_surge("0%")


def test_old_pods_go_as_far_as_max_unavailable_lets_them() -> None:
    """A missing pod, a new one that is not available and one that is replaced all take one of the allowance."""
    full = {"n1": [old("a")], "n2": [old("b")], "n3": [old("c")]}

    assert rolling_update(full, 2).remaining == 2
    assert rolling_update({**full, "n3": []}, 2).remaining == 1
    assert rolling_update({**full, "n3": [unavailable(new())]}, 1).remaining == 0
    assert rolling_update({**full, "n3": [new()]}, 1).remaining == 1
    broken = rolling_update({**full, "n3": [unavailable(old("c"))]}, 1)
    assert (broken.delete, broken.remaining) == (("c",), 0)


def test_a_node_with_two_pods_of_a_kind_is_left_to_the_main_loop() -> None:
    """It counts as unavailable, and as surging."""
    two = {"n1": [old("a"), old("b")], "n2": [old("c")]}

    assert (rolling_update(two, 1).candidates, rolling_update(two, 1).remaining) == (("c",), 0)
    assert surging_rolling_update(two, 1, {"n1": True, "n2": True}).remaining == 0


def test_a_surge_makes_the_new_pod_first() -> None:
    """At most maxSurge nodes run two pods, and an old pod goes when its new one is available."""
    wanted = {"n1": True, "n2": True}
    begin = surging_rolling_update({"n1": [old("a")], "n2": [old("b")]}, 1, wanted)
    waiting = surging_rolling_update({"n1": [old("a"), unavailable(new())], "n2": [old("b")]}, 1, wanted)
    done = surging_rolling_update({"n1": [old("a"), new()], "n2": [old("b")]}, 1, wanted)
    broken = surging_rolling_update({"n1": [unavailable(old("a"))], "n2": [old("b")]}, 0, wanted)

    assert (begin.candidate_nodes, begin.remaining, begin.delete) == (("n1", "n2"), 1, ())
    assert (waiting.remaining, waiting.delete) == (0, ())
    assert (done.remaining, done.delete) == (1, ("a",))
    assert broken.create_on == ("n1",)


def test_a_pod_where_none_should_be_goes_when_enough_others_are_available() -> None:
    """An old pod of a node that is no longer wanted stays while it is needed; an unavailable one goes at once."""
    wanted = {"n1": True, "n2": False}

    assert surging_rolling_update({"n1": [new("a")], "n2": [old("b")]}, 1, wanted).delete == ("b",)
    assert surging_rolling_update({"n1": [unavailable(new("a"))], "n2": [old("b")]}, 1, wanted).delete == ()
    assert surging_rolling_update({"n1": [new("a")], "n2": [unavailable(old("b"))]}, 1, wanted).delete == ("b",)


@given(st.lists(st.sampled_from(["old", "old unavailable", "new", "new unavailable", "missing"])), st.integers(1, 5))
def test_an_update_never_takes_more_available_pods_than_allowed(states: list[str], limit: int) -> None:
    """After the candidates are gone no more nodes are without available pod than the limit, or than before."""
    made = {"old": old("p"), "new": new("p")}
    pods = {
        f"n{n}": [] if state == "missing" else [unavailable(made[state[:3]]) if " " in state else made[state]]
        for n, state in enumerate(states)
    }
    before = sum(not any(pod.available for pod in found) for found in pods.values())

    update = rolling_update(pods, limit)

    assert update.remaining <= len(update.candidates)
    assert before + update.remaining <= max(limit, before)


# ---------------------------------------------------------------- status


def test_the_status_counts_the_oldest_pod_of_each_node() -> None:
    """A node that should not run the pod and does is misscheduled, and counts in nothing else."""
    pods = {"n1": [new("b", created=2), old("a", created=1)], "n2": [new()], "n3": []}

    assert update_daemon_set_status(pods, {"n1": True, "n2": False, "n3": True}) == DaemonSetCounts(
        desired_number_scheduled=2,
        current_number_scheduled=1,
        number_misscheduled=1,
        number_ready=1,
        updated_number_scheduled=0,
        number_available=1,
    )
