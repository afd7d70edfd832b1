"""Checking what falls into groups that cannot feel each other: one group after the other, and one answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import attrs

from clusterproof.checker.check import named
from clusterproof.checker.cli.parts import joined, without_promise
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.result import CheckResult
from clusterproof.checker.statistics import joined_statistics
from clusterproof.checker.verdict import Verdict
from clusterproof.system import Bounds

MORE_SECONDS = 60.0
"""How long a check goes on after its first refutation."""

WITHOUT_ROOM = "a workload may take the room of another on a node, and each was checked by itself; add --slicing off"


def check_apart(subject: Subject, check: Callable[[Subject, int], CheckResult], *, stop_at_first: bool) -> CheckResult:
    """The result of all groups, within the bounds of the subject's system. check: how to check one, counted from 1."""
    bounds = subject.system.bounds
    started, refuted_at = time.monotonic(), None
    results: list[CheckResult] = []
    for number, one in enumerate(subject.apart):
        stopped = stop_at_first and refuted_at is not None
        left = 0.0 if stopped else _seconds_left(bounds, started, refuted_at)
        seconds = None if left is None else left / (len(subject.apart) - number)
        system = attrs.evolve(one.system, bounds=attrs.evolve(bounds, seconds=seconds))
        result = check(attrs.evolve(one, system=system, named=()), number + 1)
        results.append(_not_looked_at(result) if stopped else result)
        refuted = refuted_at is not None or any(each.verdict is Verdict.REFUTED for each in results[-1].properties)
        found_before = bool(result.explorations) and all(each.resumed for each in result.explorations)
        if refuted and (refuted_at is None or found_before):  # that takes nothing of the time
            refuted_at = time.monotonic()
    result = _without_rooms(joined(_together(results)), subject)
    return attrs.evolve(_as_asked(result, subject), seconds=time.monotonic() - started)


def _not_looked_at(result: CheckResult) -> CheckResult:
    """The result of a group that had no time, because another one was refuted."""
    reason = "stopped at the first refutation"
    return attrs.evolve(
        result,
        properties=tuple(
            attrs.evolve(one, reason=reason) if one.verdict is Verdict.UNDETERMINED else one
            for one in result.properties
        ),
        explorations=tuple(attrs.evolve(one, cut=one.cut and reason) for one in result.explorations),
    )


def _seconds_left(bounds: Bounds, started: float, refuted_at: float | None) -> float | None:
    now = time.monotonic()
    left = [] if bounds.seconds is None else [bounds.seconds - (now - started)]
    if refuted_at is not None:
        left.append(MORE_SECONDS - (now - refuted_at))
    return max(min(left), 0.0) if left else None


def _together(results: Sequence[CheckResult]) -> CheckResult:
    """The results of all groups, one after the other. What fired in one of them has fired."""
    first = results[0]
    return attrs.evolve(
        first,
        engine=" and ".join(dict.fromkeys(one.engine for one in results)),
        properties=tuple(each for one in results for each in one.properties),
        explorations=tuple(each for one in results for each in one.explorations),
        assumptions=tuple(dict.fromkeys(line for one in results for line in one.assumptions)),
        never_fired=_in_all(one.never_fired for one in results),
        never_struck=_in_all(one.never_struck for one in results),
        marks=tuple(sorted({mark for one in results for mark in one.marks})),
        marks_missing=_in_all(one.marks_missing for one in results),
        diagnostics=tuple(dict.fromkeys(line for one in results for line in one.diagnostics)),
        statistics=joined_statistics([each for one in results for each in one.statistics]),
        verified="; ".join(dict.fromkeys(one.verified for one in results if one.verified)),
        peak_mib=max(one.peak_mib for one in results),
    )


def _in_all(listed: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """What stands in all of these."""
    first, *others = listed
    return tuple(each for each in first if all(each in other for other in others))


def _without_rooms(result: CheckResult, subject: Subject) -> CheckResult:
    """The result without what was asked only to know whether groups feel each other; if they may, nothing is proved.

    What is refuted stays so: it happens while the other groups leave the room that it needs.
    """
    names = {one.rooms for one in subject.apart if one.rooms}
    asked = [each for each in result.properties if each.name not in names]
    kept = all(each.verdict is Verdict.PROVED for each in result.properties if each.name in names)
    result = attrs.evolve(result, properties=tuple(asked))
    return result if kept else without_promise(result, WITHOUT_ROOM)


def _as_asked(result: CheckResult, subject: Subject) -> CheckResult:
    """The result in the order of the properties; one asked for by name that says nothing anywhere is UNDETERMINED."""
    order = list(dict.fromkeys(each.name for each in subject.system.properties))
    said = {each.name for each in result.properties if each.verdict is not None}
    properties = sorted(
        result.properties, key=lambda each: order.index(each.name) if each.name in order else len(order)
    )
    missing = set(subject.named) - said
    return attrs.evolve(result, properties=tuple(named(each, by_name=each.name in missing) for each in properties))
