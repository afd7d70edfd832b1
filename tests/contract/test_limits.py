"""What was cut short proves nothing: bounds, pools, interrupts, errors of the specification."""

from __future__ import annotations

import signal

import pytest
from small_systems import (
    a_job_may_be_lost,
    a_loss_is_noticed,
    all_is_done,
    at_most_one_thing,
    box,
    count,
    divide,
    done_is_done,
    done_while_down,
    inverse_is_small,
    lease,
    never_full,
    nobody_notices,
    nothing_is_lost,
    notices_in_time,
    numbers,
    remember,
    says_nothing,
    shop,
    small,
    the_machine_is_up,
    things_are_new,
    two_claims,
)

from clusterproof import Bounds, SpecError, unbounded
from clusterproof.checker.verdict import Verdict

PROVED, REFUTED, UNDETERMINED, ERROR = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.ERROR
SHOP = (nothing_is_lost, done_is_done, all_is_done, the_machine_is_up, a_job_may_be_lost)


@pytest.mark.parametrize(
    ("bounds", "names_it"),
    [
        (Bounds(states=100), "the bound of 100 states"),
        (Bounds(depth=7), "the bound of depth 7"),
        (Bounds(seconds=0.0), "the bound of 0 seconds"),
    ],
    ids=["states", "depth", "seconds"],
)
def test_a_bound_is_no_proof(check, bounds, names_it):
    """A search that a bound cut short is not exhaustive, proves nothing, and names the bound."""
    result = check(numbers(small, only=[count]), bounds=bounds)

    assert not result.exhaustive
    assert (result.properties[0].verdict, result.exit_code()) == (UNDETERMINED, 3)
    assert names_it in result.properties[0].reason


@pytest.mark.parametrize("states", range(1, 30))
def test_truncated_is_never_proved(check, states):
    """Whatever the bound on states: no verdict contradicts that of the whole search, and no proof comes too early."""
    whole = {one.name: one.verdict for one in check(shop(*SHOP, jobs=2)).properties}
    result = check(shop(*SHOP, jobs=2), bounds=Bounds(states=states))

    for one in result.properties:
        assert one.verdict in (whole[one.name], UNDETERMINED)
        assert one.verdict is not PROVED or one.kind == "reachable" or result.exhaustive


def test_a_truncated_search_may_refute_liveness(check):
    """A loop among the states that were expanded is a counterexample, whatever lies beyond the bound."""
    result = check(shop(all_is_done, jobs=3, crashes=unbounded), bounds=Bounds(states=16))

    assert not result.exhaustive
    assert result.properties[0].verdict is REFUTED


def test_a_bound_that_is_not_reached_cuts_nothing(check):
    """With exactly as many states as there are, or one step more than the depth, the search is exhaustive."""
    assert check(shop(done_is_done), bounds=Bounds(states=10)).exhaustive
    assert check(shop(done_is_done), bounds=Bounds(depth=check(shop()).depth + 1)).exhaustive
    assert not check(shop(done_is_done), bounds=Bounds(states=9)).exhaustive


def test_an_exhausted_pool_is_no_proof(check):
    """Wanting an id that is not there makes PROVED into UNDETERMINED and names the pool; REFUTED stays."""
    proved, refuted = check(box(things_are_new, at_most_one_thing)).properties

    assert proved.verdict is UNDETERMINED
    assert "pool things" in proved.reason
    assert refuted.verdict is REFUTED


def test_an_exhausted_pool_is_no_end_of_the_world(check):
    """The state in which a pool has run out is no state in which nothing happens any more: liveness is not refuted."""
    (result,) = check(box(never_full)).properties

    assert result.verdict is UNDETERMINED


def test_stopping_at_the_first_refutation(check):
    """With stop_at_first what was not decided by then is undetermined; without, the search goes on."""
    first = check(shop(two_claims, done_is_done, all_is_done), stop_at_first=True)

    assert [one.verdict for one in first.properties] == [REFUTED, UNDETERMINED, UNDETERMINED]
    assert len(first.properties[0].traces) == 1


def test_a_refuted_search_goes_on_for_a_while_only(check):
    """After the first refutation the search goes on for so many seconds and says so."""
    result = check(shop(nothing_is_lost, done_is_done, jobs=3), more_seconds=0.0)

    assert result.properties[0].verdict is REFUTED
    assert (result.properties[1].verdict, result.exhaustive) == (UNDETERMINED, False)
    assert "after the first refutation" in result.properties[1].reason


def test_a_decided_search_stops_early(check):
    """When every claim of every property is refuted there is nothing left to see."""
    assert check(shop(nothing_is_lost, jobs=3)).states < check(shop(jobs=3)).states


def test_an_interrupt_leaves_what_was_found(check):
    """Ctrl-C gives the counts so far and no proof."""

    def interrupt(progress):
        if progress.states > 50:
            signal.raise_signal(signal.SIGINT)

    result = check(numbers(small, only=[count]), progress=interrupt, bounds=Bounds(seconds=60))

    assert result.states > 50
    assert (result.properties[0].verdict, result.exit_code()) == (UNDETERMINED, 3)
    assert result.properties[0].reason.startswith("interrupted")


def test_exceptions_of_the_specification_are_errors(check):
    """An action or property that raises is an error, named with the steps that lead there; others keep theirs."""
    (in_action,) = check(numbers(small, only=[count, divide]), bounds=Bounds(states=10)).properties
    kept, in_property = check(numbers(small, inverse_is_small, only=[count]), bounds=Bounds(states=10)).properties

    assert in_action.verdict is in_property.verdict is ERROR
    assert in_action.reason.startswith("chaos.divide() raised ZeroDivisionError")
    assert in_property.reason.endswith("(after chaos.count(), chaos.count())")
    assert kept.verdict is UNDETERMINED


def test_impure_actions_are_errors(check):
    """Calling every function twice finds one that depends on more than the state."""
    result = check(numbers(small, only=[remember]), verify=10)
    found = result.properties[-1]

    assert result.exit_code() == 4
    assert (found.name, found.verdict) == ("verification", ERROR)
    assert found.reason.startswith("chaos.remember() did something else the second time")


def test_pure_systems_pass_verification(check):
    """Exploring a pure system again changes no verdict and no count, and is told."""
    once, twice = (check(shop(*SHOP, jobs=2), verify=verify) for verify in (0, 1_000))

    assert [one.verdict for one in once.properties] == [one.verdict for one in twice.properties]
    assert (once.states, once.transitions) == (twice.states, twice.transitions)
    assert once.verified == ""
    assert twice.verified.startswith(f"all {twice.states} states")


def test_what_is_needed_and_missing_is_named(check, monkeypatch):
    """A property whose action is not in scope, or never fires, is not checked."""
    monkeypatch.setattr(done_is_done, "needs", ("drain",))
    monkeypatch.setattr(done_while_down, "needs", ("explode",))
    missing, idle = check(shop(done_is_done, done_while_down)).properties[:2]
    monkeypatch.setattr(done_is_done, "needs", ("crash",))
    (able,) = check(shop(done_is_done)).properties
    (taken_out,) = check(shop(done_is_done, crashes=0)).properties

    assert str(missing) == "done-is-done [jobs/j0]: not checked: needs drain"
    assert idle.verdict is PROVED  # reached all the same
    assert able.verdict is PROVED
    assert taken_out.reason == "needs crash"


def test_a_needed_action_that_never_fires_proves_nothing(check, monkeypatch):
    """That the action is there is not enough."""
    monkeypatch.setattr(done_is_done, "needs", ("explode",))
    (result,) = check(shop(done_is_done)).properties

    assert str(result) == "done-is-done [jobs/j0]: not checked: explode never fired"


def test_durations_mean_nothing_without_a_clock(check):
    """A property about durations is not applicable in an untimed scope."""
    timed = check(lease(nobody_notices, notices_in_time, a_loss_is_noticed))
    untimed = check(lease(nobody_notices, notices_in_time, a_loss_is_noticed, timing="untimed"))

    assert [one.verdict for one in timed.properties] == [REFUTED, PROVED, PROVED]
    assert [one.verdict for one in untimed.properties] == [REFUTED, None, PROVED]


def test_a_livelock_in_zero_time_is_reported(check):
    """Urgent steps that go around and around while the clock stands still are a diagnostic, and only they."""
    spinning, sound = (check(lease(a_loss_is_noticed, spinning=spinning)) for spinning in (True, False))

    assert [line for line in spinning.diagnostics if "watcher.spin()" in line and "zero time" in line]
    assert not [line for line in sound.diagnostics if "zero time" in line]


def test_unknown_names_are_refused(check):
    """A property name with a typo is an error that offers the right one."""
    with pytest.raises(SpecError, match="did you mean nothing-is-lost"):
        check(shop(nothing_is_lost), properties=["nothing-is-last"])
    with pytest.raises(SpecError, match="there are says-nothing"):
        check(shop(says_nothing), properties=["zzz"])


def test_what_never_happened_is_named(check):
    """Actions that never fired, faults that never struck and marks never reached are listed."""
    result = check(shop(done_is_done))

    assert (result.never_fired, result.never_struck) == (("machine.explode",), ())
    assert (result.marks, result.marks_missing) == (("a job is retried",), ("the machine explodes",))
    assert check(numbers(small, only=[divide])).never_fired == ("chaos.divide",)
    assert check(shop(all_is_done, jobs=0)).never_fired == ("machine.explode",)
