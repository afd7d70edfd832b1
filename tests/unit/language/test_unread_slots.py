"""What was not read makes no difference: random expressions, on rows that differ in one slot."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from language_systems import HOUSE, A, B, C, Color, House, Lamp

from clusterproof import Component, Map, SetOf, Table, choose, evolve
from clusterproof.evaluation import Evaluation, Evaluator
from clusterproof.schema import Schema

Look = Callable[[Any], Any]
Named = tuple[str, Look]

IDS = (A, B, C)
ids = st.sampled_from(IDS)
lamps = st.builds(Lamp, color=st.sampled_from(Color), size=st.integers(0, 3), room=st.none() | ids)
houses = st.builds(
    House,
    lamps=st.dictionaries(ids, lamps).map(lambda present: Table(IDS, present)),
    rooms=st.tuples(*[st.integers(0, 3)] * 3).map(lambda sizes: Map(zip(IDS, sizes, strict=True))),
    lit=st.sets(ids).map(lambda lit: SetOf(IDS, lit)),
    hall=lamps,
    owner=st.none() | ids,
    door=st.booleans(),
)

LEAVES: dict[str, Look] = {
    "door": lambda c: c.door,
    "owner is lit": lambda c: c.owner in c.lit,
    "the owner's room": lambda c: 0 if c.owner is None else c.rooms[c.owner],
    "the hall's size": lambda c: c.hall.size,
    "the hall is big": lambda c: c.hall.is_big,
    "the hall is a lamp there": lambda c: c.hall in list(c.lamps.values()),
    "the hall as a value": lambda c: copy.copy(c.hall).size,
    "len(lamps)": lambda c: len(c.lamps),
    "any lamps": lambda c: bool(c.lamps),
    "the first lamp": lambda c: next(iter(c.lamps), None),
    "the first big lamp": lambda c: next((i for i, lamp in c.lamps.items() if lamp.is_big), None),
    "the colours": lambda c: tuple(sorted({lamp.color.value for lamp in c.lamps.values()})),
    "the largest lamp": lambda c: max((lamp.size for lamp in c.lamps.values()), default=0),
    "lamps of a are of b": lambda c: c.lamps.get(A) == c.lamps.get(B),
    "sum of the rooms": lambda c: sum(c.rooms.values()),
    "the rooms in order": lambda c: tuple(sorted(c.rooms, key=c.rooms.__getitem__)),
    "a large room": lambda c: any(size > 2 for size in c.rooms.values()),
    "rooms as they were": lambda c: c.rooms == HOUSE.rooms,
    "rooms as a dict": lambda c: len({**c.rooms}),
    "lit as it was": lambda c: c.lit == HOUSE.lit,
    "all are lit": lambda c: c.lit.is_full(),
    "len(lit)": lambda c: len(c.lit),
    "the lit rooms": lambda c: sum(c.rooms[i] for i in c.lit),
    "the state's text": lambda c: f"{c} {c.hall} {c.lit}",
}


def both(first: Named, second: Named) -> Named:
    """Python's `and`, which looks at the second only when it must."""
    return f"({first[0]} and {second[0]})", lambda c: first[1](c) and second[1](c)


def either(first: Named, second: Named) -> Named:
    """Python's `or`."""
    return f"({first[0]} or {second[0]})", lambda c: first[1](c) or second[1](c)


def same(first: Named, second: Named) -> Named:
    """Python's `==`."""
    return f"({first[0]} == {second[0]})", lambda c: first[1](c) == second[1](c)


def chosen(first: Named, second: Named) -> Named:
    """One or the other may happen."""
    return f"choose({first[0]}, {second[0]})", lambda c: first[1](c) if choose((0, 1)) else second[1](c)


def branch(test: Named, first: Named, second: Named) -> Named:
    """A conditional expression."""
    return f"({first[0]} if {test[0]} else {second[0]})", lambda c: first[1](c) if test[1](c) else second[1](c)


looks: st.SearchStrategy[Named] = st.recursive(
    st.sampled_from(list(LEAVES.items())),
    lambda inner: st.one_of(
        *(st.builds(how, inner, inner) for how in (both, either, same, chosen)), st.builds(branch, inner, inner, inner)
    ),
    max_leaves=5,
)


def evaluated(evaluator: Evaluator, look: Named, row: str) -> Evaluation:
    """An action that writes down what it sees."""

    def act(c: House) -> None:
        c.notes = look[1](c)

    return evaluator.run_action(Component("tester").action(act), (), row, look[0])


@given(look=looks, house=houses, others=st.lists(houses, min_size=1, max_size=4), data=st.data())
def test_an_unread_slot_makes_no_difference(look: Named, house: House, others: list[House], data: st.DataObject):
    """Rows that differ in one slot that was not read evaluate to the same; a lookup by reads would be right."""
    schema = Schema(HOUSE)
    row, *rest = (schema.row(each) for each in (house, *others))
    evaluator = Evaluator(schema)
    evaluation = evaluated(evaluator, look, row)
    differing = [
        row[:slot] + other[slot] + row[slot + 1 :]
        for other in rest
        for slot in range(len(row))
        if other[slot] != row[slot] and slot not in evaluation.reads
    ]
    assume(differing)

    assert evaluated(evaluator, look, data.draw(st.sampled_from(differing))) == evaluation


def test_a_slot_that_was_read_does_make_a_difference():
    """The comparison is no formality: a slot that was read changes what comes of it."""
    schema = Schema(HOUSE)
    evaluator = Evaluator(schema)
    for look in LEAVES.items():
        if look[0] != "the state's text":
            found = evaluated(evaluator, look, schema.row(HOUSE))
            read = {schema.slots[slot].path.partition("[")[0].partition(".")[0] for slot in found.reads}

            assert read - {"notes"}, look[0]
    closed = evolve(HOUSE, door=False)
    open_and_closed = [evaluated(evaluator, ("door", LEAVES["door"]), schema.row(each)) for each in (HOUSE, closed)]

    assert open_and_closed[0] != open_and_closed[1]
