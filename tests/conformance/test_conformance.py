"""Every row of upstream's tables, against the decision functions of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_case(case: dict[str, Any], adapter: Callable[[Any, Any], object]) -> None:
    """The decision answers what Kubernetes' own test table expects."""
    answer = adapter(case["given"], case["expect"])

    assert case["expect"] == answer, f"{case['source'].get('file')} {case['source'].get('test')}: {case.get('notes')}"
