"""The engines: each must pass the whole suite of this folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from clusterproof.checker.check import check_system
from clusterproof.checker.engines import ENGINES
from clusterproof.checker.result import CheckResult

Check = Callable[..., CheckResult]

NUMPY = "learned, numpy"
"""The learned engine where nothing can be compiled."""


@pytest.fixture(params=sorted([*ENGINES, NUMPY]))
def check(request: pytest.FixtureRequest) -> Check:
    """Check a system with one of the engines."""
    if request.param == NUMPY:
        return partial(check_system, engine="learned", machine_code=False)
    return partial(check_system, engine=request.param)
