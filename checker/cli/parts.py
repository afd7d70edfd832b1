"""Properties made of several functions: their verdicts become one per name and object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import attrs

from clusterproof.checker.result import CheckResult, PropertyResult
from clusterproof.checker.verdict import Verdict, combined


def joined(result: CheckResult) -> CheckResult:
    """The result with one verdict per property name and object, the gravest of its parts."""
    groups: dict[tuple[str, str], list[PropertyResult]] = {}
    for one in result.properties:
        groups.setdefault((one.name, one.object_name), []).append(one)
    return attrs.evolve(result, properties=tuple(_join(parts) for parts in groups.values()))


def _join(parts: Sequence[PropertyResult]) -> PropertyResult:
    if len(parts) == 1:
        return parts[0]
    gravest = combined(one.verdict for one in parts)
    telling = [one for one in parts if one.verdict is gravest]
    return attrs.evolve(
        telling[0],
        doc=parts[0].doc,
        reason=_listed(one.reason for one in telling),
        needs=_listed(one.needs for one in telling),
        traces=tuple(trace for one in parts for trace in one.traces),
    )


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def with_whole_bound(result: CheckResult, seconds: float | None) -> CheckResult:
    """The result with the bound on time as the user gave it, not what earlier phases had left of it."""
    if seconds is None:
        return result

    def named(text: str) -> str:
        return re.sub(r"the bound of [0-9.e+-]+ seconds", f"the bound of {seconds:g} seconds", text)

    return attrs.evolve(
        result,
        properties=tuple(attrs.evolve(one, reason=named(one.reason)) for one in result.properties),
        explorations=tuple(attrs.evolve(one, cut=one.cut and named(one.cut)) for one in result.explorations),
    )


def without_promise(result: CheckResult, why: str) -> CheckResult:
    """The result of a check that did not know every initial state: nothing it did not refute is proved."""
    return attrs.evolve(
        result,
        properties=tuple(
            attrs.evolve(one, verdict=Verdict.UNDETERMINED, reason=why)
            if one.verdict is Verdict.PROVED and one.kind != "reachable"
            else one
            for one in result.properties
        ),
        explorations=tuple(attrs.evolve(one, cut=one.cut or why) for one in result.explorations),
    )
