"""Handing a result over: evidence, JSON, the report, and the exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from clusterproof.checker.cli.evidence_files import Evidence, write_evidence
from clusterproof.checker.cli.report import Report, warnings_of
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.result import CheckResult
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import FailOn, Verdict


def deliver(
    result: CheckResult,
    subject: Subject,
    options: argparse.Namespace,
    fail_on: FailOn,
    *,
    command: str = "check",
    more: Sequence[str] = (),
) -> int:
    """Write what was asked for, print the report, and return the exit code.

    command, more: what to type for the same again, besides what the request says.
    """
    evidence = write_evidence(result, Path(options.out)) if options.out else Evidence()
    code = _exit_code(result, subject, fail_on, strict=options.strict)
    if options.json:
        _write_json(result, options.json, subject, code)
    if options.json != "-":
        report = Report(
            subject=subject,
            result=result,
            evidence=evidence,
            exit_code=code,
            terminal=Terminal.of(sys.stdout),
            command=command,
            more=tuple(more),
            statistics=getattr(options, "stats", False),
        )
        sys.stdout.write(report.text())
    return code


def with_origin(result: CheckResult, request: Request) -> CheckResult:
    """The result with traces that say what to build to run them again: the request, with the scope of the trace."""

    def told(trace: Trace) -> Trace:
        asked = attrs.evolve(request, settings={**request.settings, **trace.run.get("drawn", {})})
        return attrs.evolve(trace, run={**trace.run, "request": asked.to_json(), "directory": str(Path.cwd())})

    return attrs.evolve(
        result,
        properties=tuple(attrs.evolve(one, traces=tuple(map(told, one.traces))) for one in result.properties),
    )


def _exit_code(result: CheckResult, subject: Subject, fail_on: FailOn, *, strict: bool) -> int:
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
