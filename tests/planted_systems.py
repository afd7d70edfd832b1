"""A small state with things to cut away, and systems of actions planted on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NewType

from clusterproof import (
    Claims,
    Component,
    HeldSerial,
    Property,
    Serial,
    SetOf,
    System,
    Table,
    Timer,
    always,
    claim,
    eventually_always,
    require,
    state,
)
from clusterproof.checker.answers import EngineRun
from clusterproof.checker.reference import run
from clusterproof.checker.search import Options
from clusterproof.checker.slicing import Limits, Slice, explore_slice, slice_for
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

BLIND = Limits(sampled_states=1, rehearsed_states=1)

Id = NewType("Id", str)

SomeId = NewType("SomeId", Id)
"""Some of the ids, as a domain says."""


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


# ---------------------------------------------------------------- things that come and go
def make(p: Plant) -> None:
    """Things come, one at a time, under the first free id."""
    require(len(p.things) == 0)
    p.things.add(Thing())


def take(p: Plant, i: Id) -> None:
    """Any thing goes."""
    require(i in p.things)
    del p.things[i]


def remember(p: Plant, i: Id) -> None:
    """Somebody remembers any thing, one at a time, so that its id is not handed out."""
    require(i in p.things and len(p.marked) == 0)
    p.marked.add(i)


def forget(p: Plant, i: Id) -> None:
    """And forgets it."""
    p.marked.discard(i)
