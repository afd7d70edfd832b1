"""The engines: each must pass the whole suite of this folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from clusterproof.checker.check import check_system
from clusterproof.checker.engines import ENGINES
from clusterproof.checker.result import CheckResult

Check = Callable[..., CheckResult]


@pytest.fixture(params=sorted(ENGINES))
def check(request: pytest.FixtureRequest) -> Check:
    """Check a system with one of the engines."""
    return partial(check_system, engine=request.param)
