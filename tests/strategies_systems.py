"""Hypothesis strategies for small systems: tables of guarded updates, interpreted by generic actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NewType

from attrs import field, frozen
from hypothesis import strategies as st

from clusterproof import (
    Claims,
    Component,
    Map,
    Property,
    StepInfo,
    System,
    Timer,
    Whenever,
    always,
    always_eventually,
    choose,
    claim,
    eventually_always,
    leads_to,
    require,
    state,
    step,
    unbounded,
)
from clusterproof.components import Fairness

Cell = NewType("Cell", int)
Alarm = NewType("Alarm", int)


@state
class Cells:
    """Numbered cells that hold small numbers, and timers."""

    cells: Map[Cell, int]
    alarms: Map[Alarm, Timer]


@frozen(kw_only=True)
class Write:
    """cell := value, or := what another cell holds (when one is named), or that plus one."""

    cell: int
    value: int
    copied: int | None = None
    plus: int = 0


@frozen(kw_only=True)
class Counted:
    """A guard: so many cells at least hold the value, or more than another cell holds (when one is named).

    adds: all that cells hold is added up instead, but for those that hold the value.
    late: it is asked after the choice. lowers: the first cell that holds the value becomes 0.
    """

    value: int
    least: int
    than: int | None = None
    adds: bool = False
    late: bool = False
    lowers: bool = False


def holds(cell: Cell, s: Cells, value: int) -> bool:
    """Whether a cell holds a value; of two neighbours only one looks at the next one, too."""
    return s.cells[cell] == value and (cell % 2 == 0 or s.cells.get(Cell(cell + 1)) != value)


def held(cell: Cell, s: Cells, but: int) -> int:
    """What a cell holds; nothing where that is a certain value."""
    return 0 if s.cells[cell] == but else s.cells[cell]


def _demand(s: Cells, counted: Counted) -> None:
    least = counted.least if counted.than is None else s.cells[Cell(counted.than)]
    look = s.cells.total(held, s, counted.value) if counted.adds else s.cells.count(holds, s, counted.value)
    require(look >= least)
    if counted.lowers:
        for cell in s.cells.matching(holds, s, counted.value)[:1]:
            s.cells[cell] = 0


@frozen(kw_only=True)
class Rule:
    """An action: guards in order, a timer that must be due, and what each of its outcomes writes.

    budget: 0 stands for none. arms: (alarm, seconds), where no seconds switch it off. counted: guards that count.
    """

    guards: tuple[tuple[int, int], ...]
    outcomes: tuple[tuple[Write, ...], ...]
    due: int | None = None
    arms: tuple[tuple[int, int | None], ...] = ()
    fair: Fairness | None = None
    urgent: bool = True
    within_seconds: int | None = None
    fault: bool = False
    budget: int = 0
    counted: tuple[Counted, ...] = ()


@frozen(kw_only=True)
class Table:
    """A whole system as a table, for shrinking and printing."""

    cells: int
    values: int
    alarms: int
    rules: tuple[Rule, ...]
    about: tuple[int, ...] = field(default=(0,))
    timed: bool = False


def _function(rule: Rule, values: int, name: str) -> Any:
    def act(s: Cells) -> None:
        for cell, value in rule.guards:
            require(s.cells[Cell(cell)] == value)
        if rule.due is not None:
            require(s.alarms[Alarm(rule.due)].due())
            s.alarms[Alarm(rule.due)] = Timer()
        for counted in rule.counted:
            if not counted.late:
                _demand(s, counted)
        which = choose(range(len(rule.outcomes))) if len(rule.outcomes) > 1 else 0
        for counted in rule.counted:
            if counted.late:
                _demand(s, counted)
        for write in rule.outcomes[which]:
            value = write.value if write.copied is None else s.cells[Cell(write.copied)] + write.plus
            s.cells[Cell(write.cell)] = value % values
        for alarm, seconds in rule.arms:
            s.alarms[Alarm(alarm)] = Timer(seconds)

    act.__name__ = name
    act.__annotations__ = {"s": Cells, "return": None}
    return act


def system_of(table: Table, properties: Sequence[Property[Any]] = ()) -> System[Cells]:
    """The system of a table."""
    component = Component("rules")
    budgets: dict[Any, Any] = {}
    for number, rule in enumerate(table.rules):
        function = _function(rule, table.values, f"rule{number}")
        if rule.fault:
            action: Any = component.fault(function)
            budgets[action] = rule.budget or unbounded
        else:
            action = component.action(
                fair=rule.fair, urgent=rule.urgent, within_seconds=rule.within_seconds if table.timed else None
            )(function)
            if rule.budget:
                budgets[action] = rule.budget
    start = Cells(
        cells=Map((Cell(i), 0) for i in range(table.cells)),
        alarms=Map((Alarm(i), Timer()) for i in range(table.alarms)),
    )
    return System(
        start,
        components=[component],
        properties=properties,
        budgets=budgets,
        timing="timed" if table.timed else "untimed",
        name="table",
    )


def properties_of(table: Table) -> list[Property[Any]]:
    """Properties of every kind about some cells of a table."""
    about = table.about
    top = table.values - 1

    @always
    def never_at_the_top(s: Cells) -> Claims:
        """Never all at the top."""
        yield claim(not all(s.cells[Cell(i)] == top for i in about), "not all are at the top")

    @always
    def few_at_the_top(s: Cells) -> Claims:
        """Never two at the top."""
        high = s.cells.matching(holds, s, top)
        yield claim(len(high) < 2, "at most one is at the top", *high)

    @step
    def none_too_many(before: Cells, after: Cells) -> Claims:
        """No step makes two of them zero."""
        more = after.cells.count(holds, after, 0) - before.cells.count(holds, before, 0)
        yield claim(more < 2, "at most one becomes zero")

    @step
    def no_jump(before: Cells, after: Cells) -> Claims:
        """No fall from the top to zero."""
        for i in about:
            yield claim(not (before.cells[Cell(i)] == top and after.cells[Cell(i)] == 0), "it does not fall")

    @step
    def rule_one_never_at_the_top(before: Cells, after: Cells, by: StepInfo) -> Claims:
        """About the steps of one rule."""
        if by.action == "rule1":
            for i in about:
                yield claim(before.cells[Cell(i)] != top, "rule 1 acts below the top")

    @step
    def every_step_counts(before: Cells, after: Cells) -> Claims:
        """About any step."""
        yield claim(any(before.cells[Cell(i)] != after.cells[Cell(i)] for i in about), "a step changes a cell")

    @eventually_always
    def settles(s: Cells) -> Claims:
        """In the end all are at the top."""
        yield claim(all(s.cells[Cell(i)] == top for i in about), "all are at the top")

    @always_eventually
    def returns(s: Cells) -> Claims:
        """Again and again one is at the top."""
        yield claim(any(s.cells[Cell(i)] == top for i in about), "one is at the top")

    @leads_to
    def rises(s: Cells) -> Whenever:
        """Who is at one rises."""
        cells = [s.cells[Cell(i)] for i in about]
        return Whenever(given=any(cell == 1 for cell in cells), then=any(cell == top for cell in cells))

    return [
        never_at_the_top,
        few_at_the_top,
        none_too_many,
        no_jump,
        rule_one_never_at_the_top,
        every_step_counts,
        settles,
        returns,
        rises,
    ]


@st.composite
def tables(draw: st.DrawFn, *, timed: bool = False, max_cells: int = 5, max_rules: int = 7) -> Table:
    """Small systems. Timed ones have timers and deadlines."""
    cells = draw(st.integers(2, max_cells))
    values = draw(st.integers(2, 3))
    alarms = draw(st.integers(1, 2)) if timed else 0
    rules = draw(st.lists(_rules(cells, values, alarms), min_size=2, max_size=max_rules))
    about = draw(st.lists(st.integers(0, cells - 1), min_size=1, max_size=2, unique=True))
    return Table(cells=cells, values=values, alarms=alarms, rules=tuple(rules), about=tuple(about), timed=timed)


@st.composite
def _rules(draw: st.DrawFn, cells: int, values: int, alarms: int) -> Rule:
    cell = st.integers(0, cells - 1)
    value = st.integers(0, values - 1)
    write = st.builds(Write, cell=cell, value=value, copied=st.none() | st.none() | cell, plus=st.integers(0, 1))
    outcome = st.lists(write, min_size=1, max_size=2).map(tuple)
    fault = draw(st.sampled_from([False, False, False, True]))
    alarm = st.integers(0, alarms - 1) if alarms else st.nothing()
    return Rule(
        guards=tuple(draw(st.lists(st.tuples(cell, value), max_size=3))),
        outcomes=tuple(draw(st.lists(outcome, min_size=1, max_size=2))),
        due=draw(st.none() | alarm) if alarms else None,
        arms=tuple(draw(st.lists(st.tuples(alarm, st.none() | st.integers(1, 2)), max_size=1))) if alarms else (),
        fair=None if fault else draw(st.sampled_from([None, Fairness.WEAK, Fairness.STRONG])),
        urgent=draw(st.booleans()),
        within_seconds=draw(st.none() | st.none() | st.just(2)) if alarms else None,
        fault=fault,
        budget=draw(st.integers(0, 2)),
        counted=tuple(draw(st.lists(_counted(cells, values), max_size=2))),
    )


def _counted(cells: int, values: int) -> st.SearchStrategy[Counted]:
    return st.builds(
        Counted,
        value=st.integers(0, values - 1),
        least=st.integers(0, 2),
        than=st.none() | st.none() | st.integers(0, cells - 1),
        adds=st.sampled_from([False, False, True]),
        late=st.booleans(),
        lowers=st.sampled_from([False, False, True]),
    )
