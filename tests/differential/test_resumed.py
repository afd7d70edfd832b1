"""Checks of random systems that die again and again, against checks that nothing happens to."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import pytest
from hotel_properties import FAIR_TO_IDS, UNFAIR_TO_IDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from resuming import Death, dying, facts
from strategies_systems import properties_of, system_of, tables
from symmetric_systems import recipes, symmetric_system

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.checkpoints import Checkpoints
from clusterproof.checker.learned import journal, learner
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.result import CheckResult
from clusterproof.system import Bounds

FEW_STATES = 2
"""So many are looked at before slicing."""

EXAMPLES = 12
MOMENTS = st.lists(st.integers(0, 12), min_size=1, max_size=2)
CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large)


def checked(system: System[Any], checkpoints: Checkpoints | None = None) -> CheckResult:
    """The result of looking at some states of the whole, and then at slices."""
    return check_system(
        system, engine="learned", sliced=True, whole_first=FEW_STATES, more_seconds=600.0, checkpoints=checkpoints
    )


def note_kinds(seen: Counter[str]) -> Any:
    """Count how many calls of each kind are noted for checkpoints."""
    names = {getattr(journal, name): name for name in ("ASK", "TELL", "JUDGE", "GIVE_UP", "RENAME")}
    note = journal.Journal.note

    def noted(self: Any, kind: int, *rest: Any, **more: Any) -> None:
        seen[names.get(kind, "")] += 1
        note(self, kind, *rest, **more)

    return mock.patch.object(journal.Journal, "note", noted)


def survived(
    make: Callable[[], System[Any]], directory: Path, moments: list[int], seen: Counter[str]
) -> tuple[CheckResult, list[str]]:
    """The result of a check that dies at these moments of its lives, and what its last life did to the disk."""
    for moment in moments:
        resume = (directory / "check.json").exists()
        with dying(moment), suppress(Death):
            checked(make(), Checkpoints(directory=directory, every_seconds=0, resume=resume))
            seen["lives to the end"] += 1
    resume = (directory / "check.json").exists()
    with dying(None) as done:
        return checked(make(), Checkpoints(directory=directory, every_seconds=0, resume=resume)), done


def compare(make: Callable[[], System[Any]], moments: list[int], seen: Counter[str]) -> None:
    """Demand that dying at these moments changes nothing, and that what has ended is not explored again."""
    with mock.patch.object(learner, "HOPELESS_ROWS", 4), mock.patch.object(learner, "HOPELESS_SHARE", 0.2):
        expected = facts(checked(make()))
        with tempfile.TemporaryDirectory() as place:
            directory = Path(place) / "kept"
            with note_kinds(seen):
                result, _ = survived(make, directory, moments, seen)
            assert facts(result) == expected

            with mock.patch.object(LearnedSearch, "_expand_level", side_effect=AssertionError("it explores again")):
                again, done = survived(make, directory, [], seen)
            assert facts(again) == expected
            assert done == []
    seen["slices"] += any(one.cut_away for one in result.explorations)
    seen["merged"] += any(one.symmetry != "none" for one in result.explorations)
    seen["several"] += len(result.explorations) > 1


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
def test_symmetric_systems(declared: bool) -> None:
    """Wherever a check of slices with merged states dies, it comes to the same counts, verdicts and traces."""
    seen: Counter[str] = Counter()
    properties = st.lists(st.sampled_from(FAIR_TO_IDS + UNFAIR_TO_IDS), min_size=1, max_size=3, unique=True)

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=CHECKS)
    @given(recipes(fair=True, counting=True), properties, MOMENTS)
    def die(recipe: Any, judged: Any, moments: list[int]) -> None:
        compare(lambda: bounded(symmetric_system(recipe, *judged, declared=declared)), moments, seen)

    die()
    assert min(seen["slices"], seen["several"], seen["TELL"]) > 3
    assert min(seen["merged"], seen["RENAME"]) > 3 or not declared


def bounded(system: System[Any]) -> System[Any]:
    """The system, of which no more is looked at than takes a moment."""
    return attrs.evolve(system, bounds=Bounds(states=3_000))


@pytest.mark.parametrize("timed", [False, True], ids=["untimed", "timed"])
def test_systems_of_cells(timed: bool) -> None:
    """The same of systems without symmetry, with timers, serial numbers and counts."""
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=CHECKS)
    @given(tables(timed=timed), MOMENTS)
    def die(table: Any, moments: list[int]) -> None:
        compare(lambda: bounded(system_of(table, properties_of(table))), moments, seen)

    die()
    assert min(seen["slices"], seen["several"], seen["TELL"], seen["JUDGE"]) > 3
