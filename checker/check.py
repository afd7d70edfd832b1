"""Check a system: choose the properties, explore what each of them depends on, and put the answers together."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import attrs
from attrs import define, field

from clusterproof.checker.answers import Answer, EngineRun, alternatives, has_clock, plain
from clusterproof.checker.checkpoints import CheckpointDirectory, Checkpoints
from clusterproof.checker.engines import AUTO, Engine, engine_named, run_auto, run_learned
from clusterproof.checker.evidence import build_trace
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.memory import peak_mib
from clusterproof.checker.replay import ReplayError
from clusterproof.checker.result import CheckResult, Exploration, PropertyResult
from clusterproof.checker.rows import ListedRows, Rows
from clusterproof.checker.search import Options, Progress
from clusterproof.checker.slicing import Footprints, Limits, Plan, explore_slice
from clusterproof.checker.statistics import FunctionStatistics, joined_statistics
from clusterproof.checker.symmetry import check_symmetry
from clusterproof.checker.verdict import Verdict
from clusterproof.checker.verification import Verification, verify_engine
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.system import Bounds, System

WHOLE_FIRST_STATES = 150_000
"""How many states of the whole are looked at before slicing: up to here, finding slices would take longer."""

Results = dict[PropertyInstance, PropertyResult]


TIMED_ASSUMPTIONS = (
    "no component is slow",
    "faults and heals strike only when something in the checked slice is due",
)


def check_system(
    system: System[Any],
    *,
    properties: Iterable[str] | None = None,
    bounds: Bounds | None = None,
    engine: str = AUTO,
    stop_at_first: bool = False,
    sliced: bool | None = None,
    symmetry: bool | None = None,
    progress: Callable[[Progress], None] | None = None,
    memo: bool = True,
    verify: int = 0,
    machine_code: bool = True,
    fingerprint_bits: int = 64,
    more_seconds: float = 60.0,
    whole_first: int = WHOLE_FIRST_STATES,
    checkpoints: Checkpoints | None = None,
) -> CheckResult:
    """Check a system and answer property by property.

    properties: the names of those to check, all unless told; one that is chosen by name and has nothing to say is
    UNDETERMINED. bounds: where to stop, the system's own unless told. engine: by name; the result says which one it
    was. sliced: explore for each property only what it depends on, as the system says unless told; a system of no more
    than `whole_first` states is explored whole. symmetry: the learned engine may explore one of the states that differ
    by interchangeable ids only, as the system says unless told. verify: how many states the reference engine explores
    again, with every function called twice, to compare the engine with it; what differs is an ERROR.
    machine_code: whether the learned engine may compile its loops. fingerprint_bits: by how many bits it tells states
    apart, 64 or 128; with 64 it goes over to 128 where the chance of a mistake is above 1 in 1,000.
    checkpoints: what is kept of a long run. Raises CheckpointError when that cannot be gone on with, SpecError when the
    specification is wrong, or a name or an engine is unknown.
    """
    if engine == "explore":
        raise SpecError("an exploration is no check.\n  write explore_system(...), or clusterproof explore")
    options = Options(
        bounds=bounds or system.bounds,
        stop_at_first=stop_at_first,
        more_seconds=more_seconds,
        memo=memo,
        machine_code=machine_code,
        fingerprint_bits=fingerprint_bits,
        progress=progress,
        symmetry=system.symmetry if symmetry is None else symmetry,
    )
    if checkpoints is not None and engine == "reference":
        raise SpecError("the reference engine writes no checkpoints.\n  leave the engine out")
    run = _Run(system=system, engine=engine_named(engine), options=options, whole_first=whole_first)
    started = time.monotonic()
    chosen = None if properties is None else list(properties)
    slices = system.sliced if sliced is None else sliced
    if checkpoints is not None:
        run.keep(checkpoints, chosen, (engine, slices))
    results = run.check(chosen, sliced=slices)
    taken = (run.engine_name or engine) if engine == AUTO else engine
    verified = run.verified(chosen, verify, taken) if verify and not run.interrupted else None
    return CheckResult(
        engine=run.engine_name or engine,
        timing=system.timing,
        properties=(*results, *verification_results(verified)),
        explorations=tuple(run.explorations),
        assumptions=tuple(dict.fromkeys((*assumptions_of(run.whole), *run.slice_assumptions))),
        never_fired=run.never(fault=False),
        never_struck=run.never(fault=True),
        marks=tuple(sorted(run.marks)),
        marks_missing=tuple(mark for mark in declared_marks(run.whole) if mark not in run.marks),
        diagnostics=tuple(dict.fromkeys(run.diagnostics)),
        statistics=joined_statistics(run.statistics),
        verified=str(verified) if verified is not None and verified.succeeded else "",
        seconds=time.monotonic() - started,
        peak_mib=peak_mib(),
    )


@define(eq=False, kw_only=True)
class _Run:
    """One check under way."""

    system: System[Any]
    engine: Engine
    options: Options
    whole_first: int
    whole: Compiled = field(init=False)
    footprints: Footprints = field(init=False)
    explorations: list[Exploration] = field(factory=list)
    diagnostics: list[str] = field(factory=list)
    fired: set[str] = field(factory=set)
    marks: set[str] = field(factory=set)
    slice_assumptions: list[str] = field(factory=list)
    statistics: list[FunctionStatistics] = field(factory=list)
    engine_name: str = ""
    interrupted: bool = False
    refuted_at: float | None = None
    started: float = field(factory=time.monotonic)

    def __attrs_post_init__(self) -> None:
        self.whole = Compiled(self.system)
        self.footprints = Footprints(self.whole)
        self.footprints.vetted = frozenset()

    def keep(self, wanted: Checkpoints, chosen: Sequence[str] | None, how: Iterable[object]) -> None:
        """From now on keep checkpoints. how: what decides besides the options what is found."""
        from clusterproof.checker.learned.model_hash import model_hash  # noqa: PLC0415  (few runs need it)

        options = self.options
        decide = (*how, self.whole_first, options.stop_at_first, options.symmetry, options.fingerprint_bits)
        check = model_hash(self.whole, instances_of(self.whole, selected(self.system, chosen)), decide)
        self.options = attrs.evolve(options, checkpoints=CheckpointDirectory.opened(wanted, check))

    def check(self, chosen: Sequence[str] | None, *, sliced: bool) -> list[PropertyResult]:
        """The results in the declared order of the properties."""
        wanted = instances_of(self.whole, selected(self.system, chosen))
        results = {about: out for about in wanted if (out := out_of_scope(self.whole, about)) is not None}
        inside = [about for about in wanted if about not in results]
        if inside or not wanted:
            with contextlib.suppress(UserCodeError):  # the search meets it, too, and says after which steps
                # Where it stops depends on time, and a checkpoint on which values were met, in which order.
                check_symmetry(self.whole if self.options.checkpoints is None else Compiled(self.system))
            if not sliced or self.whole_first:
                results |= self._explore_whole(inside, first_look=sliced)
            if sliced:
                results |= self._explore_slices(self._undecided(inside, results))
        said = {about.judged.name for about in wanted if results[about].verdict is not None}
        return [named(results[a], by_name=chosen is not None and a.judged.name not in said) for a in wanted]

    def _explore_whole(self, abouts: Sequence[PropertyInstance], *, first_look: bool) -> Results:
        """Let the engine explore the whole system; a first look stops before it gets expensive."""
        options = self._remaining()
        if first_look:
            least = min(self.whole_first, options.bounds.states or self.whole_first)
            options = attrs.evolve(options, bounds=attrs.evolve(options.bounds, states=least))
            self.whole.observe, self.whole.recall = self.footprints.note, self.footprints.recall
        run = self.engine(self.whole, abouts, options)
        self.whole.observe = self.whole.recall = None
        self.footprints.vetted = run.merged
        self._note(self.whole, run, first_look=first_look)
        return {answer.about: with_traces(self.whole, answer, run.states) for answer in run.answers}

    def _undecided(self, abouts: Sequence[PropertyInstance], results: Results) -> list[PropertyInstance]:
        """What a first look at the whole left open."""
        if all(one.exhaustive for one in self.explorations) and self.explorations:
            return []
        return [about for about in abouts if about not in results or results[about].verdict is Verdict.UNDETERMINED]

    def _explore_slices(self, abouts: Sequence[PropertyInstance]) -> Results:
        """Let the engine explore what each group of properties depends on, and no more."""
        over = self._is_over()
        results: Results = {about: result_for(about, Verdict.UNDETERMINED, over) for about in abouts}
        # What is sampled decides which slices there are: the same ones again where a check is gone on with.
        limits = Limits() if self.options.checkpoints is None else Limits(sampled_seconds=math.inf)
        plan = Plan.of(self.footprints, () if over else abouts, limits)
        while plan:
            task = plan.next()
            over = self._is_over()
            if over:
                results |= {about: result_for(about, Verdict.UNDETERMINED, over) for about in task.abouts}
                continue
            search = partial(self._engine_on, task.abouts, plan.mergeable, 1 + len(plan))
            part, run = explore_slice(plan.slice_for(task), search, _rows_that_matter, _silent)
            self._note(part.compiled, run, cut_away=part.cut_away)
            self.slice_assumptions += part.assumptions
            settled = plan.settled(part, run)
            results |= {answer.about: with_traces(part.compiled, answer, run.states) for answer in settled}
        return results

    def _engine_on(
        self, abouts: Sequence[PropertyInstance], mergeable: frozenset[Any], sharing: int, part: Compiled
    ) -> EngineRun:
        """Explore a slice, with a fair share of the seconds that are left."""
        options = attrs.evolve(self._remaining(), mergeable=mergeable)
        if options.bounds.seconds is not None:
            share = attrs.evolve(options.bounds, seconds=options.bounds.seconds / sharing)
            options = attrs.evolve(options, bounds=share)
        large = self.engine is run_auto and self.engine_name == "learned"  # the slices are hardly small, either
        return self._with_reason((run_learned if large else self.engine)(part, abouts, options))

    def _with_reason(self, run: EngineRun) -> EngineRun:
        """Say which limit it was that left no more seconds."""
        if run.cut is None or not re.fullmatch(r"the bound of \S+ seconds", run.cut):
            return run
        why = self._out_of_time()
        answers = (attrs.evolve(a, reason=a.reason.replace(run.cut, why)) for a in run.answers)
        return attrs.evolve(run, cut=why, answers=tuple(answers))

    def _out_of_time(self) -> str:
        """Which of the two limits on time ends first."""
        bound, refuted_at = self.options.bounds.seconds, self.refuted_at
        if refuted_at is None or (bound is not None and self.started + bound < refuted_at + self.options.more_seconds):
            return f"the bound of {bound:g} seconds"
        return f"{self.options.more_seconds:g} more seconds after the first refutation"

    def _is_over(self) -> str:
        """Why nothing more is explored, or nothing."""
        if self.interrupted:
            return "interrupted"
        if self.options.stop_at_first and self.refuted_at is not None:
            return "stopped at the first refutation"
        left = self._remaining().bounds.seconds
        return "" if left is None or left > 0 else self._out_of_time()

    def _note(self, part: Compiled, run: EngineRun, *, first_look: bool = False, cut_away: Sequence[str] = ()) -> None:
        self.explorations += [
            Exploration(
                part=_part_name(part),
                properties=tuple(dict.fromkeys(answer.about.judged.name for answer in one.answers)),
                cut_away=tuple(cut_away),
                symmetry=one.symmetry,
                full_states=one.full_states,
                states=one.states,
                transitions=one.transitions,
                stuttering=one.stuttering,
                depth=one.depth,
                seconds=one.seconds,
                cut=one.cut,
                exhausted=one.exhausted,
                first_look=first_look and one.cut == f"the bound of {self.whole_first} states",
                chance_missed=one.chance_missed,
                resumed=one.resumed,
            )
            for one in (*run.earlier, run)
        ]
        self.engine_name = run.engine if self.engine_name != "learned" else self.engine_name
        self.interrupted = self.interrupted or run.cut == "interrupted"
        refuted = self.refuted_at is not None or any(answer.verdict is Verdict.REFUTED for answer in run.answers)
        if refuted and (self.refuted_at is None or run.resumed):  # what was found before takes nothing of the time
            self.refuted_at = time.monotonic()
        self.diagnostics += run.diagnostics
        self.fired |= {f"{instance.component}.{instance.name}" for instance in run.fired}
        self.marks |= run.marks
        self.statistics += run.statistics

    def _remaining(self) -> Options:
        """The options with the seconds that are left, of the bound and after the first refutation."""
        now = time.monotonic()
        left = [] if self.options.bounds.seconds is None else [self.options.bounds.seconds - (now - self.started)]
        if self.refuted_at is not None:
            left.append(self.options.more_seconds - (now - self.refuted_at))
        if not left:
            return self.options
        return attrs.evolve(self.options, bounds=attrs.evolve(self.options.bounds, seconds=max(min(left), 0.0)))

    def verified(self, chosen: Sequence[str] | None, states: int, engine: str) -> Verification:
        """The engine compared with the reference engine on the first states of the whole, nothing reduced."""
        wanted = instances_of(self.whole, selected(self.system, chosen))
        inside = [about for about in wanted if out_of_scope(self.whole, about) is None]
        return verify_engine(
            self.whole, inside, self.options, states=states, engine=engine_named(engine), called=engine
        )

    def never(self, *, fault: bool) -> tuple[str, ...]:
        """The actions (or faults) of the scope that never did anything."""
        names = dict.fromkeys(f"{i.component}.{i.name}" for i in self.whole.instances if i.fault is fault)
        return tuple(name for name in names if name not in self.fired) if self.explorations else ()


def _rows_that_matter(run: EngineRun) -> Rows:
    """The states on which a slice has to be shown right: none where it answered nothing."""
    answered = any(answer.verdict is not Verdict.UNDETERMINED for answer in run.answers)
    return run.rows if answered else ListedRows()


def _silent(run: EngineRun) -> list[PropertyInstance]:
    """The properties that made no claim."""
    return [answer.about for answer in run.answers if answer.verdict is None]


def selected(system: System[Any], chosen: Sequence[str] | None) -> list[Property[Any]]:
    """The properties of these names. Raises SpecError for an unknown name, and says which one is near."""
    known: dict[str, list[Property[Any]]] = {}
    if system.deadlock == "forbidden":
        known[NO_DEADLOCK.name] = [NO_DEADLOCK]
    for judged in system.properties:  # those that share a name are parts of one property
        known.setdefault(judged.name, []).append(judged)
    if chosen is None:
        return [judged for parts in known.values() for judged in parts]
    for name in chosen:
        if plain(name) not in known:
            near = difflib.get_close_matches(plain(name), known, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
            raise SpecError(f"there is no property {name!r}.\n  {hint}")
    names = set(map(plain, chosen))
    return [judged for name, parts in known.items() if name in names for judged in parts]


def instances_of(compiled: Compiled, properties: Iterable[Property[Any]]) -> list[PropertyInstance]:
    """The properties, once per object."""
    return [
        about
        for judged in properties
        for about in (
            [PropertyInstance(judged=judged)] if judged is NO_DEADLOCK else compiled.property_instances(judged)
        )
    ]


def out_of_scope(compiled: Compiled, about: PropertyInstance) -> PropertyResult | None:
    """The result for what the scope leaves nothing to say about; None for a property that is to be checked."""
    judged = about.judged
    if judged.timed_only and compiled.system.timing != "timed":
        return attrs.evolve(result_for(about, None, "not applicable in untimed scope"), needs="timing: timed")
    names = set(map(plain, compiled.action_names))
    missing = [need for need in judged.needs if names.isdisjoint(alternatives(need))]
    if missing:
        return attrs.evolve(result_for(about, None, f"needs {', '.join(missing)}"), needs=", ".join(missing))
    return None


def assumptions_of(compiled: Compiled) -> tuple[str, ...]:
    """What every verdict rests on: the system's own assumptions, its timing, and how much may go wrong."""
    system = compiled.system
    lines = list(system.assumptions)
    if has_clock(compiled):
        lines += TIMED_ASSUMPTIONS
    budgets = system.budgets.items()
    lines += (f"budget {plain(action.name)}: {getattr(budget, 'value', budget)}" for action, budget in budgets)
    return tuple(dict.fromkeys(lines))


def declared_marks(compiled: Compiled) -> list[str]:
    """The marks that the actions and the functions they call name in `cover("...")`, where there is source."""
    pending: list[Any] = [instance.action.function for instance in compiled.instances if instance.action is not None]
    known: set[Any] = set()
    marks: dict[str, None] = {}
    while pending:
        function = pending.pop()
        if not isinstance(function, FunctionType) or function in known:
            continue
        known.add(function)
        pending += [function.__globals__.get(name) for name in function.__code__.co_names]
        with contextlib.suppress(OSError, TypeError):
            source = inspect.getsource(function)
            marks |= dict.fromkeys(re.findall(r"""\bcover\(\s*["']([^"']+)["']\s*\)""", source))
    return sorted(marks)


def result_for(about: PropertyInstance, verdict: Verdict | None, reason: str) -> PropertyResult:
    """The result for one property and object, without traces."""
    judged = about.judged
    return PropertyResult(
        name=judged.name,
        object_name=about.object_name,
        kind=judged.kind,
        doc=judged.doc,
        verdict=verdict,
        reason=reason,
    )


def verification_results(verified: Verification | None) -> list[PropertyResult]:
    """What a verification adds to the verdicts: nothing where all is well."""
    if verified is None or verified.succeeded:
        return []
    verdict = Verdict.ERROR if verified.difference else Verdict.UNDETERMINED
    return [PropertyResult(name="verification", verdict=verdict, reason=str(verified))]


def named(result: PropertyResult, *, by_name: bool) -> PropertyResult:
    """A property that was asked for, and that was checked for no object at all, is UNDETERMINED."""
    if by_name and result.verdict is None:
        return attrs.evolve(result, verdict=Verdict.UNDETERMINED, reason=f"vacuous: {result.reason}")
    return result


def with_traces(part: Compiled, answer: Answer, states_seen: int) -> PropertyResult:
    """The answer with its traces. One that cannot be replayed proves nothing and is an error."""
    result = result_for(answer.about, answer.verdict, answer.reason)
    try:
        traces = tuple(build_trace(part, found, states_seen) for found in answer.counterexamples)
    except (ReplayError, ImpureError, UserCodeError) as error:
        return attrs.evolve(result, verdict=Verdict.ERROR, reason=f"the counterexample cannot be replayed: {error}")
    return attrs.evolve(result, needs=answer.needs, traces=traces)


def _part_name(part: Compiled) -> str:
    """What a slice keeps, by its objects."""
    if not part.cut:
        return "whole"
    kept = (slot for slot in part.schema.slots if slot.number not in part.cut and slot.role in ("value", "presence"))
    return ", ".join(dict.fromkeys(slot.object_name or slot.path for slot in kept)) or "nothing"
