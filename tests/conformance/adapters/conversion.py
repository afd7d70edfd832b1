"""Translations from the notation of the conformance data to the model's values, shared by the adapters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pytest

from clusterproof.models.kubernetes.objects import LabelSelector, Requirement

Given = Mapping[str, Any]
Expect = Any
Adapter = Callable[[Given, Expect], object]

NOT_MODELLED = "not modelled: "


def not_modelled(what: str) -> NoReturn:
    """Skip a row that needs something that the model does not represent."""
    pytest.skip(NOT_MODELLED + what)


def seconds(text: str | float | None, now: float = 0) -> float | None:
    """An instant relative to the test clock: "now-60s" is now - 60; numbers and None pass through."""
    if text is None or isinstance(text, int | float):
        return text
    found = re.fullmatch(r"now(?:([+-])(\d+(?:\.\d+)?)(ms|s|m|h)?)?", text.replace(" ", ""))
    if not found:
        raise ValueError(f"{text!r} is not an instant of the form now-60s")
    sign, amount, unit = found.groups()
    if amount is None:
        return now
    scale = {"ms": 0.001, "s": 1, None: 1, "m": 60, "h": 3600}[unit]
    return now + (-1 if sign == "-" else 1) * float(amount) * scale


def label_selector(given: Mapping[str, Any] | None) -> LabelSelector | None:
    """A LabelSelector in API shape; None stays None (it selects nothing)."""
    if given is None:
        return None
    return LabelSelector(
        match_labels=given.get("matchLabels") or {},
        match_expressions=tuple(map(requirement, given.get("matchExpressions") or ())),
    )


def requirement(given: Mapping[str, Any]) -> Requirement:
    """One selector expression in API shape."""
    return Requirement(
        key=given.get("key", ""), operator=given.get("operator", ""), values=tuple(given.get("values") or ())
    )
