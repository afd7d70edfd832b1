"""Components, actions, budgets and domains: a system is checked before anything is explored."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, NewType

import pytest
from language_systems import HOUSE, A, B, C, Color, House, Id, Lamp, explore, system_of, take, texts, values

from clusterproof import Bounds, Component, Map, SpecError, System, require, state, strong, unbounded, weak
from clusterproof.compiled import Compiled
from clusterproof.errors import UserCodeError

Level = NewType("Level", int)
Other = NewType("Other", str)


class Mood(Enum):
    """Values for a parameter."""

    GOOD = "good"
    BAD = "bad"


def arguments_of(function: Any, start: Any = HOUSE, **options: Any) -> list[tuple[Any, ...]]:
    """The arguments of the instances of an action."""
    return [instance.arguments for instance in Compiled(system_of(function, start=start, **options)).instances]


# --- domains


def over_literal(c: House, n: Literal[2, 5]) -> None:
    """A parameter of a Literal."""


def over_enum(c: House, mood: Mood) -> None:
    """A parameter of an Enum."""


def over_bool(c: House, yes: bool) -> None:
    """A parameter that is a bool."""


def over_id(c: House, i: Id) -> None:
    """A parameter of an id type of the state."""


def over_two(c: House, yes: bool, n: Literal[1, 2]) -> None:
    """Two parameters."""


def over_level(c: House, level: Level) -> None:
    """A parameter whose values only the system knows."""


def over_number(c: House, n: int) -> None:
    """A parameter without values."""


def unannotated(c, i) -> None:
    """Parameters without types."""


def first_unannotated(c, i: Id) -> None:
    """The state without a type."""


def with_default(c: House, seen: list[int] = []) -> None:  # noqa: B006
    """A default argument that would remember."""


def unresolved(c: House, i: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    """A type that does not exist at the top level."""


def no_state() -> None:
    """Takes nothing."""


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (over_literal, [(2,), (5,)]),
        (over_enum, [(Mood.GOOD,), (Mood.BAD,)]),
        (over_bool, [(False,), (True,)]),
        (over_id, [(A,), (B,), (C,)]),
        (over_two, [(False, 1), (False, 2), (True, 1), (True, 2)]),
    ],
)
def test_domains_come_from_types(function: Any, expected: list[tuple[Any, ...]]):
    """Literals, Enums, bools and ids of the state say which values there are; several multiply."""
    assert arguments_of(function) == expected


@pytest.mark.parametrize("given", [(1, 2), range(1, 3), [1, 2]])
def test_the_system_may_give_a_domain(given: Any):
    """Any other type takes its values from the system, in their order."""
    assert arguments_of(over_level, domains={Level: given}) == [(1,), (2,)]


def test_a_domain_may_be_an_iterator():
    """Used by two actions, it is not empty for the second."""
    compiled = Compiled(system_of(over_level, over_bool, over_two, domains={Level: iter((1, 2)), bool: [True]}))

    assert len(compiled.instances) == 2 + 1 + 1 * 2
    assert compiled.domain(Level, "again") == (1, 2)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (over_level, r"tester\.over_level\(level\): which values.*\n.*domains=\{Level: \[\.\.\.\]\}"),
        (over_number, r"tester\.over_number\(n\): which values"),
        (with_default, r"tester\.with_default\(seen\): which values"),
        (unannotated, r"tester\.unannotated\(c\): annotate c"),
        (first_unannotated, r"tester\.first_unannotated\(c\): annotate c"),
        (unresolved, r"tester\.unresolved: the annotation 'Nowhere' cannot be resolved.*\n.*top level of a module"),
        (no_state, r"tester\.no_state\(\) takes no state"),
    ],
)
def test_parameters_without_values_are_refused(function: Any, text: str):
    """Before the search starts, with what to write."""
    with pytest.raises(SpecError, match=text):
        Compiled(system_of(function))


def test_domains_are_no_sets():
    """The order of a set changes from run to run."""
    with pytest.raises(SpecError, match="domains: Level: the order of a set"):
        system_of(over_level, domains={Level: {1, 2}})


@state
class TwoUniverses:
    """One id type for two collections with different ids."""

    some: Map[Id, int]
    more: Map[Id, int]


def test_an_id_type_has_one_universe():
    """Where two collections disagree, a parameter of that type needs a domain."""
    start = TwoUniverses(some=Map({A: 1}), more=Map({A: 1, B: 2}))

    with pytest.raises(SpecError, match="Id is the id type of collections with different ids"):
        arguments_of(over_id, start)
    assert arguments_of(over_id, start, domains={Id: [A]}) == [(A,)]


def test_state_classes_belong_to_modules():
    """A class whose annotations name what only a function knows is told to move."""
    Local = NewType("Local", str)

    @state
    class Inner:
        """Named by an annotation that cannot be resolved."""

        of: Map[Local, int]

    with pytest.raises(SpecError, match=r"Inner: the annotation 'Local' cannot be resolved.*\n.*top level of a module"):
        Compiled(System(Inner(of=Map({Local("x"): 1}))))


# --- components


def test_lanes_come_first():
    """A component with a lane per id takes the id as the first parameter of its actions."""
    keeper = Component("keeper", each=Id)

    @keeper.action
    def lock(c: House, mood: Mood, i: Id) -> None:
        """The id comes second."""

    with pytest.raises(SpecError, match=r"write def lock\(state, x: Id, \.\.\.\): the lane comes first"):
        Compiled(System(HOUSE, components=[keeper]))


def test_lanes_have_names():
    """A step of a lane is lane[id].action(the other arguments)."""
    keeper = Component("keeper", each=Id)

    @keeper.action
    def paint(c: House, i: Id, color: Color) -> None:
        """Paints."""
        c.rooms[i] = 7

    compiled = Compiled(System(HOUSE, components=[keeper]))

    assert str(compiled.instances[0]) == "keeper[a].paint(red)"
    assert compiled.instances[0].info.arguments == (A, Color.RED)
    assert len(compiled.instances) == 9


def guarded(runs_when: Any) -> Compiled:
    """A component that runs only when its guard says so."""
    keeper = Component("keeper", each=Id, runs_when=runs_when)

    @keeper.action
    def dim(c: House, i: Id) -> None:
        """One less."""
        require(c.rooms[i] > 0)
        c.rooms[i] = 0

    return Compiled(System(HOUSE, components=[keeper]))


@pytest.mark.parametrize(
    "runs_when",
    [lambda c, i: c.door and i in c.lit, lambda c, i: require(c.door and i in c.lit)],
    ids=["bool", "require"],
)
def test_a_component_runs_when_its_guard_holds(runs_when: Any):
    """The guard is evaluated first, per lane, and its reads are part of the footprint."""
    compiled = guarded(runs_when)
    (row,) = compiled.initial_rows()
    evaluation = compiled.evaluate(row, compiled.instances[2])

    assert texts(compiled.steps(row)) == ["keeper[a].dim()", "keeper[b].dim()"]
    assert [compiled.schema.slots[slot].path for slot in evaluation.reads] == ["door", "lit[c]"]


def test_a_guard_may_only_look():
    """What runs_when assigns is refused."""

    def opens(c: House, i: Id) -> bool:
        c.door = True
        return True

    compiled = guarded(opens)

    with pytest.raises(SpecError, match=r"^keeper\[a\]\.dim\(\) assigns to the state, but it may only look"):
        compiled.steps(compiled.initial_rows()[0])


def test_names_are_told_apart():
    """Two actions of one component, or two components, cannot share a name."""
    keeper = Component("keeper")
    keeper.action(over_enum)
    with pytest.raises(SpecError, match=r"keeper\.over_enum is defined twice"):
        keeper.action(over_enum)
    with pytest.raises(SpecError, match="two components are called 'keeper'"):
        System(HOUSE, components=[keeper, Component("keeper")])


def test_options_of_actions_default_to_the_component():
    """Fairness, urgency and deadlines are given to the component or to the action; faults have none."""
    keeper = Component("keeper", fair=weak, within_seconds=9)
    calm = Component("calm", urgent=False)
    waits = keeper.action(over_enum)
    hurries = keeper.action(fair=strong, within_seconds=2)(over_bool)
    strikes = keeper.fault(over_id)
    lazy, eager = calm.action(over_enum), calm.action(urgent=True)(over_bool)

    assert (waits.fairness, waits.within_seconds, waits.urgent) == (weak, 9, False)
    assert (hurries.fairness, hurries.within_seconds) == (strong, 2)
    assert (strikes.fault, strikes.fairness, strikes.urgent, strikes.within_seconds) == (True, None, False, None)
    assert (lazy.urgent, eager.urgent) == (False, True)
    assert (str(waits), repr(strikes), waits.doc) == (
        "keeper.over_enum", "<fault keeper.over_id>", "A parameter of an Enum.",
    )  # fmt: skip


# --- budgets


def close(c: House) -> None:
    """Closes the door."""
    c.door = False


def open_again(c: House) -> None:
    """Opens the door."""
    c.door = True


def with_budget(times: Any) -> Compiled:
    """Closing the door is a fault with this budget; opening it is an action."""
    wind = Component("wind")
    porter = Component("porter")
    fault = wind.fault(close)
    porter.action(open_again)
    return Compiled(System(HOUSE, components=[wind, porter], budgets={fault: times}))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_budget_is_part_of_the_state(times: int):
    """A fault strikes so often and no more; what is left is a slot."""
    compiled = with_budget(times)
    rows = explore(compiled)

    assert len(rows) == 2 * times + 1
    assert {values(compiled, row)["budget.wind.close"] for row in rows} == set(range(times + 1))


def test_no_change_spends_no_budget():
    """A fault that changes nothing did not strike."""
    compiled = with_budget(2)
    closed = take(compiled, compiled.initial_rows()[0], "wind.close")
    steps = compiled.steps(closed)

    assert values(compiled, closed)["budget.wind.close"] == 1
    assert texts(steps) == ["porter.open_again()"]
    assert steps.stuttering == 1


def test_a_spent_budget_disables():
    """The budget is read before the function is called."""
    compiled = with_budget(1)
    row = take(compiled, compiled.initial_rows()[0], "wind.close", "porter.open_again")
    evaluation = compiled.evaluate(row, compiled.instances[0])

    assert evaluation.outcomes == ()
    assert [compiled.schema.slots[slot].path for slot in evaluation.reads] == ["budget.wind.close"]


def test_zero_and_unbounded_need_no_slot():
    """Zero takes the fault out of the scope; unbounded lets it strike for ever."""
    assert [str(i) for i in with_budget(0).instances] == ["porter.open_again()"]
    assert len(explore(with_budget(unbounded))) == 2
    assert not [s for times in (0, unbounded) for s in with_budget(times).schema.slots if s.role == "budget"]
    assert repr(unbounded) == "unbounded"


def test_a_fault_has_a_budget():
    """A fault without one is an error that says what to write."""
    wind = Component("wind")
    wind.fault(close)

    with pytest.raises(SpecError, match=r"fault wind\.close has no budget.\n.*budgets=\{close: 1\}"):
        System(HOUSE, components=[wind])


def test_any_action_may_have_a_budget():
    """Budgets are not for faults alone."""
    porter = Component("porter")
    action = porter.action(close)
    compiled = Compiled(System(HOUSE, components=[porter], budgets={action: 1}))

    assert [slot.path for slot in compiled.schema.slots if slot.role == "budget"] == ["budget.porter.close"]


@pytest.mark.parametrize("times", [-1, 1.5, "1", None])
def test_budgets_are_numbers_of_times(times: Any):
    """Anything else is refused."""
    with pytest.raises(SpecError, match="is not a number of times"):
        with_budget(times)


def test_budgets_name_actions_of_the_system():
    """An action that no component of the system has is a slip."""
    stranger = Component("stranger").action(close)

    with pytest.raises(SpecError, match=r"budgets: stranger\.close is not an action of this system"):
        System(HOUSE, budgets={stranger: 1})


# --- evaluation


def test_errors_name_the_step():
    """A misuse inside an action begins with component.action(args), once."""
    keeper = Component("keeper", each=Id)

    @keeper.action
    def look(c: House, i: Id) -> None:
        """Looks at what is absent."""
        c.lamps[C].size = 1

    @keeper.action
    def fail(c: House, i: Id) -> None:
        """Raises."""
        raise KeyError(i)

    @keeper.action
    def answer(c: House, i: Id) -> None:
        """Returns something."""
        return [i]  # type: ignore[return-value]

    compiled = Compiled(System(HOUSE, components=[keeper]))
    (row,) = compiled.initial_rows()

    with pytest.raises(SpecError, match=r"^keeper\[a\]\.look\(\): lamps\[c\] does not exist"):
        compiled.evaluate(row, compiled.instances[0])
    with pytest.raises(UserCodeError, match=r"^keeper\[a\]\.fail\(\) raised KeyError: 'a'"):
        compiled.evaluate(row, compiled.instances[3])
    with pytest.raises(SpecError, match=r"^keeper\[a\]\.answer\(\) returned \['a'\]: an action changes the state"):
        compiled.evaluate(row, compiled.instances[6])


def test_no_change_is_no_step():
    """An outcome that writes what is there is counted as stuttering, and is not an edge."""

    def idle(c: House) -> None:
        """Writes what is there."""
        c.door = True
        c.lamps[A] = Lamp(room=A)

    compiled = Compiled(system_of(idle))
    steps = compiled.steps(compiled.initial_rows()[0])

    assert (steps.steps, steps.stuttering) == ([], 1)


def test_several_initial_states():
    """A system may start anywhere; doubles are one."""
    system = System([HOUSE, HOUSE])

    assert len(Compiled(system).initial_rows()) == 1
    with pytest.raises(SpecError, match="there is no state to start in"):
        Compiled(System([]))


def test_bounds_are_open_by_default():
    """No bound is set unless asked for."""
    assert (Bounds().states, Bounds().seconds, Bounds().depth) == (None, None, None)
    assert System(HOUSE).bounds == Bounds()
