"""The virtual clock jumps to the next due instant; urgent steps hold it, faults, heals and user actions do not."""

from __future__ import annotations

from typing import Any

import pytest
from language_systems import explore, take, texts, values

from clusterproof import Component, SpecError, System, Timer, require, state, weak
from clusterproof.compiled import Compiled


@state
class Desk:
    """Two timers, who noticed, and whether anybody is in."""

    first: Timer = Timer()
    second: Timer = Timer()
    rang: int = 0
    open: bool = True
    lamp: bool = False


def is_open(d: Desk) -> bool:
    """Somebody is in."""
    return d.open


def desk(start: Desk, **components: Any) -> Compiled:
    """A desk with these components; faults may strike once."""
    budgets = {action: 1 for c in components.values() for action in c.actions if action.fault}
    return Compiled(System(start, components=list(components.values()), budgets=budgets))


def bells(**options: Any) -> Component:
    """Who notices that the first or the second timer is due."""
    bell = Component("bell", fair=weak, **options)

    @bell.action
    def ring_first(d: Desk) -> None:
        """The first timer is due."""
        require(d.first.due(cause=not d.open))
        d.first = Timer()
        d.rang += 1

    @bell.action
    def ring_second(d: Desk) -> None:
        """The second timer is due."""
        require(d.second.due(cause=not d.open))
        d.second = Timer()
        d.rang += 10

    return bell


def office() -> Component:
    """Who closes, by a fault, and opens again, by a heal that nobody waits for."""
    porter = Component("office", fair=weak, urgent=False)

    @porter.fault
    def close(d: Desk) -> None:
        """Nobody is in."""
        d.open = False

    @porter.action
    def reopen(d: Desk) -> None:
        """Somebody comes back."""
        d.open = True

    return porter


def start_row(compiled: Compiled) -> str:
    """The only row to start in."""
    (row,) = compiled.initial_rows()
    return row


def test_the_clock_jumps_to_the_next_due_instant():
    """Time passes up to the first timer, then to the second, then no more."""
    compiled = desk(Desk(first=Timer(10), second=Timer(30)))
    row = start_row(compiled)

    assert texts(compiled.steps(row)) == ["clock.advance()+10s"]
    row = take(compiled, row, "clock")
    assert (values(compiled, row)["first"], values(compiled, row)["second"]) == (Timer(0), Timer(20))
    assert texts(compiled.steps(row)) == ["clock.advance()+20s"]
    assert texts(compiled.steps(take(compiled, row, "clock"))) == []


def test_timers_that_are_off_do_not_run():
    """Without a timer that runs there is no clock."""
    assert compiled_texts(Desk()) == []
    assert compiled_texts(Desk(first=Timer(0))) == []


def compiled_texts(start: Desk, **components: Any) -> list[str]:
    """The texts of the steps from the first row."""
    compiled = desk(start, **components)
    return texts(compiled.steps(start_row(compiled)))


def test_urgent_steps_hold_the_clock():
    """Time does not pass while an urgent step is enabled; it does once the step is taken."""
    compiled = desk(Desk(first=Timer(0), second=Timer(30)), bell=bells())
    row = start_row(compiled)

    assert texts(compiled.steps(row)) == ["bell.ring_first()"]
    assert texts(compiled.steps(take(compiled, row, "bell"))) == ["clock.advance()+30s"]


def test_an_urgent_step_that_changes_nothing_does_not_hold_the_clock():
    """No change is no step, and nothing to wait for."""
    idler = Component("idler")

    @idler.action
    def idle(d: Desk) -> None:
        """Writes what is there."""
        d.lamp = False

    assert compiled_texts(Desk(first=Timer(5)), idler=idler) == ["clock.advance()+5s"]


def test_an_urgent_step_of_a_component_that_is_down_does_not_hold_the_clock():
    """What cannot be done now is not waited for."""
    assert compiled_texts(Desk(first=Timer(0), second=Timer(3), open=False), bell=bells(runs_when=is_open)) == [
        "clock.advance()+3s"
    ]


def test_faults_heals_and_user_actions_do_not_hold_the_clock():
    """They may strike or wait at any instant that the clock visits."""
    user = Component("user", urgent=False)

    @user.action
    def switch(d: Desk) -> None:
        """Somebody switches the lamp on."""
        require(not d.lamp)
        d.lamp = True

    start = Desk(first=Timer(10))

    assert compiled_texts(start, office=office(), user=user) == [
        "office.close()",
        "user.switch()",
        "clock.advance()+10s",
    ]
    assert compiled_texts(Desk(first=Timer(10), open=False, lamp=True), office=office(), user=user) == [
        "office.reopen()",
        "clock.advance()+10s",
    ]


def test_all_orders_at_one_instant_are_explored():
    """Two timers that are due together are noticed in either order."""
    compiled = desk(Desk(first=Timer(7), second=Timer(7)), bell=bells())
    rows = explore(compiled)

    assert sorted(values(compiled, row)["rang"] for row in rows) == [0, 0, 1, 10, 11]
    due = take(compiled, start_row(compiled), "clock")
    assert texts(rows[due]) == ["bell.ring_first()", "bell.ring_second()"]
    assert take(compiled, due, "bell.ring_first", "bell.ring_second") == take(
        compiled, due, "bell.ring_second", "bell.ring_first"
    )


def test_an_outage_may_last_past_every_armed_timer():
    """Held down through all jumps, what comes back finds both timers due; it may also come back at any instant."""
    compiled = desk(Desk(first=Timer(40), second=Timer(300)), bell=bells(runs_when=is_open), office=office())
    down = take(compiled, start_row(compiled), "office.close", "clock", "clock")

    assert (values(compiled, down)["first"], values(compiled, down)["second"]) == (Timer(0), Timer(0))
    assert texts(compiled.steps(down)) == ["office.reopen()"]
    assert texts(compiled.steps(take(compiled, down, "office.reopen"))) == ["bell.ring_first()", "bell.ring_second()"]
    instants = {
        (values(compiled, row)["first"], values(compiled, row)["second"])
        for row, steps in explore(compiled).items()
        if "office.reopen()" in texts(steps)
    }
    assert instants >= {(Timer(40), Timer(300)), (Timer(0), Timer(260)), (Timer(0), Timer(0))}


def test_deadlines_let_a_step_wait_but_not_for_ever():
    """A step with within_seconds does not hold the clock until its time is up."""
    slow = Component("slow", within_seconds=5)

    @slow.action
    def switch(d: Desk) -> None:
        """Within five seconds."""
        require(not d.lamp)
        d.lamp = True

    compiled = desk(Desk(first=Timer(3)), slow=slow)
    row = start_row(compiled)

    assert texts(compiled.steps(row)) == ["slow.switch()", "clock.advance()+3s"]
    row = take(compiled, row, "clock")
    assert texts(compiled.steps(row)) == ["slow.switch()", "clock.advance()+2s"]
    row = take(compiled, row, "clock")
    assert texts(compiled.steps(row)) == ["slow.switch()"]
    assert values(compiled, row)["deadline.slow.switch()"] == 0
    assert values(compiled, take(compiled, row, "slow"))["deadline.slow.switch()"] is None


def test_a_deadline_starts_anew_when_the_step_is_enabled_again():
    """The time of a step runs only while it stays enabled."""
    slow = Component("slow", within_seconds=5, runs_when=is_open)

    @slow.action
    def switch(d: Desk) -> None:
        """Within five seconds."""
        require(not d.lamp)
        d.lamp = True

    compiled = desk(Desk(first=Timer(3), second=Timer(4)), slow=slow, office=office())
    row = take(compiled, start_row(compiled), "clock")
    assert values(compiled, row)["deadline.slow.switch()"] == 2
    row = take(compiled, row, "office.close")
    assert values(compiled, row)["deadline.slow.switch()"] is None
    row = take(compiled, row, "clock", "office.reopen")
    assert values(compiled, row)["deadline.slow.switch()"] == 5


def test_a_step_that_is_taken_again_has_its_time_again():
    """A step that is enabled after it was taken may wait once more."""
    slow = Component("slow", within_seconds=5)

    @slow.action
    def tick(d: Desk) -> None:
        """Again and again."""
        d.rang = (d.rang + 1) % 3

    compiled = desk(Desk(first=Timer(2)), slow=slow)
    row = take(compiled, start_row(compiled), "clock")
    assert values(compiled, row)["deadline.slow.tick()"] == 3
    assert values(compiled, take(compiled, row, "slow.tick"))["deadline.slow.tick()"] == 5


def test_without_time_a_timer_fires_while_its_cause_lasts():
    """Untimed, an armed timer is due; whether it fires is a matter of its cause, and there is no clock."""
    components = [bells(), office()]
    budgets = {components[1].actions[0]: 1}
    compiled = Compiled(System(Desk(first=Timer(10)), components=components, budgets=budgets, timing="untimed"))
    row = start_row(compiled)

    assert texts(compiled.steps(row)) == ["office.close()"]
    closed = take(compiled, row, "office.close")
    assert texts(compiled.steps(closed)) == ["bell.ring_first()", "office.reopen()"]
    assert texts(compiled.steps(take(compiled, closed, "office.reopen"))) == []


def test_without_time_lengths_of_timers_make_no_states():
    """Untimed, armed is armed: how long a timer runs does not tell states apart, and deadlines are none."""
    setter = Component("setter", within_seconds=9)

    @setter.action
    def set_short(d: Desk) -> None:
        """Ten seconds."""
        d.first = Timer(10)

    @setter.action
    def set_long(d: Desk) -> None:
        """Twenty."""
        d.first = Timer(20)

    def explored(timing: Any) -> int:
        return len(explore(Compiled(System(Desk(first=Timer(5)), components=[setter], timing=timing))))

    assert explored("untimed") == 1
    assert explored("timed") > 3


def test_timers_are_values():
    """A timer is off, due, or has so many seconds to go."""
    assert [str(timer) for timer in (Timer(), Timer(0), Timer(50))] == ["off", "due", "50s"]
    assert [timer.armed for timer in (Timer(), Timer(0), Timer(50))] == [False, True, True]
    assert [timer.due() for timer in (Timer(), Timer(0), Timer(50))] == [False, True, False]
    assert Timer(0).due(cause=False)
    assert len({Timer(3), Timer(3), Timer()}) == 2


@pytest.mark.parametrize("seconds", [-1, 1.5, "3"])
def test_timers_have_whole_seconds(seconds: Any):
    """Anything else is refused, with what to write."""
    with pytest.raises(SpecError, match="write whole seconds, 0 or more, or Timer"):
        Timer(seconds)
