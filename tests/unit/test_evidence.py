"""Traces: what is shown of a path, why the claim does not hold, and that it replays."""

from __future__ import annotations

import pytest
from small_systems import (
    Number,
    all_is_done,
    at_most_one_thing,
    box,
    heart,
    it_settles,
    lease,
    never_two,
    nobody_notices,
    nothing_is_lost,
    numbers,
    only_workers_change_jobs,
    pick,
    remember,
    retry,
    shop,
    two_claims,
)

from clusterproof import require
from clusterproof.checker.check import check_system
from clusterproof.checker.differences import Differences
from clusterproof.checker.replay import ReplayError, replay_steps, steps_named
from clusterproof.checker.trace import Change, Witness
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled
from clusterproof.system import Narration


def only_trace(system):
    """The trace of a system with one refuted property."""
    (trace,) = check_system(system).traces
    return trace


def test_a_step_names_lane_arguments_and_changes():
    """Lanes are named by their id, faults by dashes, and diffs by the fields that changed."""
    start, crash = only_trace(shop(nothing_is_lost)).steps

    assert (start.lane, start.component, start.action, start.arguments) == ("worker[j0]", "worker", "start", ())
    assert start.changes == (Change(object_name="jobs/j0", path="", before="waiting", after="running"),)
    assert (crash.fault, str(crash)) == (True, "FAULT crash()")
    assert [change.object_name for change in crash.changes] == ["jobs/j0", "up"]
    assert start.source[0].endswith("small_systems.py")


def test_witnesses_know_since_when():
    """An object is blamed since the last step that changed what the claim read of it."""
    trace = only_trace(box(at_most_one_thing))

    assert trace.why.witnesses == (Witness(text="n0", since_step=1), Witness(text="n1", since_step=2))
    assert trace.steps[0].changes == (Change(object_name="things/n0", path="", before=None, after=""),)


def test_a_step_property_blames_what_the_step_changed():
    """The witnesses of a step property come from the broken step itself."""
    why = only_trace(shop(only_workers_change_jobs)).why

    assert why.witnesses == (Witness(text="j0", since_step=2),)


def test_the_clock_shows_as_time_only():
    """The clock's own steps are not told, except by the time of the next step; timers that run down are no change."""
    trace = only_trace(lease(nobody_notices))

    assert [(str(step), step.at_seconds) for step in trace.steps] == [
        ("FAULT let-go()", 0),
        ("watcher.notice()", 40),
    ]
    assert [change.object_name for change in trace.steps[1].changes] == ["timer", "noticed"]
    assert [name for name, _ in trace.run["steps"]] == ["holder.let_go()", "clock.advance()", "watcher.notice()"]


def test_there_is_a_state_for_every_step_shown():
    """The states begin with the initial one, and each step's states agree with its diff."""
    for system in (shop(two_claims), lease(nobody_notices), box(at_most_one_thing), shop(all_is_done, without=[retry])):
        for trace in check_system(system).traces:
            assert len(trace.states) == len(trace.steps) + 1
            assert all(trace.states)


def test_a_rest_for_ever_is_told():
    """A run that ends says so, and blames by the state it ends in."""
    trace = only_trace(shop(all_is_done, without=[retry]))

    assert (trace.stutters, trace.loop_from, trace.shortest) == (True, None, False)
    assert trace.why.says == "the job is done"


def test_a_loop_with_time_in_it_keeps_its_place():
    """The steps shown in the loop lead from the state it returns to back to an equal state, and time goes on."""
    trace = only_trace(heart(it_settles))

    assert trace.states[-1] == trace.states[trace.loop_from]
    assert [step.at_seconds for step in trace.steps] == sorted(step.at_seconds for step in trace.steps)
    assert trace.steps[-1].at_seconds > (trace.steps[trace.loop_from - 1].at_seconds if trace.loop_from else 0)


def test_the_system_may_explain():
    """What `explain` says of the state stands under why."""
    system = shop(nothing_is_lost, narration=Narration(explain=lambda s, says: [f"{says}: {'up' if s.up else 'down'}"]))

    assert only_trace(system).why.notes == ("no job is lost: down",)


def test_every_trace_replays_by_name():
    """The steps written into a trace lead to the same states again, in a system made anew."""
    for make_system in (lambda: shop(two_claims), lambda: lease(nobody_notices), lambda: box(at_most_one_thing)):
        for trace in check_system(make_system()).traces:
            compiled = Compiled(make_system())
            rows = replay_steps(
                compiled, compiled.initial_rows()[trace.run["initial"]], steps_named(compiled, trace.run["steps"])
            )
            values = {slot.path: compiled.schema.value_at(rows[-1], slot.number) for slot in compiled.schema.slots}
            for path, value in trace.states[-1].items():
                assert str(value) in (str(values[path]), getattr(values[path], "value", ""))


def test_a_step_that_is_not_enabled_does_not_replay():
    """The message names the step and what is enabled instead."""
    compiled = Compiled(shop())
    (start,) = compiled.initial_rows()

    with pytest.raises(ReplayError, match=r"step 1, worker\[j0\].finish\(\), is not enabled; enabled are worker"):
        replay_steps(compiled, start, steps_named(compiled, [["worker[j0].finish()", ""]]))
    with pytest.raises(ReplayError, match=r"step 1, worker\[j9\].start\(\), is no action of this system"):
        steps_named(compiled, [["worker[j9].start()", ""]])


def test_a_step_that_leads_elsewhere_does_not_replay():
    """The message names the field that differs."""
    compiled = Compiled(numbers(only=[pick]))
    (start,) = compiled.initial_rows()
    first, second = compiled.steps(start).steps

    with pytest.raises(ReplayError, match="leads elsewhere: value becomes 10, it was 20 before"):
        replay_steps(compiled, start, [(first.instance, first.label)], [start, second.row])


def test_a_trace_of_an_impure_action_is_an_error(monkeypatch):
    """What was found through the cache and cannot be done again is reported as an error, not as a refutation."""
    answers = [2, 3, 4]

    def give(n: Number) -> None:
        require(n.value == 0)
        n.value = answers.pop(0)

    monkeypatch.setattr(remember, "function", give)
    result = check_system(numbers(never_two, only=[remember]))

    assert (result.properties[0].verdict, result.exit_code()) == (Verdict.ERROR, 4)
    assert "cannot be replayed: step 1" in result.properties[0].reason


def test_objects_that_go_are_one_change():
    """Deleting an object is one change, whatever it contained."""
    compiled = Compiled(box())
    (empty,) = compiled.initial_rows()
    full = compiled.steps(empty).steps[0].row

    assert Differences(compiled).between(full, empty) == (
        Change(object_name="things/n0", path="", before="", after=None),
    )
