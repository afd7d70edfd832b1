"""Who goes for a pod that matters more: as few as possible, the least important, and no budget broken if it can be."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.preemption import (
    Budget,
    Candidate,
    find_candidates,
    pick_one_node_for_preemption,
    pod_eligible_to_preempt_others,
    select_victims_on_node,
)
from clusterproof.models.kubernetes.decisions.scheduler import NodeInfo, PlacedPod, feasible
from clusterproof.models.kubernetes.objects import Container, NodeSpec, PodSpec, Taint


def pod(priority: int, cpu: int = 1, **more: object) -> PlacedPod:
    """A pod that matters so much and asks for so much CPU."""
    spec = PodSpec(containers=(Container(name="c", requests={"cpu": cpu}),), priority=priority)
    return evolve(PlacedPod(spec=spec), **more)


def node(*pods: PlacedPod, name: str = "n1", cpu: int = 4, taints: tuple[Taint, ...] = ()) -> NodeInfo:
    """A node with so much CPU, and pods on it."""
    return NodeInfo(spec=NodeSpec(name=name, allocatable={"cpu": cpu}, taints=taints), pods=pods)


def victims(incoming: PlacedPod, on: NodeInfo, budgets: tuple[Budget, ...] = ()) -> tuple[tuple[str, ...], int] | None:
    """The victims on a node, by the letters of its pods, and how many of them break a budget."""
    found = select_victims_on_node(incoming, on, [on], "abcdef", budgets)
    return None if found is None else (found.victims, found.violations)


def test_the_least_important_go() -> None:
    """Pods are spared from the most important one on, as long as the waiting one fits."""
    assert victims(pod(10, 2), node(pod(1), pod(3), pod(2), pod(5))) == (("c", "a"), 0)


def test_equals_are_spared() -> None:
    """A pod that matters as much never goes."""
    assert victims(pod(10, 2), node(pod(10), pod(10), pod(10), pod(1))) is None
    assert victims(pod(10, 1), node(pod(10), pod(10), pod(10), pod(1))) == (("d",), 0)


def test_budgets_are_kept_where_that_can_be() -> None:
    """Of equal pods those go that no budget covers; one that has to be broken is counted."""
    covered = Budget(disruptions_allowed=0, covers=lambda each: each.labels == {"app": "web"})
    web = {"app": "web"}

    assert victims(pod(10, 1), node(pod(1), pod(1, labels=web), cpu=2), (covered,)) == (("a",), 0)
    assert victims(pod(10, 2), node(pod(1), pod(1, labels=web), cpu=2), (covered,)) == (("a", "b"), 1)


def test_pods_that_are_charged_already_break_no_budget() -> None:
    """A pod in disruptedPods is on its way out anyway."""
    covers = Budget(disruptions_allowed=0, covers=lambda _: True, disrupted=("a",))

    assert victims(pod(10, 1), node(pod(1), cpu=1), (covers,)) == (("a",), 0)


def test_only_nodes_where_it_helps_are_candidates() -> None:
    """A taint is not mended by preemption, and a node with room needs none."""
    tainted = node(pod(1, 4), name="n2", taints=(Taint(key="k", effect="NoSchedule"),))
    full = node(pod(1, 4))
    names = {"n1": ["a"], "n2": ["b"]}

    assert [each.node for each in find_candidates(pod(10), [full, tainted], names)] == ["n1"]


def test_the_best_node_is_picked() -> None:
    """Fewest broken budgets come first, then the lowest priorities, then the fewest victims; ties stay."""
    candidates = [
        Candidate(node="n1", victims=("a",), violations=1),
        Candidate(node="n2", victims=("b", "c")),
        Candidate(node="n3", victims=("b",)),
        Candidate(node="n4", victims=("d",)),
        Candidate(node="n5", victims=("e",)),
    ]
    priorities = {"a": 0, "b": 1, "c": 0, "d": 1, "e": 2}

    assert pick_one_node_for_preemption(candidates, priorities) == ("n3", "n4")
    assert pick_one_node_for_preemption(candidates[:2], priorities) == ("n2",)
    assert pick_one_node_for_preemption([], priorities) == ()


def test_who_may_preempt() -> None:
    """Not with the policy Never, and not while earlier victims are on their way out of the nominated node."""
    going = node(pod(1, terminating=True))

    assert pod_eligible_to_preempt_others(pod(10), policy="PreemptLowerPriority")
    assert not pod_eligible_to_preempt_others(pod(10), policy="Never")
    assert not pod_eligible_to_preempt_others(pod(10), policy="PreemptLowerPriority", nominated=going)
    assert pod_eligible_to_preempt_others(pod(10), policy="PreemptLowerPriority", nominated=going, unresolvable=True)
    assert pod_eligible_to_preempt_others(pod(1), policy="PreemptLowerPriority", nominated=going)


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=5), st.integers(1, 5))
def test_no_victim_is_in_vain(cpu: int, there: list[tuple[int, int]], wanted: int) -> None:
    """Without its victims the pod fits, with any one of them left it does not, and none matters as much."""
    incoming = pod(3, wanted)
    on = node(*(pod(priority, size) for priority, size in there), cpu=cpu)
    found = select_victims_on_node(incoming, on, [on], "abcdef")
    lasting = evolve(on, pods=tuple(each for each in on.pods if each.spec.priority >= 3))
    if found is None:
        assert len(lasting.pods) == len(on.pods) or feasible(incoming, lasting, [lasting]) is not None
        return
    gone = {"abcdef".index(each) for each in found.victims}
    assert all(on.pods[n].spec.priority < 3 for n in gone)
    for spared in (None, *gone):
        left = evolve(on, pods=tuple(each for n, each in enumerate(on.pods) if n not in gone or n == spared))
        assert (feasible(incoming, left, [left]) is None) == (spared is None)
