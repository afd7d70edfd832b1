"""`clusterproof explore`: walk at random through one system, or through several that differ in their scope."""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.delivery import deliver, with_origin
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.parts import joined, with_whole_bound
from clusterproof.checker.cli.progress import ProgressLine
from clusterproof.checker.cli.ranges import differing, scopes_of
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.targets import expanded, is_cluster, resolve
from clusterproof.checker.explore import PROFILES, ScopeChoice, explore_scopes
from clusterproof.checker.search import noted_interrupts
from clusterproof.checker.verdict import FailOn
from clusterproof.system import Bounds, System

MOST_PLACEMENTS = Bounds(states=3_000, seconds=20.0)
"""Every placement is enumerated as far as this goes; of larger clusters some placements are drawn."""

LEAST_SHARE = 0.25
"""How much of the time is for walking, however long it took to find where to begin."""


def run(options: argparse.Namespace) -> int:
    """Explore, report, and return the exit code."""
    asked = request_of(options)
    numbers = {name: _number(options, name) for name in ("examples", "steps", "seed", "show")}
    request = expanded(asked)
    scopes = scopes_of(request)
    progress = ProgressLine()
    began = time.monotonic()
    try:
        first = _told_of_scopes(_prepared(scopes[0], progress, asked), request, len(scopes))
        started = first.request.settings.get("start", "")
        makers = [partial(_system, attrs.evolve(scope, settings=_with_start(scope, started))) for scope in scopes]
        makers[0] = partial(_same, first.system)
        result = explore_scopes(
            [ScopeChoice(make=make, settings=given) for make, given in zip(makers, differing(scopes), strict=True)],
            properties=first.named or None,
            bounds=_bounds(request, options, time.monotonic() - began),
            examples=numbers["examples"],
            steps=numbers["steps"],
            seed=numbers["seed"],
            profile=options.profile,
            database=_database(options.database),
            stop_at_first=options.stop_at_first,
            show=numbers["show"] or 0,
            progress=progress.walks,
        )
    finally:
        progress.close()
    result = with_whole_bound(result, _bounds(request, options, 0.0).seconds)
    result = joined(with_origin(result, attrs.evolve(request, settings=_with_start(request, started))))
    more = [] if options.profile == "dev" else ["--profile", options.profile]
    interrupted = any("interrupted" in (one.cut or "") for one in result.explorations)
    fail_on: FailOn = "undetermined" if interrupted else options.fail_on
    return deliver(result, first, options, fail_on, command="explore", more=more)


def _number(options: argparse.Namespace, name: str) -> int | None:
    text = getattr(options, name)
    if text is None:
        return None
    least = 0 if name in ("seed", "show") else 1
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or int(text) < least:
        raise UsageError(f"--{name} {text}: write a whole number from {least}")
    return int(text)


def _bounds(request: Request, options: argparse.Namespace, spent_seconds: float) -> Bounds:
    """The bounds that were given; those of the profile for the others. What looking for a start took is taken off."""
    seconds = request.bounds.get("seconds", PROFILES[options.profile].seconds)
    if seconds is None:
        raise UsageError("--bound seconds=unbounded: an exploration never ends by itself; write a number of seconds")
    left = max(seconds - spent_seconds, seconds * LEAST_SHARE)
    return attrs.evolve(request.all_bounds(), seconds=left)


def _database(text: str) -> Any:
    from hypothesis.database import DirectoryBasedExampleDatabase

    if text != "none" and Path(text).exists() and not Path(text).is_dir():
        raise UsageError(f"--database {text}: that is no directory; write one, or none")
    return None if text == "none" else DirectoryBasedExampleDatabase(Path(text))


# ---------------------------------------------------------------- where to begin


def _prepared(scope: Request, progress: ProgressLine, asked: Request) -> Subject:
    """The system of the first scope. Where there are too many placements to find them all, some are drawn."""
    if not is_cluster(scope) or "start" in scope.settings:
        return attrs.evolve(_resolved(scope, Preparation(on_states=progress.initial_states), asked), asked=asked)
    preparation = Preparation(bounds=MOST_PLACEMENTS, on_states=progress.initial_states)
    subject = _resolved(scope, preparation, asked)
    if subject.incomplete:
        sampled = attrs.evolve(scope, settings=_with_start(scope, "sampled"))
        subject = _resolved(sampled, Preparation(on_states=progress.initial_states), asked)
    return attrs.evolve(subject, asked=asked)


def _told_of_scopes(subject: Subject, request: Request, count: int) -> Subject:
    """The first of several scopes, with a row that names the ranges of the others."""
    if count == 1:
        return subject
    ranges = ", ".join(f"{key}={text}" for key, text in request.settings.items() if ".." in text)
    row = ("scopes", f"{count}, of which the first is shown above; Hypothesis draws from {ranges}")
    return attrs.evolve(subject, facts=(*subject.facts, row))


def _resolved(scope: Request, preparation: Preparation, asked: Request) -> Subject:
    with noted_interrupts() as preparation.interrupted:
        return resolve(scope, preparation, title=asked.target)


def _with_start(scope: Request, start: str) -> dict[str, str]:
    return {**scope.settings, "start": start} if start else dict(scope.settings)


def _system(scope: Request) -> System[Any]:
    return resolve(scope, Preparation(bounds=MOST_PLACEMENTS)).system


def _same(system: System[Any]) -> System[Any]:
    return system
