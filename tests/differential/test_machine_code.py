"""The loops of the learned engine compiled and with numpy: every call has the same effects, on random small systems."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_systems import (
    all_is_done,
    at_most_one_thing,
    box,
    done_is_done,
    errand,
    heart,
    it_is_delivered,
    it_settles,
    lease,
    nobody_notices,
    nothing_is_lost,
    only_workers_change_jobs,
    shop,
    things_are_new,
)
from strategies_systems import properties_of, system_of, tables

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system, instances_of
from clusterproof.checker.judging import Finding
from clusterproof.checker.learned.backend import Backend, backend
from clusterproof.checker.learned.kernel import Scratch, Table
from clusterproof.checker.learned.machine_code import AVAILABLE
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="numba is missing: there is nothing to compare with")

BITS = st.sampled_from([64, 128])


def effect(argument: Any) -> Any:
    """What may be compared of an argument after a call: where a fingerprint stands in the table is open."""
    if isinstance(argument, Scratch):
        return None
    if isinstance(argument, Table):
        used = np.flatnonzero(argument.first)
        return sorted(zip(*(part[used].tolist() for part in argument if len(part) > 1), strict=True))
    if isinstance(argument, tuple):
        return [effect(part) for part in argument]
    return argument.tobytes() if isinstance(argument, np.ndarray) else argument


def both(compiled: Callable[..., Any], vectorised: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls both, on the same arguments, and insists on the same effects."""

    def call(*arguments: Any) -> Any:
        others = copy.deepcopy(arguments)
        returned, expected = vectorised(*arguments), compiled(*others)
        assert returned == expected
        assert effect(arguments) == effect(others)
        return returned

    return call


def twins() -> Backend:
    """Both sorts of loops at once."""
    compiled, vectorised = backend(), backend(machine_code_wanted=False)
    assert compiled != vectorised
    pairs = zip(attrs.astuple(compiled), attrs.astuple(vectorised), strict=True)
    return Backend(*(both(*pair) for pair in pairs))


def search_with_both(system: System[Any], *, bits: int, graph: bool) -> LearnedSearch:
    """A search in which every call is made twice."""
    compiled = Compiled(system)
    findings = [Finding(about) for about in instances_of(compiled, system.properties)]
    options = Options(bounds=Bounds(states=100_000), fingerprint_bits=bits)
    search = LearnedSearch(compiled, findings, options, twins(), graph)
    search.run()
    return search


@settings(max_examples=60, deadline=None)
@given(st.booleans().flatmap(lambda timed: tables(timed=timed)), BITS, st.booleans())
def test_random_systems(table, bits, graph):
    """Rows, levels, marks, edges, misses and what properties said are the same, call by call."""
    search_with_both(system_of(table, properties_of(table)), bits=bits, graph=graph)


SMALL = {
    "budgets": shop(nothing_is_lost, all_is_done, done_is_done, only_workers_change_jobs, jobs=2, crashes=2),
    "pools": box(at_most_one_thing, things_are_new),
    "clock": lease(nobody_notices),
    "periods": heart(it_settles),
    "an errand": errand(it_is_delivered),
}


@pytest.mark.parametrize("system", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("bits", [64, 128])
def test_small_systems(system, bits):
    """Budgets, pools without an id left, clocks and serial numbers are the same, call by call."""
    assert search_with_both(system, bits=bits, graph=True).states > 1


@pytest.mark.parametrize("most", [1, 2, 5, 12])
def test_a_bound_on_states(most):
    """A bound stops both at the same step."""
    system = SMALL["budgets"]
    results = [
        check_system(system, engine="learned", bounds=Bounds(states=most), machine_code=m) for m in (True, False)
    ]

    assert [(r.states, r.exhaustive) for r in results] == [(most, False)] * 2
    assert len({r.transitions for r in results}) == 1
