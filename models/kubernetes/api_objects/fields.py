"""Putting objects together: fields that say nothing are left out, as in the API's JSON."""

from __future__ import annotations

from typing import Any


def given(**fields: Any) -> dict[str, Any]:
    """The fields that are there: not None, not empty text, no empty list or mapping."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {}, ())}


def counted(**counters: int) -> dict[str, int]:
    """The counters that are not 0."""
    return {name: count for name, count in counters.items() if count}
