"""Slicing: what actions declare to write, promises about every id alike, and what is explored once more."""

from __future__ import annotations

from planted_systems import (
    Id,
    Plant,
    Thing,
    below_two,
    count,
    explore,
    forget,
    make,
    names,
    planted,
    remember,
    rise,
)

from clusterproof import Claims, SetOf, StepInfo, Table, Whenever, always, claim, leads_to, require, step, weak
from clusterproof.checker.check import check_system
from clusterproof.checker.slicing import Limits, Plan, Slicer, slice_for
from clusterproof.checker.slicing.footprints import Footprints
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

# ---------------------------------------------------------------- declared writes
MANY = Plant(marked=SetOf(tuple(Id(f"i{n}") for n in range(12))))


def scatter(p: Plant) -> None:
    """Reads so much of what is cut away that nobody can try it all, and writes nothing kept."""
    marked = [i for i in p.marked.universe if i in p.marked]
    if len(marked) < len(p.marked.universe):
        p.marked.add(next(i for i in p.marked.universe if i not in p.marked))
    else:
        p.other = 1


def test_an_action_that_reads_too_much_joins_unless_it_declares():
    """Only the declaration shows that an action which reads in thousands of ways changes nothing kept."""
    without, *verdicts = explore(planted([rise, scatter], start=MANY), below_two)
    declared, *same = explore(planted([rise, (scatter, {"writes": ("marked", "other")})], start=MANY), below_two)

    assert names(without) == {"rise", "scatter"}
    assert names(declared) == {"rise"}
    assert verdicts == same == [Verdict.PROVED, Verdict.PROVED]


def wait_for_other(p: Plant) -> None:
    """Writes what is kept as soon as something cut away is written."""
    require(p.other == 1)
    p.goal = 2


def test_what_a_declared_action_writes_may_be_read_by_others():
    """An action without declaration that reads what a declared one writes is evaluated with those values."""
    actions = [rise, wait_for_other, (scatter, {"writes": ("marked", "other")})]
    slice_, verdict, whole = explore(planted(actions, start=MANY), below_two)

    assert names(slice_) == {"rise", "wait_for_other", "scatter"}
    assert verdict is whole is Verdict.REFUTED


def test_a_declared_action_that_is_read_is_evaluated_itself():
    """Where it can be tried, a declared action gives the values that it writes, and no others."""

    def to_three(p: Plant) -> None:
        p.other = 3

    actions = [rise, wait_for_other, (to_three, {"writes": ("other",)})]
    slice_, verdict, whole = explore(planted(actions), below_two)

    assert names(slice_) == {"rise"}
    assert verdict is whole is Verdict.PROVED


@step
def nobody_but_rise(before: Plant, after: Plant, by: StepInfo) -> Claims:
    """Speaks about who takes steps, when the goal is reached."""
    yield claim(before.goal != 1 or by.action != "tidy", "nobody tidies up when the goal is reached")


def tidy(p: Plant) -> None:
    """Changes nothing kept, and is possible only before the goal is reached."""
    require(p.goal == 0)
    p.other = 1


def tidy_late(p: Plant) -> None:
    """Is possible afterwards."""
    require(p.goal == 1)
    p.other = 1


tidy_late.__name__ = "tidy"


def test_unseen_steps_of_declared_actions_are_judged_where_they_are_possible():
    """A step property that speaks about an unseen step is refuted only if that step can be taken there."""
    for action, expected in ((tidy, Verdict.PROVED), (tidy_late, Verdict.REFUTED)):
        _, verdict, whole = explore(planted([rise, (action, {"writes": ("other",)})]), nobody_but_rise)

        assert verdict is whole is expected


# ---------------------------------------------------------------- promises about every id alike
IDS = tuple(map(Id, "abc"))
POOL = Plant(things=Table(IDS, {IDS[0]: Thing()}), marked=SetOf(IDS))


def age(p: Plant, i: Id) -> None:
    """Things grow old."""
    require(i in p.things)
    p.things[i].old = True


def take(p: Plant, i: Id) -> None:
    """Any old thing goes."""
    require(i in p.things and p.things[i].old)
    del p.things[i]


LIFE = [make, age, take, remember, forget]


@always
def is_young(p: Plant, i: Id) -> Claims:
    """Breaks for every id."""
    if i in p.things:
        yield claim(not p.things[i].old, "it is young", i)


@always
def is_alone(p: Plant, i: Id) -> Claims:
    """Holds for every id."""
    if i in p.things:
        yield claim(len(p.things) == 1, "it is alone", i)


@leads_to
def old_things_go(p: Plant, i: Id) -> Whenever:
    """What is awaited of an id is there when nothing has that id."""
    old = i in p.things and p.things[i].old
    return Whenever(given=old, then=not old)


@leads_to
def old_things_are_young_again(p: Plant, i: Id) -> Whenever:
    """What is awaited of an id is missing when nothing has that id: names matter."""
    there = i in p.things
    return Whenever(given=there and p.things[i].old, then=there and not p.things[i].old)


def family(judged, **options):
    """The slice for all instances of a property, with what was explored and what the whole says."""
    system = planted(LIFE, start=POOL, symmetric=[Id], properties=[judged], **options)
    sliced = check_system(system, sliced=True, whole_first=0)
    whole = check_system(system, sliced=False)
    return sliced, [one.verdict for one in sliced.properties], [one.verdict for one in whole.properties]


def test_a_promise_about_every_id_does_not_depend_on_names():
    """All instances together are proved without what only decides which id is handed out."""
    sliced, verdicts, whole = family(is_alone)

    assert "c.remember" in sliced.explorations[-1].cut_away
    assert verdicts == [Verdict.PROVED] * 3
    assert whole == [Verdict.PROVED, Verdict.PROVED, None]  # the third id is never used


def test_of_an_id_that_fails_the_name_matters():
    """Where a promise breaks for some id it is explored once more, with the ids of the whole."""
    sliced, verdicts, whole = family(is_young)

    assert [bool("c.remember" in one.cut_away) for one in sliced.explorations] == [True, False]
    assert verdicts == whole


def test_one_id_alone_needs_its_names():
    """Some instances of a promise, but not all, tell their ids apart."""
    compiled = Compiled(planted(LIFE, start=POOL, symmetric=[Id]))
    abouts = compiled.property_instances(is_alone)

    assert "remember" in names(slice_for(compiled, abouts[:2]))
    assert "remember" not in names(slice_for(compiled, abouts))


def test_what_is_awaited_of_an_id_follows_it():
    """A leads-to about every id is nameless only if it waits for nothing where the id is free."""
    compiled = Compiled(planted(LIFE, start=POOL, symmetric=[Id]))
    going, growing = map(compiled.property_instances, (old_things_go, old_things_are_young_again))

    assert "remember" not in names(slice_for(compiled, going, limits=Limits()))
    assert "remember" in names(slice_for(compiled, growing, limits=Limits()))


def test_leads_to_about_every_id_has_the_verdicts_of_the_whole():
    """With fair actions and without, slices of a leads-to about every id agree with the whole."""
    for fair in (None, weak):
        actions = [(function, {"fair": fair}) for function in (make, age, take)] + [remember, forget]
        for judged in (old_things_go, old_things_are_young_again):
            system = planted(actions, start=POOL, symmetric=[Id], properties=[judged])
            sliced, whole = (check_system(system, sliced=s, whole_first=0) for s in (True, False))

            for one, same in zip(sliced.properties, whole.properties, strict=True):
                assert (one.verdict or Verdict.PROVED) is (same.verdict or Verdict.PROVED)  # of an id never used


# ---------------------------------------------------------------- groups
@always
def explodes(p: Plant) -> Claims:
    """A mistake of the user's."""
    yield claim(1 // (1 - p.goal) > 0, "never reached where the goal is one")


def test_a_mistake_in_one_property_is_not_the_others():
    """A property that raises does not take the answers from those that share its exploration."""
    system = planted([rise, count], properties=[below_two, explodes])
    result = check_system(system, sliced=True, whole_first=0)

    assert [p.verdict for p in result.properties] == [Verdict.PROVED, Verdict.ERROR]
    assert [one.properties for one in result.explorations] == [("below-two", "explodes")]


def test_a_plan_begins_with_small_slices():
    """What few actions change is explored first."""
    compiled = Compiled(planted([rise, count, wait_for_other]))
    abouts = [compiled.property_instances(judged)[0] for judged in (below_two, counts)]
    plan = Plan.of(Footprints(compiled), abouts, Limits())

    assert [[about.judged for about in plan.next().abouts] for _ in range(len(plan))] == [[counts], [below_two]]
    assert isinstance(plan.slicer, Slicer)


@always
def counts(p: Plant) -> Claims:
    """About what others count."""
    yield claim(p.other >= 0, "others count")
