"""The learned engine: what it explores of a system, and in how many explorations.

Where ids are interchangeable, states that differ by their names only are merged. What can be answered on such states
is answered first. The rest is about single ids (what happens to one of them for ever, or to one of several that were
not alike in the beginning): these are told apart, and what remains even then is explored as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from attrs import define, field

from clusterproof.checker.answers import Answer, EngineRun
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.learned.exploration import Explored, explore
from clusterproof.checker.learned.family_findings import answer_renamed
from clusterproof.checker.learned.orbits import (
    Classes,
    SymmetryLost,
    absent,
    alike,
    families,
    find_classes,
    told_apart_by,
)
from clusterproof.checker.renaming import id_types_of
from clusterproof.checker.rows import JoinedRows
from clusterproof.checker.search import Options
from clusterproof.checker.statistics import joined_statistics
from clusterproof.checker.verdict import Verdict
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError

Abouts = Sequence[PropertyInstance]


def run(compiled: Compiled, properties: Abouts, options: Options) -> EngineRun:
    """Explore a compiled system, and judge it by the properties."""
    if not options.symmetry:
        return explore(compiled, properties, options).run
    return _Rounds(compiled, tuple(properties), options).run()


@define(eq=False)
class _Rounds:
    """The explorations of one run.

    without: id types that turned out not to be interchangeable. told_apart: those that single properties tell apart.
    unmerged: properties to be judged where nothing is merged. runs: the explorations made so far; answers: what they
    answered.
    """

    compiled: Compiled
    properties: tuple[PropertyInstance, ...]
    options: Options
    without: set[Any] = field(init=False, factory=set)
    told_apart: dict[Property[Any], frozenset[Any]] = field(init=False, factory=dict)
    unmerged: set[PropertyInstance] = field(init=False, factory=set)
    runs: list[EngineRun] = field(init=False, factory=list)
    answers: dict[PropertyInstance, Answer] = field(init=False, factory=dict)
    started: float = field(init=False, factory=time.monotonic)
    refuted_at: float | None = field(init=False, default=None)

    def run(self) -> EngineRun:
        """Explore until every property has its answer."""
        for explore_some in (self._merged, self._told_apart, self._as_it_is):
            pending = [about for about in self.properties if about not in self.answers]
            over = self._is_over()
            if over:
                left = {about: Answer(about=about, verdict=Verdict.UNDETERMINED, reason=over) for about in pending}
                self.answers |= left
                break
            if pending or not self.runs:
                explore_some(pending)
        return self._together()

    # ---------------------------------------------------------------- rounds
    def _merged(self, pending: Abouts) -> None:
        """All that can be said of states that are merged as far as possible."""

        def choose(classes: Classes) -> tuple[Abouts, Classes]:
            classes = alike(self.compiled, pending, classes)
            others = absent(self.compiled, pending, classes)
            if self.compiled.cut:  # what a slice does not show is judged by these properties alone
                hints = {hint for other in others for hint in id_types_of(other.judged)}
                return pending, classes.without(hints)
            return [*pending, *others], classes

        self._explore(pending, choose)

    def _told_apart(self, pending: Abouts) -> None:
        """What is said of single ids, which are told apart; of several that are alike, about one of them."""
        pending = [about for about in pending if about not in self.unmerged]
        if not pending:
            return
        others: dict[PropertyInstance, list[PropertyInstance]] = {}

        def choose(classes: Classes) -> tuple[Abouts, Classes]:
            others.clear()
            abouts: list[PropertyInstance] = []
            told_apart = frozenset().union(*(self.told_apart.get(about.judged, ()) for about in pending))
            classes = classes.without(told_apart)
            for family in families(self.compiled, pending, alike(self.compiled, pending, classes)):
                uniform = family.uniform and family.members[0].judged.kind in LIVENESS
                abouts += family.members[:1] if uniform else family.members
                others[family.members[0]] = [*family.members[1:]] if uniform else []
            return abouts, told_apart_by(abouts, classes)

        classes = self._explore(pending, choose)
        for about, alike_ones in others.items():
            there = [one for one in alike_ones if about in self.answers and one not in self.answers]
            for other in there:
                answer = answer_renamed(self.compiled, self.answers[about], other, classes)
                if answer is not None:
                    self.answers[other] = answer

    def _as_it_is(self, pending: Abouts) -> None:
        """What is left, without merging anything."""
        self._note(explore(self.compiled, pending, self._remaining()))

    def _explore(self, pending: Abouts, choose: Callable[[Classes], tuple[Abouts, Classes]]) -> Classes:
        """Explore with the classes that are left; choose: which properties, and the classes to merge by."""
        while True:
            classes = self._classes()
            abouts, chosen = choose(classes)
            try:
                if chosen.of:
                    self._note(explore(self.compiled, abouts, self._remaining(), chosen))
                else:
                    self._note(explore(self.compiled, pending, self._remaining()))
            except SymmetryLost as lost:
                self.without |= lost.hints
            else:
                return classes

    def _classes(self) -> Classes:
        """The ids that look interchangeable."""
        try:
            found = find_classes(self.compiled, without=self.without)
        except (UserCodeError, ImpureError):  # the search meets it, too, and says after which steps
            return Classes(of=())
        allowed = self.options.mergeable
        if allowed is None:
            return found
        # What a slice leaves out is shown to be symmetric for ids of pools, and where it is declared.
        kept = (each for each in found.of if each.hint in allowed and (each.pooled or each.declared))
        return attrs.evolve(found, of=tuple(kept))

    # ---------------------------------------------------------------- what came of them
    def _note(self, explored: Explored) -> None:
        run = explored.run
        self.unmerged |= explored.unmerged
        self.told_apart |= explored.told_apart
        self.runs.append(run)
        found = [answer for answer in run.answers if answer.about not in explored.unknown]
        self.answers |= {answer.about: answer for answer in found}
        refuted = any(answer.verdict is Verdict.REFUTED for answer in self.answers.values())
        if refuted and (self.refuted_at is None or run.resumed):  # what was found before takes nothing of the time
            self.refuted_at = time.monotonic()

    def _is_over(self) -> str:
        """Why nothing more is explored, or nothing."""
        if not self.runs:
            return ""
        if self.runs[-1].cut == "interrupted":
            return "interrupted"
        if self.options.stop_at_first and self.refuted_at is not None:
            return "stopped at the first refutation"
        left = self._remaining().bounds.seconds
        if left is None or left > 0:
            return ""
        return next((run.cut for run in reversed(self.runs) if run.cut is not None), "no time left")

    def _remaining(self) -> Options:
        """The options with the seconds that are left, of the bound and after the first refutation."""
        now, bounds = time.monotonic(), self.options.bounds
        left = [] if bounds.seconds is None else [bounds.seconds - (now - self.started)]
        if self.refuted_at is not None:
            left.append(self.options.more_seconds - (now - self.refuted_at))
        if not left or (not self.runs and not self.without):
            return self.options
        return attrs.evolve(self.options, bounds=attrs.evolve(bounds, seconds=max(min(left), 0.0)))

    def _together(self) -> EngineRun:
        """The last exploration, with the answers of all."""
        *earlier, last = self.runs
        return attrs.evolve(
            last,
            answers=tuple(self.answers[about] for about in self.properties),
            cut=next((run.cut for run in self.runs if run.cut is not None), None),
            exhausted=_united(run.exhausted for run in self.runs),
            fired=frozenset().union(*(run.fired for run in self.runs)),
            marks=frozenset().union(*(run.marks for run in self.runs)),
            diagnostics=_united(run.diagnostics for run in self.runs),
            statistics=joined_statistics([one for run in self.runs for one in run.statistics]),
            rows=JoinedRows(tuple(run.rows for run in self.runs)),
            merged=frozenset().union(*(run.merged for run in self.runs)) - self.without,
            earlier=tuple(earlier),
            resumed=all(run.resumed for run in self.runs),
        )


def _united(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for part in parts for one in part))
