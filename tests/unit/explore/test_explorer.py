"""An exploration as a whole: it repeats itself, keeps its bounds, survives what goes wrong, and remembers."""

from __future__ import annotations

import signal
import time
from typing import Any

import attrs
import pytest
from deep_systems import noisy_lock
from hypothesis.database import InMemoryExampleDatabase
from small_systems import (
    Number,
    a_job_may_be_lost,
    all_is_done,
    arrive,
    at_most_one_thing,
    box,
    count,
    crash,
    divide,
    inverse_is_small,
    lost_and_up_at_the_start,
    never_two,
    nothing_is_lost,
    numbers,
    shop,
    small,
    something_is_lost,
    two_claims,
    walk,
)

from clusterproof import Bounds, Claims, SpecError, always, claim, eventually_always
from clusterproof.checker.explore import PROFILES, ScopeChoice, explore_scopes, explore_system
from clusterproof.checker.verdict import Verdict

SHORT: dict[str, Any] = {"seed": 1, "examples": 15, "steps": 20}


def steps(trace):
    """The steps of a trace as text."""
    return [str(step) for step in trace.steps]


def verdicts(result):
    """The verdict per property."""
    return {one.name: one.verdict for one in result.properties}


# ---------------------------------------------------------------- bounds and seeds


def test_a_seed_repeats_a_run():
    """The same seed gives the same result, but for the time it took; another one gives another."""
    runs = [
        attrs.evolve(explore_system(shop(two_claims, all_is_done, jobs=2), **{**SHORT, "seed": seed}), seconds=0.0)
        for seed in (1, 1, 2)
    ]
    same = [attrs.evolve(run, peak_mib=0.0, coverage=attrs.evolve(run.coverage, seconds=0.0)) for run in runs]

    assert same[0] == same[1]
    assert same[0].coverage.steps != same[2].coverage.steps


def test_a_profile_says_how_long_and_how():
    """A profile that is not known is an error in one line; `ci` repeats itself."""
    with pytest.raises(SpecError, match="there is no profile 'fast'"):
        explore_system(shop(all_is_done), profile="fast")

    assert PROFILES["ci"].seed is not None
    assert explore_system(shop(all_is_done), profile="ci", examples=1).coverage.seed == PROFILES["ci"].seed


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"bounds": Bounds(states=50)}, "the bound of 50 states"),
        ({"bounds": Bounds(seconds=0.3)}, "the bound of 0.3 seconds"),
        ({"examples": 3}, "3 examples"),
    ],
    ids=["states", "seconds", "examples"],
)
def test_an_exploration_keeps_its_bounds(options, why):
    """It ends soon after a bound, and names it."""
    began = time.monotonic()
    (result,) = explore_system(noisy_lock(), seed=1, **options).properties

    assert time.monotonic() - began < 3
    assert result.verdict is Verdict.UNDETERMINED
    assert why in result.reason
    assert "a sample proves nothing" in result.reason


def test_an_exploration_keeps_its_bound_on_memory():
    """It takes no walk where the process uses more memory than it may, and says so."""
    result = explore_system(noisy_lock(), seed=1, bounds=Bounds(memory_bytes=1 << 20))

    assert [one.cut for one in result.explorations] == ["a sample, the bound of 1 MiB of memory"]


def test_depth_bounds_the_steps_of_a_walk():
    """With walks of one step from the start or from where another one ended, each is no longer than that."""
    result = explore_system(shop(all_is_done, jobs=2), seed=1, examples=2, bounds=Bounds(depth=1))

    assert 0 < result.coverage.steps <= result.coverage.walks


def test_it_ends_by_itself_when_all_is_decided():
    """Where every claim is refuted, no more walks are taken."""
    result = explore_system(shop(nothing_is_lost, something_is_lost), seed=1, bounds=Bounds(seconds=20))

    assert verdicts(result) == {"nothing-is-lost": Verdict.REFUTED, "something-is-lost": Verdict.REFUTED}
    assert result.explorations[0].cut == "a sample, every property is decided"
    assert result.seconds < 10


def test_ctrl_c_gives_a_result():
    """The first Ctrl-C ends the walks, and what was found until then is there, shrunk."""

    def interrupt(_progress):
        signal.raise_signal(signal.SIGINT)

    began = time.monotonic()
    large = shop(nothing_is_lost, all_is_done, jobs=8)  # which nobody has seen all of before the first report
    result = explore_system(large, seed=1, bounds=Bounds(seconds=30), steps=20, progress=interrupt)

    assert time.monotonic() - began < 10
    assert verdicts(result) == {"nothing-is-lost": Verdict.REFUTED, "all-is-done": Verdict.UNDETERMINED}
    assert "interrupted" in result.properties[1].reason
    assert len(result.traces[0].steps) == 2


# ---------------------------------------------------------------- verdicts


def test_each_broken_claim_has_its_own_trace():
    """Two claims of one property are found both, and each shown by a shortest way."""
    (result,) = explore_system(shop(two_claims), **SHORT).properties

    assert [(trace.says, steps(trace)) for trace in result.traces] == [
        ("the machine is up", ["FAULT crash()"]),
        ("no job is done", ["worker[j0].start()", "worker[j0].finish()"]),
    ]


def test_only_a_witness_proves_anything():
    """What is reachable is proved by a way there; what is not found to be, and all else, is not."""
    result = explore_system(shop(a_job_may_be_lost, lost_and_up_at_the_start, all_is_done), **SHORT)

    assert verdicts(result) == {
        "a-job-may-be-lost": Verdict.PROVED,
        "lost-and-up-at-the-start": Verdict.UNDETERMINED,
        "all-is-done": Verdict.UNDETERMINED,
    }
    assert steps(result.traces[0]) == ["worker[j0].start()", "FAULT crash()"]
    assert not result.exhaustive


def test_stop_at_first():
    """The first refutation is the last thing that is looked for; a witness is none."""
    result = explore_system(
        shop(a_job_may_be_lost, nothing_is_lost, all_is_done), seed=1, stop_at_first=True, bounds=Bounds(seconds=20)
    )

    assert verdicts(result)["nothing-is-lost"] is Verdict.REFUTED
    assert "stopped at the first refutation" in str(result.explorations[0].cut)


def test_a_forbidden_deadlock_is_found():
    """A state without steps is a violation where the system says so."""
    result = explore_system(shop(all_is_done, crashes=0, deadlock="forbidden"), **SHORT)

    assert verdicts(result)["no-deadlock"] is Verdict.REFUTED
    assert steps(result.traces[0]) == ["worker[j0].start()", "worker[j0].finish()"]


def test_an_exhausted_pool_is_named():
    """A pool that ran out is part of the result, and neither a deadlock nor a rest."""
    result = explore_system(box(at_most_one_thing), **SHORT)

    assert [pool.split()[0] for pool in result.explorations[0].exhausted] == ["things"]


# ---------------------------------------------------------------- what goes wrong


@always
def not_one(n: Number) -> Claims:
    """Broken before anything raises."""
    yield claim(n.value != 1, "the number is not one")


@eventually_always
def inverse_settles(n: Number) -> Claims:
    """Raises at two."""
    yield claim(1 / (2 - n.value) < 100, "its inverse is small")


def test_an_action_that_raises():
    """What was found before stays; everything else is an ERROR, with the way there."""
    found, other = explore_system(numbers(not_one, small, only=[count, divide]), **SHORT).properties

    assert (found.verdict, steps(found.traces[0])) == (Verdict.REFUTED, ["chaos.count()"])
    assert other.verdict is Verdict.ERROR
    assert "divide() raised ZeroDivisionError" in other.reason
    assert "(after chaos.count(), chaos.count(), chaos.count())" in other.reason


@pytest.mark.parametrize("raising", [inverse_is_small, inverse_settles], ids=lambda one: one.name)
def test_a_property_that_raises(raising):
    """It alone is an ERROR, with the way there."""
    result = explore_system(numbers(never_two, raising, small, only=[walk, arrive]), **SHORT)
    found, error, other = result.properties

    assert (found.verdict, error.verdict, other.verdict) == (Verdict.REFUTED, Verdict.ERROR, Verdict.UNDETERMINED)
    assert "raised ZeroDivisionError: division by zero (after chaos.walk(), chaos.arrive())" in error.reason


def test_a_property_that_raises_is_no_refutation():
    """Walks go on for other properties after one has raised, even where they stop at the first refutation."""
    result = explore_system(
        numbers(inverse_is_small, small, only=[count]), seed=1, examples=30, steps=10, stop_at_first=True
    )

    assert result.coverage.examples == 30


# ---------------------------------------------------------------- memory


def test_what_was_found_is_tried_first():
    """A second run with the same database shows the counterexample without a walk."""
    database = InMemoryExampleDatabase()
    first = explore_system(shop(nothing_is_lost), database=database, stop_at_first=True, **SHORT)
    second = explore_system(shop(nothing_is_lost), database=database, stop_at_first=True, **SHORT)

    assert (first.coverage.remembered, second.coverage.remembered) == (0, 1)
    assert second.coverage.walks == 0
    assert steps(second.traces[0]) == steps(first.traces[0]) == ["worker[j0].start()", "FAULT crash()"]


def test_nothing_is_lost_when_a_run_is_killed(monkeypatch):
    """What was found is in the database before it is shrunk, and the next run tries it first."""

    def killed(*_: object) -> None:
        raise RuntimeError("killed")

    database = InMemoryExampleDatabase()
    with monkeypatch.context() as patched:
        patched.setattr("clusterproof.checker.explore.exploration.make_readable", killed)
        with pytest.raises(RuntimeError, match="killed"):
            explore_system(shop(nothing_is_lost), database=database, stop_at_first=True, **SHORT)
    again = explore_system(shop(nothing_is_lost), database=database, stop_at_first=True, **SHORT)

    assert (again.coverage.remembered, again.coverage.walks) == (1, 0)
    assert steps(again.traces[0]) == ["worker[j0].start()", "FAULT crash()"]
    assert [len(kept) for kept in database.data.values()] == [1]


def test_what_is_fixed_is_forgotten(monkeypatch):
    """A counterexample that is none any more is deleted, and the run goes on as if it had not been."""
    database = InMemoryExampleDatabase()
    explore_system(numbers(never_two, only=[walk, arrive]), database=database, **SHORT)

    def mended(n: Number) -> None:
        n.value = 0

    monkeypatch.setattr(arrive, "function", mended)
    fixed = explore_system(numbers(never_two, only=[walk, arrive]), database=database, **SHORT)

    assert verdicts(fixed) == {"never-two": Verdict.UNDETERMINED}
    assert not any(database.data.values())


def test_what_needs_a_fault_that_is_not_in_scope_is_kept():
    """A counterexample whose steps mean nothing in this scope says nothing here, and is of use elsewhere."""
    database = InMemoryExampleDatabase()
    explore_system(shop(nothing_is_lost), database=database, **SHORT)
    calm = explore_system(shop(nothing_is_lost, crashes=0), database=database, **SHORT)
    again = explore_system(shop(nothing_is_lost), database=database, stop_at_first=True, **SHORT)

    assert verdicts(calm) == {"nothing-is-lost": Verdict.UNDETERMINED}
    assert (again.coverage.remembered, again.coverage.walks) == (1, 0)


def test_what_was_fixed_into_an_exception_is_an_error(monkeypatch):
    """A remembered way on which a function raises by now is told, not a traceback."""
    database = InMemoryExampleDatabase()
    explore_system(numbers(never_two, only=[walk, arrive]), database=database, **SHORT)

    def broken(n: Number) -> None:
        if n.value == 1:
            raise KeyError("mistyped")

    monkeypatch.setattr(arrive, "function", broken)
    (result,) = explore_system(numbers(never_two, only=[walk, arrive]), database=database, **SHORT).properties

    assert result.verdict is Verdict.ERROR
    assert "arrive() raised KeyError: 'mistyped' (after chaos.walk())" in result.reason


def test_garbage_in_the_database_is_harmless():
    """What is not ours, or breaks nothing, is deleted; steps with unknown names may be of another scope."""
    database = InMemoryExampleDatabase()
    explore_system(shop(nothing_is_lost), database=database, **SHORT)
    (key,) = database.data
    database.save(key, b'[1, {}, 99, "no job is lost", [["machine.crash()", ""]], 1]')
    database.save(key, b'[1, {}, 0, "no job is lost", [["machine.sing()", ""]], 1]')
    database.save(key, b"\x00")
    result = explore_system(shop(nothing_is_lost), database=database, **SHORT)

    assert verdicts(result) == {"nothing-is-lost": Verdict.REFUTED}
    assert [b"sing" in data for data in sorted(database.data[key], key=len)] == [True, False]


# ---------------------------------------------------------------- scopes, and what is shown


def scopes(*sizes: int, judged: Any = nothing_is_lost) -> list[ScopeChoice]:
    """Shops with so many jobs."""
    return [ScopeChoice(make=lambda size=size: shop(judged, jobs=size), settings={"jobs": str(size)}) for size in sizes]


def test_a_smaller_scope_is_preferred():
    """What is found in a large scope is shown in the smallest one in which it is possible, which the trace names."""
    database = InMemoryExampleDatabase()
    explore_scopes(scopes(3), database=database, **SHORT)
    (key,) = database.data
    (kept,) = [data.replace(b"{}", b'{"jobs": "3"}') for data in database.data[key]]
    database.data[key] = {kept}
    result = explore_scopes(scopes(1, 3), database=database, stop_at_first=True, **SHORT)

    assert result.traces[0].run["drawn"] == {"jobs": "1"}
    assert steps(result.traces[0]) == ["worker[j0].start()", "FAULT crash()"]
    assert result.coverage.walks == 0


def test_every_scope_is_drawn():
    """Among a few dozen manners there are some of each scope."""
    result = explore_scopes(scopes(1, 2, 3, judged=all_is_done), **{**SHORT, "examples": 30})

    assert result.coverage.scopes == ("jobs=1", "jobs=2", "jobs=3")


def test_runs_that_break_nothing_are_shown():
    """As many as were asked for, unlike each other, replayed; none unless asked for."""
    shown = explore_system(shop(all_is_done, jobs=2), show=3, **SHORT).coverage.runs
    none = explore_system(shop(all_is_done, jobs=2), **SHORT).coverage.runs

    assert (len(shown), len(none)) == (3, 0)
    assert len({tuple(sorted({str(step) for step in run.steps})) for run in shown}) == 3


def test_coverage_counts_what_happened():
    """Actions fired, faults struck, claims judged, and which property said nothing."""
    result = explore_system(shop(two_claims, all_is_done, without=[crash], crashes=0), **SHORT)

    assert (result.coverage.actions_taken, result.coverage.faults_struck) == (2, 0)
    assert result.coverage.claims == 4
    assert result.coverage.seen == result.states == 3
    assert set(result.never_fired) == {"worker.retry", "machine.recover", "machine.explode"}
