"""Slices of symmetric systems, explored with and without merging states, against the whole by the reference engine."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import pytest
from hotel_properties import FAIR_TO_IDS, UNFAIR_TO_IDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from symmetric_systems import recipes, symmetric_system

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system, instances_of, selected
from clusterproof.checker.reference import run
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Options
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

MOST_STATES = 600


def declare(system: System[Any], which: int) -> bool:
    """Let some actions (by the bits of a number) declare what they write in any state; False for a large system."""
    compiled = Compiled(system)
    written: dict[str, set[str]] = {}

    def note(_row: str, who: Any, found: Any) -> None:
        for outcome in getattr(found, "outcomes", ()):
            fields = written.setdefault(who.name, set())
            fields |= {compiled.schema.field_of(slot) for slot, _ in outcome.writes}

    compiled.observe = note
    abouts = instances_of(compiled, selected(system, None))
    if run(compiled, abouts, Options(bounds=Bounds(states=MOST_STATES), more_seconds=600.0)).cut is not None:
        return False
    for number, action in enumerate(system.components[0].actions):
        if which >> number & 1:
            action.writes = tuple(sorted(written.get(action.name, ())))
    return True


def verdicts(result: CheckResult) -> dict[tuple[str, str], Verdict | None]:
    """The verdict of every instance of every property."""
    return {(one.name, one.object_name): one.verdict for one in result.properties}


def agree(system: System[Any], engine: str, which: int, seen: Counter[object]) -> None:
    """Demand the same verdicts of the slices and of the whole."""
    if not declare(system, which):
        seen["too large"] += 1
        return
    whole = check_system(system, sliced=False, engine="reference", more_seconds=600.0)
    sliced = check_system(system, sliced=True, whole_first=0, engine=engine, more_seconds=600.0)
    expected = verdicts(whole)
    for about, verdict in verdicts(sliced).items():
        if expected[about] is Verdict.UNDETERMINED:
            continue  # a pool has no id left, because what the slice cuts away remembers them
        if verdict is Verdict.UNDETERMINED:
            seen["undetermined"] += 1
            continue
        assert (verdict or Verdict.PROVED) is (expected[about] or Verdict.PROVED), about
        seen[verdict] += 1
    seen["cut"] += any(one.cut_away for one in sliced.explorations)
    seen["merged"] += any(one.symmetry != "none" for one in sliced.explorations)


@pytest.mark.parametrize("engine", ["learned", "reference"])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
def test_slices_of_symmetric_systems_agree_with_the_whole(engine, declared):
    """Slices say of every property what the whole says, whatever actions declare and whichever states are merged."""
    seen: Counter[object] = Counter()
    checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
    properties = st.lists(st.sampled_from(FAIR_TO_IDS + UNFAIR_TO_IDS), min_size=1, max_size=3, unique=True)

    @settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=checks)
    @given(recipes(fair=True, roomy=True), properties, st.integers(0, 63))
    def compare(recipe, judged, which):
        system = symmetric_system(recipe, *judged, declared=declared)
        agree(attrs.evolve(system, bounds=Bounds(states=20_000)), engine, which, seen)

    compare()
    assert min(seen["cut"], seen[Verdict.PROVED], seen[Verdict.REFUTED]) > 20
    assert seen["merged"] > 5 or engine == "reference" or not declared
    assert seen["undetermined"] < seen[Verdict.PROVED] / 10
