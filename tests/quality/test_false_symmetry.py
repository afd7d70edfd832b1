"""Actions and properties that tell ids apart in deep states only: merged by symmetry, what matters would be gone."""

from __future__ import annotations

from typing import Any, NewType

import pytest

from clusterproof import (
    Claims,
    Component,
    SpecError,
    System,
    Table,
    Whenever,
    always,
    claim,
    leads_to,
    require,
    state,
    step,
    weak,
)
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict

Guest = NewType("Guest", str)
GUESTS = [Guest(f"g{number}") for number in range(4)]
DEEP = 15


@state
class At:
    """A guest who is there: calm, or not."""

    excited: bool = False


@state
class Inn:
    """Guests come; the day goes on; in the evening something may go wrong."""

    guests: Table[Guest, At]
    hour: int = 0
    bad: bool = False


TRAPS = {
    "a name": lambda _s, g: g == "g2",
    "the end of a name": lambda _s, g: g.endswith("2"),
    "an order": lambda s, g: all(other <= g for other in s.guests) and len(s.guests) > 2,
    "a number": lambda _s, g: int(g[1:]) > 1,
    "a text": lambda _s, g: f"{g}!" in "g2! g3!",
    "a hash": lambda _s, g: g.encode()[1] % 2 == 1,
    "who stands last": lambda s, g: [*s.guests][-1] == g and g != "g0",
}
"""What tells ids apart: true of no guest who comes first."""


def inn(wrong: Any, *properties: Any, declared: bool) -> System[Inn]:
    """An inn in which things go wrong where `wrong` says so."""
    staff = Component("staff")

    @staff.action
    def arrive(s: Inn) -> None:
        """The next guest comes."""
        require(len(s.guests) < 3 and s.hour == 0)
        s.guests.add(At())

    @staff.action
    def excite(s: Inn, g: Guest) -> None:
        """One guest gets excited."""
        require(s.hour == 0 and g in s.guests and not any(at.excited for at in s.guests.values()))
        s.guests[g].excited = True

    @staff.action
    def calm_down(s: Inn, g: Guest) -> None:
        """It ends."""
        require(g in s.guests and s.guests[g].excited and s.hour > DEEP)
        s.guests[g].excited = False

    @staff.action(fair=weak)
    def pass_an_hour(s: Inn) -> None:
        """Time goes by."""
        require(s.hour <= DEEP)
        s.hour += 1

    @staff.action
    def go_wrong(s: Inn, g: Guest) -> None:
        """In the evening, with an excited guest."""
        require(s.hour == DEEP and g in s.guests and s.guests[g].excited and wrong(s, g))
        s.bad = True

    symmetric = [Guest] if declared else []
    return System(Inn(guests=Table(GUESTS)), components=[staff], properties=properties, symmetric=symmetric, name="inn")


@always
def never_bad(s: Inn) -> Claims:
    """Nothing goes wrong."""
    yield claim(not s.bad, "nothing went wrong")


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("machine_code", [True, False], ids=["compiled", "numpy"])
def test_actions(trap, machine_code):
    """An action that tells guests apart, deep down, is an error where they are declared, else nothing is merged."""
    with pytest.raises(SpecError, match=r"go_wrong\(\w*\) tells apart ids that are declared symmetric"):
        check_system(inn(TRAPS[trap], never_bad, declared=True), engine="learned", machine_code=machine_code)
    result = check_system(inn(TRAPS[trap], never_bad, declared=False), engine="learned", machine_code=machine_code)
    expected = check_system(inn(TRAPS[trap], never_bad, declared=False), engine="reference")

    assert result.verdict is expected.verdict is Verdict.REFUTED
    assert len(result.traces[0].steps) == len(expected.traces[0].steps)


def says_always(wrong):
    """A property of states that tells guests apart."""

    @always
    def nobody_is_upset(s: Inn) -> Claims:
        """Late in the day nobody of a certain sort is excited."""
        upset = s.hour == DEEP and any(at.excited and wrong(s, g) for g, at in s.guests.items())
        yield claim(not upset, "nobody of that sort is excited")

    return nobody_is_upset


def says_step(wrong):
    """A property of steps that tells guests apart."""

    @step
    def nobody_calms_down(before: Inn, after: Inn) -> Claims:
        """Nobody of a certain sort calms down."""
        calmed = [g for g, at in before.guests.items() if at.excited and not after.guests[g].excited]
        yield claim(not any(wrong(before, g) for g in calmed), "nobody of that sort calms down")

    return nobody_calms_down


def says_leads_to(wrong):
    """A promise that tells guests apart."""

    @leads_to
    def the_upset_calm_down(s: Inn) -> Whenever:
        """Whoever of a certain sort is excited late in the day calms down."""
        upset = s.hour > DEEP and any(at.excited and wrong(s, g) for g, at in s.guests.items())
        return Whenever(given=upset, then=not upset)

    return the_upset_calm_down


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("says", [says_always, says_step, says_leads_to])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
def test_properties(trap, says, declared):
    """A property that tells guests apart, deep down, is judged on states that are not merged by them."""
    judged = says(TRAPS[trap])
    result = check_system(inn(lambda _s, _g: False, judged, declared=declared), engine="learned")
    expected = check_system(inn(lambda _s, _g: False, judged, declared=declared), engine="reference")

    assert result.verdict is expected.verdict is Verdict.REFUTED
    assert [len(t.steps) for t in result.traces] == [len(t.steps) for t in expected.traces]


def test_merged_where_nothing_is_told_apart():
    """The inn without a trap is merged, or these tests would show nothing."""
    for declared in (True, False):
        result = check_system(inn(lambda _s, _g: False, never_bad, declared=declared), engine="learned")
        assert (result.verdict, result.explorations[0].symmetry) == (Verdict.PROVED, "4 Guests")
