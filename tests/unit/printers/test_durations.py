"""Ages as kubectl shows them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.printers.durations import human_duration, translate_timestamp_since
from clusterproof.models.kubernetes.printers.table import START

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
A_CENTURY = 100 * UNITS["y"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "5s"),
        (119, "119s"),
        (330, "5m30s"),
        (4200, "70m"),
        (11400, "3h10m"),
        (72000, "20h"),
        (183600, "2d3h"),
        (-1.5, "0s"),
        (-2, "<invalid>"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    """Ages have two or three figures, and a clock that is a little behind counts as none."""
    assert human_duration(seconds) == text


@given(st.floats(0, A_CENTURY))
def test_what_is_shown_is_nearly_true(seconds: float) -> None:
    """An age is never shown as more than it is, nor as less than nine tenths of it, but for the last seconds."""
    shown = sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhdy])", human_duration(seconds)))

    assert shown <= seconds < shown * 1.15 + 1


@given(st.integers(0, A_CENTURY), st.integers(0, A_CENTURY))
def test_older_is_never_shown_younger(one: int, other: int) -> None:
    """Of two ages the greater one is not shown as the lesser."""
    shown = [
        sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhdy])", human_duration(age)))
        for age in sorted((one, other))
    ]

    assert shown == sorted(shown)


def test_since_a_timestamp() -> None:
    """The time since a timestamp of the API is counted, and unknown where there is none."""
    now = START + timedelta(seconds=90)

    assert translate_timestamp_since("2026-01-01T00:00:30Z", now) == "60s"
    assert translate_timestamp_since(None, now) == "<unknown>"
