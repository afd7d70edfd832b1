"""Which values the slots that a slice cuts away may hold: more than they ever do, never fewer.

The slots of one object are taken together, as the combinations of values they may hold, since a field often says which
values another may have; different objects are taken to be independent. Objects that differ by interchangeable names
share their combinations.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from attrs import define, field

from clusterproof.checker.slicing.names import Pools, members, slots_alike
from clusterproof.compiled import Compiled
from clusterproof.schema import Shape
from clusterproof.values import Timer

Combination = tuple[int, ...]
"""For every slot of a group the number of a value."""


class SecondsWanted(BaseException):
    """A function looks at how many seconds a running timer has left."""

    def __init__(self, slot: int) -> None:
        super().__init__(slot)
        self.slot = slot


class TooManyValues(BaseException):
    """The slots of an object may hold more combinations of values than the limit. single: it is one slot."""

    def __init__(self, shared: int, *, single: bool) -> None:
        super().__init__(shared)
        self.shared = shared
        self.single = single


class RunningTimer(Timer):
    """A timer that runs and is not due; who wants to know how long gets SecondsWanted."""

    slot: int

    @classmethod
    def of(cls, slot: int) -> RunningTimer:
        """The running timer of a slot."""
        made = object.__new__(cls)
        object.__setattr__(made, "slot", slot)
        return made

    @property
    def seconds(self) -> NoReturn:
        """Not known."""
        raise SecondsWanted(self.slot)

    @property
    def armed(self) -> bool:
        """It runs."""
        return True

    def due(self, *, cause: bool = True) -> bool:  # noqa: ARG002
        """It runs and is not due."""
        return False

    def __eq__(self, other: object) -> bool:
        raise SecondsWanted(self.slot)

    def __hash__(self) -> int:
        raise SecondsWanted(self.slot)

    __str__ = __repr__ = object.__repr__


RUNNING = object()
"""Stands for the RunningTimer of whatever slot it is in."""


@define(eq=False)
class Domains:
    """The combinations of values that cut slots may hold.

    shadow: the same system with a schema of its own, in which values that never occur get their characters.
    place: slot -> (group, position in it). members: group -> its slots. shared: group -> which set of combinations.
    """

    whole: Compiled
    shadow: Compiled
    cut: frozenset[int]
    pools: Pools
    limit: int
    rows: list[str] = field(init=False)
    place: dict[int, tuple[int, int]] = field(init=False)
    members: list[tuple[int, ...]] = field(init=False)
    shared: list[int] = field(init=False)
    versions: list[int] = field(init=False)
    _combinations: list[dict[Combination, None]] = field(init=False)
    _alike: list[object] = field(init=False)
    _held: int = field(init=False)
    _single: set[int] = field(init=False, factory=set)
    _by_the_second: set[object] = field(init=False, factory=set)
    _numbers: dict[Any, int] = field(init=False, factory=dict)
    _values: list[Any] = field(init=False, factory=list)
    _characters: dict[tuple[int, int], str] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._alike = slots_alike(self.whole, self.pools)
        self.rows = self.whole.initial_rows()
        self._held = sum(slot.role == "held serial" for slot in self.whole.schema.slots)

    # ---------------------------------------------------------------- groups
    def reset(self) -> None:
        """Start from the initial states, and forget what else was found."""
        owners = _owners(self.whole.schema.root)
        groups: dict[object, list[int]] = {}
        for slot in sorted(self.cut):
            alone = slot in self._single or self.whole.schema.slots[slot].role in ("budget", "deadline")
            groups.setdefault(slot if alone else ("object", owners.get(slot, slot)), []).append(slot)
        self.members = [tuple(slots) for slots in groups.values()]
        self.place = {s: (group, at) for group, slots in enumerate(self.members) for at, s in enumerate(slots)}
        sharing: dict[object, int] = {}
        self.shared = [sharing.setdefault(tuple(self._alike[s] for s in g), len(sharing)) for g in self.members]
        self._combinations = [{} for _ in sharing]
        self.versions = [0 for _ in sharing]
        for row in self.rows:
            for group, slots in enumerate(self.members):
                self._add(group, [self.whole.schema.value_at(row, slot) for slot in slots])

    def split(self, shared: int) -> None:
        """After the next reset, take the slots of these objects to be independent, too."""
        slots = (slots for group, slots in enumerate(self.members) if self.shared[group] == shared)
        self._single.update(*slots)

    def tell_seconds(self, slot: int) -> None:
        """After the next reset, tell the running timers of a slot apart by their seconds."""
        self._by_the_second.add(self._alike[slot])

    # ---------------------------------------------------------------- combinations
    def of(self, group: int) -> list[Combination]:
        """The combinations that the slots of a group may hold."""
        return list(self._combinations[self.shared[group]])

    def some_values(self) -> dict[int, str]:
        """A character for every cut slot, of a value that it may hold."""
        return {
            slot: self.character(slot, number)
            for group, slots in enumerate(self.members)
            for slot, number in zip(slots, next(iter(self._combinations[self.shared[group]])), strict=True)
        }

    def by_value(self, combinations: Iterable[Combination], position: int) -> Mapping[int, list[Combination]]:
        """The combinations by the value (its number) at one position."""
        parts: dict[int, list[Combination]] = {}
        for combination in combinations:
            parts.setdefault(combination[position], []).append(combination)
        return parts

    def character(self, slot: int, number: int) -> str:
        """The character, in the shadow's schema, of a value of a cut slot."""
        known = self._characters.get((slot, number))
        if known is None:
            value = self._values[number]
            schema = self.shadow.schema
            known = schema.reserve(slot, RunningTimer.of(slot)) if value is RUNNING else schema.encode(slot, value)
            self._characters[slot, number] = known
        return known

    def write(self, group: int, known: Iterable[Combination], writes: Sequence[tuple[int, Any]]) -> bool:
        """Add what becomes of combinations by writes (slot, value). Tells whether any of them changes."""
        moved = False
        choices = [(self.place[slot][1], set(map(self._number, self._possible(slot, value)))) for slot, value in writes]
        for combination in list(known):
            parts: list[Iterable[int]] = [(number,) for number in combination]
            for position, numbers in choices:
                moved = moved or numbers != {combination[position]}
                parts[position] = numbers
            self._insert(self.shared[group], itertools.product(*parts))
        return moved

    def _add(self, group: int, values: Sequence[Any]) -> None:
        slots = self.members[group]
        parts = [map(self._number, self._possible(s, v)) for s, v in zip(slots, values, strict=True)]
        self._insert(self.shared[group], itertools.product(*parts))

    def _insert(self, shared: int, combinations: Iterable[Combination]) -> None:
        known = self._combinations[shared]
        for combination in combinations:
            if combination not in known:
                known[combination] = None
                self.versions[shared] += 1
                if len(known) > self.limit:
                    raise TooManyValues(shared, single=len(combination) == 1)

    def _number(self, value: Any) -> int:
        key = RUNNING if value is RUNNING else _told_apart(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._values)
            self._values.append(value)
        return number

    def _possible(self, slot: int, value: Any) -> Iterator[Any]:
        """The values that a slot may hold once this one was written: clocks run, and names are interchangeable."""
        described = self.whole.schema.slots[slot]
        if isinstance(value, Timer) and self.whole.evaluator.timed:
            yield from self._while_it_runs(slot, value)
        elif described.role in ("serial", "held serial") and value is not None:
            yield from range(2 * self._held + 1)  # renumbered by the held ones that are not above it
        elif described.role == "value" and self.pools:
            yield from self._renamed(value)
        else:
            yield value

    def _renamed(self, value: Any) -> Iterator[Any]:
        """What a value may be after renaming interchangeable ids, in tuples and frozensets, too."""
        if type(value) in (tuple, frozenset):
            for parts in itertools.product(*(list(self._renamed(part)) for part in value)):
                yield type(value)(parts)
            return
        names = {value: None}
        for first_of in self.pools.values():
            if value in first_of:
                names |= dict.fromkeys(members(first_of)[first_of[value]])
        yield from names

    def _while_it_runs(self, slot: int, timer: Timer) -> Iterator[Timer | object]:
        if isinstance(timer, RunningTimer):
            yield from (RUNNING, Timer(0))
        elif not timer.seconds:
            yield timer
        elif self._alike[slot] in self._by_the_second:
            yield from (Timer(seconds) for seconds in range(timer.seconds + 1))
        else:
            yield from (RUNNING, Timer(0))


def _told_apart(value: Any) -> object:
    """What tells values apart as the schema does: True is not 1, inside a tuple neither."""
    kind = value.__class__
    return (kind, kind(map(_told_apart, value)) if kind in (tuple, frozenset) else value)


def _owners(root: Shape) -> dict[int, str]:
    """For each slot of an object in a collection, which object."""
    owners: dict[int, str] = {}

    def walk(shape: Shape, owner: str) -> None:
        for kid in shape.kids.values():
            inner = kid.path if kid.kind == "object" and shape.kind in ("map", "table") else owner
            if kid.slot >= 0 and inner:
                owners[kid.slot] = inner
            walk(kid, inner)

    walk(root, "")
    return owners
