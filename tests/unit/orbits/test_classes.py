"""Which ids are interchangeable."""

from __future__ import annotations

from typing import NewType

import pytest
from attrs import evolve
from planted_systems import Id, Plant, Thing, planted

from clusterproof import Component, Map, SetOf, System, Table, require, state
from clusterproof.checker.learned.orbits import SymmetryLost, SymmetryWatch, drew_elsewhere, find_classes
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers

IDS = tuple(Id(name) for name in "abcdef")


def start(**fields):
    """A plant whose things come from a pool of six."""
    return Plant(things=Table(IDS), marked=SetOf(IDS), **fields)


def take_among(*pool):
    """An action that takes an id from a part of the pool."""

    def take(p: Plant) -> None:
        if any(i not in p.things for i in pool):
            p.things.add(Thing(), among=pool)

    take.__name__ = f"take_{''.join(pool)}"
    return take


def grow_old(p: Plant, i: Id) -> None:
    """What is there ages."""
    require(p.things.get(i)).old = True


def ids_of(classes):
    """The ids of each class."""
    return [each.ids for each in classes.of]


def test_declared_types_are_one_class_each():
    """A declared type is one class, and pooled when actions draw its ids."""
    pods, nodes = find_classes(Compiled(mini_cluster.system())).of

    assert (pods.hint, len(pods.ids), pods.declared, pods.pooled) == (mini_cluster.PodId, 3, True, True)
    assert (nodes.hint, len(nodes.ids), nodes.declared, nodes.pooled) == (mini_cluster.NodeId, 2, True, False)
    assert find_classes(Compiled(philosophers.system(3))).of == ()


def test_ids_of_different_pools_are_different():
    """Ids are in one class when they are in the same pools."""
    classes = find_classes(Compiled(planted([take_among(*IDS[:3]), take_among(*IDS[3:]), grow_old], start=start())))

    assert ids_of(classes) == [IDS[:3], IDS[3:]]
    assert all(each.pooled and not each.declared for each in classes.of)


def test_pools_that_overlap_cut_declared_types_too():
    """An id that two pools hand out is not like one that only one of them does."""
    actions = [take_among(*IDS[:4]), take_among(*IDS[2:]), grow_old]
    classes = find_classes(Compiled(planted(actions, start=start(), symmetric=[Id])))

    assert ids_of(classes) == [IDS[:2], IDS[2:4], IDS[4:]]


def test_a_pool_keeps_its_order_around_other_ids():
    """Where a pool has another id between two, which of them is free decides what is handed out first."""
    pool = (IDS[0], IDS[3], IDS[1])
    classes = find_classes(Compiled(planted([take_among(*pool), take_among(IDS[3])], start=start())))

    assert not any(IDS[0] in ids and IDS[1] in ids for ids in ids_of(classes))


def test_ids_that_no_action_draws_are_found():
    """Ids of a Table are interchangeable when nothing tells neighbours apart on some states."""
    there = Table(IDS, {i: Thing() for i in IDS[:4]})
    (found,) = find_classes(Compiled(planted([grow_old], start=evolve(start(), things=there)))).of

    assert found.ids == IDS
    assert not found.pooled


def only_the_first(p: Plant, i: Id) -> None:
    """Only one of them ages."""
    require(i == "a")
    require(p.things.get(i)).old = True


def test_ids_that_an_action_names_are_not():
    """An id that an action names is in no class, the others are."""
    there = Table(IDS, {i: Thing() for i in IDS})
    classes = find_classes(Compiled(planted([only_the_first], start=evolve(start(), things=there))))

    assert ids_of(classes) == [IDS[1:]]


@state
class Remembered:
    """A pool, and a Map that remembers what was about an id."""

    things: Table[Id, Thing]
    memory: Map[Id, int]


def test_ids_that_a_map_remembers_are_left_out():
    """Free ids that a Map tells apart are not equal, so a pool of them is left out, and it says why."""
    component = Component("c")

    @component.action
    def take(r: Remembered) -> None:
        """One more."""
        if len(r.things) < len(r.things.ids):
            r.things.add(Thing())

    @component.action
    def forget(r: Remembered, i: Id) -> None:
        """One less, but for its memory."""
        require(i in r.things)
        del r.things[i]
        r.memory[i] = 1

    system = System(
        Remembered(things=Table(IDS), memory=Map((i, 0) for i in IDS)), components=[component], symmetric=[Id]
    )
    classes = find_classes(Compiled(system))

    assert classes.of == ()
    assert classes.left_out == ("6 Ids: memory remembers what is about an id after it went back to its pool",)


Leader = NewType("Leader", Id)


@state
class Led:
    """A pool, and an id of it under another type."""

    things: Table[Id, Thing]
    leader: Leader | None = None


def test_ids_under_another_type_are_left_out():
    """What is held under another type does not keep an id from being recycled."""
    component = Component("c")

    @component.action
    def lead(s: Led) -> None:
        """A new one leads."""
        if len(s.things) < len(s.things.ids):
            s.leader = Leader(s.things.add(Thing()))

    classes = find_classes(Compiled(System(Led(things=Table(IDS)), components=[component], symmetric=[Id])))

    assert classes.of == ()
    assert classes.left_out == ("6 Ids: leader holds ids under another type, which keeps none from being recycled",)


def test_types_can_be_left_out():
    """What was lost before is not found again."""
    assert not find_classes(Compiled(mini_cluster.system()), without=[mini_cluster.PodId]).of[1:]


def late(p: Plant) -> None:
    """Takes from a part of the pool, and only after long counting."""
    require(p.third == 30)
    p.things.add(Thing(), among=IDS[:2])


def count_up(p: Plant) -> None:
    """Counts."""
    require(p.third < 30)
    p.third += 1


def test_a_pool_that_is_seen_late_is_noticed():
    """A pool that cuts a class is noticed when it is drawn from; asked again, the classes are right."""
    compiled = Compiled(planted([late, count_up, grow_old], start=start()))
    classes = find_classes(compiled, walked=5)
    watch = SymmetryWatch(compiled, classes)
    assert ids_of(classes) == [IDS]
    assert not drew_elsewhere(compiled, classes)

    row = Compiled.initial_rows(compiled)[0]
    for _ in range(30):
        row = next(step.row for step in compiled.steps(row).steps if step.instance.name == "count_up")
    instance = next(each for each in compiled.instances if each.name == "late")
    with pytest.raises(SymmetryLost, match="things has a pool that cuts 6 Ids apart"):
        watch.check(row, instance)

    assert drew_elsewhere(compiled, classes)
    assert ids_of(find_classes(compiled, walked=5)) == [IDS[:2], IDS[2:]]


def test_slices_keep_symmetry_only_where_it_is_whole():
    """A slice that has the slots of some of the ids only does not treat them as interchangeable."""
    compiled = Compiled(planted([grow_old], start=evolve(start(), things=Table(IDS, {i: Thing() for i in IDS}))))
    places = {slot.path: slot.number for slot in compiled.schema.slots}
    gone = {places["things[a]"], places["things[a].old"]}
    kept = [slot for slot in range(len(compiled.schema.slots)) if slot not in gone]
    instances = [each for each in compiled.instances if each.arguments != ("a",)]

    assert ids_of(find_classes(compiled.sliced(kept, instances))) == [IDS[1:]]
