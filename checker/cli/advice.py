"""What to try next, after a check: at most four commands, each with what it is good for."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from clusterproof.checker.cli.evidence_files import Evidence
from clusterproof.checker.cli.request import FaultChoice, Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.words import command_of
from clusterproof.checker.result import CheckResult
from clusterproof.checker.verdict import Verdict

MOST = 4
MORE_FAULTS = (
    ("crash-node", "lose a worker for good, too"),
    ("reboot-node", "a worker may go down and come back"),
    ("partition-node", "a worker may be cut off"),
    ("kill-process", "one process of a component may die"),
)


def next_steps(
    subject: Subject, result: CheckResult, evidence: Evidence, command: str = "check"
) -> list[tuple[str, str]]:
    """Commands worth typing now, with a reason each. command: the one that was given."""
    asked = subject.asked or subject.request
    steps = _after_exploring if command == "explore" else _steps
    return list(dict(steps(subject, asked, result, evidence)).items())[:MOST]


def _after_exploring(
    subject: Subject, asked: Request, result: CheckResult, evidence: Evidence
) -> Iterator[tuple[str, str]]:
    yield from _with_traces(asked, result, evidence, "explore")
    if not any(one.verdict is Verdict.REFUTED for one in result.properties):
        yield command_of(attrs.evolve(asked, bounds={}), "explore", "--profile", "nightly"), "walk longer"
        if not (result.coverage and len(result.coverage.scopes) > 1):
            yield command_of(asked, "check"), "look at every state, which proves"
        yield command_of(asked, "explore", "--show", "3"), "see what the walks do"
    if subject.is_cluster:
        yield "clusterproof list", "all properties, faults and actions"


def _with_traces(asked: Request, result: CheckResult, evidence: Evidence, command: str) -> Iterator[tuple[str, str]]:
    if any(one.verdict is Verdict.REFUTED and one.traces for one in result.properties):
        if evidence.traces:
            path = next(iter(evidence.traces.values()))
            yield f"clusterproof replay {path}", "execute the trace again, step by step"
            yield f"clusterproof graph {path}", "draw it"
        else:
            yield command_of(asked, command, "--out", "traces"), "write the traces and pictures"


def _steps(subject: Subject, asked: Request, result: CheckResult, evidence: Evidence) -> Iterator[tuple[str, str]]:
    refuted = [one for one in result.properties if one.verdict is Verdict.REFUTED]
    yield from _with_traces(asked, result, evidence, "check")
    decisive = [one for one in result.explorations if not one.first_look]
    if any("seconds" in (one.cut or "") for one in decisive):
        longer = attrs.evolve(asked, bounds={**asked.bounds, "seconds": 3600.0})
        yield command_of(longer), "give it more time"
    elif "states" in subject.incomplete or any("bound" in (one.cut or "") for one in decisive):
        yield command_of(attrs.evolve(asked, bounds={})), "without the bound"
    if not subject.is_cluster:
        yield command_of(asked, "graph"), "draw the state space, if it is small"
        yield command_of(asked, "footprint"), "see who reads and writes what"
        return
    if not refuted:
        for name, reason in MORE_FAULTS:
            if name not in asked.faults:
                more = attrs.evolve(asked, faults={**asked.faults, name: FaultChoice()})
                yield command_of(more), reason
                break
    elif len(refuted) > 1 and not asked.properties:
        yield command_of(attrs.evolve(asked, properties=(refuted[0].name,))), "look at one property alone"
    told = attrs.evolve(asked, faults={}, properties=(), bounds={})
    yield command_of(told, "story"), "the fault-free run, from apply to running"
    yield "clusterproof list", "all properties, faults and actions"
