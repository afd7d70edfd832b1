"""The explorer: how fast it walks beside a plain random walk, and how fast it finds planted bugs."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from clusterproof import Bounds, System
from clusterproof.checker.explore import explore_system
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster

WALKING_SECONDS = 10.0
FINDING_SECONDS = 30.0
STEPS = 200


def plain_walk(system: System[Any], seconds: float) -> float:
    """Steps per CPU second of walking with `Compiled.steps` alone, every state judged by nobody."""
    compiled = Compiled(system)
    starts = compiled.initial_rows()
    chance = random.Random(1)
    taken = 0
    began = time.process_time()
    while time.process_time() < began + seconds:
        row = chance.choice(starts)
        for _ in range(STEPS):
            steps = compiled.steps(row).steps
            if not steps:
                break
            row = chance.choice(steps).row
            taken += 1
    return taken / (time.process_time() - began)


def explored(system: System[Any], seconds: float) -> float:
    """Steps per CPU second of the explorer, every state judged by every property."""
    began = time.process_time()
    result = explore_system(system, seed=1, steps=STEPS, bounds=Bounds(seconds=seconds))
    return 0.0 if result.coverage is None else result.coverage.steps / (time.process_time() - began)


def planted_systems() -> dict[str, list[Callable[[], System[Any]]]]:
    """The planted bugs that the tests know, by kind."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from deep_moments import feud, overflow, relay_race  # noqa: PLC0415
    from deep_systems import journal, lock, noisy_lock  # noqa: PLC0415
    from planted import DEFECTS  # noqa: PLC0415

    def kubernetes(defect: Any) -> System[Any]:
        system = defect.planted()
        return attrs.evolve(system, properties=[p for p in system.properties if p.function.__name__ in defect.red])

    deep = {make.__name__: [make] for make in (lock, noisy_lock, journal, overflow, relay_race, feud)}
    return {**deep, "kubernetes defects": [lambda defect=defect: kubernetes(defect) for defect in DEFECTS]}


def found_in(make: Callable[[], System[Any]]) -> tuple[bool, float, float]:
    """Whether the bug is found, after how many CPU seconds of walking and shrinking, building the system left out."""
    system = make()
    began = time.process_time()
    result = explore_system(system, seed=1, bounds=Bounds(seconds=FINDING_SECONDS), stop_at_first=True)
    walking = 0.0 if result.coverage is None else result.coverage.seconds
    found = any(one.verdict is Verdict.REFUTED for one in result.properties)
    return found, time.process_time() - began, walking


def main() -> None:
    """Print two tables."""
    plain, quick = plain_walk(mini_cluster.system(), WALKING_SECONDS), explored(mini_cluster.system(), WALKING_SECONDS)
    print(f"{'mini-cluster':22}{'plain steps/s':>15}{'explorer steps/s':>18}{'ratio':>7}")
    print(f"{'':22}{plain:15,.0f}{quick:18,.0f}{quick / plain:7.1f}")
    print(f"\n{'planted bugs':22}{'found':>9}{'walking':>10}{'in all':>9}{'per minute':>12}")
    for name, makes in planted_systems().items():
        outcomes = [found_in(make) for make in makes]
        found = sum(one[0] for one in outcomes)
        in_all, walking = sum(one[1] for one in outcomes), sum(one[2] for one in outcomes)
        print(f"{name:22}{f'{found}/{len(makes)}':>9}{walking:9.1f}s{in_all:8.1f}s{60 * found / in_all:12.1f}")


if __name__ == "__main__":
    main()
