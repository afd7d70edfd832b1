"""State machines of systems: rules for actions, judged after every step, failures that run when pasted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.stateful import run_state_machine_as_test
from small_systems import (
    all_is_done,
    done_is_done,
    heart,
    it_settles,
    lease,
    nobody_notices,
    nothing_is_lost,
    only_workers_change_jobs,
    recover,
    shop,
)

from clusterproof import Component, SpecError, System, always, claim, state
from clusterproof.checker.replay import ReplayError, replay_steps, steps_written
from clusterproof.checker.state_machine import SystemStateMachine, to_state_machine
from clusterproof.checker.testing import PropertyFailed, replay
from clusterproof.compiled import Compiled

QUICK = settings(max_examples=100, deadline=None, database=None, derandomize=True, print_blob=False)


def failure_of(machine: type[SystemStateMachine], how: settings = QUICK) -> PropertyFailed:
    """How the state machine fails."""
    with pytest.raises(PropertyFailed) as failure:
        run_state_machine_as_test(machine, settings=how)
    return failure.value


def printed(failure: PropertyFailed) -> str:
    """The lines of Python that Hypothesis prints of a failure."""
    lines = "\n".join(failure.__notes__).splitlines()
    return "\n".join(line for line in lines if re.match(r"state\b", line))


@pytest.mark.parametrize(
    ("system", "says"),
    [
        (shop(nothing_is_lost, jobs=2), "no job is lost"),
        (shop(only_workers_change_jobs), "only workers change jobs"),
        (lease(nobody_notices), "nobody notices"),
        (shop(done_is_done, without=[recover], deadlock="forbidden"), "some step is possible"),
    ],
)
def test_the_printed_lines_run_and_fail(system: System[Any], says: str) -> None:
    """What Hypothesis prints of a failure, pasted, takes the same steps and fails with the same story."""
    machine = to_state_machine(system)
    failure = failure_of(machine)
    lines = printed(failure)

    assert f"why  {says}" in str(failure)
    with pytest.raises(PropertyFailed, match=says):
        exec(lines, {machine.__name__: machine})


def test_the_shortest_story_is_found() -> None:
    """Hypothesis shrinks to the fewest steps that break the property."""
    assert "REFUTED nothing-is-lost   2 steps, 1 fault" in str(
        failure_of(to_state_machine(shop(nothing_is_lost, jobs=3)))
    )


def test_what_holds_passes_under_users_settings() -> None:
    """The TestCase of the class takes settings, and passes where nothing breaks."""
    case = to_state_machine(shop(done_is_done, jobs=2)).TestCase
    case.settings = settings(QUICK, max_examples=20, stateful_step_count=10)

    case("runTest").runTest()


def test_users_database_is_used() -> None:
    """A failure is saved in the database of the user's settings, and tried first the next time."""
    database = InMemoryExampleDatabase()
    kept = settings(max_examples=200, deadline=None, database=database, suppress_health_check=list(HealthCheck))
    failure_of(to_state_machine(shop(nothing_is_lost)), kept)
    again = settings(kept, max_examples=1)

    assert any(database.data.values())
    failure_of(to_state_machine(shop(nothing_is_lost)), again)


def test_not_checked_is_named() -> None:
    """Properties about the end of all runs are named, and alone they are refused."""
    assert to_state_machine(shop(done_is_done, all_is_done)).not_checked == ("all-is-done",)
    with pytest.raises(SpecError, match="it-settles"):
        to_state_machine(heart(it_settles))


def test_a_step_that_is_not_possible_is_refused() -> None:
    """A pasted step that cannot be taken is an error, not a silence."""
    machine: Any = to_state_machine(shop(nothing_is_lost))()
    with pytest.raises(ReplayError, match="not enabled"):
        machine.worker_finish(step="worker[j0].finish()")


def test_every_initial_state_is_drawn() -> None:
    """Where there are several initial states, the one that breaks is found, and its number printed."""
    system = shop(nothing_is_lost)
    system.initial = [system.initial_states[0], replay(system, ["worker[j0].start()"])[1]]

    assert "state.start_in(number=1)" in printed(failure_of(to_state_machine(system)))


@state
class Lamp:
    """On or off."""

    on: bool = False


check = Component("check")


@check.action
def invariants(lamp: Lamp) -> None:
    """Would hide what the machine itself is made of."""
    lamp.on = not lamp.on


@always
def dark(lamp: Lamp) -> Any:
    """Refuted at once."""
    yield claim(not lamp.on, "the lamp is off")


def test_names_that_are_taken_are_told_apart() -> None:
    """An action whose rule would hide a method of the machine gets a name of its own."""
    machine = to_state_machine(System(Lamp(), components=[check], properties=[dark]))

    assert "the lamp is off" in str(failure_of(machine))
    assert hasattr(machine, "check_invariants_")


def test_labels_may_hold_arrows() -> None:
    """A step's text is split where the action ends, whatever its choices are called."""
    compiled = Compiled(shop(nothing_is_lost))
    steps = steps_written(compiled, ["worker[j0].start() -> a -> b"])

    assert steps[0][1] == "a -> b"
    with pytest.raises(ReplayError):
        replay_steps(compiled, compiled.initial_rows()[0], steps)
