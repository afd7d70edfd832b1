"""Comparing an engine with the reference engine on a user's own system: what is equal passes, what differs is named."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from language_systems import A, House, system_of
from small_systems import (
    a_job_may_be_lost,
    all_is_done,
    box,
    count,
    inverse_is_small,
    lease,
    nobody_notices,
    nothing_is_lost,
    numbers,
    shop,
    small,
)

from clusterproof import Bounds, System, always, claim, require
from clusterproof.checker.answers import EngineRun
from clusterproof.checker.check import check_system, instances_of, selected
from clusterproof.checker.engines import ENGINES
from clusterproof.checker.memo import insert
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.rows import ListedRows
from clusterproof.checker.search import Options
from clusterproof.checker.verdict import Verdict
from clusterproof.checker.verification import Verification, verify_engine
from clusterproof.compiled import Compiled
from clusterproof.models import philosophers


def verified(system: System[Any], engine: Any, states: int = 1_000, **options: Any) -> Verification:
    """What comes of verifying an engine on a system."""
    compiled = Compiled(system)
    abouts = instances_of(compiled, selected(system, None))
    return verify_engine(compiled, abouts, Options(**options), states=states, engine=engine, called="mine")


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    "system",
    [shop(nothing_is_lost, all_is_done, a_job_may_be_lost, jobs=2), box(), lease(nobody_notices)],
    ids=["shop", "box", "lease"],
)
def test_engines_pass(name: str, system: System[Any]):
    """Budgets, pools, time and every kind of answer are equal, and every state of a small system is compared."""
    found = verified(system, ENGINES[name])

    assert (found.difference, found.succeeded, found.whole) == ("", True, True)
    assert found.states == check_system(system).states


@pytest.mark.parametrize("name", ENGINES)
def test_of_a_large_system_complete_levels_are_compared(name: str):
    """It goes as deep as the number of states allows, and both engines stop at the same depth."""
    some = verified(philosophers.system(4), ENGINES[name], states=100)
    fewest = verified(philosophers.system(4), ENGINES[name], states=1)
    bounded = verified(philosophers.system(4), ENGINES[name], states=100, bounds=Bounds(depth=2, states=3))

    assert (some.states, some.depth, some.whole, some.succeeded) == (69, 4, False, True)
    assert (fewest.depth, fewest.succeeded) == (1, True)
    assert (bounded.depth, bounded.succeeded) == (2, True)


def test_numbers_without_end_are_verified_as_far_as_asked():
    """A system that never ends is no obstacle."""
    found = verified(numbers(small, only=[count]), run_reference, states=50)

    assert (found.states, found.whole, found.succeeded) == (49, False, True)


def tampered(**changes: Any) -> Any:
    """An engine that changes what the reference engine found."""

    def run(*arguments: Any) -> EngineRun:
        found = run_reference(*arguments)
        return attrs.evolve(found, **{name: change(getattr(found, name)) for name, change in changes.items()})

    return run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"states": lambda n: n + 1}, "11 states, not 10"),
        ({"transitions": lambda n: n - 1}, "11 transitions, not 12"),
        ({"stuttering": lambda n: n + 3}, "10 stuttering, not 7"),
        ({"depth": lambda n: n + 1}, "depth, not"),
        (
            {"rows": lambda rows: ListedRows([*[*rows][:-1], "x" * len(next(iter(rows)))])},
            "2 states are in one of them only",
        ),
        (
            {"levels": lambda levels: [attrs.evolve(level, stuttering=9) for level in levels]},
            "at depth 0 1 states by 0 transitions and 9 stuttering, not 1 states by 0 transitions and 0 stuttering",
        ),
        ({"fired": lambda _: frozenset()}, "only one of them saw machine.crash(), machine.recover()"),
        ({"marks": lambda _: frozenset({"never"})}, "only one of them met a job is retried, never"),
        ({"exhausted": lambda _: ("pool",)}, "not the same pools ran out of ids"),
        (
            {"answers": lambda all_: tuple(attrs.evolve(a, verdict=Verdict.PROVED) for a in all_)},
            "of nothing-is-lost they say PROVED ('no job is lost' in 2 steps) and REFUTED",
        ),
        (
            {"answers": lambda all_: tuple(attrs.evolve(a, counterexamples=()) for a in all_)},
            "they say REFUTED and REFUTED ('no job is lost' in 2 steps)",
        ),
    ],
    ids=[
        "states",
        "transitions",
        "stuttering",
        "depth",
        "rows",
        "levels",
        "fired",
        "marks",
        "pools",
        "verdict",
        "trace",
    ],
)
def test_every_difference_is_named(changes: dict[str, Any], said: str):
    """Whatever an engine gets wrong, the message says what, and what it should have been."""
    found = verified(shop(nothing_is_lost), tampered(**changes))

    assert found.difference.startswith("mine and the reference engine disagree: ")
    assert said in found.difference
    assert not found.succeeded


def grow(c: House) -> None:
    """Lead to states that differ in the size of the hall."""
    require(c.hall.size < 3)
    c.hall.size += 1


def shut(c: House) -> None:
    """Read two slots, the second of them last."""
    require(c.door)
    require(c.hall.size > 1)
    c.door = False


@always
def rooms_stay(c: House):
    """Holds."""
    yield claim(c.rooms[A] == 1, "the room stays as it is")


def test_the_function_and_the_state_are_named(monkeypatch):
    """An engine that takes a slot for unread is wrong about one action, and after which steps is told, too."""
    system = system_of(grow, shut, properties=[rooms_stay])
    monkeypatch.setattr(
        "clusterproof.checker.memo.insert",
        lambda root, reads, *rest: insert(root, reads[:-1] if len(reads) > 1 else reads, *rest),
    )
    found = verified(system, run_reference)

    assert found.difference.endswith("; tester.shut() differs (after tester.grow(), tester.grow())")


SEEN: list[int] = []


def stale(c: House) -> None:
    """Impure: the size it saw first is the size for ever."""
    if not SEEN:
        SEEN.append(c.hall.size)
    require(SEEN[0] == 0)
    c.door = False


def test_a_function_that_remembers_is_found_out():
    """What is the same when called twice in one state, but read less in another one, is impure."""
    SEEN.clear()
    found = verified(system_of(grow, stale, properties=[rooms_stay]), run_reference)

    assert found.difference.startswith("tester.stale() ")
    assert "it depends on more than the state" in found.difference


CALLS: list[bool] = []


@always
def fickle(c: House):
    """Impure: says something else every other time."""
    CALLS.append(True)
    yield claim(len(CALLS) % 2 == 0 or not c.door, "the calls are even")


def test_impure_properties_are_found_out():
    """Properties are called twice as well, and named."""
    CALLS.clear()
    found = verified(system_of(grow, properties=[fickle]), run_reference)

    assert found.difference.startswith("fickle did something else the second time")
    assert "(in the initial state)" in found.difference


def test_what_raises_is_no_success():
    """A property that raises is an error in the verification, too."""
    found = verified(numbers(small, inverse_is_small, only=[count]), run_reference, states=10)

    assert "ZeroDivisionError" in found.difference


def test_an_interruption_verifies_nothing():
    """A verification that was interrupted is undetermined, and says so."""

    def interrupted(*arguments: Any) -> EngineRun:
        return attrs.evolve(run_reference(*arguments), cut="interrupted")

    found = verified(shop(nothing_is_lost), interrupted)

    assert (found.succeeded, found.interrupted, found.difference) == (False, True, "")
    assert str(found) == "interrupted before the engines were compared"


def test_a_difference_is_an_error(monkeypatch):
    """It stands among the verdicts, with exit code 4; a success is one line of the result and of its JSON."""
    monkeypatch.setitem(ENGINES, "wrong", tampered(states=lambda n: n + 1))
    wrong = check_system(shop(nothing_is_lost), engine="wrong", verify=100)
    right = check_system(shop(nothing_is_lost), verify=100)

    assert [str(one).partition(";")[0] for one in wrong.properties[1:]] == [
        "verification: ERROR: wrong and the reference engine disagree: 11 states, not 10"
    ]
    assert (wrong.exit_code(), wrong.verified, right.exit_code()) == (4, "", 1)
    assert right.to_json()["verified"] == right.verified
    assert right.verified.startswith("all 10 states: the reference engine says the same")
    assert "verified" not in check_system(shop(nothing_is_lost)).to_json()
