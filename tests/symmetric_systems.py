"""Small symmetric systems for Hypothesis, and orbits counted by brute force."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any, NewType

import numpy as np
from attrs import evolve, frozen
from hypothesis import strategies as st

from clusterproof import Component, Map, Property, SetOf, System, Table, choose, require, state
from clusterproof.checker.learned.orbits import Classes, Numbers, values_of
from clusterproof.checker.memo import Memo
from clusterproof.checker.renaming import Renamer
from clusterproof.checker.search import Path
from clusterproof.compiled import Compiled
from clusterproof.components import Fairness

Guest = NewType("Guest", str)
Room = NewType("Room", str)


@state
class GuestAt:
    """A guest who is there: a mood, and maybe a room."""

    mood: int = 0
    room: Room | None = None


@state
class Hotel:
    """Guests come and go, rooms stay. Whatever speaks of a guest speaks of no other: guests mix."""

    guests: Table[Guest, GuestAt]
    open: Map[Room, bool]
    marked: SetOf[Guest]
    holder: Guest | None = None
    count: int = 0


@state
class Friend:
    """A guest with a friend."""

    mood: int = 0
    room: Room | None = None
    friend: Guest | None = None


@state
class Party:
    """Guests know each other, queue up, and are seen in rooms: nobody mixes."""

    guests: Table[Guest, Friend]
    open: Map[Room, bool]
    marked: SetOf[Guest]
    hosts: Map[Room, SetOf[Guest]]
    holder: Guest | None = None
    queue: tuple[Guest, ...] = ()
    seen: frozenset[tuple[Guest, Room]] = frozenset()
    count: int = 0


def is_happy(g: Guest, s: Any, mood: int) -> bool:
    """Whether a guest is in a mood."""
    return bool(s.guests[g].mood == mood)


def is_in(g: Guest, s: Any, r: Room) -> bool:
    """Whether a guest is in a room."""
    return bool(s.guests[g].room == r)


def is_used(r: Room, s: Any) -> bool:
    """Whether a room is open, and somebody is in it."""
    return bool(s.open[r]) and s.guests.count(is_in, s, r) > 0


def mood_of(g: Guest, s: Any) -> int:
    """The mood of a guest."""
    return int(s.guests[g].mood)


def mood_that_counts(g: Guest, s: Any) -> int:
    """The same, of the first one twice."""
    return mood_of(g, s) * (2 if g == "g0" else 1)


def is_odd_and_happy(g: Guest, s: Any) -> bool:
    """Whether a guest with an odd number is happy."""
    return bool(s.guests[g].mood == 1) and int(g.removeprefix("g")) % 2 == 1


def is_happy_in_its_way(g: Guest, s: Any) -> bool:
    """Looks at the same of each guest, and sees another thing in the first one."""
    return bool(s.guests[g].mood == (0 if g == "g0" else 1))


GUARDS = {
    "somebody holds": lambda s, _g, _r: s.holder is not None,
    "nobody holds": lambda s, _g, _r: s.holder is None,
    "holds": lambda s, g, _r: s.holder == g,
    "marked": lambda s, g, _r: g in s.marked,
    "not marked": lambda s, g, _r: g not in s.marked,
    "there": lambda s, g, _r: g in s.guests,
    "happy": lambda s, g, _r: g in s.guests and s.guests[g].mood == 1,
    "housed": lambda s, g, r: g in s.guests and s.guests[g].room == r,
    "open": lambda s, _g, r: s.open[r],
    "all open": lambda s, _g, _r: all(s.open.values()),
    "somebody marked": lambda s, _g, _r: any(g in s.marked for g in s.guests),
    "early": lambda s, _g, _r: s.count == 0,
}

COUNTING_GUARDS = {
    "two are happy": lambda s, _g, _r: s.guests.count(is_happy, s, 1) == 2,
    "more are happy than not": lambda s, _g, _r: s.guests.count(is_happy, s, 1) > s.guests.count(is_happy, s, 0),
    "somebody is in": lambda s, _g, r: s.guests.count(is_in, s, r) > 0,
    "is one of the happy": lambda s, g, _r: g in s.guests.matching(is_happy, s, 1),
    "all that are used": lambda s, _g, r: s.open.matching(is_used, s) == (r,),
    "the moods make two": lambda s, _g, _r: s.guests.total(mood_of, s) == 2,
    "as many are marked": lambda s, _g, _r: len(s.marked) == len(s.guests),
}

TANGLED_GUARDS = {
    "first in line": lambda s, g, _r: s.queue[:1] == (g,),
    "has a friend": lambda s, g, _r: g in s.guests and s.guests[g].friend is not None,
    "seen": lambda s, g, r: (g, r) in s.seen,
    "hosted": lambda s, g, r: g in s.hosts[r],
}

BED_LEFT = {f"fewer than {beds}": lambda s, _g, _r, beds=beds: len(s.guests) < beds for beds in (2, 3)}

UNFAIR_GUARDS = {
    "is the first": lambda _s, g, _r: g == "g0",
    "comes after the holder": lambda s, g, _r: s.holder is None or g > s.holder,
    "is the last one there": lambda s, g, _r: list(s.guests)[-1:] == [g],
    "has an odd number": lambda _s, g, _r: int(g.removeprefix("g")) % 2 == 1,
    "is hashed low": lambda _s, g, _r: g.encode() < b"g1",
    "the first is marked": lambda s, _g, _r: "g0" in s.marked,
}
"""What no action may ask whose ids are interchangeable."""

UNFAIRLY_COUNTING = {
    "an odd one is happy": lambda s, _g, _r: s.guests.count(is_odd_and_happy, s) > 0,
    "the moods that count make two": lambda s, _g, _r: s.guests.total(mood_that_counts, s) == 2,
    "one is happy in its way": lambda s, _g, _r: s.guests.count(is_happy_in_its_way, s) == 1,
}
"""The same, inside of what is counted."""

ALL_GUARDS = GUARDS | COUNTING_GUARDS | TANGLED_GUARDS | UNFAIR_GUARDS | UNFAIRLY_COUNTING | BED_LEFT


def _arrive(s: Any, _g: Guest, _r: Room) -> None:
    s.guests.add(type_of_guest(s)())


def type_of_guest(s: Any) -> Any:
    """The class of the guests of a state."""
    return Friend if isinstance(s, Party) else GuestAt


def _set(field: str, what: Any) -> Any:
    def act(s: Any, g: Guest, r: Room) -> None:
        setattr(require(s.guests.get(g)), field, what(s, g, r))

    return act


def _leave(s: Any, g: Guest, _r: Room) -> None:
    require(g in s.guests)
    del s.guests[g]


def _clear(s: Any, _g: Guest, r: Room) -> None:
    for guest in s.guests.values():
        if guest.room == r:
            guest.mood = 1


def _cheer_all_up(s: Any, _g: Guest, r: Room) -> None:
    for guest in s.guests.matching(is_in, s, r):
        s.guests[guest].mood = 1


def _hold(s: Any, g: Guest, _r: Room) -> None:
    s.holder = g


def _let_go(s: Any, _g: Guest, _r: Room) -> None:
    s.holder = None


def _toggle(s: Any, _g: Guest, r: Room) -> None:
    s.open[r] = not s.open[r]


def _count(s: Any, _g: Guest, _r: Room) -> None:
    s.count = (s.count + 1) % 2


UPDATES = {
    "arrive": _arrive,
    "leave": _leave,
    "cheer up": _set("mood", lambda s, g, _r: 1 - s.guests[g].mood),
    "move in": _set("room", lambda _s, _g, r: r),
    "move anywhere open": _set("room", lambda s, _g, _r: choose(r for r, is_open in s.open.items() if is_open)),
    "move out": _set("room", lambda _s, _g, _r: None),
    "clear": _clear,
    "hold": _hold,
    "let go": _let_go,
    "mark": lambda s, g, _r: s.marked.add(g),
    "forget": lambda s, g, _r: s.marked.discard(g),
    "toggle": _toggle,
    "count": _count,
}


COUNTING_UPDATES = {"cheer all up": _cheer_all_up}


def _queue_up(s: Any, g: Guest, _r: Room) -> None:
    require(g not in s.queue)
    s.queue = (*s.queue, g)


def _serve(s: Any, _g: Guest, _r: Room) -> None:
    s.queue = s.queue[1:]


def _see(s: Any, g: Guest, r: Room) -> None:
    s.seen = s.seen ^ {(g, r)}


def _host(s: Any, g: Guest, r: Room) -> None:
    s.hosts[r].add(g)


TANGLED_UPDATES = {
    "befriend": _set("friend", lambda s, _g, _r: s.holder),
    "queue up": _queue_up,
    "serve": _serve,
    "see": _see,
    "host": _host,
}


@frozen
class Recipe:
    """A symmetric system, for shrinking and printing: per action the names of its guards and of its updates.

    fairness: what is promised of each action; nothing of any where it is empty.
    """

    tangled: bool
    guests: int
    rooms: int
    present: int
    rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    fairness: tuple[Fairness | None, ...] = ()


def symmetric_system(recipe: Recipe, *properties: Property[Any], declared: bool = True) -> System[Any]:
    """The system of a recipe. declared: whether it says that its ids are interchangeable, or the engine finds out."""
    staff = Component("staff")
    cls: Any = Party if recipe.tangled else Hotel
    for number, (guards, updates) in enumerate(recipe.rules):

        def act(s: Any, g: Guest, r: Room, guards: Any = guards, updates: Any = updates) -> None:
            for guard in guards:
                require(bool(ALL_GUARDS[guard](s, g, r)))
            for update in updates:
                (UPDATES | COUNTING_UPDATES | TANGLED_UPDATES)[update](s, g, r)

        function = _action(act, f"rule{number}", cls)
        staff.action(fair=recipe.fairness[number] if recipe.fairness else None)(function)
    guests = [Guest(f"g{i}") for i in range(recipe.guests)]
    rooms = [Room(f"r{i}") for i in range(recipe.rooms)]
    start = {
        "guests": Table(guests, {g: (Friend if recipe.tangled else GuestAt)() for g in guests[: recipe.present]}),
        "open": Map((r, True) for r in rooms),
        "marked": SetOf(guests),
    }
    if recipe.tangled:
        start["hosts"] = Map((r, SetOf(guests)) for r in rooms)
    symmetric = [Guest, Room] if declared else []
    return System(cls(**start), components=[staff], properties=properties, symmetric=symmetric, name="symmetric")


def _action(act: Any, name: str, cls: Any) -> Any:
    def action(s: Any, g: Guest, r: Room) -> None:
        act(s, g, r)

    action.__name__ = name
    action.__annotations__ = {"s": cls, "g": Guest, "r": Room, "return": None}
    return action


def _leaving_last(updates: list[str]) -> tuple[str, ...]:
    """Nothing looks at who has just left: that is an error of its own."""
    return tuple(sorted(updates, key=lambda update: (update == "leave", update)))


@st.composite
def recipes(
    draw: st.DrawFn, *, fair: bool = False, unfair_rules: bool = False, roomy: bool = False, counting: bool = False
) -> Recipe:
    """Recipes of symmetric systems.

    fair: whether something is promised of some actions. unfair_rules: whether one of them tells ids apart. roomy:
    whether nobody wants an id when none is left. counting: whether many of them count.
    """
    tangled = draw(st.booleans())
    guards = sorted(GUARDS | TANGLED_GUARDS) if tangled else sorted(GUARDS)
    updates = sorted(UPDATES | TANGLED_UPDATES) if tangled else sorted(UPDATES)
    unfair = UNFAIR_GUARDS
    if counting:
        guards, updates, unfair = sorted(COUNTING_GUARDS), [*updates, *COUNTING_UPDATES], UNFAIRLY_COUNTING
    rule = st.tuples(
        st.lists(st.sampled_from(guards), max_size=1).map(tuple),
        st.lists(st.sampled_from(updates), min_size=1, max_size=2, unique=True).map(_leaving_last),
    )
    guests = draw(st.integers(2, 3))
    rules = (((), ("arrive",)), *draw(st.lists(rule, min_size=2, max_size=4)))
    if unfair_rules:
        _, updates = draw(rule)
        rules += (((draw(st.sampled_from(sorted(unfair))),), updates),)
    if roomy:
        left = f"fewer than {guests}"
        rules = tuple(((*asked, left) if "arrive" in updates else asked, updates) for asked, updates in rules)
    return Recipe(
        tangled=tangled,
        guests=guests,
        rooms=draw(st.integers(1, 2 if tangled else 3)),
        present=draw(st.integers(0, guests)),
        rules=rules,
        fairness=tuple(draw(st.sampled_from([None, *Fairness])) for _ in rules) if fair else (),
    )


@frozen
class Reached:
    """What was found breadth-first: the rows, how many steps away each is, the way to each, and whether that is all."""

    rows: list[str]
    depths: list[int]
    parents: list[tuple[int, Any]]
    complete: bool

    def path(self, number: int) -> Path:
        """The way to a row."""
        steps: list[Any] = []
        rows = [self.rows[number]]
        while self.depths[number]:
            number, stepped = self.parents[number]
            steps.append(stepped)
            rows.append(self.rows[number])
        return Path(steps=tuple(reversed(steps)), rows=tuple(reversed(rows)))


def reach(compiled: Compiled, key: Any = None, most: int = 100_000) -> Reached:
    """Explore breadth-first, one row per key."""
    memo = Memo(compiled)
    compiled.evaluate_with, compiled.enabled_with = memo.evaluate, memo.enabled
    found = Reached([], [], [], complete=True)
    seen: set[object] = set()

    def add(row: str, depth: int, parent: tuple[int, Any]) -> None:
        known = key(row) if key else row
        if known not in seen:
            seen.add(known)
            found.rows.append(row)
            found.depths.append(depth)
            found.parents.append(parent)

    for row in compiled.initial_rows():
        add(row, 0, (-1, None))
    for number, row in enumerate(found.rows):  # grows while it is read
        if len(found.rows) > most:
            return evolve(found, complete=False)
        for step in compiled.steps(row).steps:
            add(step.row, found.depths[number] + 1, (number, (step.instance, step.label)))
    return found


def by_fingerprint(numbers: Numbers) -> Any:
    """A key that is equal for the rows of one orbit."""

    def fingerprint(row: str) -> int:
        numbers.update()
        return int(numbers.fingerprints(values_of([row]))[0])

    return fingerprint


def canonical_forms(compiled: Compiled, classes: Classes, rows: list[str]) -> np.ndarray:
    """The least of all renamed rows, for each row: equal for the rows of one orbit, and for no others."""
    per_class = [[each.to(ids) for ids in permutations(each.ids)] for each in classes.of]
    least = None
    for parts in product(*per_class):
        renaming: dict[Any, dict[Any, Any]] = {}
        for part in parts:
            for hint, to in part.items():
                renaming.setdefault(hint, {}).update(to)
        renamed = _packed(_renamed(Renamer(compiled, renaming), rows))
        least = renamed if least is None else np.where(renamed < least, renamed, least)
    assert least is not None
    return least


def _renamed(renamer: Renamer, rows: list[str]) -> np.ndarray:
    """All rows renamed at once."""
    values = values_of(rows)
    found = values.copy()
    for slot in renamer._codes:
        column, inverse = np.unique(values[:, slot], return_inverse=True)
        codes = [ord(renamer.character(slot, chr(value))) for value in column.tolist()]
        found[:, renamer.moved[slot]] = np.array(codes, values.dtype)[inverse]
    return found


def _packed(values: np.ndarray) -> np.ndarray:
    """Rows as byte strings, which numpy compares."""
    wide = np.ascontiguousarray(values.astype(">u2") + 1)  # no byte string ends with zeros
    return wide.view(f"S{wide.shape[1] * 2}")[:, 0]
