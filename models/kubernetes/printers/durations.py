"""Durations as people read them.

Source: staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go, pkg/printers/internalversion/printers.go
"""

from __future__ import annotations

from datetime import datetime

UNKNOWN = "<unknown>"

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_YEAR = 365 * _DAY


def human_duration(seconds: float) -> str:
    """A duration with two or three figures: 119s, 9m59s, 179m, 7h59m, 47h, 7d23h, 729d, 7y364d.

    A clock that is less than two seconds behind is no news; one further behind gives `<invalid>`.
    Source: HumanDuration
    """
    whole = int(seconds)  # towards zero, as Go converts
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    if whole < 8 * _YEAR:
        return _two(whole, _YEAR, "y", _DAY, "d")
    return f"{whole // _YEAR}y"


def _two(whole: int, large: int, large_name: str, small: int, small_name: str) -> str:
    """The large unit, and what is left of it in the small one unless that is nothing."""
    rest = whole % large // small
    return f"{whole // large}{large_name}" + (f"{rest}{small_name}" if rest else "")


def translate_timestamp_since(timestamp: str | None, now: datetime) -> str:
    """How long ago a timestamp of the API was; `<unknown>` where there is none. Source: translateTimestampSince"""
    return UNKNOWN if not timestamp else human_duration(seconds_between(timestamp, now))


def seconds_between(timestamp: str, later: datetime) -> float:
    """From a timestamp of the API to a later instant, in seconds."""
    return (later - datetime.fromisoformat(timestamp)).total_seconds()
