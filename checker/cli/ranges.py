"""Ranges in the settings of a request: `workers=1..3` stands for three scopes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import attrs

from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.request import Request

MOST_SCOPES = 64
_RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})", re.ASCII)


def scopes_of(request: Request) -> list[Request]:
    """The requests that a request with ranges stands for, the smallest first. Raises UsageError for too many."""
    ranges = {key: _values(request, key, text) for key, text in request.settings.items()}
    count = 1
    for values in ranges.values():
        count *= len(values)
    if count > MOST_SCOPES:
        raise UsageError(f"the ranges stand for {count:,} scopes, more than {MOST_SCOPES}; write smaller ranges")
    drawn = sorted(itertools.product(*ranges.values()), key=_size)
    return [attrs.evolve(request, settings=dict(zip(ranges, values, strict=True))) for values in drawn]


def _values(request: Request, key: str, text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return [text]
    low, high = int(match[1]), int(match[2])
    if low > high:
        place = request.place("scope", key) or f"--set {key}={text}"
        raise UsageError(f"{place}: {text!r}: write the smaller number first")
    if high - low >= MOST_SCOPES:
        place = request.place("scope", key) or f"--set {key}={text}"
        raise UsageError(f"{place}: {text!r} holds more than {MOST_SCOPES} numbers; write a smaller range")
    return [str(number) for number in range(low, high + 1)]


def _size(values: tuple[str, ...]) -> int:
    return sum(int(value) for value in values if value.isdecimal())


def differing(scopes: list[Request]) -> Iterator[dict[str, str]]:
    """Per scope, the settings in which the scopes differ."""
    keys = [key for key in scopes[0].settings if len({scope.settings[key] for scope in scopes}) > 1]
    return ({key: scope.settings[key] for key in keys} for scope in scopes)


def refuse_ranges(request: Request) -> None:
    """Raise UsageError for a range where one scope is checked."""
    for key, text in request.settings.items():
        if _RANGE.fullmatch(text):
            place = request.place("scope", key) or f"--set {key}={text}"
            raise UsageError(f"{place}: a check takes one value; write a number, or clusterproof explore for ranges")
