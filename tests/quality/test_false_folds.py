"""Counts and totals that tell ids apart, or let something out: what was folded would be believed wrongly."""

from __future__ import annotations

from typing import Any, NewType

import pytest

from clusterproof import (
    Claims,
    Component,
    Map,
    Property,
    SpecError,
    System,
    Table,
    always,
    claim,
    require,
    state,
    step,
)
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict

Guest = NewType("Guest", str)
FIRST, SECOND = Guest("g0"), Guest("g1")
DEEP = 15


@state
class At:
    """A guest who is there."""

    mood: int = 0


@state
class Inn:
    """Two guests come; late in the day their moods change, and something may go wrong."""

    guests: Table[Guest, At]
    hour: int = 0
    bad: bool = False


def is_tired(g: Guest, s: Inn) -> bool:
    """Mood 1 is tired; mood 2 is for the first guest only."""
    mood = s.guests[g].mood
    return mood > 0 if g == FIRST else mood == 1


def inn(*properties: Property[Any], declared: bool) -> System[Inn]:
    """Moods go (0, 0) -> (1, 0) -> (1, 2), in either order, or (0, 0) -> (2, 2).

    Two are tired in (2, 1) alone, which is (1, 2) under other names. Of the rows that are kept each looks the same
    under other names to a function that counts who is tired, except (1, 2), on which it need not be called: how each
    guest of it counts was seen on rows before. Only the look at the second guest in (2, 2) tells what is wrong.
    """
    staff = Component("staff")

    @staff.action
    def arrive(s: Inn) -> None:
        """The next guest comes."""
        require(s.hour == 0 and len(s.guests) < 2)
        s.guests.add(At())

    @staff.action
    def pass_an_hour(s: Inn) -> None:
        """Time goes by."""
        require(s.hour < DEEP and len(s.guests) == 2)
        s.hour += 1

    @staff.action
    def tire(s: Inn, g: Guest) -> None:
        """One guest after the other gets another mood."""
        guest = require(s.guests.get(g))
        require(s.hour == DEEP and guest.mood == 0)
        moods = [at.mood for other, at in s.guests.items() if other != g]
        guest.mood = 1 if moods == [0] else 2

    @staff.action
    def tire_both(s: Inn) -> None:
        """Both at once."""
        require(s.hour == DEEP and all(at.mood == 0 for at in s.guests.values()))
        for at in s.guests.values():
            at.mood = 2

    if never_bad in properties:

        @staff.action
        def go_wrong(s: Inn) -> None:
            """When two are tired."""
            require(s.hour == DEEP and s.guests.count(is_tired, s) == 2)
            s.bad = True

    symmetric = [Guest] if declared else []
    start = Inn(guests=Table([FIRST, SECOND]))
    return System(start, components=[staff], properties=properties, symmetric=symmetric, name="inn")


@always
def never_bad(s: Inn) -> Claims:
    """Nothing goes wrong."""
    yield claim(not s.bad, "nothing went wrong")


@always
def never_two(s: Inn) -> Claims:
    """Two are never tired."""
    yield claim(s.hour < DEEP or s.guests.count(is_tired, s) < 2, "one at most is tired")


def tiredness(g: Guest, s: Inn) -> int:
    """One for who is tired."""
    return int(is_tired(g, s))


@always
def never_two_in_all(s: Inn) -> Claims:
    """The same as a total."""
    yield claim(s.hour < DEEP or s.guests.total(tiredness, s) < 2, "one at most is tired in all")


@step
def never_two_then(before: Inn, after: Inn) -> Claims:
    """No step makes two tired."""
    tired = after.guests.matching(is_tired, after) if before.hour == DEEP else ()
    yield claim(len(tired) < 2, "one at most is tired then")


@pytest.mark.parametrize("machine_code", [True, False], ids=["compiled", "numpy"])
def test_an_action_that_counts_unfairly(machine_code):
    """An error where ids are declared symmetric; else nothing is merged, and the verdict is that of the whole."""
    with pytest.raises(SpecError, match=r"go_wrong\(\) tells apart ids that are declared symmetric"):
        check_system(inn(never_bad, declared=True), engine="learned", machine_code=machine_code)
    assert_as_expected(inn(never_bad, declared=False), machine_code=machine_code)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
@pytest.mark.parametrize("judged", [never_two, never_two_in_all, never_two_then], ids=lambda judged: judged.name)
def test_a_property_that_counts_unfairly(judged, declared):
    """It is judged on states that are not merged."""
    assert_as_expected(inn(judged, declared=declared))


def assert_as_expected(system: System[Inn], **options: Any) -> None:
    """The learned engine refutes what the reference engine refutes, in as many steps."""
    found = check_system(system, engine="learned", **options)
    expected = check_system(system, engine="reference")

    assert found.verdict is expected.verdict is Verdict.REFUTED
    assert len(found.traces[0].steps) == len(expected.traces[0].steps)


# ---------------------------------------------------------------- what is let out


@state
class Row:
    """Cells that are on or off, and one that follows."""

    cells: Map[int, bool]
    last: int = -1


class Memory:
    """Something that remembers, and that no rule about functions finds."""

    seen: int = -1


def is_on(cell: int, s: Row) -> bool:
    """Whether a cell is on; remembers which was."""
    if s.cells[cell]:
        Memory.seen = cell
    return s.cells[cell]


def leaking() -> System[Row]:
    """One cell is switched on; then the count says that it is one, and the memory which one."""
    staff = Component("staff")

    @staff.action
    def switch(s: Row, cell: int) -> None:
        """The first one goes on."""
        require(not any(s.cells.values()))
        s.cells[cell] = True

    @staff.action
    def follow(s: Row) -> None:
        """Does what the memory says."""
        require(s.cells.count(is_on, s) == 1)
        s.last = Memory.seen

    @always
    def never_far(s: Row) -> Claims:
        """Holds."""
        yield claim(s.last < 3, "it stays in the row")

    start = Row(cells=Map((number, False) for number in range(3)))
    return System(start, components=[staff], properties=[never_far], domains={int: range(3)}, name="leaking")


def test_what_a_count_lets_out_is_found():
    """A function that remembers what it counted does different things after the same count, and that is impure."""
    result = check_system(leaking(), engine="learned")

    assert result.verdict is Verdict.ERROR
    assert "staff.follow() read something else in an equal state" in result.properties[0].reason
