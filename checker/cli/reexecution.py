"""Building the system of a trace again, and taking its steps again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.targets import is_python, resolve, runs_no_python
from clusterproof.checker.differences import state_values
from clusterproof.checker.evidence import build_trace
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.recorded_slice import slice_from_json
from clusterproof.checker.render.itf import TraceFileError, read_trace
from clusterproof.checker.replay import ReplayError, replay_steps, steps_named
from clusterproof.checker.search import Path as Execution
from clusterproof.checker.trace import Trace, Why
from clusterproof.checker.violation import require_violation
from clusterproof.compiled import Compiled, PropertyInstance


@frozen(kw_only=True)
class Reexecuted:
    """A trace that was executed again.

    compiled: the system, or the slice in which it was found. subject: the system that was built, where its paths begin
    at the directory `base`.
    """

    recorded: Trace
    trace: Trace
    compiled: Compiled
    rows: tuple[str, ...]
    subject: Subject
    base: Path


def reexecute(path: Path, target: str = "") -> Reexecuted:
    """Execute a trace file again and compare every state.

    target: the system to execute it in, as it was typed; without one it is the trace's own, unless that is Python.
    Raises UsageError, TraceFileError or ReplayError with one line, when the file is bad, does not replay, or shows
    nothing any more.
    """
    return execute_again(read_trace(path), path, target)


def execute_again(recorded: Trace, path: Path, target: str = "") -> Reexecuted:
    """The same for a trace that has been read; path: the file it is in, for messages."""
    run = recorded.run
    if "request" not in run or "steps" not in run:
        raise UsageError(f"{path}: does not say what was checked; write it with clusterproof check --out DIR")
    try:
        request = Request.from_json(run["request"])
    except TraceFileError as error:
        raise TraceFileError(f"{path}: {error}") from None
    if target:
        request = attrs.evolve(request, target=target)
    elif is_python(request.target):
        raise UsageError(f"{path}: {runs_no_python('a trace', request.target)}")
    with _where_it_was_checked(request, str(run.get("directory", ""))):
        subject, base = resolve(request, Preparation(bounds=request.all_bounds())), Path.cwd()
    whole = Compiled(subject.system)
    about = _property_of(recorded, whole)
    compiled = _part(recorded, whole, about)
    found = _counterexample(recorded, compiled, about)
    trace = build_trace(compiled, found, recorded.states_seen)
    _compare(recorded, compiled, found, trace)
    require_violation(compiled, found)
    trace = attrs.evolve(trace, starved=recorded.starved, why=_with_notes(trace.why, recorded.why))
    return Reexecuted(
        recorded=recorded, trace=trace, compiled=compiled, rows=found.path.rows, subject=subject, base=base
    )


def _with_notes(why: Why | None, recorded: Why | None) -> Why | None:
    """Why, with the notes of the search: what nobody promised can only be seen there."""
    if why is None or recorded is None:
        return why
    return attrs.evolve(why, notes=tuple(dict.fromkeys((*why.notes, *recorded.notes))))


@contextmanager
def _where_it_was_checked(request: Request, directory: str) -> Iterator[None]:
    """Be where the paths of the request lead somewhere: here, else where the check ran."""
    paths = [*request.manifests, request.cluster, *(a.object_name for a in request.actions if a.action == "apply")]
    here = Path.cwd()
    missing = [path for path in paths if path and not Path(path).exists()]
    if missing and directory and all((Path(directory) / path).exists() for path in missing):
        os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(here)


def _property_of(recorded: Trace, whole: Compiled) -> PropertyInstance:
    """The property and object that the trace is about."""
    if recorded.property_name == NO_DEADLOCK.name:
        return PropertyInstance(judged=NO_DEADLOCK)
    for judged in whole.system.properties:
        if (judged.name, judged.kind, judged.doc) == (recorded.property_name, recorded.kind, recorded.doc):
            for about in whole.property_instances(judged):
                if about.object_name == recorded.object_name:
                    return about
    shown = f"{recorded.property_name} [{recorded.object_name}]".removesuffix(" []")
    raise ReplayError(f"the system has no property {shown} any more; check again")


def _part(recorded: Trace, whole: Compiled, about: PropertyInstance) -> Compiled:
    """The part of the system in which the trace was found."""
    run = recorded.run
    if run.get("slice"):
        try:
            return slice_from_json(whole, run["slice"])
        except (KeyError, TypeError) as error:
            raise UsageError(f"the trace does not say which slice it was found in: {error}") from None
    if not run.get("sliced"):
        return whole
    from clusterproof.checker.slicing import slice_for

    return slice_for(whole, [about]).compiled


def _counterexample(recorded: Trace, compiled: Compiled, about: PropertyInstance) -> Counterexample:
    run = recorded.run
    steps = steps_named(compiled, _step_names(run["steps"]))
    starts = compiled.initial_rows()
    number = run.get("initial", 0)
    if not isinstance(number, int) or not 0 <= number < len(starts):
        raise ReplayError(f"initial state {number} does not exist, there are {len(starts)}; check again")
    loop_from = run.get("loop_from")
    if loop_from is not None and not (type(loop_from) is int and 0 <= loop_from < len(steps)):
        raise ReplayError(f"the loop cannot begin at step {loop_from!r} of {len(steps)}")
    rows = replay_steps(compiled, starts[number], steps)
    return Counterexample(
        about=about,
        says=recorded.says,
        path=Execution(steps=tuple(steps), rows=tuple(rows)),
        loop_from=loop_from,
        stutters=recorded.stutters,
    )


def _step_names(data: Any) -> list[list[str]]:
    """The steps of a trace file, as [instance, label] each. Raises ReplayError for anything else."""
    if not isinstance(data, list) or not all(
        isinstance(step, list) and [type(part) for part in step] == [str, str] for step in data
    ):
        raise ReplayError("'steps' should be a list of [action, choices]")
    return data


def _compare(recorded: Trace, compiled: Compiled, found: Counterexample, trace: Trace) -> None:
    """Raises ReplayError for the first state that differs from the one that was recorded."""
    if len(recorded.states) != len(trace.states):
        raise ReplayError(f"the file has {len(recorded.states)} states, replaying gives {len(trace.states)}")
    for number, (then, now) in enumerate(zip(recorded.states, trace.states, strict=True)):
        for slot in dict.fromkeys([*then, *now]):
            if then.get(slot) != now.get(slot):
                raise ReplayError(f"after step {number}, {slot} is {now.get(slot)!r}, and was {then.get(slot)!r}")
    for number, (step, again) in enumerate(zip(recorded.steps, trace.steps, strict=True), start=1):
        if str(step) != str(again):
            raise ReplayError(f"step {number} is {again}, and was {step}")
    if found.loop_from is not None:
        first, last = found.path.rows[found.loop_from], found.path.rows[-1]
        if state_values(compiled, first) != state_values(compiled, last):
            raise ReplayError("the loop does not close: its last state is not the first one")
