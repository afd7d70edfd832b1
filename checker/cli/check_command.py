"""`clusterproof check`: build the system, check it, and say what was found."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import attrs

from clusterproof.checker.check import check_system
from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.evidence_files import Evidence, write_evidence
from clusterproof.checker.cli.parts import joined, with_whole_bound, without_promise
from clusterproof.checker.cli.progress import ProgressLine
from clusterproof.checker.cli.report import Report, warnings_of
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.targets import expanded, resolve
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import noted_interrupts
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import FailOn, Verdict


def run(options: argparse.Namespace) -> int:
    """Check, report, and return the exit code."""
    asked = request_of(options)
    request = expanded(asked)
    progress = ProgressLine()
    try:
        subject = prepared(asked, request, progress)
        result = checked(subject, progress, stop_at_first=options.stop_at_first)
    finally:
        progress.close()
    evidence = write_evidence(result, Path(options.out)) if options.out else Evidence()
    code = _exit_code(result, subject, strict=options.strict)
    if options.json:
        _write_json(result, options.json, subject, code)
    if options.json != "-":
        report = Report(
            subject=subject, result=result, evidence=evidence, exit_code=code, terminal=Terminal.of(sys.stdout)
        )
        sys.stdout.write(report.text())
    return code


def prepared(asked: Request, request: Request, progress: ProgressLine) -> Subject:
    """The system; Ctrl-C and the bounds cover the search for its initial states."""
    preparation = Preparation(bounds=request.all_bounds(), on_states=progress.initial_states)
    with noted_interrupts() as preparation.interrupted:
        subject = resolve(request, preparation, title=asked.target)
    bounds = request.all_bounds()
    if bounds.seconds is not None:
        seconds = max(bounds.seconds - preparation.seconds, 0.0)
        if preparation.cut == "interrupted":
            seconds = 0.0
        bounds = attrs.evolve(bounds, seconds=seconds)
    return attrs.evolve(subject, asked=asked, system=attrs.evolve(subject.system, bounds=bounds))


def checked(subject: Subject, progress: ProgressLine, *, stop_at_first: bool = False) -> CheckResult:
    """The result: one verdict per property and object, with traces that say what to build to run them again."""
    request = subject.request
    result = check_system(
        subject.system,
        properties=subject.named or None,
        engine=request.engine,
        stop_at_first=stop_at_first,
        sliced=request.sliced,
        progress=progress.search,
    )
    if subject.incomplete:
        result = without_promise(result, subject.incomplete)
    result = with_whole_bound(result, request.all_bounds().seconds)
    return joined(_with_origin(result, request))


def _with_origin(result: CheckResult, request: Request) -> CheckResult:
    """The result with traces that say what to build to run them again."""
    origin = {"request": request.to_json(), "directory": str(Path.cwd())}

    def told(trace: Trace) -> Trace:
        return attrs.evolve(trace, run={**trace.run, **origin})

    return attrs.evolve(
        result,
        properties=tuple(attrs.evolve(one, traces=tuple(map(told, one.traces))) for one in result.properties),
    )


def _exit_code(result: CheckResult, subject: Subject, *, strict: bool) -> int:
    fail_on: FailOn = "refuted" if subject.request.allow_undetermined else "undetermined"
    code = result.exit_code(fail_on)
    if code == 0 and strict and warnings_of(subject, result):
        return Verdict.UNDETERMINED.exit_code
    return code


def _write_json(result: CheckResult, where: str, subject: Subject, code: int) -> None:
    from clusterproof.checker.render.itf import to_json

    data: dict[str, Any] = result.to_json(trace_json=to_json)
    data["exit_code"] = code
    data["assumptions"] += [f"not modelled: {line}" for line in subject.warnings if line not in data["assumptions"]]
    text = json.dumps(data, indent=1) + "\n"
    if where == "-":
        sys.stdout.write(text)
    else:
        Path(where).write_text(text, encoding="utf-8", newline="\n")
