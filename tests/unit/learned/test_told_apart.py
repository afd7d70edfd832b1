"""What the learner makes of a property that looked as if it told no ids apart, until it did."""

from __future__ import annotations

from typing import NewType

from clusterproof import Claims, Component, Map, System, always, claim, evolve, state
from clusterproof.checker.judging import Finding
from clusterproof.checker.learned.learner import Learner
from clusterproof.checker.learned.orbits import find_classes
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled

Guest = NewType("Guest", str)
GUESTS = [Guest(f"g{number}") for number in range(3)]


@state
class Inn:
    """Who is excited, and how late it is."""

    excited: Map[Guest, bool]
    hour: int = 0


@always
def calm_at_three(s: Inn, g: Guest) -> Claims:
    """At three o'clock a certain guest is calm; of the others nobody reads the hour."""
    yield claim(not (s.excited[g] and g == "g2" and s.hour == 3), "a certain guest is calm", g)


def inn() -> Compiled:
    """An inn whose guests may get excited, hour by hour."""
    staff = Component("staff")

    @staff.action
    def excite(s: Inn, g: Guest) -> None:
        """A guest gets excited."""
        s.excited[g] = True

    @staff.action
    def pass_an_hour(s: Inn) -> None:
        """Time goes by."""
        s.hour = min(s.hour + 1, 4)

    start = Inn(excited=Map(dict.fromkeys(GUESTS, False)))
    return Compiled(System(start, components=[staff], properties=[calm_at_three], symmetric=[Guest]))


def test_what_was_learned_before_is_forgotten():
    """While guests look alike more is read of a property than it reads itself; later that would not fit."""
    compiled = inn()
    findings = [Finding(about) for about in compiled.property_instances(calm_at_three)]
    learner = Learner(compiled, findings, Options(), find_classes(compiled))
    first = compiled.schema.state(compiled.initial_rows()[0])
    one_excited = Map(dict.fromkeys(GUESTS, False) | {GUESTS[0]: True})

    def learn_at(hour: int) -> int:
        row = compiled.schema.row(evolve(first, excited=one_excited, hour=hour))
        if learner.columns.fit(enumerate(row)):
            learner.states.rebuild()
        learner.learn_state(0, row)
        return len(learner.states.paths[-1].slots)

    looked_at_alike = learn_at(1)
    assert not learner.told_apart
    looked_at_when_told = learn_at(3)
    assert learner.told_apart == {calm_at_three: frozenset({Guest})}
    assert learn_at(2) == looked_at_when_told == 1 < looked_at_alike
