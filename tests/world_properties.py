"""What may be asked of a world of `strategies_worlds`: properties of every kind, about all, each cell, or each item."""

from __future__ import annotations

from typing import Any

from strategies_worlds import CELLS, TOP, Cell, Item, World

from clusterproof import (
    Claims,
    Property,
    StepInfo,
    Whenever,
    always,
    always_eventually,
    claim,
    eventually_always,
    leads_to,
    reachable,
    step,
)


@always
def never_all_at_the_top(w: World) -> Claims:
    """Two claims: each is refuted on its own."""
    yield claim(not all(value == TOP for value in w.cells.values()), "not all are at the top")
    yield claim(len(w.things) < 2, "there are fewer than two things")


@always
def peers_exist(w: World, i: Item) -> Claims:
    """What an item refers to exists; no claim where there is nothing to say."""
    thing = w.things.get(i)
    if thing is not None and thing.peer is not None:
        yield claim(thing.peer in w.things, "the peer exists", i)


@always
def bright_cells_are_low(w: World, cell: Cell) -> Claims:
    """Of each cell."""
    yield claim(not (cell in w.lit and w.cells[cell] == TOP), "a lit cell is not at the top", cell)


@step
def no_fall(before: World, after: World) -> Claims:
    """About any step."""
    for cell in CELLS:
        yield claim(not (before.cells[cell] == TOP and after.cells[cell] == 0), "no cell falls from the top", cell)


@step
def revisions_grow(before: World, after: World) -> Claims:
    """Of the true numbers."""
    yield claim(after.revision >= before.revision, "the revision does not go back")
    yield claim(after.revision - before.revision < 2 or before.lit == after.lit, "nothing is lit by a double step")


@step
def rule_one_lights_nothing(before: World, after: World, by: StepInfo) -> Claims:
    """About the steps of one rule, of whichever instance."""
    if by.action == "rule1":
        yield claim(len(after.lit) <= len(before.lit), "rule 1 lights nothing")


@step
def faults_leave_items_alone(before: World, after: World, by: StepInfo, i: Item) -> Claims:
    """About the faults, of each item."""
    if by.fault or by.arguments:
        yield claim((i in before.things) == (i in after.things), "it neither comes nor goes", i)


@eventually_always
def settles(w: World) -> Claims:
    """In the end a cell is at the top for good."""
    yield claim(max(w.cells.values()) == TOP, "a cell is at the top")


@eventually_always
def it_goes_dark(w: World, cell: Cell) -> Claims:
    """Of each cell."""
    yield claim(cell not in w.lit, "the cell is dark", cell)


@always_eventually
def returns(w: World) -> Claims:
    """Again and again all cells are equal."""
    yield claim(len(set(w.cells.values())) == 1, "all cells are equal")


@leads_to
def things_go(w: World, i: Item) -> Whenever:
    """Of each item."""
    return Whenever(given=i in w.things, then=i not in w.things)


@leads_to
def the_low_rise(w: World) -> Whenever:
    """Of all together."""
    return Whenever(given=any(v == 1 for v in w.cells.values()), then=any(v == TOP for v in w.cells.values()))


@reachable
def a_crowd(w: World) -> Claims:
    """Two witnesses are wanted."""
    yield claim(len(w.things) == 2, "there are two things")
    yield claim(sum(w.cells.values()) == 2 * TOP, "all cells are at the top")


@reachable
def it_is_stale(w: World, cell: Cell) -> Claims:
    """Of each cell."""
    seen = w.seen[cell]
    yield claim(seen is not None and seen < w.revision, "what was seen is stale", cell)


PROPERTIES: tuple[Property[Any], ...] = (
    never_all_at_the_top,
    peers_exist,
    bright_cells_are_low,
    no_fall,
    revisions_grow,
    rule_one_lights_nothing,
    faults_leave_items_alone,
    settles,
    it_goes_dark,
    returns,
    things_go,
    the_low_rise,
    a_crowd,
    it_is_stale,
)
