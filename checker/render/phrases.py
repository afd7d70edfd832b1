"""The words that all renderings of a trace share, already harmless to print."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from clusterproof.checker.render.escape import printable
from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Witness

SAFETY_KINDS = frozenset({"always", "step"})
RUN_KIND = "run"
WITNESS_KINDS = frozenset({"reachable", "cover"})
NOTHING_MORE = "and then nothing happens any more, for ever"
UNSET = "-"
_API_OBJECT = re.compile(r"[A-Z][A-Za-z0-9]*/\S")


@frozen
class ChangeCells:
    """A change as table cells: the object, the path in it, and what became of it; any but the object may be empty."""

    object_name: str
    path: str
    value: str

    def __str__(self) -> str:
        return " ".join(cell for cell in (self.object_name, self.path, self.value) if cell)


def change_cells(change: Change) -> ChangeCells:
    """Cut a change into cells: `+ Pod/web-b`, or `Pod/web-a`, `.spec.nodeName`, `- -> n1`."""
    name, path = printable(change.object_name), printable(change.path)
    if change.before == change.after and not change.after:
        return ChangeCells(name, path, "")
    if change.before is None:
        after = printable(change.after or "")
        return ChangeCells(name, path, f"+ {after or UNSET}") if path else ChangeCells(f"+ {name}", "", after)
    if change.after is None:
        before = printable(change.before)
        return ChangeCells(name, path, f"- {before or UNSET}") if path else ChangeCells(f"- {name}", "", before)
    return ChangeCells(name, path, f"{printable(change.before) or UNSET} -> {printable(change.after) or UNSET}")


def is_api_object(change: Change) -> bool:
    """Tell whether the change is to an object of the API, named `Kind/name`, and not to the world outside it."""
    return _API_OBJECT.match(change.object_name) is not None


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: "1 step", "no fault", "7 steps"."""
    if number == 0:
        return f"no {noun}"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def title(trace: Trace) -> str:
    """Say what the trace shows: `REFUTED replicas-converge [Deployment/web]`."""
    if trace.kind == RUN_KIND:
        return "RUN that breaks nothing"
    word = "REACHED" if trace.kind in WITNESS_KINDS else "REFUTED"
    about = f" [{printable(trace.object_name)}]" if trace.object_name else ""
    return f"{word} {printable(trace.property_name)}{about}"


def headline_parts(trace: Trace) -> list[str]:
    """List the parts of the headline: what, how long, which timing, how many states were seen."""
    length = f"{counted(len(trace.steps), 'step')}, {counted(trace.faults, 'fault')}"
    parts = [title(trace), f"shortest: {length}" if trace.shortest else length, printable(trace.timing)]
    if trace.states_seen:
        parts.append(f"{counted(trace.states_seen, 'state')} seen")
    return parts


def scope_text(trace: Trace) -> str:
    """Write the settings of the scope in which it was found, where several were explored."""
    scope = trace.run.get("scope")
    if not isinstance(scope, Mapping):
        return ""
    return printable(", ".join(f"{key}={value}" for key, value in scope.items()))


def step_text(step: TraceStep) -> str:
    """Write the step as `lane.action(arguments) -> choices`."""
    return printable(str(step))


def time_text(at_seconds: int | None) -> str:
    """Write the time since the start, empty when the run is untimed."""
    return "" if at_seconds is None else f"+{at_seconds}s"


def mark(trace: Trace) -> str:
    """Say what the last step does, for the kinds where one step decides."""
    if trace.kind in SAFETY_KINDS:
        return "<- breaks it"
    return "<- reached" if trace.kind in WITNESS_KINDS else ""


def loop_steps(trace: Trace) -> range:
    """Give the numbers of the steps that repeat for ever; empty where no step does."""
    if trace.loop_from is None:
        return range(0)
    return range(trace.loop_from + 1, len(trace.steps) + 1)


def ending(trace: Trace) -> str:
    """Say how an infinite trace goes on after its last step; empty for a finite one."""
    repeated = loop_steps(trace)
    if len(repeated) == 1:
        return f"loops back: step {repeated[0]} repeats for ever"
    if repeated:
        return f"loops back to step {repeated[0]}: steps {repeated[0]} to {repeated[-1]} repeat for ever"
    stuck = trace.loop_from is not None or trace.stutters
    return NOTHING_MORE if stuck and trace.kind not in {*SAFETY_KINDS, *WITNESS_KINDS, RUN_KIND} else ""


def starved_text(starved: Starved) -> str:
    """Name a fair action that the loop never takes."""
    states = "state" if starved.loop_states == 1 else "states"
    return (
        f"fair but starved: {printable(starved.step)}, "
        f"enabled in {starved.enabled_in} of {starved.loop_states} loop {states}"
    )


def since_text(witness: Witness) -> str:
    """Say since when a witness is as the claim found it."""
    since = f"since step {witness.since_step}" if witness.since_step else "since the start"
    return f"{since}, {printable(witness.note)}" if witness.note else since
