"""Comparing an engine with the reference engine, on the first states of the very system that was checked.

The reference engine explores them without a memory and calls every function twice. Nothing is sliced, nothing merged.
Where not all states are looked at, complete breadth-first levels are, so that both engines stop at the same place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import attrs
from attrs import define, frozen

from clusterproof.checker.answers import Answer, EngineRun, has_clock, located
from clusterproof.checker.engines import Engine
from clusterproof.checker.evidence import RUN
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.memo import remember
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.search import Options, Search
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, Instance, PropertyInstance, Step
from clusterproof.errors import ImpureError
from clusterproof.system import Bounds


@frozen(kw_only=True)
class Verification:
    """What came of a comparison.

    states, depth: how many were compared, and how many steps the farthest is away from the start. whole: those were all
    states of the scope. difference: what is wrong and where, empty when all is well. interrupted: nothing is known.
    """

    states: int
    depth: int
    whole: bool = False
    difference: str = ""
    interrupted: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether everything that was compared is equal."""
        return not self.difference and not self.interrupted

    def __str__(self) -> str:
        if self.interrupted:
            return "interrupted before the engines were compared"
        extent = f"all {self.states:,} states" if self.whole else f"{self.states:,} states, to depth {self.depth}"
        if self.difference:
            return self.difference
        return f"{extent}: the reference engine says the same, and every function does the same twice"


def verify_engine(
    compiled: Compiled,
    abouts: Sequence[PropertyInstance],
    options: Options,
    *,
    states: int,
    engine: Engine,
    called: str = "the engine",
) -> Verification:
    """Compare an engine with the reference engine.

    abouts: the properties to judge. options: those of the engine's run; its bounds on states and time do not count.
    states: about how many states to look at; the first step from the start always is. called: the engine's name.
    """
    comparison = _Comparison(compiled, [*abouts, PropertyInstance(judged=RUN)], _unhurried(options), engine, called)
    return comparison.verification(states)


def _unhurried(options: Options) -> Options:
    """The options of a run that stops nowhere but at its depth."""
    bounds = Bounds(depth=options.bounds.depth)
    return attrs.evolve(
        options,
        bounds=bounds,
        stop_at_first=False,
        more_seconds=math.inf,
        progress=None,
        verify=False,
        checkpoints=None,
        symmetry=False,
    )


class _Onlooker:
    """Watches a search for nothing but its states."""

    wants_steps = wants_graph = refuted = decided = False

    def on_states(self, search: Search, states: range) -> None:
        """Nothing to judge."""

    def on_step(self, search: Search, source: int, step: Step) -> None:
        """Nothing to judge."""

    def on_deadlock(self, search: Search, state: int) -> None:
        """Nothing to judge."""


@define(eq=False)
class _Comparison:
    """One system, one engine beside the reference engine."""

    compiled: Compiled
    abouts: Sequence[PropertyInstance]
    options: Options
    engine: Engine
    called: str

    def verification(self, states: int) -> Verification:
        """Explore twice, compare, and where something differs find out where."""
        search = self._measured(states)
        if isinstance(search.error, ImpureError):
            wrong = located(search.error, search.path(search.error_state).steps)
            return Verification(states=search.states, depth=search.depth, difference=wrong)
        options = self.options
        if search.cut == f"the bound of {states} states":  # the last level may not be complete
            options = self._to_depth(max(search.depth - 1, 1))
        expected = self._reference(self.compiled, self.abouts, options)
        done = partial(Verification, states=expected.states, depth=expected.depth, whole=expected.cut is None)
        if "interrupted" in (search.cut, expected.cut):
            return done(interrupted=True)
        wrong = next((answer.reason for answer in expected.answers if answer.verdict is Verdict.ERROR), "")
        if wrong:
            return done(difference=wrong)
        try:
            found = self.engine(self.compiled, self.abouts, options)
        except ImpureError as error:
            return done(difference=str(error))
        if found.cut == "interrupted":
            return done(interrupted=True)
        differences = list(_differences(expected, found))
        if not differences:
            return done()
        said = f"{self.called} and the reference engine disagree: {'; '.join(differences)}"
        return done(difference=f"{said}{self._place(search, expected.depth)}")

    def _measured(self, states: int) -> Search:
        """A search for about so many states: it says how deep to look, and the way to each state."""
        compiled, bounds = self.compiled, attrs.evolve(self.options.bounds, states=states)
        before = compiled.evaluate_with, compiled.enabled_with
        remember(compiled)
        try:
            search = Search(compiled, _Onlooker(), attrs.evolve(self.options, bounds=bounds))
            search.run()
        finally:
            compiled.evaluate_with, compiled.enabled_with = before
        return search

    def _reference(self, compiled: Compiled, abouts: Sequence[PropertyInstance], options: Options) -> EngineRun:
        return run_reference(compiled, abouts, attrs.evolve(options, memo=False, verify=True))

    def _to_depth(self, depth: int) -> Options:
        least = depth if self.options.bounds.depth is None else min(depth, self.options.bounds.depth)
        return attrs.evolve(self.options, bounds=Bounds(depth=least))

    # ---------------------------------------------------------------- where
    def _place(self, search: Search, depth: int) -> str:
        """Which function differs and in which state, as far as that shows when it is alone."""
        rows = [row for number, row in enumerate(search.rows) if row and search.depth_of(number) < depth]
        suspects: list[list[Instance]] = [[]] if has_clock(self.compiled) else []
        for suspect in (*suspects, *([instance] for instance in self.compiled.instances)):
            if self._differs(suspect, rows):
                blamed = rows.index(self._first_wrong(suspect, rows))
                who = str(suspect[0]) if suspect else str(self.compiled.clock)
                return "; " + located(ValueError(f"{who} differs"), search.path(blamed).steps)
        return ""

    def _first_wrong(self, suspect: Sequence[Instance], rows: Sequence[str]) -> str:
        """The state with which the first rows begin to differ."""
        fine, wrong = 0, len(rows)
        while wrong - fine > 1:
            middle = (fine + wrong) // 2
            if self._differs(suspect, rows[:middle]):
                wrong = middle
            else:
                fine = middle
        return rows[wrong - 1]

    def _differs(self, suspect: Sequence[Instance], rows: Sequence[str]) -> bool:
        """Whether one step from these rows is not the same, with nobody else acting."""
        part = self.compiled.sliced(range(len(self.compiled.schema.slots)), suspect)
        part.starts = tuple(rows)
        options, nothing = self._to_depth(1), [PropertyInstance(judged=RUN)]
        expected, found = (explore(part, nothing, options) for explore in (self._reference, self.engine))
        return any(_differences(expected, found))


def _differences(expected: EngineRun, found: EngineRun) -> Iterator[str]:
    """What two runs do not agree on."""
    for name in ("states", "transitions", "stuttering", "depth"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        if ours != theirs:
            yield f"{ours:,} {name}, not {theirs:,}"
    for depth, (ours, theirs) in enumerate(zip(found.levels, expected.levels, strict=False)):
        if ours != theirs:
            yield f"at depth {depth} {ours}, not {theirs}"
            break
    apart = (set(found.rows) ^ set(expected.rows)) - {""} if found.rows else ()
    if apart:
        yield f"{len(apart):,} states are in one of them only"
    if set(found.exhausted) != set(expected.exhausted):
        yield "not the same pools ran out of ids"
    if found.fired != expected.fired:
        yield f"only one of them saw {_listed(found.fired ^ expected.fired)}"
    if found.marks != expected.marks:
        yield f"only one of them met {_listed(found.marks ^ expected.marks)}"
    yield from _disagreements(expected, found)


def _disagreements(expected: EngineRun, found: EngineRun) -> Iterator[str]:
    for ours, theirs in zip(found.answers, expected.answers, strict=True):
        if _said(ours) != _said(theirs):
            about = f"{theirs.about.judged.name} {theirs.about.object_name}".strip()
            yield f"of {about} they say {_text(ours)} and {_text(theirs)}"


def _said(answer: Answer) -> object:
    """The verdict, and per claim how long its trace is, with how many faults; one loop is as good as another."""
    if answer.about.judged.kind in LIVENESS:
        return answer.verdict
    shown = ((c.says, len(c.path.steps), sum(by.fault for by, _ in c.path.steps)) for c in answer.counterexamples)
    return answer.verdict, set(shown)


def _text(answer: Answer) -> str:
    word = "nothing" if answer.verdict is None else answer.verdict.value
    lengths = ", ".join(f"{c.says!r} in {len(c.path.steps)} steps" for c in answer.counterexamples)
    return f"{word} ({lengths})" if lengths else word


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))
