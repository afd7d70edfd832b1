"""Slices that would prove what the whole refutes, were some step of their argument taken for granted."""

from __future__ import annotations

from typing import Any, NewType

import pytest
from planted_systems import (
    Id,
    Plant,
    below_two,
    forget,
    make,
    planted,
    remember,
    rise,
    take,
)

from clusterproof import (
    Claims,
    Component,
    SetOf,
    StepInfo,
    System,
    Table,
    Timer,
    Whenever,
    always,
    claim,
    eventually_always,
    fresh,
    leads_to,
    require,
    state,
    step,
    strong,
    weak,
)
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict

IDS = tuple(map(Id, "abc"))
START = Plant(things=Table(IDS), marked=SetOf(IDS))
DECLARED = {"writes": ("other",)}
Special = NewType("Special", Id)
Pair = tuple[Id, Id]
One = tuple[Id]


def agree(system: System[Any], *, whole_first: int = 0) -> set[Verdict | None]:
    """Demand the verdicts of the whole from slices by both engines; return them."""
    whole = check_system(system, sliced=False, engine="reference", symmetry=False, more_seconds=60.0)
    expected = [one.verdict for one in whole.properties]
    for engine in ("learned", "reference"):
        sliced = check_system(system, sliced=True, whole_first=whole_first, engine=engine, more_seconds=60.0)
        assert [one.verdict for one in sliced.properties] == expected, engine
    return set(expected)


# ---------------------------------------------------------------- declared writes
def drop(p: Plant) -> None:
    """Writes what nobody reads."""
    p.other = 0


def poke(p: Plant) -> None:
    """Changes something only after `drop`."""
    p.other = 1


@step
def no_poke(before: Plant, _after: Plant, by: StepInfo) -> Claims:
    """About unseen steps."""
    yield claim(before.goal != 1 or by.action != "poke", "nobody pokes when the goal is reached")


@pytest.mark.parametrize("drops", [{}, DECLARED])
@pytest.mark.parametrize("pokes", [{}, DECLARED])
def test_a_write_is_a_change_where_nobody_told_the_values(drops, pokes):
    """Whether writing changes anything depends on what others write, who were not evaluated."""
    actions = [rise, (drop, dict(drops)), (poke, dict(pokes))]

    assert agree(planted(actions, start=Plant(other=1), properties=[no_poke])) == {Verdict.REFUTED}


@eventually_always
def reaches(p: Plant) -> Claims:
    """Needs the budget."""
    yield claim(p.goal == 1, "the goal is one")


def rise_or_poke(p: Plant, rises: bool) -> None:
    """May spend its budget on what nobody looks at."""
    if rises:
        rise(p)
    else:
        p.other = 1


@pytest.mark.parametrize("drops", [{}, DECLARED])
def test_a_budget_may_be_spent_where_nobody_told_the_values(drops):
    """So does whether an action spends the budget that a fair run waits for."""
    actions = [(drop, dict(drops)), (rise_or_poke, {"fair": strong, "budget": 1})]

    assert agree(planted(actions, start=Plant(other=1), properties=[reaches])) == {Verdict.REFUTED}


DEEP = 400


@state
class Deep:
    """What is looked at only far from the start."""

    goal: int = 0
    other: int = 0
    third: int = 0
    armed: bool = False
    cut: bool = False


@step
def no_tidying(before: Deep, _after: Deep, by: StepInfo) -> Claims:
    """About unseen steps that depend on more than any sample shows."""
    yield claim(before.goal != 1 or by.action != "tidy", "nobody tidies when the goal is reached")


@pytest.mark.parametrize("writes", [None, ("cut",)])
def test_unseen_steps_are_asked_for_by_all_that_they_look_at(writes):
    """An action that looks at one slot more in deep states is asked on all rows that differ there."""
    system = Component("c")

    @system.action
    def tick(p: Deep) -> None:
        require(p.third < DEEP)
        p.third += 1

    @system.action
    def arm(p: Deep) -> None:
        require(p.third == DEEP)
        p.armed = True

    @system.action
    def cycle(p: Deep) -> None:
        p.other = (p.other + 1) % 5

    @system.action
    def reach(p: Deep) -> None:
        require(p.goal == 0 and p.armed in (False, True) and p.third >= 0 and p.other >= 0)
        p.goal = 1

    @system.action(writes=writes)
    def tidy(p: Deep) -> None:
        require(p.armed)
        require(p.other == 2)
        p.cut = not p.cut

    assert agree(System(Deep(), components=[system], properties=[no_tidying])) == {Verdict.REFUTED}


def rise_or_hold(p: Plant) -> None:
    """Once risen, issues a number and writes nothing else."""
    if p.goal == 0:
        p.goal = 1
    else:
        p.held = fresh


def wait(p: Plant) -> None:
    """Takes so long that no sample sees the end."""
    require(p.other < DEEP)
    p.other += 1


def late(p: Plant) -> None:
    """Reads the number."""
    require(p.other >= DEEP and p.held is not None)
    p.goal = 2


@pytest.mark.parametrize("whole_first", [0, 100])
def test_numbers_that_are_issued_are_recalled(whole_first):
    """An evaluation that does nothing but issue a number is recalled as doing so."""
    system = planted([rise_or_hold, wait, late], properties=[below_two])

    assert agree(system, whole_first=whole_first) == {Verdict.REFUTED}


# ---------------------------------------------------------------- names
@always
def never_the_second(p: Plant) -> Claims:
    """Names an id without having one for a parameter."""
    yield claim(IDS[1] not in p.things, "it is never there")


@always
def never_there(p: Plant, i: Special) -> Claims:
    """About an id under another type."""
    yield claim(i not in p.things, "it is never there")


@always
def never_both(p: Plant, ids: Pair) -> Claims:
    """About an id inside of a tuple."""
    yield claim(ids[1] not in p.things, "it is never there")


@pytest.mark.parametrize("judged", [never_the_second, never_there, never_both])
@pytest.mark.parametrize("declared", [True, False])
def test_properties_name_ids_in_many_ways(judged, declared):
    """Names matter to a property that has an id in its text, in a type of another name, or in a tuple."""
    symmetric = [Id] if declared else []
    domains = {Special: [IDS[1]], Pair: [IDS[:2]]}
    actions = [make, take, remember, forget]

    system = planted(actions, start=START, symmetric=symmetric, properties=[judged], domains=domains)
    assert agree(system) == {Verdict.REFUTED}


def clean(p: Plant, ids: One) -> None:
    """Is enabled on a free id."""
    require(ids[0] not in p.things)
    p.goal = 1


@pytest.mark.parametrize("declared", [True, False])
def test_fairness_about_ids_inside_of_tuples(declared):
    """A fair action that has an id in a tuple is fair by name."""
    actions = [(make, {"fair": weak}), (take, {"fair": weak}), remember, forget, (clean, {"fair": weak})]
    options: dict[str, Any] = {"symmetric": [Id] if declared else [], "domains": {One: [(i,) for i in IDS[:2]]}}
    start = Plant(things=Table(IDS[:2]), marked=SetOf(IDS[:2]))

    assert agree(planted(actions, start=start, properties=[reaches], **options)) == {Verdict.REFUTED}


@state
class Pupil:
    """A thing that is served when there are two."""

    second: bool = False
    served: bool = False


@state
class School:
    """Pairs of things come and go."""

    goal: int = 0
    things: Table[Id, Pupil] = Table(())
    marked: SetOf[Id] = SetOf(())


@eventually_always
def first_served(p: School) -> Claims:
    """Whether the first of a pair is served in the end."""
    yield claim(p.goal == 1, "the goal is one")


@pytest.mark.parametrize("declared", [True, False])
def test_strong_fairness_is_by_name(declared):
    """Who is enabled again and again under one name is not so under swapped names."""
    c = Component("c")

    @c.action(fair=weak)
    def make_first(p: School) -> None:
        require(len(p.things) == 0)
        p.things.add(Pupil())

    @c.action(fair=weak)
    def make_second(p: School) -> None:
        require(len(p.things) == 1)
        p.things.add(Pupil(second=True))

    @c.action(fair=strong)
    def serve(p: School, i: Id) -> None:
        pupil = require(p.things.get(i))
        require(not pupil.served and len(p.things) == 2)
        pupil.served = True
        if not pupil.second:
            p.goal = 1

    @c.action(fair=weak)
    def finish(p: School) -> None:
        require(len(p.things) == 2 and sum(pupil.second and pupil.served for pupil in p.things.values()) > 0)
        for i in list(p.things):
            del p.things[i]

    @c.action
    def note(p: School, i: Id) -> None:
        require(i in p.things and len(p.marked) == 0)
        p.marked.add(i)

    @c.action
    def drop_note(p: School, i: Id) -> None:
        p.marked.discard(i)

    start = School(things=Table(IDS), marked=SetOf(IDS))
    system = System(start, components=[c], properties=[first_served], symmetric=[Id] if declared else [])
    assert agree(system) == {Verdict.REFUTED}


@always
def never_rings(p: Plant) -> Claims:
    """Depends on a deadline about a free id."""
    yield claim(p.goal != 2, "it never rings")


def clean_in_time(p: Plant, i: Id) -> None:
    """Is enabled on free ids, and has a deadline."""
    require(i not in p.things and p.goal == 0)
    p.goal = 1
    p.alarm = Timer()


def ring(p: Plant) -> None:
    """Comes too late, if the deadline runs through."""
    require(p.alarm.due())
    p.goal = 2
    p.alarm = Timer()


@pytest.mark.parametrize("declared", [True, False])
def test_deadlines_are_by_name(declared):
    """A deadline about a free id tells free ids apart."""
    actions = [(function, {"urgent": False}) for function in (make, take, remember, forget)]
    actions += [(clean_in_time, {"within_seconds": 5}), (ring, {"urgent": True})]
    start = Plant(things=Table(IDS[:2]), marked=SetOf(IDS[:2]), alarm=Timer(7))
    symmetric = [Id] if declared else []

    system = planted(actions, start=start, symmetric=symmetric, properties=[never_rings])
    assert agree(system) == {Verdict.REFUTED}


# ---------------------------------------------------------------- mistakes
@leads_to
def explodes(p: Plant, i: Id) -> Whenever:
    """Raises once the goal is reached."""
    there = i in p.things and 1 // (1 - p.goal) > 0
    return Whenever(given=there, then=not there)


@always
def fine(p: Plant) -> Claims:
    """Holds."""
    yield claim(p.goal >= 0, "the goal is a number")


def test_a_property_about_ids_that_raises_takes_nobody_along():
    """What a property raises while it is looked at which ids are free is its own error."""
    actions = [(function, {"fair": weak}) for function in (make, take)] + [remember, forget, rise]

    assert Verdict.PROVED in agree(planted(actions, start=START, symmetric=[Id], properties=[fine, explodes]))
