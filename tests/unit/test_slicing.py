"""Slicing: traps in which a slice that is too small would prove what is false."""

from __future__ import annotations

from typing import Any

import pytest
from planted_systems import Plant, below_two, count, explore, names, planted, reaches_one, rise

from clusterproof import (
    Claims,
    Property,
    StepInfo,
    Timer,
    always,
    always_eventually,
    choose,
    claim,
    require,
    step,
    strong,
    weak,
)
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.slicing import Limits, Slicer, slice_for
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, PropertyInstance


def test_what_does_not_matter_is_left_out():
    """An action that changes nothing which is kept is left out, with what it changes, and the slice is verified."""
    slice_, verdict, whole = explore(planted([rise, count]), below_two)

    assert names(slice_) == {"rise"}
    assert slice_.kept == {0}
    assert slice_.cut_away == ["c.count"]
    assert slice_.verified
    assert verdict is whole is Verdict.PROVED


def test_a_write_in_a_deep_state_is_found():
    """An action that changes what is kept only after twenty steps of others joins the slice, and all it reads."""

    def late(p: Plant) -> None:
        require(p.other == 20)
        p.goal = 2

    slice_, verdict, whole = explore(planted([rise, count, late]), below_two)

    assert names(slice_) == {"rise", "count", "late"}
    assert verdict is whole is Verdict.REFUTED


def test_a_write_behind_an_exotic_value_is_found():
    """A value that only another action left out writes is tried, too."""

    def exotic(p: Plant) -> None:
        require(p.third == 0)
        p.other = 77

    def hidden(p: Plant) -> None:
        require(p.other == 77)
        p.goal = 2

    slice_, verdict, whole = explore(planted([rise, exotic, hidden]), below_two)

    assert names(slice_) == {"rise", "exotic", "hidden"}
    assert verdict is whole is Verdict.REFUTED


def test_what_can_never_be_is_not_held_against_an_action():
    """A write behind a value that nobody writes does not count."""

    def impossible(p: Plant) -> None:
        require(p.other == 21)
        p.goal = 2

    slice_, verdict, whole = explore(planted([rise, count, impossible]), below_two)

    assert names(slice_) == {"rise"}
    assert verdict is whole is Verdict.PROVED


def test_a_guard_that_reads_a_cut_slot_late_makes_the_slice_larger():
    """A slot that a relevant action reads only in a late state is kept from then on."""

    def climb(p: Plant) -> None:
        require(p.goal in (0, -1, -2))
        p.goal -= 1

    def leap(p: Plant) -> None:
        require(p.goal == -3 and p.other == 5)
        p.goal = 2

    slice_, verdict, whole = explore(planted([climb, leap, count]), below_two)

    assert names(slice_) == {"climb", "leap", "count"}
    assert verdict is whole is Verdict.REFUTED


def test_a_bare_except_does_not_hide_a_cut_slot():
    """A function that swallows the signal of a cut slot makes the slice larger all the same."""

    def careless(p: Plant) -> None:
        big = False
        if p.goal == 1:
            try:
                big = p.other == 5
            except BaseException:  # noqa: BLE001
                big = False
        p.goal = 2 if big else 1

    slice_, verdict, whole = explore(planted([careless, count]), below_two)

    assert names(slice_) == {"careless", "count"}
    assert verdict is whole is Verdict.REFUTED


def test_an_outcome_that_changes_cut_slots_only_keeps_a_promise():
    """A fair action that may always choose an outcome which does not show in the slice need not show there, ever."""

    def either(p: Plant) -> None:
        if choose((True, False)):
            require(p.goal == 0)
            p.goal = 1
        else:
            p.other = choose((0, 1))

    slice_, verdict, whole = explore(planted([(either, {"fair": weak})]), reaches_one)

    assert slice_.whole or 1 in slice_.kept
    assert verdict is whole is Verdict.REFUTED


def test_a_strong_promise_kept_elsewhere_is_no_promise_here():
    """A strongly fair action that can be taken for ever where only cut slots change does not have to show."""

    def go_and_come(p: Plant) -> None:
        require(p.goal in (0, -1))
        p.goal = -1 - p.goal

    def seldom(p: Plant) -> None:
        if p.goal == 0:
            p.goal = 1
        elif p.goal == -1:
            p.other = choose((0, 1))

    functions = [(go_and_come, {"fair": weak}), (seldom, {"fair": strong})]
    _, verdict, whole = explore(planted(functions), reaches_one)

    assert verdict is whole is Verdict.REFUTED


@step
def others_do_nothing(before: Plant, after: Plant, by: StepInfo) -> Claims:
    """Refuted by a step that changes nothing which the property reads."""
    yield claim(by.action != "count", "nobody counts")


@step
def every_step_is_progress(before: Plant, after: Plant) -> Claims:
    """Refuted by any step that changes something else."""
    yield claim(after.goal > before.goal, "the goal comes nearer")


@step
def counters_may_count(before: Plant, after: Plant, by: StepInfo) -> Claims:
    """Holds, and is about left-out steps only."""
    if by.action == "count":
        yield claim(after.goal == before.goal, "counting leaves the goal alone")


@pytest.mark.parametrize("judged", [others_do_nothing, every_step_is_progress])
def test_a_step_property_may_be_about_steps_that_do_not_show(judged: Property[Any]):
    """Claims that an action left out would break bring its steps into the slice."""
    slice_, verdict, whole = explore(planted([rise, count]), judged)

    assert "count" in names(slice_)
    assert verdict is whole is Verdict.REFUTED


def test_claims_about_steps_that_do_not_show_are_told():
    """A property that speaks of steps left out only is named, since it made no claim in the slice."""
    slice_, _, whole = explore(planted([rise, count]), counters_may_count)

    assert whole is Verdict.PROVED
    assert [about.judged for about in slice_.said_of_unseen] == [counters_may_count]


# ---------------------------------------------------------------- limits
def test_what_raises_for_impossible_values_is_kept():
    """An action that cannot be evaluated on values which never occur together joins the slice."""

    def together(p: Plant) -> None:
        require(p.other < 2)
        p.other, p.third = p.other + 1, p.third + 1

    def divide(p: Plant) -> None:
        require(p.other == 2)
        p.timer = Timer(1 // p.third)

    slice_, verdict, whole = explore(planted([rise, together, divide]), below_two)

    assert "divide" in names(slice_)
    assert verdict is whole is Verdict.PROVED


@pytest.mark.parametrize("limits", [Limits(evaluations=5), Limits(values=5)])
def test_what_cannot_be_shown_within_the_limits_is_kept(limits: Limits):
    """With too many ways of reading, or too many values, an action joins the slice."""
    slice_, verdict, whole = explore(planted([rise, count]), below_two, limits)

    assert names(slice_) == {"rise", "count"}
    assert verdict is whole is Verdict.PROVED


def test_deadlock_is_about_everything():
    """Whether any step is possible is asked of the whole."""
    compiled = Compiled(planted([rise, count]))

    assert slice_for(compiled, [PropertyInstance(judged=NO_DEADLOCK)]).whole


@always_eventually
def returns_to_zero(p: Plant) -> Claims:
    """The same slice as below_two."""
    yield claim(p.goal == 0, "the goal is zero")


@always
def counts(p: Plant) -> Claims:
    """Another slice."""
    yield claim(p.other >= 0, "others count")


def test_properties_with_the_same_slice_share_an_exploration():
    """Properties that need the same slice are explored together, others apart."""
    compiled = Compiled(planted([rise, count]))
    abouts = [compiled.property_instances(judged)[0] for judged in (below_two, counts, returns_to_zero)]

    groups = [[about.judged for about in together] for together in Slicer(compiled).groups(abouts)]

    assert groups == [[below_two, returns_to_zero], [counts]]
