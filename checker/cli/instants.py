"""The instants that kubectl can look at: after a step of a trace, or when a cluster has just been deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.reexecution import Reexecuted, execute_again
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Preparation
from clusterproof.checker.cli.targets import expanded, resolve
from clusterproof.checker.cli.words import counted
from clusterproof.checker.evidence import seconds_of, shown_steps
from clusterproof.checker.render.itf import MAX_BYTES, TraceFileError, from_json, read_trace
from clusterproof.checker.replay import ReplayError, replay_steps, steps_named
from clusterproof.checker.search import Stepped
from clusterproof.checker.trace import Trace
from clusterproof.compiled import Compiled, text_of
from clusterproof.system import System

TRACE_MARK, RESULT_MARK = '"#meta"', '"exit_code"'
SLICED = "the trace was found in a slice of the cluster; what the slice leaves out is shown as at the start"
LOOKED_AT = 4096  # characters of a file that show what it is


@frozen(kw_only=True)
class Sight:
    """An instant of the Kubernetes model, and what has to be said about it; note is empty where that is nothing."""

    instant: Any
    note: str = ""


# ---------------------------------------------------------------- traces


def trace_at(word: str) -> tuple[Path, str] | None:
    """The file and the step of `TRACE` or `TRACE@STEP`, None for a word that means no trace.

    Raises UsageError for a step of something that is no trace.
    """
    if _is_trace(Path(word)):
        return Path(word), ""
    name, _, step = word.rpartition("@")
    if not name or Path(word).exists() or not Path(name).exists():
        return None
    if not _is_trace(Path(name)):
        raise UsageError(f"{name} is no trace, and so it has no step {step!r}; leave @{step} out")
    return Path(name), step


def _is_trace(path: Path) -> bool:
    """Whether a file is a trace, or a result with traces in it, by how it begins."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        beginning = file.read(LOOKED_AT)
    return TRACE_MARK in beginning or RESULT_MARK in beginning


def read_one_trace(path: Path) -> Trace:
    """The trace in a file that `check --out` or `check --json` has written.

    Raises TraceFileError, and UsageError for a result with no trace or several.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        beginning = file.read(LOOKED_AT)
    if TRACE_MARK in beginning and RESULT_MARK not in beginning:
        return read_trace(path)
    if path.stat().st_size > MAX_BYTES:
        raise TraceFileError(f"{path}: {path.stat().st_size} bytes are too many, the limit is {MAX_BYTES}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        traces = [one["trace"] for one in data["properties"] if one.get("trace")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TraceFileError(f"{path}: is no result that check --json has written") from None
    if len(traces) != 1:
        raise UsageError(
            f"{path}: holds {counted(len(traces), 'trace')}, and one is needed; "
            "write them as files with check --out DIR, and name one"
        )
    try:
        return from_json(traces[0])
    except TraceFileError as error:
        raise TraceFileError(f"{path}: {error}") from None


def instant_of_trace(path: Path, step: str, target: str) -> Sight:
    """The state after a step of a trace, the last one unless told, with the steps that led there.

    target: as for `replay`. Raises UsageError, TraceFileError or ReplayError with one line.
    """
    done = execute_again(read_one_trace(path), path, target)
    number = _step_number(path, step, len(done.trace.steps))
    run, note = _whole(done), ""
    if run is None:
        run, note = _Run(done.compiled, steps_named(done.compiled, done.recorded.run["steps"]), done.rows), SLICED
    shown = [0, *shown_steps(run.compiled, run.steps, done.recorded.run.get("loop_from"))]
    require_cluster(str(path), run.compiled.schema.state(run.rows[0]))
    return Sight(instant=run.instant(shown[number]), note=note)


def _step_number(path: Path, step: str, last: int) -> int:
    if not step:
        return last
    if not (step.isascii() and step.isdecimal() and len(step) <= 9 and int(step) <= last):
        raise UsageError(f"{path}@{step}: there is no step {step!r}; write a number from 0, the start, to {last}")
    return int(step)


def _whole(done: Reexecuted) -> _Run | None:
    """The trace on the whole system; None where what its slice cut away would have to act first."""
    compiled = Compiled(done.subject.system) if done.compiled.cut else done.compiled
    steps = steps_named(compiled, done.recorded.run["steps"])
    if compiled is done.compiled:
        return _Run(compiled, steps, done.rows)
    try:
        start = compiled.initial_rows()[done.recorded.run.get("initial", 0)]
        return _Run(compiled, steps, replay_steps(compiled, start, steps))
    except ReplayError:
        return None


@frozen
class _Run:
    """The steps of a trace and the rows they lead through, one more."""

    compiled: Compiled
    steps: Sequence[Stepped]
    rows: Sequence[str]

    def instant(self, number: int) -> Any:
        """The instant after so many steps, those of the clock counted."""
        from clusterproof.models.kubernetes.api_objects.instant import Instant

        jumps = [seconds_of(each) for each in self.steps[:number] if self._is_clock(each)]
        return Instant(
            cluster=self.compiled.schema.state(self.rows[number]),
            at_seconds=sum(jumps) if self._is_timed() else None,
            past=tuple(self._past(number)),
        )

    def _past(self, number: int) -> Iterator[Any]:
        from clusterproof.models.kubernetes.api_objects.instant import PastStep

        timed, seconds = self._is_timed(), 0
        states = [self.compiled.schema.state(row) for row in self.rows[: number + 1]]
        for stepped, before, after in zip(self.steps, states, states[1:], strict=False):
            if self._is_clock(stepped):
                seconds += seconds_of(stepped)
                continue
            instance, _ = stepped
            yield PastStep(
                action=f"{instance.component}.{instance.name}",
                arguments=tuple(map(text_of, instance.arguments)),
                at_seconds=seconds if timed else None,
                before=before,
                after=after,
            )

    def _is_timed(self) -> bool:
        """Whether time is told; nothing need happen in it."""
        return self.compiled.system.timing == "timed"

    def _is_clock(self, stepped: Stepped) -> bool:
        return stepped[0] is self.compiled.clock


# ---------------------------------------------------------------- clusters


def instant_of_target(request: Request, title: str) -> Sight:
    """The first deployed state of a cluster. Raises UsageError for what is no cluster, or is not deployed in time."""
    from clusterproof.models.kubernetes.api_objects.instant import Instant

    request = expanded(request)
    settings = {key: value for key, value in request.settings.items() if key != "start"}
    preparation = Preparation(bounds=request.all_bounds(), first_only=True)
    subject = resolve(attrs.evolve(request, settings=settings), preparation, title=title)
    require_cluster(subject.title, subject.system.initial_states[0])
    state = subject.system.initial_states[0] if subject.is_cluster else _settled(subject.system, preparation)
    if state is None or state.kubectl.applied < state.kubectl.to_apply:
        why = subject.incomplete or preparation.cut or "it does not come to rest"
        raise UsageError(f"{subject.title}: nothing is deployed yet: {why}")
    return Sight(instant=Instant(cluster=state, at_seconds=0 if subject.system.timing == "timed" else None))


def _settled(system: System[Any], preparation: Preparation) -> Any:
    """The first state in which a cluster of somebody's own comes to rest, without faults or actions of users."""
    from clusterproof.checker.memo import remember
    from clusterproof.models.kubernetes.deployed import first_deployed_state

    faults = [action for component in system.components for action in component.actions if action.fault]
    calm = attrs.evolve(system, budgets=dict.fromkeys((*system.budgets, *faults), 0), properties=())
    found = first_deployed_state(calm, keep_going=preparation.keep_going, remember=remember)
    return found.states[0] if found.states else None


def require_cluster(title: str, state: Any) -> None:
    """Raises UsageError for a state that is not one of a Kubernetes cluster."""
    from clusterproof.models.kubernetes.state import Cluster

    if not isinstance(state, Cluster):
        raise UsageError(f"{title} is no Kubernetes cluster: kubectl has nothing to ask; try clusterproof replay")
