"""Exploring: what to type in Python to have systems walked at random."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from hypothesis.database import ExampleDatabase

from clusterproof.checker.explore import answers
from clusterproof.checker.explore.exploration import Exploration
from clusterproof.checker.explore.profiles import PROFILES, Profile
from clusterproof.checker.explore.scopes import ScopeChoice
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Progress
from clusterproof.errors import SpecError
from clusterproof.system import Bounds, System


def explore_system(system: System[Any], **options: Any) -> CheckResult:
    """Explore one system; the options are those of `explore_scopes`."""
    return explore_scopes([ScopeChoice(make=lambda: system)], **options)


def explore_scopes(
    scopes: Sequence[ScopeChoice],
    *,
    properties: Iterable[str] | None = None,
    bounds: Bounds | None = None,
    examples: int | None = None,
    steps: int | None = None,
    seed: int | None = None,
    profile: str | Profile = "dev",
    database: ExampleDatabase | None = None,
    stop_at_first: bool = False,
    show: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> CheckResult:
    """Look for counterexamples by walking at random, in systems that differ in size or parameters.

    scopes: the first is the one to prefer. properties: the names of those to check. bounds: on seconds, on the states
    seen, on memory, on the depth (steps of a walk); those of the profile unless told.
    examples, steps, seed, profile: see Profile.
    database: where counterexamples are kept; none unless told. show: how many runs that broke nothing to show.
    Raises SpecError when a specification is wrong, or a name is unknown.
    """
    if isinstance(profile, str) and profile not in PROFILES:
        raise SpecError(f"there is no profile {profile!r}.\n  write one of {', '.join(PROFILES)}")
    name, chosen = (profile, PROFILES[profile]) if isinstance(profile, str) else ("its own", profile)
    given_bounds = bounds or Bounds()
    chosen = attrs.evolve(
        chosen,
        seconds=chosen.seconds if given_bounds.seconds is None else given_bounds.seconds,
        examples=chosen.examples if examples is None else examples,
        steps=steps or given_bounds.depth or chosen.steps,
        seed=chosen.seed if seed is None else seed,
    )
    exploration = Exploration(
        scopes=scopes,
        profile=chosen,
        chosen=None if properties is None else list(properties),
        most_states=given_bounds.states,
        most_bytes=given_bounds.memory_bytes,
        database=database,
        stop_at_first=stop_at_first,
        show=show,
        progress=progress,
    )
    exploration.run()
    return answers.result_of(exploration, profile_name=name)
