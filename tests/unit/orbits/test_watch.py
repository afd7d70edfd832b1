"""Functions that tell interchangeable ids apart are caught where they are evaluated."""

from __future__ import annotations

from typing import NewType

import pytest
from planted_systems import Id, Plant, SomeId, Thing, planted
from symmetric_systems import reach

from clusterproof import (
    Claims,
    Component,
    Map,
    SetOf,
    SpecError,
    StepInfo,
    System,
    Table,
    Whenever,
    always,
    claim,
    cover,
    leads_to,
    require,
    state,
    step,
)
from clusterproof.checker.learned.orbits import Classes, IdClass, SymmetryLost, SymmetryWatch, find_classes
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster

Worker = NewType("Worker", str)


@state
class Crew:
    """Who is up, and who leads."""

    up: Map[Worker, bool]
    tired: SetOf[Worker]
    leader: Worker | None = None


def crew(action, *properties):
    """Three interchangeable workers with one action besides waking up."""
    component = Component("crew")

    @component.action
    def wake(c: Crew, w: Worker) -> None:
        """Anybody may wake up."""
        c.up[w] = True

    component.action(action)
    workers = [Worker(name) for name in ("ann", "bob", "cy")]
    start = Crew(up=Map((w, False) for w in workers), tired=SetOf(workers))
    return Compiled(System(start, components=[component], properties=properties, symmetric=[Worker]))


def watch_everything(compiled, classes=None):
    """Check all evaluations on all states."""
    watch = SymmetryWatch(compiled, classes or find_classes(compiled))
    evaluations = []
    compiled.observe = lambda row, who, found: evaluations.append((row, who, found))
    reach(compiled)
    for row, who, found in evaluations:
        watch.check(row, who, found)
    return watch, evaluations


def elect(c: Crew, w: Worker) -> None:
    """Anybody who is up may lead."""
    require(c.up[w])
    c.leader = w


def compare(c: Crew, w: Worker) -> None:
    """Takes over from somebody whose name comes later."""
    require(c.up[w])
    if c.leader is None or w < c.leader:
        c.leader = w


def pick_the_largest(c: Crew) -> None:
    """The last by name of those who are up leads."""
    awake = [w for w, up in c.up.items() if up]
    c.leader = max(awake, default=None)


def stop_at_the_first(c: Crew) -> None:
    """Tires those that are looked at before somebody is found who is up."""

    def look(w: Worker) -> bool:
        c.tired.add(w)
        return c.up[w]

    any(look(w) for w in c.up)


def cover_one(c: Crew, w: Worker) -> None:
    """Only one of them is worth a mark."""
    require(c.up[w])
    c.leader = w
    if w == "bob":
        cover("bob leads")


def test_what_is_symmetric_passes():
    """Actions that treat ids alike pass on every state, and they were really looked at."""
    _, evaluations = watch_everything(crew(elect))
    assert len(evaluations) > 6
    watch_everything(Compiled(mini_cluster.system(p=2)))


@pytest.mark.parametrize("action", [compare, pick_the_largest, stop_at_the_first, cover_one])
def test_declared_symmetry_that_is_none_is_an_error(action):
    """Comparing ids, taking the largest, stopping at the first with a side effect, and marking one are caught."""
    with pytest.raises(SpecError, match=rf"crew\.{action.__name__}\(\w*\) tells apart ids that are declared symmetric"):
        watch_everything(crew(action))


def test_watching_is_seen_by_nobody():
    """Evaluations on renamed rows, which may never occur, are not shown to observers."""
    compiled = crew(elect)
    watch = SymmetryWatch(compiled, find_classes(compiled))
    seen = []
    compiled.observe = lambda row, _who, _found: seen.append(row)

    watch.check(compiled.initial_rows()[0], compiled.instances[0])

    assert seen == []
    assert compiled.observe is not None


IDS = tuple(Id(name) for name in "abc")


def take(p: Plant) -> None:
    """One more from the pool."""
    if len(p.things) < len(p.things.ids):
        p.things.add(Thing())


def take_twice(p: Plant) -> None:
    """Counts the ones that come first by name."""
    require(p.other < 2 and "b" in p.things and "a" not in p.things)
    p.other += 1


def lose(p: Plant, i: Id) -> None:
    """One goes."""
    require(i in p.things)
    del p.things[i]


def test_pools_that_are_told_apart_lose_their_symmetry():
    """What was only found is given up without an error of the user's."""
    compiled = Compiled(planted([take, take_twice, lose], start=Plant(things=Table(IDS), marked=SetOf(IDS))))
    wrong = Classes(of=(IdClass(hint=Id, ids=IDS, declared=False, pooled=True),))

    with pytest.raises(SymmetryLost, match=r"take_twice\(\) tells apart Ids of one pool") as lost:
        watch_everything(compiled, wrong)
    assert lost.value.hints == {Id}


def test_a_deadline_for_a_free_id_is_noticed():
    """A deadline that runs for an id that may be free makes free ids different."""

    def greet(p: Plant, i: Id) -> None:
        require(i not in p.things)
        p.third = 1

    def visit(p: Plant, i: Id) -> None:
        require(i in p.things)
        p.third = 1

    start = Plant(things=Table(IDS), marked=SetOf(IDS))
    watch_everything(Compiled(planted([take, lose, (visit, {"within_seconds": 5})], start=start)))
    with pytest.raises(SymmetryLost, match="has a deadline, although a may be free"):
        watch_everything(Compiled(planted([take, lose, (greet, {"within_seconds": 5})], start=start)))

    def greet_some(p: Plant, i: SomeId) -> None:
        greet(p, i)

    some = planted([take, lose, (greet_some, {"within_seconds": 5})], start=start, domains={SomeId: IDS})
    with pytest.raises(SymmetryLost, match="has a deadline, although a may be free"):
        watch_everything(Compiled(some))


# ---------------------------------------------------------------- properties


@always
def the_leader_is_up(c: Crew) -> Claims:
    """Blames whoever leads."""
    for w, up in c.up.items():
        yield claim(up or c.leader != w, "who leads is up", w)


@always
def ann_never_leads(c: Crew) -> Claims:
    """Names one of them."""
    yield claim(c.leader != "ann", "ann does not lead")


@always
def says_who(c: Crew, w: Worker) -> Claims:
    """Says the name: these are different claims."""
    yield claim(c.leader != w, f"{w} does not lead", w)


@always
def never_leads(c: Crew, w: Worker) -> Claims:
    """A template."""
    yield claim(c.leader != w, "it does not lead", w)


@step
def leads_by_election(before: Crew, after: Crew, by: StepInfo) -> Claims:
    """Asks who took the step."""
    if before.leader != after.leader:
        yield claim(by.arguments == (after.leader,), "who is elected leads", after.leader)


@step
def by_ann(before: Crew, after: Crew, by: StepInfo) -> Claims:
    """Asks for one of them."""
    yield claim(by.arguments != ("ann",) or before.leader == after.leader, "ann changes no leader")


@leads_to
def wakes_to_lead(c: Crew, w: Worker) -> Whenever:
    """A template of its own kind."""
    return Whenever(given=c.up[w], then=c.leader == w)


@pytest.mark.parametrize(
    ("judged", "apart"),
    [
        (the_leader_is_up, set()),
        (ann_never_leads, {Worker}),
        (says_who, {Worker}),
        (never_leads, set()),
        (leads_by_election, set()),
        (by_ann, {Worker}),
        (wakes_to_lead, set()),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_properties_that_tell_ids_apart_are_known(judged, apart):
    """A property says the same of renamed objects, or it names the types by which states must not be merged."""
    compiled = crew(elect, judged)
    rows = reach(compiled).rows
    watch = SymmetryWatch(compiled, find_classes(compiled))

    found = set()
    for row in rows:
        for about in compiled.property_instances(judged):
            if judged.kind == "step":
                for taken in compiled.steps(row).steps:
                    found |= watch.check_property(about, row, taken.raw, taken.instance)[0]
            else:
                found |= watch.check_property(about, row)[0]
    assert found == apart
