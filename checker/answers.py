"""What an engine answers, and how answers are made from what a search has seen.

What is said of a property holds for the system that was explored, be it the whole or a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from attrs import field, frozen

from clusterproof.checker import fairness, liveness
from clusterproof.checker.judging import LIVENESS, Finding
from clusterproof.checker.rows import ListedRows, Rows
from clusterproof.checker.search import LevelCounts, Options, Path, Stepped
from clusterproof.checker.statistics import FunctionStatistics
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError


@frozen(kw_only=True)
class Counterexample:
    """An execution that refutes a property, or for `reachable` shows that it can happen.

    says: the claim. loop_from: the index of the row that the last step returns to; stutters: nothing happens after
    the last step. starved: the fair instances that the loop never takes, and those nobody promised anything of.
    """

    about: PropertyInstance
    says: str
    path: Path
    loop_from: int | None = None
    stutters: bool = False
    starved: tuple[liveness.Starved, ...] = ()


@frozen(kw_only=True)
class Answer:
    """The answer for one property and object. No verdict: it was not checked, for the reason given."""

    about: PropertyInstance
    verdict: Verdict | None
    reason: str = ""
    counterexamples: tuple[Counterexample, ...] = ()
    needs: str = ""


@frozen(kw_only=True)
class EngineRun:
    """What an engine hands back: an answer for each property instance, in the order given, and what was explored.

    chance_missed: the chance that states were taken for others, and so missed. symmetry: the ids that states were
    merged by, "none" where they were not. full_states: how many states there would be without merging at most, exactly
    so many where all ids start alike and none comes from a pool; 0 where nobody counted. merged: the id types that
    states were merged by, of which every function was watched. earlier: other explorations
    that it took, with counts of their own. resumed: a checkpoint said what came of it, and nothing was explored.
    """

    engine: str
    answers: tuple[Answer, ...]
    states: int
    transitions: int
    stuttering: int
    depth: int
    seconds: float
    cut: str | None
    exhausted: tuple[str, ...]
    fired: frozenset[Instance]
    marks: frozenset[str]
    diagnostics: tuple[str, ...] = ()
    rows: Rows = field(default=ListedRows(), repr=False)
    levels: Sequence[LevelCounts] = field(default=(), repr=False)
    chance_missed: float = 0.0
    statistics: Sequence[FunctionStatistics] = field(default=(), repr=False)
    symmetry: str = "none"
    full_states: int = 0
    merged: frozenset[Any] = frozenset()
    earlier: Sequence[EngineRun] = field(default=(), repr=False)
    resumed: bool = False

    @property
    def exhaustive(self) -> bool:
        """Whether all states of the scope were seen."""
        return self.cut is None and not self.exhausted


class Explored(Protocol):
    """What a search has seen: see Search for the names."""

    @property
    def compiled(self) -> Compiled:
        """The system that was explored."""

    @property
    def options(self) -> Options:
        """How it was searched."""

    @property
    def cut(self) -> str | None:
        """Why it stopped early."""

    @property
    def error(self) -> Exception | None:
        """What user code raised."""

    @property
    def error_state(self) -> int:
        """Where it did."""

    @property
    def states(self) -> int:
        """How many states were found."""

    @property
    def exhausted(self) -> Mapping[str, None]:
        """The pools that had no id left."""

    @property
    def fired(self) -> set[Instance]:
        """What was taken at least once."""

    def path(self, state: int) -> Path:
        """The shortest way to a state."""


@frozen
class FairRun:
    """See FairLoop, with the rows that the steps lead to in the place of their numbers."""

    stem_state: int
    path: tuple[tuple[int, str], ...]
    loop: tuple[tuple[int, str], ...]
    starved: tuple[liveness.Starved, ...]


FindLoop = Callable[[Finding], liveness.FairLoop | FairRun | None]
"""Looks for a fair run that breaks a liveness property."""


def answers(search: Explored, findings: Sequence[Finding], find_loop: FindLoop) -> list[Answer]:
    """Decide every property by what a search has found."""
    answers: list[Answer] = []
    interrupted = False
    for finding in findings:
        loops: list[Counterexample] = []
        skipped = interrupted or (search.options.stop_at_first and any(a.verdict is Verdict.REFUTED for a in answers))
        if finding.kind in LIVENESS and finding.error is None and not skipped:
            try:
                loops = _loops(search, finding, find_loop(finding))
            except KeyboardInterrupt:
                interrupted = skipped = True
        answer = _answer(search, finding, loops)
        if answer.verdict is not Verdict.REFUTED and skipped and finding.kind in LIVENESS:
            why = "interrupted" if interrupted else "stopped at the first refutation"
            answer = Answer(about=finding.about, verdict=Verdict.UNDETERMINED, reason=why)
        answers.append(answer)
    return answers


def _answer(search: Explored, finding: Finding, loops: Sequence[Counterexample]) -> Answer:
    """Decide one property. What was cut short is never PROVED; what made no claim was not checked."""
    about = finding.about
    places = sorted(finding.places.items(), key=lambda item: item[1].nearness)
    shown = tuple(loops) or tuple(
        Counterexample(about=about, says=says, path=place.path(search)) for says, place in places
    )
    answer = partial(Answer, about=about)
    witnessed = finding.kind == "reachable" and finding.said and finding.said == finding.places.keys()
    if finding.error is not None:
        path = () if finding.error_place is None else finding.error_place.path(search).steps
        return answer(verdict=Verdict.ERROR, reason=located(finding.error, path))
    if witnessed:
        return answer(verdict=Verdict.PROVED, counterexamples=shown)
    if finding.kind != "reachable" and shown:
        return answer(verdict=Verdict.REFUTED, reason=shown[0].says, counterexamples=shown)
    if search.error is not None:
        return answer(verdict=Verdict.ERROR, reason=located(search.error, search.path(search.error_state).steps))
    if search.cut is not None:
        return answer(verdict=Verdict.UNDETERMINED, reason=f"{search.cut}; {search.states:,} states seen")
    if search.exhausted:
        pools = ", ".join(search.exhausted)
        return answer(verdict=Verdict.UNDETERMINED, reason=f"the pool {pools} ran out of ids; make it larger")
    idle = _never_fired(search, about)
    if idle:
        return answer(verdict=None, reason=f"{idle} never fired", needs=idle)
    if finding.vacuous:
        return answer(verdict=None, reason="`given` was never true" if finding.kind == "leads_to" else "made no claim")
    if finding.kind == "reachable":
        missing = sorted(finding.said - finding.places.keys())
        return answer(verdict=Verdict.REFUTED, reason=f"in no reachable state: {'; '.join(missing)}")
    return answer(verdict=Verdict.PROVED)


def located(error: Exception, steps: Sequence[Stepped]) -> str:
    """What was raised, and after which steps."""
    first, newline, rest = str(error).partition("\n")
    taken = ", ".join(f"{step} -> {label}" if label else str(step) for step, label in steps)
    return f"{first} ({f'after {taken}' if taken else 'in the initial state'}){newline}{rest}"


def _never_fired(search: Explored, about: PropertyInstance) -> str:
    """The first action that the property needs, which could fire and never did; empty when all of them did."""
    able = set(map(plain, search.compiled.action_names))
    fired = {plain(instance.name) for instance in search.fired}
    for need in about.judged.needs:
        names = alternatives(need)
        if names & able and not names & fired:
            return need
    return ""


def alternatives(need: str) -> set[str]:
    """The names any of which is what a property needs: `drain`, or `cordon or drain`."""
    return {plain(name) for name in need.split(" or ")}


def plain(name: str) -> str:
    """A name with dashes, as commands and verdicts write it."""
    return name.replace("_", "-")


def _loops(search: Explored, finding: Finding, found: liveness.FairLoop | FairRun | None) -> list[Counterexample]:
    if found is None:
        return []
    path = search.path(found.stem_state)
    loop_from = len(path.steps) + len(found.path)
    for label, target in (*found.path, *found.loop):
        row = target if isinstance(target, str) else search.path(target).rows[-1]
        path = path.then(_stepped(search, path.rows[-1], label, row), row)
    return [
        Counterexample(
            about=finding.about,
            says=promise_of(finding.about),
            path=path,
            loop_from=loop_from if found.loop else None,
            stutters=not found.loop,
            starved=found.starved,
        )
    ]


def promise_of(about: PropertyInstance) -> str:
    """What a liveness property says, in one line."""
    return about.judged.doc or about.judged.name


def fairness_of(compiled: Compiled) -> dict[int, fairness.Fairness]:
    """What is promised of each instance. Nothing is promised of a fault; the clock is weakly fair."""
    promised = [i for i in (*compiled.instances, compiled.clock) if i.fairness is not None and not i.fault]
    return {i.number: fairness.Fairness(i.fairness.value) for i in promised if i.fairness is not None}


def _stepped(search: Explored, source: str, label: int, target: str) -> Stepped:
    """The step between two states, with the label of its choices."""
    for step in search.compiled.steps(source).steps:
        if step.instance.number == label and step.row == target:
            return step.instance, step.label
    raise ImpureError("a step that was found before is gone: a function is impure")


def has_clock(compiled: Compiled) -> bool:
    """Whether time can pass in the system."""
    deadlines = any(instance.deadline_slot >= 0 for instance in compiled.instances)
    return compiled.evaluator.timed and (bool(compiled.timer_slots) or deadlines)
