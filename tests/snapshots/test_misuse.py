"""What the language says to who uses it wrongly: every message, on one page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, NewType

import attrs
import pytest
from language_systems import HOUSE, A, B, C, House, Id, Lamp, footprint, judged, system_of

from clusterproof import (
    Component,
    Map,
    Serial,
    SetOf,
    SpecError,
    System,
    Table,
    Timer,
    Whenever,
    always,
    choose,
    claim,
    evolve,
    fresh,
    leads_to,
    require,
    state,
    step,
)
from clusterproof.compiled import Compiled
from clusterproof.errors import UserCodeError

Colour = NewType("Colour", str)


@state
class Ticking:
    """A timer that the clock does not see."""

    lease: Timer | None = None


@state
class Counted:
    """A serial number that may be missing."""

    uid: Serial | None = None


@state
class Loose:
    """A Map that may be missing."""

    rooms: Map[Id, int] | None = None


@state
class Split:
    """One id type, two universes."""

    some: Map[Id, int]
    more: Map[Id, int]


class Bare:
    """No state class."""


def paint(c: House, colour: Colour) -> None:
    """Takes values that nobody listed."""


def count(c: House, n) -> None:
    """Takes a parameter without a type."""


def visit(c: House, i: Id) -> None:
    """Takes an id."""


def knock(c: House) -> None:
    """Does nothing."""


def stray(c: House, n: Literal[1], i: Id) -> None:
    """Takes the lane second."""


def acting(body: Callable[[Any], object]) -> Callable[[], object]:
    """Evaluate an action with this body."""

    def act(c: House) -> None:
        body(c)

    return lambda: footprint(act)


def judging(body: Callable[[Any], object]) -> Callable[[], object]:
    """Evaluate a property that does this before it makes a claim."""

    def look(c: House) -> Any:
        body(c)
        yield claim(c.door, "the door is open")

    return lambda: judged(always(look))


def class_with(**members: Any) -> Callable[[], object]:
    """Make a state class with these members."""
    return lambda: state(type("House", (), {"__annotations__": {"size": int}, "__module__": __name__, **members}))


def read_late() -> object:
    """Keep a view, and read it when nothing is evaluated."""
    kept: list[Any] = []
    footprint(lambda c: kept.append(c.hall))
    return kept[0].size


def write_to_deleted(c: House) -> None:
    lamp = c.lamps[A]
    del c.lamps[A]
    lamp.size = 1


def read_deleted(c: House) -> None:
    lamp = c.lamps[A]
    del c.lamps[A]
    require(lamp.size > 1)


def swap(c: House) -> None:
    c.lamps[A], c.lamps[B] = c.lamps[B], c.lamps[A]


def lane_second() -> object:
    """A component with a lane per id, whose action takes the id second."""
    keeper = Component("keeper", each=Id)
    keeper.action(stray)
    return Compiled(System(HOUSE, components=[keeper]))


def fault_without_budget() -> object:
    """A fault that may strike nobody knows how often."""
    wind = Component("wind")
    wind.fault(knock)
    return System(HOUSE, components=[wind])


def compiled(*functions: Any, start: Any = HOUSE, **options: Any) -> Callable[[], object]:
    """Make a system with these actions ready."""
    return lambda: Compiled(system_of(*functions, start=start, **options)).initial_rows()


MISUSES: dict[str, Callable[[], object]] = {
    # --- actions
    "an action returns something": lambda: footprint(lambda c: 3),
    "require() of a number": acting(lambda c: require(c.hall.size)),
    "require() of an empty set": acting(lambda c: require(SetOf((A,)))),
    "require() of a method": acting(lambda c: require(c.hall.is_like)),
    "choose() from a set": acting(lambda c: choose({1, 2})),
    "choose() outside an action": lambda: choose((1, 2)),
    "an exception of its own": acting(lambda c: 1 // c.hall.size),
    "fresh in a plain field": acting(lambda c: setattr(c, "owner", fresh)),
    "calculating with fresh": acting(lambda c: setattr(c.hall, "size", fresh + 1)),
    # --- reading and writing
    "an object that does not exist": acting(lambda c: c.lamps[C]),
    "an id that does not exist": acting(lambda c: c.rooms["zz"]),
    "None as an id": acting(lambda c: c.rooms[c.owner]),
    "no member of the universe": acting(lambda c: c.lit.add("zz")),
    "a field that does not exist": acting(lambda c: setattr(c.hall, "colour", 1)),
    "a list in a slot": acting(lambda c: setattr(c, "notes", [1])),
    "a generator in a slot": acting(lambda c: setattr(c, "notes", (i for i in c.lit))),
    "a list in the first state": compiled(knock, start=evolve(HOUSE, notes=[1])),
    "an object hidden in a tuple": acting(lambda c: setattr(c, "notes", (c.hall,))),
    "two objects swapped": acting(swap),
    "an object assigned to another place": acting(lambda c: setattr(c, "hall", c.lamps[A])),
    "an object of another class": acting(lambda c: setattr(c, "hall", HOUSE)),
    "a Map with other ids": acting(lambda c: setattr(c, "rooms", Map({A: 1}))),
    "a dict for a SetOf": acting(lambda c: setattr(c, "lit", {A: True})),
    "writing to what was deleted": acting(write_to_deleted),
    "reading what was deleted": acting(read_deleted),
    "assigning outside an action": lambda: HOUSE.rooms.__setitem__(A, 1),
    "hashing an object": acting(lambda c: hash(c.hall)),
    "lru_cache over an object": acting(lambda c: functools.lru_cache(bool)(c.hall)),
    "a view kept in a global": read_late,
    "an id of another pool": acting(lambda c: c.lamps.add(Lamp(), among=("zz",))),
    "part of a pool as a set": acting(lambda c: c.lamps.add(Lamp(), among={A})),
    # --- state classes
    "cached_property": class_with(size=functools.cached_property(len)),
    "a mutable default": class_with(size=[]),
    "a converter": class_with(size=attrs.field(converter=int)),
    "an equality of its own": class_with(__eq__=lambda self, other: True),
    "a check after construction": class_with(__attrs_post_init__=lambda self: None),
    "a timer that may be missing": compiled(knock, start=Ticking()),
    "a serial that may be missing": compiled(knock, start=Counted()),
    "a Map that may be missing": compiled(knock, start=Loose()),
    "a class that is not decorated": compiled(knock, start=Bare()),
    "an id twice": lambda: Table((A, B, A)),
    "a member outside": lambda: SetOf((A,), (B,)),
    "evolve() with a misspelt field": lambda: evolve(HOUSE, dor=1),
    "a timer of half a second": lambda: Timer(0.5),  # type: ignore[arg-type]
    # --- properties
    "a property that assigns": judging(lambda c: setattr(c, "door", False)),
    "a property that requires": judging(lambda c: require(False)),
    "a property that returns a bool": lambda: judged(always(lambda c: c.door)),
    "a property that yields a bool": lambda: judged(always(lambda c: iter([c.door]))),
    "a claim that guesses": judging(lambda c: claim(c.owner, "somebody owns it")),
    "a claim that blames an object": judging(lambda c: claim(c.door, "it is open", c.hall)),
    "a leads_to without Whenever": lambda: judged(leads_to(lambda c: True)),
    "a Whenever that guesses": judging(lambda c: Whenever(given=True, then=c.owner)),
    "a step property with one state": lambda: step(lambda before: iter(())).parameters,
    "a property without decorator": lambda: System(HOUSE, properties=[knock]),
    # --- systems
    "a parameter without values": compiled(paint),
    "a parameter without type": compiled(count),
    "an id type with two universes": compiled(visit, start=Split(some=Map({A: 1}), more=Map({B: 1}))),
    "the lane comes second": lane_second,
    "a domain in a set": compiled(paint, domains={Colour: {"red"}}),
    "a fault without budget": fault_without_budget,
    "a budget for a stranger": lambda: System(HOUSE, budgets={Component("x").action(knock): 1}),
    "an action twice": compiled(knock, knock),
    "two components of one name": lambda: System(HOUSE, components=[Component("x"), Component("x")]),
    "nowhere to start": lambda: Compiled(System([])),
}


def message(misuse: Callable[[], object]) -> str:
    """What it says."""
    with pytest.raises((SpecError, UserCodeError)) as caught:
        misuse()
    return str(caught.value)


def test_every_misuse_is_taught(snapshot: Callable[[str, str], None]):
    """Each message says what was written, and below it what to write instead."""
    page = "\n\n".join(f"# {what}\n{message(misuse)}" for what, misuse in MISUSES.items())

    snapshot("misuse.txt", page + "\n")


def test_messages_fit_a_screen():
    """No message has more than three lines or is wider than 140 characters; the last line is no sentence."""
    for what, misuse in MISUSES.items():
        lines = message(misuse).splitlines()

        assert len(lines) <= 3, what
        assert max(map(len, lines)) <= 140, what
        assert not lines[-1].endswith("."), what
