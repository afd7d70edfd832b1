"""The explorer finds deep bugs within half a minute, whatever the seed, and shows them by a shortest way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from deep_moments import feud, overflow, relay_race
from deep_systems import charges_are_never_taken_back, journal, lock, nobody_pays_twice, noisy_lock
from planted import DEFECTS
from planting import Defect

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system
from clusterproof.checker.explore import explore_system
from clusterproof.checker.verdict import Verdict

SECONDS = 30

Make = Callable[[], System[Any]]


def unpaid() -> System[Any]:
    """The journal, judged by states."""
    return journal(nobody_pays_twice)


def taken_back() -> System[Any]:
    """The journal, judged by steps."""
    return journal(charges_are_never_taken_back)


SHORTEST: dict[Make, int] = {
    lock: 13,
    noisy_lock: 13,
    unpaid: 18,
    taken_back: 18,
    overflow: 14,
    relay_race: 10,
    feud: 10,
}
"""How many steps the shortest counterexample has, not counting those of the clock."""


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("make", SHORTEST, ids=lambda make: make.__name__)
def test_deep_bugs_are_found_and_shrunk(make: Make, seed: int) -> None:
    """A bug that needs a dozen specific steps is found within 30 s by any seed, within one step of the optimum."""
    began = time.monotonic()
    result = explore_system(make(), seed=seed, bounds=Bounds(seconds=SECONDS), stop_at_first=True)

    assert time.monotonic() - began < SECONDS + 2
    assert [one.verdict for one in result.properties] == [Verdict.REFUTED]
    assert SHORTEST[make] <= len(result.traces[0].steps) <= SHORTEST[make] + 1


@pytest.mark.parametrize("make", [lock, unpaid, taken_back, overflow, relay_race], ids=lambda make: make.__name__)
def test_the_optimum_is_known(make: Make) -> None:
    """Breadth-first search finds no shorter way than the one pinned here, where it can visit all states.

    In the noisy lock it cannot, and a loop that it finds need not be the shortest: there the number is counted by hand,
    13 buttons, and 8 switches with 2 steps of the shutter.
    """
    result = check_system(make(), bounds=Bounds(states=200_000), stop_at_first=True)

    assert [len(trace.steps) for trace in result.traces] == [SHORTEST[make]]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_planted_defects_are_found(defect: Defect) -> None:
    """What a defect planted in the Kubernetes model breaks is found within 20 s, by each of five seeds."""
    planted = defect.planted()
    system = attrs.evolve(planted, properties=[p for p in planted.properties if p.function.__name__ in defect.red])
    for seed in range(5):
        result = explore_system(system, seed=seed, bounds=Bounds(seconds=20), stop_at_first=True)

        assert Verdict.REFUTED in {one.verdict for one in result.properties}, seed
