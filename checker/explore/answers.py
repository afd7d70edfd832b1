"""From what an exploration found to a result: verdicts, traces, and what was covered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from clusterproof.checker.answers import Answer, Counterexample, located
from clusterproof.checker.check import (
    assumptions_of,
    declared_marks,
    instances_of,
    named,
    out_of_scope,
    result_for,
    selected,
    with_traces,
)
from clusterproof.checker.coverage import PROVES_NOTHING, Coverage
from clusterproof.checker.evidence import build_run
from clusterproof.checker.explore.attempt import attempt, stem_of
from clusterproof.checker.explore.findings import Finding, Key, key_of
from clusterproof.checker.explore.judges import Opinion
from clusterproof.checker.explore.remembered import Remembered
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.memory import peak_mib
from clusterproof.checker.replay import ReplayError, steps_named
from clusterproof.checker.result import CheckResult, PropertyResult
from clusterproof.checker.result import Exploration as Explored
from clusterproof.checker.search import Path, Stepped
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import PropertyInstance

if TYPE_CHECKING:
    from clusterproof.checker.explore.exploration import Exploration

SHOWN_STEPS = 25
"""How much of a run that broke nothing is shown."""


def result_of(exploration: Exploration, *, profile_name: str) -> CheckResult:
    """The result of an exploration that is over."""
    terrains = [terrain for terrain in exploration.terrains if terrain is not None]
    first = exploration.terrain(0)
    names = {f"{i.component}.{i.name}": i.fault for i in first.compiled.instances}
    taken = {name for terrain in terrains for name in _taken(terrain)}
    marks = {mark for terrain in terrains for mark in terrain.marks}
    return CheckResult(
        engine="explore",
        timing=first.compiled.system.timing,
        properties=tuple(_results(exploration)),
        explorations=tuple(_explored(terrain, exploration.cut) for terrain in terrains),
        assumptions=assumptions_of(first.compiled),
        never_fired=tuple(name for name, fault in names.items() if not fault and name not in taken),
        never_struck=tuple(name for name, fault in names.items() if fault and name not in taken),
        marks=tuple(sorted(marks)),
        marks_missing=tuple(mark for mark in declared_marks(first.compiled) if mark not in marks),
        seconds=time.monotonic() - exploration.stop.started,
        peak_mib=peak_mib(),
        coverage=_coverage(exploration, terrains, profile_name, names, taken),
    )


def _taken(terrain: Terrain) -> set[str]:
    return {
        f"{instance.component}.{instance.name}"
        for instance, count, idle in zip(terrain.instances, terrain.taken, terrain.idle, strict=True)
        if count > idle
    }


def _explored(terrain: Terrain, cut: str) -> Explored:
    sightings = terrain.sightings
    return Explored(
        states=sightings.seen,
        transitions=terrain.steps,
        stuttering=0,
        depth=0,
        seconds=0.0,
        cut=f"a sample, {cut}",
        exhausted=tuple(terrain.exhausted),
    )


# ---------------------------------------------------------------- verdicts


def _results(exploration: Exploration) -> list[PropertyResult]:
    """A result per property and object: those of the first scope, then what only other scopes have."""
    results: dict[Key, PropertyResult] = {}
    first = exploration.terrain(0).compiled
    for about in instances_of(first, selected(first.system, exploration.chosen)):
        outside = out_of_scope(first, about)
        if outside is not None:
            results[key_of(about)] = outside
        else:
            results[key_of(about)] = PropertyResult(name="")  # keeps the declared order
    for key, opinions in exploration.findings.opinions():
        results[key] = _result(exploration, key, opinions)
    said = {one.name for one in results.values() if one.verdict is not None}
    by_name = exploration.chosen is not None
    return [named(one, by_name=by_name and one.name not in said) for one in results.values()]


def _result(exploration: Exploration, key: Key, opinions: Sequence[Opinion]) -> PropertyResult:
    about = opinions[0].about
    found = exploration.findings.of(key)
    error = next((opinion.error for opinion in opinions if opinion.error is not None), None)
    if error is not None:
        return result_for(about, Verdict.ERROR, located(error, exploration.findings.way_to_error(key).steps))
    said = {claim for opinion in opinions for claim in opinion.said}
    if about.judged.kind == "reachable":
        if said and {finding.example.says for finding in found} >= said:
            return _with_traces(exploration, about, Verdict.PROVED, found)
        missing = sorted(said - {finding.example.says for finding in found})
        if exploration.error is None:
            return result_for(about, Verdict.UNDETERMINED, f"not met: {'; '.join(missing) or 'no claim made'}")
    elif found:
        return _with_traces(exploration, about, Verdict.REFUTED, found)
    if exploration.error is not None:
        raised, path = exploration.error
        return result_for(about, Verdict.ERROR, located(raised, path.steps))
    if not said:
        return result_for(about, None, "made no claim in these walks")
    return result_for(about, Verdict.UNDETERMINED, _no_counterexample(exploration))


def _no_counterexample(exploration: Exploration) -> str:
    walks = sum(terrain.sightings.walks for terrain in exploration.terrains if terrain is not None)
    return f"no counterexample in {walks:,} walks, {exploration.seen:,} states ({exploration.cut}); {PROVES_NOTHING}"


def _with_traces(
    exploration: Exploration, about: PropertyInstance, verdict: Verdict, found: Sequence[Finding]
) -> PropertyResult:
    """The result with its traces, each replayed on the functions themselves."""
    result = result_for(about, verdict, found[0].example.says if verdict is Verdict.REFUTED else "")
    traces: list[Trace] = []
    for finding in found:
        answer = Answer(about=finding.example.about, verdict=verdict, counterexamples=(finding.example,))
        built = with_traces(finding.terrain.compiled, answer, exploration.seen)
        if built.verdict is Verdict.ERROR:
            return attrs.evolve(result, verdict=Verdict.ERROR, reason=built.reason)
        settings = dict(exploration.scopes[finding.scope].settings)
        traces += [
            attrs.evolve(trace, shortest=False, run={**trace.run, "drawn": settings} if settings else trace.run)
            for trace in built.traces
        ]
    return attrs.evolve(result, traces=tuple(sorted(traces, key=lambda trace: len(trace.steps))))


# ---------------------------------------------------------------- coverage


def _coverage(
    exploration: Exploration,
    terrains: Sequence[Terrain],
    profile_name: str,
    names: dict[str, bool],
    taken: set[str],
) -> Coverage:
    estimates = [terrain.sightings.estimate() for terrain in terrains]
    claims = {(key, claim) for key, opinions in exploration.findings.opinions() for o in opinions for claim in o.said}
    names_that_spoke = {key[0] for key, _ in claims}
    silent = [key[0] for key, _ in exploration.findings.opinions() if key[0] not in names_that_spoke]
    faults = {name for name, fault in names.items() if fault}
    return Coverage(
        seed=exploration.seed,
        profile=profile_name,
        examples=exploration.examples,
        walks=sum(terrain.sightings.walks for terrain in terrains),
        steps=sum(terrain.steps for terrain in terrains),
        seconds=exploration.walking_seconds,
        seen=sum(estimate.seen for estimate in estimates),
        at_least=sum(estimate.at_least for estimate in estimates),
        new_share=max((estimate.new_share for estimate in estimates), default=0.0),
        full=any(estimate.full for estimate in estimates),
        scopes=tuple(
            str(choice) for choice, terrain in zip(exploration.scopes, exploration.terrains, strict=True) if terrain
        ),
        actions=len(names) - len(faults),
        actions_taken=len(taken & (names.keys() - faults)),
        faults=len(faults),
        faults_struck=len(taken & faults),
        claims=len(claims),
        silent=tuple(dict.fromkeys(silent)),
        remembered=exploration.recalled,
        runs=tuple(_diverse(exploration.passing, exploration.show)),
    )


def _diverse(passing: Sequence[tuple[Terrain, Path]], most: int) -> list[Trace]:
    """Runs that have as few kinds of steps in common as possible."""
    runs = [(terrain, Path(steps=p.steps[:SHOWN_STEPS], rows=p.rows[: SHOWN_STEPS + 1])) for terrain, p in passing]
    kinds = [{(instance.name, instance.lane) for instance, _ in path.steps} for _, path in runs]
    chosen: list[int] = []
    while len(chosen) < min(most, len(runs)):
        left = [number for number in range(len(runs)) if number not in chosen]
        chosen.append(
            max(left, key=lambda n: min((_unlike(kinds[n], kinds[c]) for c in chosen), default=len(kinds[n])))
        )
    built = (build_run(terrain.compiled, path) for terrain, path in (runs[number] for number in chosen))
    return [attrs.evolve(run, shortest=False) for run in built]


def _unlike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one ^ other) / max(len(one | other), 1)


# ---------------------------------------------------------------- counterexamples from elsewhere


def unproven(about: PropertyInstance, remembered: Remembered, start: str, steps: Sequence[Stepped]) -> Counterexample:
    """What is remembered, in the form of a counterexample whose rows are not known yet."""
    looped = remembered.stem < len(steps)
    return Counterexample(
        about=about,
        says=remembered.says,
        path=Path(steps=tuple(steps), rows=(start,)),
        loop_from=remembered.stem if looped else None,
    )


def translated(terrain: Terrain, finding: Finding) -> Counterexample | None:
    """The same counterexample in another scope, by the names of its steps; None where it is none there."""
    known = {str(instance) for instance in terrain.instances}
    example = finding.example
    named_steps = [(str(instance), label) for instance, label in example.path.steps]
    stem = len([name for name, _ in named_steps[: len(stem_of(example))] if name in known])
    try:
        steps = steps_named(terrain.compiled, [step for step in named_steps if step[0] in known])
    except ReplayError:
        return None
    for about in terrain.abouts:
        if key_of(about) == key_of(example.about):
            for start in terrain.starts:
                there = attrs.evolve(
                    example,
                    about=about,
                    path=Path(steps=tuple(steps), rows=(start,)),
                    loop_from=None if example.loop_from is None else stem,
                )
                found = attempt(terrain, there, steps[:stem], start)
                if found is not None:
                    return found
    return None
