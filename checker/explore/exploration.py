"""One exploration: what was found before is tried first, then Hypothesis draws mixes until the time is over or nothing
is left to learn; what was found is shrunk, and kept for next time.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from attrs import define, field
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.database import ExampleDatabase

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.check import instances_of, out_of_scope, selected
from clusterproof.checker.explore.endings import broken_in_the_end, settled
from clusterproof.checker.explore.findings import Finding, Findings
from clusterproof.checker.explore.mix import Mix, mixes
from clusterproof.checker.explore.profiles import Profile
from clusterproof.checker.explore.readable import make_readable
from clusterproof.checker.explore.recall import recall
from clusterproof.checker.explore.remembered import Memory
from clusterproof.checker.explore.scopes import ScopeChoice
from clusterproof.checker.explore.stop import Over, Stop
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.explore.walk import Walk, Walker
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.search import Path, Progress, noted_interrupts
from clusterproof.checker.symmetry import check_symmetry
from clusterproof.compiled import Compiled
from clusterproof.errors import ImpureError, UserCodeError

WALKS_PER_EXAMPLE = 8
"""Of full length; of shorter walks there are more, so that each example takes about as long."""

MOST_PASSING = 500
"""Among so many runs that broke nothing those to show are chosen."""

SETTLING = 10
"""A walk may take so many times its length until it has settled."""


@define(eq=False, kw_only=True)
class Exploration:
    """One exploration under way, and what it found.

    cut: why it ended, in words. error: what a function raised, where, and after which way.
    """

    scopes: Sequence[ScopeChoice]
    profile: Profile
    chosen: list[str] | None
    most_states: int | None
    most_bytes: int | None = None
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
    stop: Stop = field(init=False)
    memory: Memory = field(init=False)
    _walkers: dict[int, Walker] = field(init=False, factory=dict)
    _reported: tuple[float, int] = field(init=False, default=(0.0, 0))

    def __attrs_post_init__(self) -> None:
        seed = self.profile.seed
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self.terrains = [None] * len(self.scopes)
        self.findings = Findings()
        self.stop = Stop(
            profile=self.profile,
            most_states=self.most_states,
            most_bytes=self.most_bytes,
            stop_at_first=self.stop_at_first,
            scopes=len(self.scopes),
        )
        self._reported = self.stop.started, 0

    def run(self) -> None:
        """Try what is remembered, walk, and shrink. Ctrl-C ends the one, then the other."""
        first = self.terrain(0)
        self.stop.started = time.monotonic()  # however long it takes to make a large system ready
        self.memory = Memory(self.database, first.compiled.system.name)
        with noted_interrupts() as self.stop.interrupted:
            walking = time.monotonic()
            try:
                self.recalled = recall(self)
                if first.abouts:
                    self._end_if_over()
                    self._draw()
            except Over:
                pass
            except KeyboardInterrupt:
                self.cut = "interrupted"
            self.walking_seconds = time.monotonic() - walking
        with noted_interrupts() as interrupted:
            make_readable(self, interrupted)

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
            self.stop.idle_walks = 0 if terrain.sightings.seen > seen else self.stop.idle_walks + 1
            found = walk.found
            if walk.error is None and self._wants_endings(terrain):
                found = [*found, *self._endings(walk, chance)]
            if found:
                self.keep(terrain, mix.scope, found)
            elif number == 0 and len(self.passing) < self._most_passing and terrain.sightings.is_start(walk.began):
                self.passing.append((terrain, walk.path))
            if walk.error is not None:
                self.fail(walk.error, walk.path)

    def _wants_endings(self, terrain: Terrain) -> bool:
        return any(o.kind in LIVENESS and not o.broken and o.error is None for o in terrain.judges.opinions)

    def _endings(self, walk: Walk, chance: random.Random) -> Sequence[Counterexample]:
        try:
            return broken_in_the_end(walk, settled(walk, chance, SETTLING * self.profile.steps))
        except (UserCodeError, ImpureError) as error:
            walk.error = error
            return ()

    def keep(self, terrain: Terrain, scope: int, found: Sequence[Counterexample]) -> None:
        """Keep what was found, at once in the database, too: nothing is lost when the run is killed."""
        for finding in self.findings.add(terrain, scope, found):
            self.remember(finding)
        if any(one.says and one.about.judged.kind != "reachable" for one in found):
            self.stop.note_found()

    def remember(self, finding: Finding) -> None:
        """Put a finding into the database, in the place of what it was before."""
        example = finding.example
        if finding.kept is not None:
            self.memory.forget(example.about.judged.name, example.about.object_name, finding.kept)
        start = finding.terrain.starts.index(example.path.rows[0])
        finding.kept = self.memory.keep(example, self.scopes[finding.scope].settings, start)

    def fail(self, error: Exception, path: Path) -> NoReturn:
        """End, for a function raised."""
        self.error = error, path
        self.cut = "an error"
        raise Over

    @property
    def _most_passing(self) -> int:
        return MOST_PASSING if self.show else 0

    # ---------------------------------------------------------------- when to end
    def _end_if_over(self) -> None:
        self._report()
        self.cut = self._reason_to_end()
        if self.cut:
            raise Over

    def _reason_to_end(self) -> str:
        return self.stop.reason(self.seen, nothing_is_left=self.findings.nothing_is_left)

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
                    elapsed_seconds=now - self.stop.started,
                )
            )
