"""The exploration: what was found before is tried first, then Hypothesis draws mixes until the time is over or nothing
is left to learn; what was found is shrunk, and kept for next time.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import attrs
from attrs import define, field
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.database import ExampleDatabase

from clusterproof.checker.check import instances_of, out_of_scope, selected
from clusterproof.checker.explore import answers
from clusterproof.checker.explore.attempt import attempt, way_until_it_raises
from clusterproof.checker.explore.endings import broken_in_the_end, settled
from clusterproof.checker.explore.findings import Finding, Findings
from clusterproof.checker.explore.mix import Mix, mixes
from clusterproof.checker.explore.profiles import PROFILES, Profile
from clusterproof.checker.explore.remembered import Memory, Remembered
from clusterproof.checker.explore.scopes import ScopeChoice
from clusterproof.checker.explore.shrink import shrunk
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.explore.walk import Walk, Walker
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.replay import ReplayError, steps_named
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Path, Progress, noted_interrupts
from clusterproof.checker.symmetry import check_symmetry
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.system import Bounds, System

WALKS_PER_EXAMPLE = 8
"""Of full length; of shorter walks there are more, so that each example takes about as long."""

SHARE_OF_SHRINKING = 0.3
"""How much of the time is kept for shrinking."""

MORE_SECONDS = 10.0
"""How long walks go on after something was found: other claims may be broken as easily."""

MOST_IDLE_WALKS = 5_000
"""After so many walks that met no new state it is not worth while to go on."""

SECONDS_AFTER_INTERRUPT = 3.0
"""How long what was found is shrunk when somebody has pressed Ctrl-C."""

MOST_PASSING = 500
"""Among so many runs that broke nothing those to show are chosen."""

SETTLING = 10
"""A walk may take so many times its length until it has settled."""


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
    seen, on the depth (steps of a walk); those of the profile unless told. examples, steps, seed, profile: see Profile.
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
        database=database,
        stop_at_first=stop_at_first,
        show=show,
        progress=progress,
    )
    exploration.run()
    return answers.result_of(exploration, profile_name=name)


class _Over(Exception):
    """Enough was tried."""


@define(eq=False, kw_only=True)
class Exploration:
    """One exploration under way, and what it found.

    cut: why it ended, in words. error: what a function raised, where, and after which way.
    """

    scopes: Sequence[ScopeChoice]
    profile: Profile
    chosen: list[str] | None
    most_states: int | None
    database: ExampleDatabase | None
    stop_at_first: bool
    show: int
    progress: Callable[[Progress], None] | None
    seed: int = field(init=False)
    terrains: list[Terrain | None] = field(init=False)
    findings: Findings = field(init=False)
    passing: list[tuple[Terrain, Path]] = field(init=False, factory=list)
    examples: int = field(init=False, default=0)
    recalled: int = field(init=False, default=0)
    cut: str = field(init=False, default="")
    error: tuple[Exception, Path] | None = field(init=False, default=None)
    walking_seconds: float = field(init=False, default=0.0)
    started: float = field(init=False, factory=time.monotonic)
    _walkers: dict[int, Walker] = field(init=False, factory=dict)
    _interrupted: list[bool] = field(init=False, factory=list)
    _found_at: float | None = field(init=False, default=None)
    _idle_walks: int = field(init=False, default=0)
    _reported: tuple[float, int] = field(init=False, default=(0.0, 0))

    def __attrs_post_init__(self) -> None:
        seed = self.profile.seed
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self.terrains = [None] * len(self.scopes)
        self.findings = Findings(stop_at_first=self.stop_at_first)
        self._reported = self.started, 0

    def run(self) -> None:
        """Try what is remembered, walk, and shrink. Ctrl-C ends the one, then the other."""
        first = self.terrain(0)
        memory = Memory(self.database, first.compiled.system.name)
        with noted_interrupts() as self._interrupted:
            walking = time.monotonic()
            try:
                self._recall(memory)
                if first.abouts and not self._reason_to_end():
                    self._draw()
            except _Over:
                pass
            except KeyboardInterrupt:
                self.cut = "interrupted"
            self.walking_seconds = time.monotonic() - walking
        with noted_interrupts() as interrupted:
            self._shrink(memory, interrupted)

    def terrain(self, scope: int) -> Terrain:
        """The terrain of a scope, built when it is asked for first."""
        known = self.terrains[scope]
        if known is not None:
            return known
        compiled = Compiled(self.scopes[scope].make())
        if scope == 0:
            with contextlib.suppress(UserCodeError):  # the walks meet it, too, and say after which steps
                check_symmetry(compiled)
        wanted = instances_of(compiled, selected(compiled.system, self.chosen))
        terrain = Terrain(compiled, [about for about in wanted if out_of_scope(compiled, about) is None])
        self.terrains[scope] = terrain
        self._walkers[scope] = Walker(terrain)
        self.findings.expect(terrain)
        return terrain

    # ---------------------------------------------------------------- before and after walking
    def _recall(self, memory: Memory) -> None:
        """Try the counterexamples of earlier runs."""
        for about in self.terrain(0).abouts:
            for data, remembered in memory.recall(about.judged.name, about.object_name):
                self.recalled += 1
                own = [n for n, each in enumerate(self.scopes) if dict(each.settings) == dict(remembered.settings)]
                again = any(self._again(remembered, scope, about) for scope in own or range(len(self.scopes)))
                if own and not again:  # one of another scope may be of use there
                    memory.forget(about.judged.name, about.object_name, data)

    def _again(self, remembered: Remembered, scope: int, about: PropertyInstance) -> bool:
        """Whether a remembered counterexample still is one, in this scope."""
        terrain = self.terrain(scope)
        try:
            steps = steps_named(terrain.compiled, remembered.steps)
        except ReplayError:
            return False
        if remembered.start >= len(terrain.starts):
            return False
        for there in terrain.abouts:
            if (there.judged.name, there.object_name) == (about.judged.name, about.object_name):
                example = answers.unproven(there, remembered, terrain.starts[remembered.start], steps)
                try:
                    found = attempt(terrain, example, steps[: remembered.stem])
                except (UserCodeError, ImpureError) as error:
                    self._fail(error, way_until_it_raises(terrain, example))
                if found is not None:
                    self._keep(terrain, scope, [found])
                    return True
        return False

    def _shrink(self, memory: Memory, interrupted: Sequence[bool]) -> None:
        """Make what was found readable, and keep it."""
        found = list(self.findings.all())
        end = self.started + self.profile.seconds
        if self._interrupted:
            end = min(end, time.monotonic() + SECONDS_AFTER_INTERRUPT)
        for number, finding in enumerate(found):
            left = max(end - time.monotonic(), 1.0) / (len(found) - number)
            deadline = time.monotonic() + (0.0 if interrupted else left)
            with contextlib.suppress(KeyboardInterrupt):
                finding.example = shrunk(finding.terrain, finding.example, deadline, interrupted)
                self._in_a_smaller_scope(finding, deadline)
            start = finding.terrain.starts.index(finding.example.path.rows[0])
            memory.keep(finding.example, self.scopes[finding.scope].settings, start)

    def _in_a_smaller_scope(self, finding: Finding, deadline: float) -> None:
        """Show the same in an earlier scope, where that is possible: scopes are ordered by size."""
        for scope in range(finding.scope):
            if time.monotonic() > deadline:
                return
            smaller = answers.translated(self.terrain(scope), finding)
            if smaller is not None:
                finding.terrain, finding.scope = self.terrain(scope), scope
                finding.example = shrunk(finding.terrain, smaller, deadline)
                return

    # ---------------------------------------------------------------- walking
    def _draw(self) -> None:
        """Let Hypothesis draw mixes, and walk in each."""
        first = self.terrain(0)
        names = list(dict.fromkeys(f"{i.component}.{i.name}" for i in first.compiled.instances))

        @seeded(self.seed)
        @settings(
            max_examples=self.profile.examples,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(mixes([names] * len(self.scopes)))
        def example(mix: Mix) -> None:
            self._end_if_over()
            self.examples += 1
            self._walk(mix)

        example()
        self.cut = f"{self.examples:,} examples"

    def _walk(self, mix: Mix) -> None:
        terrain = self.terrain(mix.scope)
        terrain.forget_much()
        chance = random.Random(mix.seed)  # noqa: S311  (a sample, not a secret)
        until = terrain.steps + WALKS_PER_EXAMPLE * self.profile.steps
        for number in range(WALKS_PER_EXAMPLE**2):
            if terrain.steps >= until:
                return
            self._end_if_over()
            seen = terrain.sightings.seen
            length = max(int(self.profile.steps ** chance.random()), 1) if mix.brief else self.profile.steps
            walk = self._walkers[mix.scope].walk(mix, chance, length)
            self._idle_walks = 0 if terrain.sightings.seen > seen else self._idle_walks + 1
            found = walk.found
            if walk.error is None and self._wants_endings(terrain):
                found = [*found, *self._endings(walk, chance)]
            if found:
                self._keep(terrain, mix.scope, found)
            elif number == 0 and len(self.passing) < self._most_passing and not terrain.sightings.way(walk.began):
                self.passing.append((terrain, walk.path))
            if walk.error is not None:
                self._fail(walk.error, walk.path)

    def _wants_endings(self, terrain: Terrain) -> bool:
        return any(o.kind in LIVENESS and not o.broken and o.error is None for o in terrain.judges.opinions)

    def _endings(self, walk: Walk, chance: random.Random) -> Sequence[Any]:
        try:
            return broken_in_the_end(walk, settled(walk, chance, SETTLING * self.profile.steps))
        except (UserCodeError, ImpureError) as error:
            walk.error = error
            return ()

    def _keep(self, terrain: Terrain, scope: int, found: Sequence[Any]) -> None:
        self.findings.add(terrain, scope, found)
        if self._found_at is None and any(one.says and one.about.judged.kind != "reachable" for one in found):
            self._found_at = time.monotonic()

    def _fail(self, error: Exception, path: Path) -> NoReturn:
        self.error = error, path
        self.cut = "an error"
        raise _Over

    @property
    def _most_passing(self) -> int:
        return MOST_PASSING if self.show else 0

    # ---------------------------------------------------------------- when to end
    def _end_if_over(self) -> None:
        self._report()
        self.cut = self._reason_to_end()
        if self.cut:
            raise _Over

    def _reason_to_end(self) -> str:
        now = time.monotonic()
        seconds = self.profile.seconds
        if self._interrupted:
            return "interrupted"
        if self._found_at is not None and self.stop_at_first:
            return "stopped at the first refutation"
        if self._found_at is not None and now > self._found_at + min(MORE_SECONDS, seconds):
            return f"{MORE_SECONDS:g} more seconds after the first refutation"
        share = 1.0 - SHARE_OF_SHRINKING if self._found_at is not None else 1.0
        if now > self.started + seconds * share:
            return f"the bound of {seconds:g} seconds"
        if self.most_states is not None and self.seen >= self.most_states:
            return f"the bound of {self.most_states} states"
        if self.findings.nothing_is_left:
            return "every property is decided"
        if self._idle_walks >= MOST_IDLE_WALKS * len(self.scopes):
            return f"the last {self._idle_walks:,} walks met no new state"
        return ""

    @property
    def seen(self) -> int:
        """How many distinct states were met."""
        return sum(terrain.sightings.seen for terrain in self.terrains if terrain is not None)

    def _report(self) -> None:
        now = time.monotonic()
        before, states = self._reported
        if self.progress is not None and now - before >= 0.5:
            self._reported = now, self.seen
            self.progress(
                Progress(
                    states=self.seen,
                    rate=(self.seen - states) / (now - before),
                    frontier=0,
                    depth=self.profile.steps,
                    elapsed_seconds=now - self.started,
                )
            )
