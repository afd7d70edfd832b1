"""Trees of functions that count: how large they are, and that everything comes out as without counts."""

from __future__ import annotations

from typing import Any, NewType

import pytest

from clusterproof import Claims, Component, Map, System, Table, always, choose, claim, require, state
from clusterproof.checker.check import check_system
from clusterproof.checker.result import CheckResult
from clusterproof.checker.verdict import Verdict

Lamp = NewType("Lamp", str)


@state
class Light:
    """A lamp that is on, and how bright it is."""

    on: bool = False
    bright: int = 0


@state
class House:
    """Lamps come and go."""

    lamps: Table[Lamp, Light]
    level: int = 0


def shines(lamp: Lamp, h: House) -> bool:
    """Whether a lamp is on, or very bright."""
    light = h.lamps[lamp]
    return light.on or light.bright == 2


def by_counting(h: House) -> int:
    """How many lamps shine."""
    return h.lamps.count(shines, h)


def by_looping(h: House) -> int:
    """The same with a loop."""
    return sum(shines(lamp, h) for lamp in h.lamps)


def weight(lamp: Lamp, h: House) -> int:
    """One for a lamp that shines."""
    return int(shines(lamp, h))


def by_adding(h: House) -> int:
    """The same as a total."""
    return h.lamps.total(weight, h)


def house(lamps: int, shining: Any, *, symmetry: bool = False) -> System[House]:
    """Lamps are brought, switched, made brighter and taken away; two actions and a property count."""
    people = Component("people")

    @people.action
    def bring(h: House) -> None:
        """Another lamp, when all that are there shine."""
        require(shining(h) == len(h.lamps) < lamps)
        h.lamps.add(Light())

    @people.action
    def switch(h: House, lamp: Lamp) -> None:
        """On or off."""
        light = require(h.lamps.get(lamp))
        light.on = not light.on

    @people.action
    def brighten(h: House, lamp: Lamp) -> None:
        """One step brighter."""
        light = require(h.lamps.get(lamp))
        require(light.bright < 2)
        light.bright += 1

    @people.action
    def take(h: House, lamp: Lamp) -> None:
        """One of two that shine."""
        require(lamp in h.lamps and shining(h) >= 2)
        del h.lamps[lamp]

    @people.action
    def note(h: House) -> None:
        """How many shine, or one or two more."""
        h.level = (shining(h) + choose(range(3))) % 4

    @always
    def never_three(h: House) -> Claims:
        """No more than there are; and not three of them, and the level one."""
        yield claim(shining(h) <= lamps, "no more shine than there are")
        yield claim(not (shining(h) == 3 and h.level == 1), "three do not shine at level one")

    return System(
        House(lamps=Table(Lamp(f"l{n}") for n in range(lamps))),
        components=[people],
        properties=[never_three],
        symmetry=symmetry,
        name="house",
    )


def facts(result: CheckResult) -> object:
    """What is to be the same whatever the functions look like."""
    found = [(one.verdict, [len(trace.steps) for trace in one.traces]) for one in result.properties]
    return result.states, result.transitions, result.stuttering, result.depth, found


def ways_of(result: CheckResult, name: str) -> int:
    """How many ways of reading a function has."""
    return next(one.ways_to_read for one in result.statistics if one.name == name)


@pytest.mark.parametrize("symmetry", [False, True], ids=["as it is", "merged"])
@pytest.mark.parametrize("machine_code", [True, False], ids=["compiled", "numpy"])
def test_everything_is_as_with_loops(symmetry, machine_code):
    """States, transitions, stuttering, depth and verdicts do not depend on how a function counts."""
    results = [
        check_system(house(3, shining, symmetry=symmetry), engine="learned", machine_code=machine_code)
        for shining in (by_counting, by_looping, by_adding)
    ]
    assert facts(results[0]) == facts(results[1]) == facts(results[2])
    if not symmetry:
        assert facts(results[0]) == facts(check_system(house(3, by_counting), engine="reference"))


def test_trees_grow_with_the_square():
    """A tree has some ways for each lamp and each count, where a loop has some for each combination of lamps."""
    counted = [check_system(house(lamps, by_counting), engine="learned") for lamps in (2, 3, 4)]
    looped = check_system(house(4, by_looping), engine="learned")

    ways = [ways_of(result, "people.note()") for result in counted]
    assert all(found <= 3 * lamps * (lamps + 1) for lamps, found in zip((2, 3, 4), ways, strict=True))
    assert ways_of(looped, "people.note()") > 10 * ways[-1]


Sack = NewType("Sack", str)


@state
class Store:
    """Sacks of rice, and how much of it was sold at a time."""

    rice: Map[Sack, int]
    sold: int = 0


def rice_in(sack: Sack, s: Store) -> int:
    """How much a sack holds."""
    return s.rice[sack]


def by_total(s: Store) -> int:
    """How much there is."""
    return s.rice.total(rice_in, s)


def by_sum(s: Store) -> int:
    """The same, of all sacks in a loop."""
    return sum(s.rice.values())


def store(sacks: int, there_is: Any, *, symmetry: bool = False) -> System[Store]:
    """Sacks are filled while there is room, and emptied; what is sold depends on how much there is in all."""
    people = Component("people")
    names = [Sack(f"s{n}") for n in range(sacks)]

    @people.action
    def fill(s: Store, sack: Sack) -> None:
        """One more in a sack, where the store has room for it."""
        require(s.rice[sack] < 3 and there_is(s) < 2 * sacks)
        s.rice[sack] += 1

    @people.action
    def empty(s: Store, sack: Sack) -> None:
        """All of a sack goes, where enough is left."""
        require(s.rice[sack] > 0 and there_is(s) - s.rice[sack] >= 1)
        s.rice[sack] = 0

    @people.action
    def sell(s: Store) -> None:
        """A part of what there is."""
        s.sold = there_is(s) % choose((2, 3))

    @always
    def never_five(s: Store) -> Claims:
        """Refuted: there are five, and two of these are left over."""
        yield claim(there_is(s) <= 2 * sacks, "there is room for what there is")
        yield claim(there_is(s) != 5 or s.sold != 2, "of five no two are left over")

    start = Store(rice=Map(dict.fromkeys(names, 0)))
    symmetric = [Sack] if symmetry else []
    return System(start, components=[people], properties=[never_five], symmetric=symmetric, name="store")


@pytest.mark.parametrize("symmetry", [False, True], ids=["as it is", "merged"])
@pytest.mark.parametrize("machine_code", [True, False], ids=["compiled", "numpy"])
def test_totals_are_as_sums(symmetry: bool, machine_code: bool) -> None:
    """States, transitions, stuttering, depth and verdicts do not depend on how a function adds up."""
    results = [
        check_system(store(3, there_is, symmetry=symmetry), engine="learned", machine_code=machine_code)
        for there_is in (by_total, by_sum)
    ]
    assert facts(results[0]) == facts(results[1])
    assert results[0].verdict is Verdict.REFUTED
    assert (results[0].symmetry != "none") is symmetry
    if not symmetry:
        assert facts(results[0]) == facts(check_system(store(3, by_total), engine="reference"))


def test_trees_of_totals_grow_with_ids_and_sums() -> None:
    """A tree has some ways for each sack and each sum, where a loop has one for each combination of sacks."""
    totals = [check_system(store(sacks, by_total), engine="learned") for sacks in (3, 4, 5)]
    looped = check_system(store(5, by_sum), engine="learned")

    ways = [ways_of(result, "people.sell()") for result in totals]
    assert all(found <= 4 * sacks * (2 * sacks + 1) for sacks, found in zip((3, 4, 5), ways, strict=True))
    assert ways_of(looped, "people.sell()") > 4 * ways[-1]


@state
class Panel:
    """Switches that nobody touches, and some that are switched."""

    fixed: Map[int, bool]
    switched: Map[int, bool]
    level: int = 0


def is_fixed(number: int, p: Panel) -> bool:
    """Whether a switch that nobody touches is on."""
    return p.fixed[number]


def is_switched(number: int, p: Panel) -> bool:
    """Whether another one is on."""
    return p.switched[number]


def test_folds_that_begin_in_the_same_place():
    """A fold over what never varies leaves no mark in the tree; the next one, which begins there, is another one."""
    people = Component("people")

    @people.action
    def switch(p: Panel, number: int) -> None:
        """On or off."""
        p.switched[number] = not p.switched[number]

    @people.action
    def note(p: Panel) -> None:
        """Counts all of them."""
        p.level = p.fixed.count(is_fixed, p) + p.switched.count(is_switched, p)

    @always
    def never_more(p: Panel) -> Claims:
        """Holds."""
        yield claim(p.level <= 3, "no more are on than there are")

    off = Map((number, False) for number in range(3))
    panel = System(
        Panel(fixed=off, switched=off),
        components=[people],
        properties=[never_more],
        domains={int: range(3)},
        name="panel",
    )
    assert facts(check_system(panel, engine="learned")) == facts(check_system(panel, engine="reference"))
