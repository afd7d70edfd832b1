"""Hypothesis strategies for small systems that use the whole language: objects that come and go, sets, numbers, time.

A world is a few rules. A rule is an action made of guards and effects, each a line of ordinary Python with two numbers
that say about which cell, and what value. `worlds()` draws one; `system_of` makes the system.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NewType

from attrs import frozen
from hypothesis import strategies as st

from clusterproof import (
    Component,
    HeldSerial,
    Map,
    Property,
    Serial,
    SetOf,
    System,
    Table,
    Timer,
    choose,
    cover,
    evolve,
    fresh,
    require,
    state,
    unbounded,
)
from clusterproof.components import Fairness

Cell = NewType("Cell", int)
Item = NewType("Item", str)
Alarm = NewType("Alarm", int)

TOP = 2
CELLS = (Cell(0), Cell(1))
ITEMS = (Item("a"), Item("b"))
ALARM = Alarm(0)


@state
class Thing:
    """Something that comes and goes, and may refer to another."""

    kind: int = 0
    home: Cell | None = None
    peer: Item | None = None


@state
class World:
    """One field of every kind."""

    cells: Map[Cell, int]
    things: Table[Item, Thing]
    lit: SetOf[Cell]
    alarms: Map[Alarm, Timer]
    seen: Map[Cell, HeldSerial]
    revision: Serial = 0
    last: Item | None = None


Me = Any
"""The cell or item that a rule is about; the cell that its number says where it is about none."""

Guard = Callable[[World, Me, Cell, int], bool]
Effect = Callable[[World, Me, Cell, int], None]

GUARDS: dict[str, Guard] = {
    "a cell holds": lambda w, me, at, n: w.cells[at] == n,
    "a cell is less": lambda w, me, at, n: w.cells[at] < n,
    "the sum": lambda w, me, at, n: sum(w.cells.values()) <= n + 1,
    "no cell holds": lambda w, me, at, n: all(value != n for value in w.cells.values()),
    "few things": lambda w, me, at, n: len(w.things) < n + 1,
    "some thing of a kind": lambda w, me, at, n: any(thing.kind == n for thing in w.things.values()),
    "things at home": lambda w, me, at, n: [i for i, thing in w.things.items() if thing.home == at] != [],
    "the last is there": lambda w, me, at, n: w.last in w.things,
    "it is lit": lambda w, me, at, n: at in w.lit,
    "so many lit": lambda w, me, at, n: len(w.lit) == n,
    "all are lit": lambda w, me, at, n: w.lit.is_full(),
    "it is due": lambda w, me, at, n: w.alarms[ALARM].due(),
    "it is off": lambda w, me, at, n: not w.alarms[ALARM].armed,
    "it is not stale": lambda w, me, at, n: w.seen[at] == w.revision,
    "it was never seen": lambda w, me, at, n: w.seen[at] is None,
    "all are alike": lambda w, me, at, n: len(set(w.cells.values())) == 1,
}


def put(w: World, _me: Me, at: Cell, n: int) -> None:
    """A blind write."""
    w.cells[at] = n


def rise(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.cells[at] = min(w.cells[at] + 1, TOP)


def turn(w: World, _me: Me, at: Cell, n: int) -> None:
    w.cells[at] = (w.cells[at] + n) % (TOP + 1)


def count(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.cells[at] = len(w.things)


def pick(w: World, _me: Me, at: Cell, n: int) -> None:
    w.cells[at] = choose(range(n + 1), label="value")


def add(w: World, _me: Me, at: Cell, n: int) -> None:
    w.last = w.things.add(Thing(kind=n % 2, home=at))


def add_beside(w: World, _me: Me, _at: Cell, n: int) -> None:
    """Create an object that refers to the one before it, whether or not that is still there."""
    w.things.add(Thing(kind=n % 2, peer=w.last), among=ITEMS[::-1] if n else None)


def drop_one(w: World, _me: Me, _at: Cell, _n: int) -> None:
    del w.things[choose(w.things, label="thing")]


def drop_all(w: World, _me: Me, _at: Cell, n: int) -> None:
    for item, thing in list(w.things.items()):
        if thing.kind != n:
            del w.things[item]


def change(w: World, me: Me, at: Cell, n: int) -> None:
    """Change the object that the rule is about, or any."""
    thing = require(w.things.get(me if me in ITEMS else choose(ITEMS)))
    thing.kind = n % 2
    thing.home = at


def leave(w: World, me: Me, _at: Cell, _n: int) -> None:
    item = me if me in ITEMS else require(w.last)
    require(item in w.things)
    del w.things[item]


def forget(w: World, _me: Me, _at: Cell, _n: int) -> None:
    w.last = None
    for thing in w.things.values():
        thing.peer = None


def light(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.lit.add(at)


def darken(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.lit.discard(at)


def light_only(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.lit = SetOf(CELLS, (at,))


def arm(w: World, _me: Me, _at: Cell, n: int) -> None:
    w.alarms[ALARM] = Timer(n + 1)


def switch_off(w: World, _me: Me, _at: Cell, _n: int) -> None:
    w.alarms[ALARM] = Timer()


def stamp(w: World, _me: Me, _at: Cell, _n: int) -> None:
    w.revision = fresh


def look(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.seen[at] = w.revision


def look_away(w: World, _me: Me, at: Cell, _n: int) -> None:
    w.seen[at] = None


def mark(w: World, _me: Me, at: Cell, n: int) -> None:
    if w.cells[at] == n:
        cover(f"cell is {n}")


EFFECTS: tuple[Effect, ...] = (
    put, rise, turn, count, pick, add, add_beside, drop_one, drop_all, change, leave, forget, light, darken, light_only,
    arm, switch_off, stamp, look, look_away, mark,
)  # fmt: skip


@frozen(kw_only=True)
class Rule:
    """An action or a fault. each: what it has an instance per. budget: 0 stands for none."""

    guards: tuple[tuple[str, int, int], ...]
    effects: tuple[tuple[Effect, int, int], ...]
    each: Literal["", "cell", "item"] = ""
    fair: Fairness | None = None
    urgent: bool = True
    within_seconds: int | None = None
    fault: bool = False
    budget: int = 0


MOTORS: tuple[Rule, ...] = (
    Rule(each="cell", guards=(("a cell is less", 0, TOP),), effects=((rise, 0, 0),), fair=Fairness.WEAK),
    Rule(guards=(), effects=((turn, 1, 1),), urgent=False),
    Rule(guards=(("few things", 0, 1),), effects=((add, 0, 1),), fair=Fairness.WEAK),
    Rule(each="item", guards=(), effects=((leave, 0, 0), (forget, 0, 0)), fair=Fairness.STRONG, within_seconds=2),
    Rule(each="item", guards=(), effects=((change, 1, 1), (turn, 0, 1)), fault=True, budget=1),
    Rule(each="cell", guards=(), effects=((light, 0, 0), (mark, 0, 1)), fair=Fairness.WEAK),
    Rule(guards=(("so many lit", 0, 2),), effects=((darken, 0, 0),), fault=True),
    Rule(guards=(("it is off", 0, 0),), effects=((arm, 0, 1),)),
    Rule(guards=(("it is due", 0, 0),), effects=((switch_off, 0, 0), (pick, 1, 2)), fair=Fairness.WEAK),
    Rule(guards=(), effects=((stamp, 0, 0),), urgent=False, budget=2),
    Rule(each="cell", guards=(), effects=((look, 0, 0),), fair=Fairness.STRONG, urgent=False),
)
"""Rules of which each world has some, so that most worlds have more than a few states."""


@frozen(kw_only=True)
class Plan:
    """A whole system, for shrinking and printing.

    starts: how many initial states. only_lit: a lane runs while its cell is lit, and the rest while cell 0 is low.
    """

    rules: tuple[Rule, ...]
    properties: tuple[Property[Any], ...] = ()
    timed: bool = False
    starts: int = 1
    only_lit: bool = False
    deadlock: bool = False


def _function(rule: Rule, name: str) -> Any:
    def act(w: World, me: Me = None) -> None:
        for guard, at, n in rule.guards:
            require(GUARDS[guard](w, me, me if rule.each == "cell" else Cell(at), n))
        for effect, at, n in rule.effects:
            effect(w, me, me if rule.each == "cell" else Cell(at), n)

    def act_alone(w: World) -> None:
        act(w)

    function: Any = act if rule.each else act_alone
    function.__name__ = name
    function.__annotations__ = {"w": World, "return": None}
    if rule.each:
        function.__annotations__["me"] = Cell if rule.each == "cell" else Item
    return function


def first_states(starts: int) -> list[World]:
    """Where a world begins: with nothing, and with some of everything."""
    nothing = World(
        cells=Map((cell, 0) for cell in CELLS),
        things=Table(ITEMS),
        lit=SetOf(CELLS, CELLS[:1]),
        alarms=Map({ALARM: Timer()}),
        seen=Map((cell, None) for cell in CELLS),
    )
    some = evolve(
        nothing,
        cells=Map({CELLS[0]: 1, CELLS[1]: 2}),
        things=Table(ITEMS, {ITEMS[1]: Thing(kind=1, peer=ITEMS[1])}),
        lit=SetOf(CELLS, CELLS),
        alarms=Map({ALARM: Timer(1)}),
        last=ITEMS[1],
    )
    return [nothing, some][:starts]


def system_of(plan: Plan) -> System[World]:
    """The system of a plan."""
    lanes = Component("lane", each=Cell, runs_when=(lambda w, cell: cell in w.lit) if plan.only_lit else None)
    alone = Component("rules", runs_when=(lambda w: w.cells[CELLS[0]] < TOP) if plan.only_lit else None)
    budgets: dict[Any, Any] = {}
    for number, rule in enumerate(plan.rules):
        component = lanes if rule.each == "cell" else alone
        function = _function(rule, f"rule{number}")
        if rule.fault:
            action: Any = component.fault(function)
            budgets[action] = rule.budget or unbounded
        else:
            within = rule.within_seconds if plan.timed else None
            action = component.action(fair=rule.fair, urgent=rule.urgent, within_seconds=within)(function)
            if rule.budget:
                budgets[action] = rule.budget
    return System(
        first_states(plan.starts),
        components=[component for component in (alone, lanes) if component.actions],
        properties=plan.properties,
        budgets=budgets,
        timing="timed" if plan.timed else "untimed",
        deadlock="forbidden" if plan.deadlock else "allowed",
        name="world",
    )


@st.composite
def worlds(draw: st.DrawFn, properties: Sequence[Property[Any]] = (), *, max_rules: int = 4) -> Plan:
    """Small worlds, each with some of the properties."""
    timed = draw(st.booleans())
    motors = draw(st.lists(st.sampled_from(MOTORS), min_size=2, max_size=4, unique=True))
    return Plan(
        rules=(*motors, *draw(st.lists(_rules(timed), max_size=max_rules))),
        properties=tuple(draw(st.lists(st.sampled_from(properties), max_size=5, unique=True))) if properties else (),
        timed=timed,
        starts=draw(st.sampled_from([1, 1, 2])),
        only_lit=draw(st.sampled_from([False, False, True])),
        deadlock=draw(st.booleans()),
    )


@st.composite
def _rules(draw: st.DrawFn, timed: bool) -> Rule:
    cell, number = st.integers(0, len(CELLS) - 1), st.integers(0, TOP)
    fault = draw(st.sampled_from([False, False, False, True]))
    return Rule(
        guards=tuple(draw(st.lists(st.tuples(st.sampled_from(list(GUARDS)), cell, number), max_size=2))),
        effects=tuple(draw(st.lists(st.tuples(st.sampled_from(EFFECTS), cell, number), min_size=1, max_size=3))),
        each=draw(st.sampled_from(["", "", "cell", "item"])),
        fair=None if fault else draw(st.sampled_from([None, Fairness.WEAK, Fairness.STRONG])),
        urgent=draw(st.booleans()),
        within_seconds=draw(st.sampled_from([None, None, 2])) if timed else None,
        fault=fault,
        budget=draw(st.integers(0, 2)),
    )
