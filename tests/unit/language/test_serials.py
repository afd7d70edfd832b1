"""Serial numbers grow without end, and yet the states are finitely many: only their order to held ones is kept."""

from __future__ import annotations

from typing import Any, NewType

import pytest
from language_systems import HOUSE, House, explore, footprint, judged, system_of, values

from clusterproof import (
    Claims,
    HeldSerial,
    Map,
    Serial,
    SpecError,
    Table,
    always,
    choose,
    claim,
    evolve,
    fresh,
    require,
    state,
    step,
)
from clusterproof.compiled import Compiled

Client = NewType("Client", str)
Key = NewType("Key", str)


@state
class Record:
    """An object with a uid."""

    uid: Serial = 0


@state
class Store:
    """A revision that grows, records with uids, and what each client has read."""

    revision: Serial = 0
    seen: Map[Client, HeldSerial] = Map({Client("x"): None, Client("y"): None})
    records: Table[Key, Record] = Table((Key("k"),))


def write(s: Store) -> None:
    """The store changes."""
    s.revision = fresh


def read(s: Store, x: Client) -> None:
    """A client reads."""
    s.seen[x] = s.revision


def forget(s: Store, x: Client) -> None:
    """And forgets."""
    s.seen[x] = None


def create(s: Store) -> None:
    """A record is made anew; its uid and the revision are of one series."""
    require(not s.records)
    s.records.add(Record(uid=fresh))
    s.revision = fresh


def drop(s: Store) -> None:
    """The record goes."""
    del s.records[choose(s.records)]


@pytest.fixture
def store() -> Compiled:
    """A store with two clients."""
    return Compiled(system_of(write, read, forget, create, drop, start=Store()))


@step
def only_grows(before: Store, after: Store) -> Claims:
    """The revision never goes back."""
    yield claim(after.revision >= before.revision, "it grows")


def serials(compiled: Compiled, row: str) -> list[int]:
    """Every number of the series in a row."""
    roles = ("serial", "held serial")
    numbers = [compiled.schema.value_at(row, s.number) for s in compiled.schema.slots if s.role in roles]
    return [number for number in numbers if number is not None]


def test_there_are_finitely_many_states(store: Compiled):
    """Writing for ever does not make states for ever, and numbers stay small."""
    rows = explore(store)

    assert len(rows) < 500
    assert max(max(serials(store, row)) for row in rows) <= 2 * 2 + 1


def test_fresh_is_larger_than_all_before(store: Compiled):
    """In the row that step properties see, a new number exceeds every number of the state before."""
    (about,) = store.property_instances(only_grows)
    issued = 0
    for row, steps in explore(store).items():
        for taken in steps.steps:
            assert store.judge(about, row, taken.raw).holds
            if taken.instance.name in ("write", "create"):
                issued += 1
                assert values(store, taken.raw)["revision"] > max(serials(store, row))

    assert issued > 10


def test_renumbering_keeps_what_can_be_compared(store: Compiled):
    """Between any number and one that is held, the order is the true one."""
    held = [s.number for s in store.schema.slots if s.role == "held serial"]
    every = [s.number for s in store.schema.slots if s.role in ("serial", "held serial")]

    def order(row: str) -> list[int]:
        pairs = [(store.schema.value_at(row, h), store.schema.value_at(row, n)) for h in held for n in every]
        return [(a > b) - (a < b) for a, b in pairs if a is not None and b is not None]

    for steps in explore(store).values():
        for taken in steps.steps:
            assert order(taken.raw) == order(taken.row)


def test_renumbering_is_settled(store: Compiled):
    """Renumbering twice is renumbering once, and every reachable row is renumbered."""
    assert all(store.renumber(row) == row for row in explore(store))


def test_a_number_nobody_compares_makes_no_state():
    """A write that nobody has read is no new state."""
    compiled = Compiled(system_of(write, start=Store()))

    assert len(explore(compiled)) == 1


def test_one_step_issues_one_number():
    """What is assigned fresh in one step gets the same number."""

    def both(s: Store) -> None:
        s.revision = fresh
        s.seen[Client("x")] = s.revision

    compiled = Compiled(system_of(both, start=Store()))
    (taken, *_) = compiled.steps(compiled.initial_rows()[0]).steps
    found = values(compiled, taken.raw)

    assert found["revision"] == found["seen[x]"] > 0


def test_fresh_compares_as_the_number_it_will_be():
    """Within the step that issues it, fresh is larger than every number, and equal to itself."""

    def act(s: Store) -> None:
        s.revision = fresh
        require(s.revision > 10**9 and s.revision >= 0 and s.revision == fresh)
        require(10**9 < s.revision)  # noqa: SIM300  (the other way round)
        require(not s.revision < 0 and not s.revision <= 0 and s.revision <= fresh and s.revision != -1)
        s.seen[Client("y")] = 5

    assert footprint(act, Store()).writes == {"seen[y]": 5}
    assert repr(fresh) == str(fresh) == "fresh"
    assert len({fresh, fresh, -1}) == 2


@pytest.mark.parametrize("calculate", [lambda: fresh + 1, lambda: 1 + fresh, lambda: fresh - 1, lambda: int(fresh)])
def test_fresh_is_not_calculated_with(calculate: Any):
    """Its value is not known yet."""
    with pytest.raises(SpecError, match="cannot be calculated with"):
        calculate()


def test_fresh_belongs_into_serials():
    """A field that is no Serial would not be numbered."""

    def act(c: House) -> None:
        c.notes = fresh

    with pytest.raises(SpecError, match="assigns fresh to notes, which is no serial number"):
        footprint(act)


@state
class Odd:
    """A serial number that may be missing, the wrong way."""

    uid: Serial | None = None


def test_a_serial_that_may_be_missing_is_held():
    """Only HeldSerial may be None."""
    with pytest.raises(SpecError, match="uid: a serial number that may be missing is a HeldSerial"):
        footprint(lambda s: None, Odd())


def test_outcomes_issue_numbers_too():
    """Outside a system, fresh is one more than the largest number there is."""
    action = system_of(write, start=Store()).components[0].actions[0]
    start = Store(revision=3, seen=Map({Client("x"): 7, Client("y"): None}))

    assert action.outcomes(start) == {"": evolve(start, revision=8)}


def test_properties_may_compare_serials():
    """A serial is a number to whoever looks."""

    @always
    def nobody_reads_ahead(s: Store) -> Claims:
        """What was read was written."""
        for x, seen in s.seen.items():
            yield claim(seen is None or seen <= s.revision, "it was written", x)

    assert judged(nobody_reads_ahead, Store()).holds
    assert HOUSE.door
