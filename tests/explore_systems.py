"""Terrains of small systems and hand-made counterexamples, for tests of the explorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clusterproof import System
from clusterproof.checker.answers import Counterexample
from clusterproof.checker.check import instances_of, selected
from clusterproof.checker.explore.attempt import attempt
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.replay import steps_named
from clusterproof.checker.search import Path
from clusterproof.compiled import Compiled


def terrain_of(system: System[Any]) -> Terrain:
    """The terrain of a system with all its properties."""
    compiled = Compiled(system)
    return Terrain(compiled, instances_of(compiled, selected(system, None)))


def example_of(terrain: Terrain, steps: str, says: str = "", stem: int | None = None) -> Counterexample:
    """The counterexample to the first property that these steps are, e.g. "a.go() a.choose()->x".

    stem: how many of them lead to the loop, where there is one. Raises AssertionError when they show nothing.
    """
    about = terrain.judges.opinions[0].about
    named = [tuple(word.partition("->")[::2]) for word in steps.split()]
    taken = steps_named(terrain.compiled, named)
    path = Path(steps=tuple(taken), rows=(terrain.starts[0],))
    raw = Counterexample(about=about, says=says, path=path, loop_from=stem)
    found = attempt(terrain, raw, taken[:stem])
    assert found is not None, "the steps break nothing"
    return found


def text_of(example: Counterexample | None) -> str:
    """The steps of a counterexample in one line; "none" where there is none."""
    return "none" if example is None else line_of(example.path.steps)


def line_of(steps: Sequence[tuple[Any, str]]) -> str:
    """Steps in one line."""
    return " ".join(f"{instance}->{label}" if label else str(instance) for instance, label in steps)
