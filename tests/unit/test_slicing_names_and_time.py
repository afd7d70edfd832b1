"""Slicing: ids that are recycled, timers, budgets and serial numbers."""

from __future__ import annotations

from planted_systems import (
    Id,
    Plant,
    SomeId,
    Thing,
    below_two,
    count,
    explore,
    forget,
    make,
    names,
    planted,
    reaches_one,
    remember,
    rise,
    take,
)

from clusterproof import Claims, SetOf, Table, Timer, always, claim, eventually_always, fresh, require, strong, weak
from clusterproof.checker.slicing import Limits, slice_for
from clusterproof.checker.slicing.names import interchangeable
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

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


@always
def never_the_second(p: Plant) -> Claims:
    """Refuted only while the first id is remembered."""
    yield claim(IDS[1] not in p.things, "the second id is never used")


def test_names_matter_where_ids_are_not_interchangeable():
    """Which id is handed out depends on a cut slot: it is kept, since the actions tell ids apart."""
    slice_, verdict, whole = explore(planted([mark, remove, make], start=POOL), never_the_second, Limits())

    assert "mark" in names(slice_)
    assert verdict is whole is Verdict.REFUTED


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


@eventually_always
def other_rises(p: Plant) -> Claims:
    """The other number is two in the end."""
    yield claim(p.other == 2, "the other number is two")


def test_a_property_about_one_name_needs_the_references():
    """A property about one object by name gets exactly the names of the whole."""
    compiled = Compiled(planted([remember, forget, take, make], start=POOL, symmetric=[Id]))
    about = compiled.property_instances(nothing_by_that_name)[2]
    slice_ = slice_for(compiled, [about])

    assert "remember" in names(slice_)


def take_some(p: Plant, i: SomeId) -> None:
    """Some things go."""
    require(i in p.things)
    del p.things[i]


def test_a_narrower_type_names_ids_of_the_same_pool():
    """An action about some ids, by a type of their own, cuts no pool apart that is theirs as a whole."""
    for domain, found in ((IDS, {Id}), (IDS[:2], set())):
        compiled = Compiled(planted([make, take_some], start=POOL, domains={SomeId: domain}))

        assert interchangeable(compiled, {("things", Id, IDS)}).keys() == found


def test_recycling_goes_by_names_of_a_narrower_type_too():
    """A fair action that is about free ids, by a type of their own, makes it matter which one is handed out."""

    def sweep(p: Plant, i: SomeId) -> None:
        require(i not in p.things and p.other < 2)
        p.other += 1

    system = planted(
        [remember, forget, take, make, (sweep, {"fair": strong})], start=POOL, symmetric=[Id], domains={SomeId: IDS}
    )
    slice_, verdict, whole = explore(system, other_rises)

    assert "remember" in names(slice_)
    assert verdict is whole


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


def test_fairness_is_promised_by_name():
    """Where a fair action is about an id that is free, liveness needs the names of the whole."""

    def replace(p: Plant) -> None:
        (only,) = p.things
        del p.things[only]
        p.things.add(Thing())

    def reach(p: Plant, i: Id) -> None:
        require(i in p.things)
        p.goal = 1

    def remember_last(p: Plant, i: Id) -> None:
        require(i in p.things and i not in p.marked)
        for j in IDS:
            p.marked.discard(j)
        p.marked.add(i)

    functions = [(replace, {"fair": weak}), (reach, {"fair": weak}), remember_last]
    start = Plant(things=Table(IDS, {IDS[0]: Thing()}), marked=SetOf(IDS))
    slice_, verdict, whole = explore(planted(functions, start=start, symmetric=[Id]), reaches_one)

    assert "remember_last" in names(slice_)
    assert verdict is whole
