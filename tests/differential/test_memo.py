"""Remembered evaluations against functions that are called every time, on random small systems."""

from __future__ import annotations

from typing import Any, NewType

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_systems import all_is_done, box, lease, nobody_notices, nothing_is_lost, shop, the_lost_are_done

from clusterproof import (
    Action,
    Claims,
    Component,
    Map,
    System,
    Table,
    Timer,
    always,
    choose,
    claim,
    eventually_always,
    require,
    state,
    step,
    unbounded,
    weak,
)
from clusterproof.checker.check import check_system

Cell = NewType("Cell", int)
Item = NewType("Item", str)


@state
class Entry:
    """Something in the table that refers to a cell."""

    cell: Cell = Cell(0)


@state
class World:
    """A few cells, a table and a timer."""

    cells: Map[Cell, int]
    items: Table[Item, Entry]
    timer: Timer = Timer()


CELLS = (Cell(0), Cell(1), Cell(2))


@attrs.frozen
class Rule:
    """An action: where a cell has a value, do something to another cell, to the table or to the timer."""

    guard: Cell
    equals: int
    target: Cell
    does: str
    fault: bool
    fair: bool


def action_of(component: Component, number: int, rule: Rule) -> Action[Any]:
    """The action that a rule describes."""

    def act(w: World) -> None:
        require(w.cells[rule.guard] == rule.equals)
        if rule.does == "count":
            w.cells[rule.target] = (w.cells[rule.target] + 1) % 3
        elif rule.does == "choose":
            w.cells[rule.target] = choose((0, 1, 2), label="value")
        elif rule.does == "add":
            w.items.add(Entry(cell=rule.target))
        elif rule.does == "drop":
            for item in list(w.items)[:1]:
                w.cells[w.items[item].cell] = 0
                del w.items[item]
        elif rule.does == "arm":
            w.timer = Timer(10 * (1 + rule.target))
        else:
            require(w.timer.due())
            w.timer = Timer()

    act.__name__ = f"act_{number}"
    if rule.fault:
        return component.fault(act)
    return component.action(fair=weak if rule.fair else None)(act)


rules = st.builds(
    Rule,
    guard=st.sampled_from(CELLS),
    equals=st.integers(0, 2),
    target=st.sampled_from(CELLS),
    does=st.sampled_from(["count", "choose", "add", "drop", "arm", "fire"]),
    fault=st.booleans(),
    fair=st.booleans(),
)


@always
def not_all_two(w: World) -> Claims:
    """Sometimes refuted."""
    yield claim(any(value != 2 for value in w.cells.values()), "some cell is not two")


@step
def no_jumps(before: World, after: World) -> Claims:
    """Sometimes refuted."""
    for cell, value in before.cells.items():
        yield claim(abs(value - after.cells[cell]) < 2, "cells do not jump", cell)


@eventually_always
def it_ends_empty(w: World) -> Claims:
    """Sometimes refuted."""
    yield claim(len(w.items) == 0, "nothing is left")


def world(drawn: list[Rule]) -> System[World]:
    """The system with these actions."""
    component = Component("world")
    actions = [action_of(component, number, rule) for number, rule in enumerate(drawn)]
    return System(
        World(cells=Map((cell, 0) for cell in CELLS), items=Table([Item("a"), Item("b")])),
        components=[component],
        properties=[not_all_two, no_jumps, it_ends_empty],
        budgets={action: (1, unbounded)[number % 2] for number, action in enumerate(actions) if action.fault},
    )


def outcome(system: System[Any], *, memo: bool) -> dict[str, Any]:
    """What a check says, but for how long it took."""
    written = check_system(system, memo=memo).to_json()
    return {key: value for key, value in written.items() if key not in ("seconds", "peak_mib")}


@settings(max_examples=60, deadline=None)
@given(st.lists(rules, min_size=1, max_size=5))
def test_random_systems(drawn):
    """Counts, verdicts and traces are the same with and without the memory."""
    assert outcome(world(drawn), memo=True) == outcome(world(drawn), memo=False)


@pytest.mark.parametrize(
    "system",
    [shop(nothing_is_lost, all_is_done, the_lost_are_done, jobs=2, crashes=2), box(), lease(nobody_notices)],
    ids=["shop", "box", "lease"],
)
def test_small_systems(system):
    """Budgets, pools and clocks are the same with and without the memory."""
    assert outcome(system, memo=True) == outcome(system, memo=False)
