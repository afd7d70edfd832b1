"""Slicing: traps in which a slice that is too small would prove what is false."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NewType

import pytest

from clusterproof import (
    Claims,
    Component,
    HeldSerial,
    Property,
    Serial,
    SetOf,
    StepInfo,
    System,
    Table,
    Timer,
    always,
    always_eventually,
    choose,
    claim,
    eventually_always,
    fresh,
    require,
    state,
    step,
    strong,
    weak,
)
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.reference import EngineRun, run
from clusterproof.checker.search import Options
from clusterproof.checker.slicing import Limits, Slice, Slicer, explore_slice, slice_for
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, PropertyInstance

BLIND = Limits(sampled_states=1, rehearsed_states=1)

Id = NewType("Id", str)


@state
class Thing:
    """An object of a pool."""

    old: bool = False


@state
class Plant:
    """What is kept is `goal`, and now and then more; the rest is to be cut away."""

    goal: int = 0
    other: int = 0
    third: int = 0
    timer: Timer = Timer()
    alarm: Timer = Timer()
    number: Serial = 0
    last: Serial = 0
    held: HeldSerial = None
    things: Table[Id, Thing] = Table(())
    marked: SetOf[Id] = SetOf(())


Function = Callable[[Plant], None]


@always
def below_two(p: Plant) -> Claims:
    """The goal stays below two."""
    yield claim(p.goal < 2, "the goal is below two")


@eventually_always
def reaches_one(p: Plant) -> Claims:
    """The goal is one in the end."""
    yield claim(p.goal == 1, "the goal is one")


def planted(functions: Sequence[Function | tuple[Function, dict[str, Any]]], **options: Any) -> System[Plant]:
    """A system of these actions; options of a System, of a Plant under `start`."""
    component = Component("c")
    budgets = {}
    for given in functions:
        function, how = given if isinstance(given, tuple) else (given, {})
        budget = how.pop("budget", None)
        action: Any = component.fault(function) if how.pop("fault", False) else component.action(**how)(function)
        if budget is not None:
            budgets[action] = budget
    start = options.pop("start", Plant())
    return System(start, components=[component], budgets=budgets, **options)


def explore(
    system: System[Plant], judged: Property[Any], limits: Limits = BLIND
) -> tuple[Slice, Verdict | None, Verdict | None]:
    """The slice for a property, its verdict there, and the verdict of the whole."""
    compiled = Compiled(system)
    (about,) = compiled.property_instances(judged)

    def search(part: Compiled) -> EngineRun:
        return run(part, [about], Options())

    slice_, found = explore_slice(slice_for(compiled, [about], limits=limits), search, lambda run: run.rows)
    return slice_, found.answers[0].verdict, search(compiled).answers[0].verdict


def names(slice_: Slice) -> set[str]:
    """The actions that a slice has."""
    return {instance.name for instance in slice_.instances}


def rise(p: Plant) -> None:
    """Zero to one."""
    require(p.goal == 0)
    p.goal = 1


def count(p: Plant) -> None:
    """Others count up to twenty."""
    require(p.other < 20)
    p.other += 1


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
            p.other = 1 - p.other

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
            p.other = 1 - p.other

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


# ---------------------------------------------------------------- names
IDS = tuple(map(Id, "abc"))
POOL = Plant(things=Table(IDS, {IDS[0]: Thing()}), marked=SetOf(IDS))


def mark(p: Plant) -> None:
    """Somebody remembers a thing for ever, so that its id is not handed out again."""
    require(IDS[0] in p.things)
    p.marked.add(IDS[0])


def remove(p: Plant) -> None:
    """Things go."""
    require(IDS[0] in p.things)
    del p.things[IDS[0]]


def make(p: Plant) -> None:
    """Things come."""
    require(len(p.things) == 0)
    p.things.add(Thing())


@always
def never_the_second(p: Plant) -> Claims:
    """Refuted only while the first id is remembered."""
    yield claim(IDS[1] not in p.things, "the second id is never used")


def test_names_matter_where_ids_are_not_interchangeable():
    """Which id is handed out depends on a cut slot: it is kept, since the actions tell ids apart."""
    slice_, verdict, whole = explore(planted([mark, remove, make], start=POOL), never_the_second, Limits())

    assert "mark" in names(slice_)
    assert verdict is whole is Verdict.REFUTED


def remember(p: Plant, i: Id) -> None:
    """Somebody remembers any thing."""
    require(i in p.things)
    p.marked.add(i)


def forget(p: Plant, i: Id) -> None:
    """And forgets it."""
    p.marked.discard(i)


def take(p: Plant, i: Id) -> None:
    """Any thing goes."""
    require(i in p.things)
    del p.things[i]


@always
def at_most_one_thing(p: Plant) -> Claims:
    """Says nothing about names."""
    yield claim(len(p.things) <= 1, "there is at most one thing")


@always
def nothing_by_that_name(p: Plant, i: Id) -> Claims:
    """About one name."""
    yield claim(i not in p.things, "it does not exist")


def test_recycling_is_a_matter_of_names_where_ids_are_interchangeable():
    """References in cut slots do not make the slice larger when no name is told from another."""
    system = planted([remember, forget, take, make], start=POOL, symmetric=[Id])
    slice_, verdict, whole = explore(system, at_most_one_thing)

    assert names(slice_) == {"take", "make"}
    assert slice_.symmetric == (Id,)
    assert verdict is whole is Verdict.PROVED


def test_a_property_about_one_name_needs_the_references():
    """A property about one object by name gets exactly the names of the whole."""
    compiled = Compiled(planted([remember, forget, take, make], start=POOL, symmetric=[Id]))
    about = compiled.property_instances(nothing_by_that_name)[2]
    slice_ = slice_for(compiled, [about])

    assert "remember" in names(slice_)


# ---------------------------------------------------------------- time, budgets, numbers
def arm(p: Plant) -> None:
    """A timer outside the slice."""
    require(not p.timer.armed)
    p.timer = Timer(30)


def test_a_cut_timer_may_be_due():
    """A write behind a timer that was cut away is found."""

    def fire(p: Plant) -> None:
        require(p.timer.due())
        p.goal = 2

    slice_, verdict, whole = explore(planted([rise, arm, fire]), below_two)

    assert names(slice_) == {"rise", "arm", "fire"}
    assert verdict is whole is Verdict.REFUTED


def test_a_cut_timer_may_show_its_seconds():
    """A write that depends on how long a cut timer still runs is found, at seconds nobody writes."""

    def other_timer(p: Plant) -> None:
        require(not p.alarm.armed)
        p.alarm = Timer(10)

    def peek(p: Plant) -> None:
        require(p.timer == Timer(20))
        p.goal = 2

    slice_, verdict, whole = explore(planted([arm, (peek, {"urgent": False}), other_timer]), below_two)

    assert "peek" in names(slice_)
    assert whole is Verdict.REFUTED
    assert verdict is not Verdict.PROVED


def test_a_livelock_outside_makes_the_slice_larger():
    """What would keep time from passing is not left out, where it is seen."""

    def spin(p: Plant) -> None:
        p.other = 1 - p.other

    def ring(p: Plant) -> None:
        require(p.timer.due())
        p.goal, p.timer = 1, Timer()

    start = Plant(timer=Timer(5))
    slice_, verdict, whole = explore(planted([(ring, {"fair": weak}), spin], start=start), reaches_one, Limits())

    assert "spin" in names(slice_)
    assert verdict is whole is Verdict.REFUTED


def test_time_is_an_assumption_where_urgent_steps_are_left_out():
    """That the rest lets time pass is printed, unless nothing urgent was left out."""

    def rise_in_time(p: Plant) -> None:
        require(p.goal == 0 and p.timer.due())
        p.goal = 1

    start = Plant(timer=Timer(5))
    hurried, _, _ = explore(planted([rise_in_time, count], start=start), below_two)
    slow, _, _ = explore(planted([rise_in_time, (count, {"urgent": False})], start=start), below_two)
    timeless, _, _ = explore(planted([rise, count, arm]), below_two)

    assert names(hurried) == names(slow) == {"rise_in_time"}
    assert len(hurried.assumptions) == 1
    assert slow.assumptions == timeless.assumptions == []


def test_a_shared_budget_alone_does_not_make_an_instance_relevant():
    """A fault may strike elsewhere: the slice lets it strike here as often, which proves no less."""

    def strike(p: Plant, there: bool) -> None:
        if there:
            p.other = 1
        else:
            p.goal = 1

    slice_, verdict, whole = explore(planted([(strike, {"fault": True, "budget": 1})]), below_two)

    assert [instance.arguments for instance in slice_.instances] == [(False,)]
    assert verdict is whole is Verdict.PROVED


def test_a_budget_that_somebody_waits_for_counts():
    """A fair action may be starved by whoever spends its budget."""

    def push(p: Plant, there: bool) -> None:
        if there:
            p.other = 1
        else:
            p.goal = 1

    slice_, verdict, whole = explore(planted([(push, {"fair": weak, "budget": 1})]), reaches_one)

    assert len(slice_.instances) == 2
    assert verdict is whole is Verdict.REFUTED


def test_numbers_are_kept_with_all_that_hold_them():
    """Serial numbers are renumbered by those that are held: where one is kept, so are all that hold one."""

    def issue(p: Plant) -> None:
        require(p.number < 6)
        p.number = fresh

    def hold(p: Plant) -> None:
        p.held = p.number

    def compare(p: Plant) -> None:
        require(p.number > p.last)
        p.last, p.goal = p.number, 1

    slice_, verdict, whole = explore(planted([issue, hold, compare]), below_two)

    assert "hold" in names(slice_)
    assert verdict is whole is Verdict.PROVED


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


def test_properties_with_the_same_slice_share_it():
    """Properties that need the same slice are explored together, others apart."""
    compiled = Compiled(planted([rise, count]))
    abouts = [compiled.property_instances(judged)[0] for judged in (below_two, counts, returns_to_zero)]

    groups = [(sorted(names(s)), [a.judged for a in shared]) for s, shared in Slicer(compiled).groups(abouts)]

    assert groups == [(["rise"], [below_two, returns_to_zero]), (["count"], [counts])]
