"""A small state with one field of every kind, and what functions read and write there: for tests of the language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, NewType

from attrs import frozen

from clusterproof import Component, Map, Property, SetOf, System, Table, state
from clusterproof.compiled import Compiled, Steps
from clusterproof.evaluation import Evaluator
from clusterproof.schema import Schema

Id = NewType("Id", str)


class Color(Enum):
    """What a lamp shines like."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


@state
class Lamp:
    """A lamp in a room."""

    color: Color = Color.RED
    size: int = 0
    room: Id | None = None

    @property
    def is_big(self) -> bool:
        """A property that reads one field."""
        return self.size > 1

    def is_like(self, other: Lamp) -> bool:
        """A method that reads a field of two objects."""
        return self.color is other.color


@state
class House:
    """Lamps come and go, rooms stay."""

    lamps: Table[Id, Lamp]
    rooms: Map[Id, int]
    lit: SetOf[Id]
    hall: Lamp = Lamp()
    owner: Id | None = None
    door: bool = True
    notes: object = None


A, B, C = (Id(name) for name in "abc")
HOUSE = House(
    lamps=Table((A, B, C), {A: Lamp(room=A), B: Lamp(size=2)}),
    rooms=Map({A: 1, B: 2, C: 3}),
    lit=SetOf((A, B, C), (A, B)),
)


@frozen
class Footprint:
    """The paths that a function reads, in order, and per outcome its label and what it writes where."""

    reads: list[str]
    outcomes: list[tuple[str, dict[str, Any]]]
    exhausted: tuple[str, ...] = ()

    @property
    def writes(self) -> dict[str, Any]:
        """What the only outcome writes."""
        ((_, writes),) = self.outcomes
        return writes


def footprint(function: Callable[..., Any], start: Any = HOUSE, *arguments: Any) -> Footprint:
    """What an action made of the function reads and writes, called tester.<its name>."""
    action = Component("tester").action(function)
    schema = Schema(start)
    row = schema.row(start)
    found = Evaluator(schema).run_action(action, arguments, row, f"tester.{function.__name__}()")
    return Footprint(
        [schema.slots[slot].path for slot in found.reads],
        [
            (outcome.label, {schema.slots[s].path: schema.decode[s][ord(character)] for s, character in outcome.writes})
            for outcome in found.outcomes
        ],
        found.exhausted,
    )


def reads(look: Callable[[Any], object], start: Any = HOUSE) -> list[str]:
    """The paths that an expression over the state reads, in order."""

    def action(c: Any) -> None:
        look(c)

    return footprint(action, start).reads


def system_of(*functions: Callable[..., None], start: Any = HOUSE, **options: Any) -> System[Any]:
    """A system whose only component, tester, has these actions."""
    tester = Component("tester")
    for function in functions:
        tester.action(function)
    return System(start, components=[tester], **options)


def judged(made: Property[Any], start: Any = HOUSE, after: Any = None) -> Any:
    """What a property without parameters says of a state, or of a pair of states."""
    schema = Schema(start)
    rows = [schema.row(each) for each in (start, after) if each is not None]
    return Evaluator(schema).judge(made, (), *rows)


def explore(compiled: Compiled) -> dict[str, Steps]:
    """Every reachable row with its steps, in breadth-first order."""
    found: dict[str, Steps] = {}
    pending: list[str] = compiled.initial_rows()
    for row in pending:  # grows while it is read
        if row not in found:
            found[row] = compiled.steps(row)
            pending += [step.row for step in found[row].steps]
    return found


def texts(steps: Steps) -> list[str]:
    """The steps as people read them, without labels but that of the clock."""
    return [f"{s.instance}{s.label}" if s.instance.action is None else str(s.instance) for s in steps.steps]


def take(compiled: Compiled, row: str, *names: str) -> str:
    """The row after steps whose texts begin with these names."""
    for name in names:
        steps = compiled.steps(row)
        (row, *_) = [step.row for step, text in zip(steps.steps, texts(steps), strict=True) if text.startswith(name)]
    return row


def values(compiled: Compiled, row: str) -> dict[str, Any]:
    """The value of every slot of a row, by path."""
    return {slot.path: compiled.schema.value_at(row, slot.number) for slot in compiled.schema.slots}


def walk(compiled: Compiled, turns: Sequence[int]) -> Iterator[str]:
    """The rows on a path: at each row the turn says which of its steps is taken."""
    row = compiled.initial_rows()[0]
    yield row
    for turn in turns:
        steps = compiled.steps(row).steps
        if not steps:
            return
        row = steps[turn % len(steps)].row
        yield row
