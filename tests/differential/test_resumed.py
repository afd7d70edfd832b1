"""Checks of random systems that die or run out of memory again and again, against checks that nothing happens to."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import pytest
from hotel_properties import FAIR_TO_IDS, UNFAIR_TO_IDS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from resuming import Death, cut_short, dying, facts
from strategies_systems import properties_of, system_of, tables
from symmetric_systems import recipes, symmetric_system

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system
from clusterproof.checker.checkpoints import Checkpoints
from clusterproof.checker.learned import journal, learner
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.result import CheckResult

FEW_STATES = 2
"""So many are looked at before slicing."""

FATES: dict[str, Callable[[int], AbstractContextManager[Any]]] = {
    "dies": dying,
    "has no room for one search": lambda moment: cut_short(moment, once=True),
    "has no more room": lambda moment: cut_short(moment, once=False),
}
LIVES = st.lists(
    st.tuples(st.sampled_from(sorted(FATES)), st.integers(0, 12)),
    min_size=2,
    max_size=3,
    unique_by=lambda life: life[0],
)

settled = settings(
    phases=[Phase.generate],
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


def checked(make: Callable[[], System[Any]], directory: Path | None = None) -> CheckResult:
    """The result of looking at some states of the whole, and then at slices. directory: where that is kept."""
    checkpoints = None
    if directory is not None:
        resume = (directory / "check.json").exists()
        checkpoints = Checkpoints(directory=directory, every_seconds=0, resume=resume)
    system = attrs.evolve(make(), bounds=Bounds(states=400))
    return check_system(
        system, engine="learned", sliced=True, whole_first=FEW_STATES, more_seconds=600.0, checkpoints=checkpoints
    )


def compare(make: Callable[[], System[Any]], lives: list[tuple[str, int]], seen: Counter[str]) -> None:
    """Demand that nothing in earlier lives changes what is found, and that what has ended is not explored again."""
    expected = facts(checked(make))
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "kept"
        for how, moment in lives:
            with FATES[how](moment), suppress(Death):
                seen[how] += facts(checked(make, directory)) != expected
                continue
            seen[how] += 1
        result = checked(make, directory)
        assert facts(result) == expected

        explores_again = mock.patch.object(LearnedSearch, "_expand_level", side_effect=AssertionError)
        with explores_again, dying(None) as done:
            assert facts(checked(make, directory)) == expected
        assert done == []
    seen["slices"] += any(one.cut_away for one in result.explorations)
    seen["merged"] += any(one.symmetry != "none" for one in result.explorations)
    seen["several"] += len(result.explorations) > 1


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what happens, as calls without a tree: those that are hopeless are given up early."""
    seen: Counter[str] = Counter()
    note = journal.Journal.note

    def noted(self: journal.Journal, kind: int, *rest: Any, **more: Any) -> None:
        seen["without a tree"] += kind in (journal.TELL, journal.JUDGE)
        note(self, kind, *rest, **more)

    monkeypatch.setattr(journal.Journal, "note", noted)
    monkeypatch.setattr(learner, "HOPELESS_ROWS", 4)
    monkeypatch.setattr(learner, "HOPELESS_SHARE", 0.2)
    return seen


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
def test_symmetric_systems(declared: bool, seen: Counter[str]) -> None:
    """Whatever happens to a check of slices with merged states, it comes to the same counts, verdicts and traces."""
    properties = st.lists(st.sampled_from(FAIR_TO_IDS + UNFAIR_TO_IDS), min_size=1, max_size=3, unique=True)

    @settings(settled, max_examples=5)
    @given(recipes(fair=True, counting=True), properties, LIVES)
    def live(recipe: Any, judged: Any, lives: list[tuple[str, int]]) -> None:
        compare(lambda: symmetric_system(recipe, *judged, declared=declared), lives, seen)

    live()
    assert min(seen["slices"], seen["several"], seen["without a tree"], seen["merged"]) > 2
    assert all(seen[how] for how in FATES)


@pytest.mark.parametrize("timed", [False, True], ids=["untimed", "timed"])
def test_systems_of_cells(timed: bool, seen: Counter[str]) -> None:
    """The same of systems without symmetry, with timers, serial numbers and counts."""

    @settings(settled, max_examples=15)
    @given(tables(timed=timed).filter(lambda table: table.cells > 2 and len(table.rules) > 3), LIVES)
    def live(table: Any, lives: list[tuple[str, int]]) -> None:
        compare(lambda: system_of(table, properties_of(table)), lives, seen)

    live()
    assert min(seen["slices"], seen["several"], seen["without a tree"]) > 2
    assert all(seen[how] for how in FATES)
