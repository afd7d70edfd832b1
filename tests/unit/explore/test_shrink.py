"""From a counterexample as it was found to one that is read: fewer steps, fewer faults, fewer lanes, first objects."""

from __future__ import annotations

import time
from typing import Any, NewType

import pytest
from deep_systems import CODE, noisy_lock
from explore_systems import example_of, line_of, terrain_of, text_of
from small_systems import all_is_done, retry, shop

from clusterproof import Claims, Component, Map, System, always, choose, claim, require, state, unbounded
from clusterproof.checker.explore.attempt import attempt
from clusterproof.checker.explore.renaming import renamed_examples
from clusterproof.checker.explore.shorten import shortened
from clusterproof.checker.explore.shrink import shrunk, size_of
from clusterproof.checker.explore.terrain import Terrain

ClerkId = NewType("ClerkId", str)


@state
class Office:
    """Clerks with papers, and what else there is."""

    papers: Map[ClerkId, int]
    wet: bool = False
    closed: bool = False
    lamp: bool = False
    picked: ClerkId | None = None


clerk = Component("clerk", each=ClerkId)
nature = Component("nature")
house = Component("house")


@clerk.action
def stamp(office: Office, c: ClerkId) -> None:
    """One more paper, up to three."""
    require(office.papers[c] < 3)
    office.papers[c] = office.papers[c] + 1


@nature.fault
def blow(office: Office, c: ClerkId) -> None:
    """The wind brings a paper."""
    require(office.papers[c] == 0)
    office.papers[c] = 1


@nature.fault
def flood(office: Office) -> None:
    """It gets wet."""
    office.wet = True


@house.action
def switch(office: Office) -> None:
    """The lamp, which has nothing to do with it."""
    office.lamp = not office.lamp


@house.action
def close(office: Office) -> None:
    """Close when the first one has a paper and it is wet."""
    require(office.wet and office.papers[ClerkId("a")] >= 1)
    office.closed = True


@house.action
def pick(office: Office) -> None:
    """Pick somebody with a paper."""
    office.picked = choose([c for c, n in office.papers.items() if n], label="who")


@house.action
def explode(office: Office) -> None:
    """Raises when a lamp is on."""
    require(office.lamp)
    raise ValueError("the lamp")


@always
def two_papers(office: Office) -> Claims:
    """Nobody has two papers."""
    yield claim(all(n < 2 for n in office.papers.values()), "nobody has two papers")


@always
def two_and_one(office: Office) -> Claims:
    """Not two here and one there."""
    yield claim(not (office.papers[ClerkId("a")] == 2 and office.papers[ClerkId("b")] == 1), "not two and one")


@always
def open_office(office: Office) -> Claims:
    """It is open."""
    yield claim(not office.closed, "it is open")


@always
def nobody_is_picked(office: Office) -> Claims:
    """Nobody is picked."""
    yield claim(office.picked is None, "nobody is picked")


def office(judged: Any, *, explodes: bool = False) -> Terrain:
    """Three clerks, judged by one property."""
    start = Office(papers=Map((ClerkId(c), 0) for c in "abc"))
    budgets = {blow: unbounded, flood: unbounded} | ({} if explodes else {explode: 0})
    return terrain_of(System(start, components=[clerk, nature, house], properties=[judged], budgets=budgets))


def shrink(judged: Any, steps: str, says: str, **options: Any) -> str:
    """What a counterexample is shrunk to, without any search for other ways."""
    terrain = office(judged, **options)
    return text_of(shrunk(terrain, example_of(terrain, steps, says), time.monotonic() + 10, most_states=0))


def test_steps_that_do_not_matter_are_left_out():
    """No single step of what is left can be left out."""
    steps = "house.switch() clerk[a].stamp() clerk[b].stamp() house.switch() house.switch() clerk[a].stamp()"

    assert shrink(two_papers, steps, "nobody has two papers") == "clerk[a].stamp() clerk[a].stamp()"
    steps = "clerk[a].stamp() house.switch() clerk[a].stamp()"

    assert shrink(two_papers, steps, "nobody has two papers") == "clerk[a].stamp() clerk[a].stamp()"


@pytest.mark.parametrize("opened", [4, 5, 6, 7])
def test_a_step_astray_and_the_way_back_go_together(opened):
    """Two neighbours of which neither can go alone are left out, wherever they stand."""
    terrain = terrain_of(noisy_lock())
    astray = (*CODE[:opened], 0, CODE[opened - 1], *CODE[opened:])
    example = example_of(terrain, " ".join(f"room.turn({button})" for button in astray), "not all bolts are open")
    found = shrunk(terrain, example, time.monotonic() + 10, most_states=0)

    assert text_of(found) == " ".join(f"room.turn({button})" for button in CODE)


def test_of_two_ways_the_one_with_fewer_faults_is_left():
    """Where a fault or a step may go, the fault goes; a fault that is needed stays."""
    steps = "nature.flood() nature.blow(a) clerk[a].stamp() house.close()"

    assert shrink(open_office, steps, "it is open") == "nature.flood() clerk[a].stamp() house.close()"


def test_a_fault_gives_way_to_a_step_that_does_the_same():
    """Where a step of a component leads there as well, the story needs no fault."""
    steps = "nature.blow(a) clerk[a].stamp()"

    assert shrink(two_papers, steps, "nobody has two papers") == "clerk[a].stamp() clerk[a].stamp()"


def test_steps_of_one_lane_come_together():
    """Of equally many steps those with fewer changes of lane are better."""
    steps = "clerk[a].stamp() clerk[b].stamp() clerk[a].stamp()"
    expected = "clerk[a].stamp() clerk[a].stamp() clerk[b].stamp()"

    assert shrink(two_and_one, steps, "not two and one") == expected


def test_objects_that_come_first_are_named():
    """The story is told of clerk a, not of clerk c, in arguments and choices alike."""
    assert shrink(two_papers, "clerk[c].stamp() " * 2, "nobody has two papers") == "clerk[a].stamp() clerk[a].stamp()"
    steps = "clerk[c].stamp() house.pick()->who=c"

    assert shrink(nobody_is_picked, steps, "nobody is picked") == "clerk[a].stamp() house.pick()->who=a"


def test_a_way_on_which_a_function_raises_is_none():
    """Shrinking goes on where leaving out a step, or searching for another way, runs into an exception."""
    terrain = office(two_papers, explodes=True)
    example = example_of(terrain, "clerk[b].stamp() clerk[c].stamp() clerk[c].stamp()", "nobody has two papers")

    assert text_of(shrunk(terrain, example, time.monotonic() + 10)) == "clerk[a].stamp() clerk[a].stamp()"


def test_without_time_nothing_is_shrunk():
    """After the deadline, or when somebody has pressed Ctrl-C, what is known is kept as it is."""
    terrain = office(two_papers)
    example = example_of(terrain, "house.switch() clerk[a].stamp() clerk[a].stamp()", "nobody has two papers")
    over, later = time.monotonic() - 1, time.monotonic() + 10

    assert len(shrunk(terrain, example, over).path.steps) <= 3
    assert len(shrunk(terrain, example, later, [True], most_states=0).path.steps) <= 3


def test_sizes_are_compared_in_the_order_of_what_matters():
    """Steps count before faults, faults before changes of lane, those before objects."""
    terrain = office(two_papers)
    says = "nobody has two papers"
    best_last = [
        "clerk[a].stamp() clerk[b].stamp() clerk[a].stamp()",
        "nature.blow(a) clerk[a].stamp()",
        "clerk[b].stamp() clerk[b].stamp()",
        "clerk[a].stamp() clerk[a].stamp()",
    ]
    sizes = [size_of(example_of(terrain, steps, says)) for steps in best_last]

    assert sizes == sorted(sizes, reverse=True)


# ---------------------------------------------------------------- attempts


def test_steps_that_are_not_possible_are_left_out():
    """An attempt takes what can be taken, and ends with the step that breaks the claim."""
    terrain = office(open_office)
    example = example_of(terrain, "nature.flood() clerk[a].stamp() house.close()", "it is open")
    flood_, stamp_, close_ = example.path.steps

    assert text_of(attempt(terrain, example, [close_, flood_, stamp_, close_, stamp_])) == line_of(example.path.steps)
    assert text_of(attempt(terrain, example, [flood_, close_])) == "none"
    assert text_of(attempt(terrain, example, [])) == "none"


def test_every_exchange_of_two_objects_is_offered():
    """Of three clerks, each that occurs is exchanged for each that comes before it."""
    terrain = office(two_papers)
    example = example_of(terrain, "clerk[b].stamp() clerk[c].stamp() clerk[c].stamp()", "nobody has two papers")
    offered = [line_of(steps) for steps in renamed_examples(terrain.compiled, example)]

    assert offered == [
        "clerk[b].stamp() clerk[a].stamp() clerk[a].stamp()",
        "clerk[c].stamp() clerk[b].stamp() clerk[b].stamp()",
        "clerk[a].stamp() clerk[c].stamp() clerk[c].stamp()",
    ]


# ---------------------------------------------------------------- searching for a shorter way

counter = Component("counter")


@state
class Count:
    """A number."""

    value: int = 0


@counter.action
def more(n: Count) -> None:
    """One more."""
    n.value = n.value + 1


@counter.action
def double(n: Count) -> None:
    """Twice as much."""
    require(n.value < 100)
    n.value = 2 * n.value


@always
def not_eight(n: Count) -> Claims:
    """Not eight."""
    yield claim(n.value != 8, "not eight")


@pytest.mark.parametrize(("most_states", "expected"), [(10_000, 4), (0, 8)])
def test_a_shorter_way_may_take_other_steps(most_states, expected):
    """Breadth-first search finds 1, 2, 4, 8 where the walk had counted; with no states to look at it finds nothing."""
    terrain = terrain_of(System(Count(), components=[counter], properties=[not_eight]))
    example = example_of(terrain, "counter.more() " * 8, "not eight")
    found = shortened(terrain, example, time.monotonic() + 10, most_states)

    assert len((found or example).path.steps) == expected
    assert len(shrunk(terrain, example, time.monotonic() + 10, most_states=most_states).path.steps) == expected


def test_a_nearer_rest_is_as_good():
    """Of a run that rests for ever the end is no other than any nearer state in which the promise is broken, too."""
    terrain = terrain_of(shop(all_is_done, jobs=2, without=[retry]))
    far = "worker[j0].start() machine.crash() machine.recover() worker[j1].start() worker[j1].finish()"
    example = example_of(terrain, far)
    found = shortened(terrain, example, time.monotonic() + 10, 10_000)

    assert text_of(found) == "worker[j0].start() worker[j1].start() machine.crash() machine.recover()"


def test_there_is_nothing_shorter_than_the_shortest():
    """A search says so by finding nothing."""
    terrain = terrain_of(System(Count(), components=[counter], properties=[not_eight]))
    example = example_of(terrain, "counter.more() counter.double() counter.double() counter.double()", "not eight")

    assert shortened(terrain, example, time.monotonic() + 10, 10_000) is None
