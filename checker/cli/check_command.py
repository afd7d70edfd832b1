"""`clusterproof check`: build the system, check it, and say what was found."""

from __future__ import annotations

import argparse
from pathlib import Path

import attrs

from clusterproof.checker.check import check_system
from clusterproof.checker.checkpoints import Checkpoints
from clusterproof.checker.cli.apart import check_apart
from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.delivery import deliver, with_origin
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.parts import joined, with_whole_bound, without_promise
from clusterproof.checker.cli.progress import ProgressLine
from clusterproof.checker.cli.request import Request, is_number
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.targets import expanded, resolve
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import noted_interrupts


def run(options: argparse.Namespace) -> int:
    """Check, report, and return the exit code."""
    asked = request_of(options)
    verify = _states_to_verify(options.verify)
    checkpoints = _checkpoints(options, asked)
    request = expanded(asked)
    progress = ProgressLine()
    try:
        subject = prepared(asked, request, progress)
        result = checked(
            subject,
            progress,
            stop_at_first=options.stop_at_first,
            verify=verify,
            fingerprint_bits=int(options.fingerprint_bits),
            checkpoints=checkpoints,
        )
    finally:
        progress.close()
    return deliver(result, subject, options, "refuted" if subject.request.allow_undetermined else "undetermined")


def _checkpoints(options: argparse.Namespace, asked: Request) -> Checkpoints | None:
    """Where to keep checkpoints, and whether to go on with one."""
    directory, seconds = options.resume or options.checkpoint, options.checkpoint_seconds
    if not is_number(seconds):
        raise UsageError(
            f"--checkpoint-seconds {seconds}: {seconds!r} is not a number of seconds; write 60, for example"
        )
    if directory is None:
        return None
    if options.resume and options.checkpoint not in (None, options.resume):
        raise UsageError("--resume goes on writing where it reads; leave --checkpoint out")
    if asked.engine == "reference":
        raise UsageError("--checkpoint: the reference engine writes none; leave --engine out")
    return Checkpoints(directory=Path(directory), every_seconds=float(seconds), resume=options.resume is not None)


def _states_to_verify(text: str | None) -> int:
    if text is None:
        return 0
    if not is_number(text) or not int(text):
        raise UsageError(f"--verify {text}: {text!r} is not a number of states; write 1000, for example")
    return int(text)


def prepared(asked: Request, request: Request, progress: ProgressLine) -> Subject:
    """The system; Ctrl-C and the bounds cover the search for its initial states."""
    apart = request.sliced is not False
    preparation = Preparation(bounds=request.all_bounds(), apart=apart, on_states=progress.initial_states)
    with noted_interrupts() as preparation.interrupted:
        subject = resolve(request, preparation, title=asked.target)
    bounds = request.all_bounds()
    if bounds.seconds is not None:
        seconds = max(bounds.seconds - preparation.seconds, 0.0)
        if preparation.cut == "interrupted":
            seconds = 0.0
        bounds = attrs.evolve(bounds, seconds=seconds)
    return attrs.evolve(subject, asked=asked, system=attrs.evolve(subject.system, bounds=bounds))


def checked(
    subject: Subject,
    progress: ProgressLine,
    *,
    stop_at_first: bool = False,
    verify: int = 0,
    fingerprint_bits: int = 64,
    checkpoints: Checkpoints | None = None,
) -> CheckResult:
    """The result: one verdict per property and object, with traces that say what to build to run them again."""

    def check(one: Subject, kept: Checkpoints | None = checkpoints) -> CheckResult:
        request = one.request
        result = check_system(
            one.system,
            properties=one.named or None,
            engine=request.engine,
            stop_at_first=stop_at_first,
            sliced=request.sliced,
            symmetry=request.symmetry,
            verify=verify,
            fingerprint_bits=fingerprint_bits,
            checkpoints=kept,
            progress=progress.search,
        )
        if one.incomplete:
            result = without_promise(result, one.incomplete)
        return with_origin(result, request)

    def check_part(one: Subject, number: int) -> CheckResult:
        return check(one, None if checkpoints is None else checkpoints.of_part(number))

    result = check_apart(subject, check_part, stop_at_first=stop_at_first) if subject.apart else joined(check(subject))
    return with_whole_bound(result, subject.request.all_bounds().seconds)
