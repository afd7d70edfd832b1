"""Ids come from pools: the lowest free one is handed out, and recycled only when nothing refers to it."""

from __future__ import annotations

from typing import Any, NewType

import pytest
from language_systems import explore, footprint, system_of, texts

from clusterproof import Map, SetOf, SpecError, Table, Timer, evolve, require, state
from clusterproof.compiled import Compiled

Pod = NewType("Pod", str)
Node = NewType("Node", str)


@state
class Thing:
    """A thing that may refer to itself and to others."""

    twin: Pod | None = None
    friends: SetOf[Pod] = SetOf(tuple(map(Pod, "abc")))


@state
class Place:
    """A pool, and every kind of field that may refer to its ids."""

    pods: Table[Pod, Thing] = Table(tuple(map(Pod, "abc")))
    containers: Table[Pod, Thing] = Table(tuple(map(Pod, "abc")))
    marked: SetOf[Pod] = SetOf(tuple(map(Pod, "abc")))
    leader: Pod | None = None
    queue: tuple[Pod, ...] = ()
    watched: frozenset[Pod] = frozenset()
    pairs: tuple[tuple[Pod, int], ...] = ()
    owner_of: Map[Node, Pod | None] = Map({Node("n"): None})
    per_pod: Map[Pod, int] = Map((Pod(p), 0) for p in "abc")
    text: str = ""
    elsewhere: Node | None = None
    timer: Timer = Timer()


A, B, C = map(Pod, "abc")


def add(p: Place) -> None:
    """One more, under the first free id."""
    p.pods.add(Thing())


def added(start: Place, act: Any = add) -> str | None:
    """The id that is handed out; None when the pool is exhausted."""
    found = footprint(act, start)
    if found.exhausted:
        return None
    return next(path[5:-1] for path, value in found.writes.items() if path.startswith("pods[") and value is True)


def test_the_lowest_free_id_is_handed_out():
    """In the order of the pool, whatever came and went."""
    assert added(Place()) == "a"
    assert added(Place(pods=Table((A, B, C), {A: Thing()}))) == "b"
    assert added(Place(pods=Table((A, B, C), {B: Thing(), C: Thing()}))) == "a"


@pytest.mark.parametrize(
    "start",
    [
        Place(containers=Table((A, B, C), {A: Thing()})),
        Place(marked=SetOf((A, B, C), (A,))),
        Place(leader=A),
        Place(queue=(C, A)),
        Place(watched=frozenset({A})),
        Place(pairs=((A, 1),)),
        Place(owner_of=Map({Node("n"): A})),
        Place(containers=Table((A, B, C), {C: Thing(twin=A)})),
        Place(containers=Table((A, B, C), {C: Thing(friends=SetOf((A, B, C), (A,)))})),
    ],
    ids=["another Table", "SetOf", "field", "tuple", "frozenset", "nested tuple", "Map of ids", "field of an object",
         "SetOf of an object"],
)  # fmt: skip
def test_an_id_is_not_recycled_while_something_refers_to_it(start: Place):
    """Whatever holds the id keeps it from being handed out again."""
    assert added(start) == "b"


@pytest.mark.parametrize(
    "start",
    [
        Place(per_pod=Map({A: 3, B: 0, C: 0})),
        Place(text="a"),
        Place(elsewhere=Node("a")),
        Place(queue=(B,)),
        Place(leader=C),
    ],
    ids=["entry of a Map", "text", "another id type", "another id in a tuple", "another id"],
)
def test_what_does_not_refer_does_not_hold_an_id(start: Place):
    """Fields of other types, and Maps that have an entry for every id, keep none."""
    assert added(start) == "a"


def test_an_object_does_not_hold_its_own_id():
    """What a deleted object said of itself went with it."""

    def replace(p: Place) -> None:
        del p.pods[A]
        p.pods.add(Thing(twin=A))

    start = Place(pods=Table((A, B, C), {A: Thing(twin=A, friends=SetOf((A, B, C), (A,)))}))

    assert added(start, replace) == "a"


def test_a_reference_written_before_holds_too():
    """The action's own writes count."""

    def act(p: Place) -> None:
        p.leader = A
        p.queue = (B,)
        p.pods.add(Thing())

    assert added(Place(), act) == "c"


def test_references_are_soft_reads():
    """Which of several free ids is handed out is a matter of names."""
    compiled = Compiled(system_of(add, start=Place(leader=A)))
    evaluation = compiled.evaluate(compiled.initial_rows()[0], compiled.instances[0])
    soft = {compiled.schema.slots[slot].path for slot in evaluation.soft_reads}

    assert {"leader", "marked[a]", "marked[b]", "containers[a]"} <= soft
    assert not soft & {"pods[a]", "pods[b]", "per_pod[a]", "text"}
    assert evaluation.soft_reads <= set(evaluation.reads)


@pytest.mark.parametrize("listed", [(B, C), (C, B)])
@pytest.mark.parametrize("kind", [tuple, list, iter])
def test_part_of_a_pool(listed: tuple[Pod, ...], kind: Any):
    """The ids that may be handed out can be narrowed; their order counts."""

    def act(p: Place) -> None:
        p.leader = p.pods.add(Thing(), among=kind(listed))

    assert added(Place(), act) == listed[0]
    assert footprint(act, Place()).writes["leader"] == listed[0]


def test_the_part_belongs_to_the_pool():
    """An id that is not of the pool, and a set, are refused."""
    with pytest.raises(SpecError, match=r"pods\[zz\]: no such id \(there are a, b, c\)"):
        footprint(lambda p: p.pods.add(Thing(), among=(Pod("zz"),)), Place())
    with pytest.raises(SpecError, match="the order of a set changes"):
        footprint(lambda p: p.pods.add(Thing(), among={A}), Place())


def test_an_exhausted_pool_is_a_bound_hit():
    """Never a silently disabled action: the evaluation names the pool, and the clock does not pass by."""
    start = Place(pods=Table((A, B, C), {A: Thing(), B: Thing()}), leader=C, timer=Timer(5))
    compiled = Compiled(system_of(add, start=start))
    steps = compiled.steps(compiled.initial_rows()[0])

    assert steps.exhausted == ("pods (a, b, c)",)
    assert texts(steps) == []
    assert added(evolve(start, leader=None)) == "c"
    assert footprint(lambda p: p.pods.add(Thing(), among=(A,)), start).exhausted == ("pods (a)",)


def test_ids_are_recycled():
    """A pool of three serves for ever, and the states are finitely many."""

    def add_one(p: Place) -> None:
        require(not p.pods)
        p.leader = p.pods.add(Thing())

    def remove(p: Place, i: Pod) -> None:
        require(i in p.pods)
        del p.pods[i]

    compiled = Compiled(system_of(add_one, remove, start=Place()))
    rows = explore(compiled)

    assert len(rows) < 20
    assert not any(steps.exhausted for steps in rows.values())
    assert {text for steps in rows.values() for text in texts(steps)} == {
        "tester.add_one()", "tester.remove(a)", "tester.remove(b)",
    }  # fmt: skip


def test_what_is_added_belongs_there():
    """Only an object of the Table's class, and only inside an action."""
    with pytest.raises(SpecError, match=r"pods\[a\]: a Thing belongs here, not 3"):
        footprint(lambda p: p.pods.add(3), Place())


def test_deleting_and_adding_in_one_step():
    """What an object referred to that is deleted in this step holds no id any more."""

    def replace(p: Place) -> None:
        del p.containers[A]
        p.pods.add(Thing())

    start = Place(containers=Table((A, B, C), {A: Thing(twin=A)}))

    assert added(start) == "b"
    assert added(start, replace) == "a"
