"""The loops of the learned engine compiled and with numpy: every call has the same effects, on random small systems."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
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
from strategies_systems import properties_of, tables
from strategies_systems import system_of as system_of_table
from strategies_worlds import system_of, worlds
from symmetric_systems import recipes, symmetric_system
from world_properties import PROPERTIES

from clusterproof import Bounds, System
from clusterproof.checker.check import instances_of
from clusterproof.checker.judging import Finding
from clusterproof.checker.learned import learner
from clusterproof.checker.learned.backend import Backend, backend
from clusterproof.checker.learned.kernel import BLOCK, Scratch, Table
from clusterproof.checker.learned.kernel_orbits import Orbits
from clusterproof.checker.learned.machine_code import AVAILABLE
from clusterproof.checker.learned.orbits import find_classes
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="numba is missing: there is nothing to compare with")

BITS = st.sampled_from([64, 128])


def same(one: Any, other: Any) -> bool:
    """Whether two calls had the same effect on an argument: where a fingerprint stands in the table is open."""
    if isinstance(one, (Scratch, Orbits)):  # working memory
        return True
    if isinstance(one, Table):
        return entries(one) == entries(other)
    if isinstance(one, tuple):
        return all(map(same, one, other))
    return np.array_equal(one, other)


def entries(table: Table) -> set[tuple[int, ...]]:
    """What is in a table."""
    used = np.flatnonzero(table.first)
    return set(zip(*(part[used].tolist() for part in table if len(part) > 1), strict=True))


def both(compiled: Callable[..., Any], vectorised: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls both, on the same arguments, and insists on the same effects."""

    def call(*arguments: Any) -> Any:
        others = copy.deepcopy(arguments)
        returned, expected = vectorised(*arguments), compiled(*others)
        assert returned == expected
        assert same(arguments, others)
        return returned

    return call


def twins() -> Backend:
    """Both sorts of loops at once."""
    compiled, vectorised = backend(), backend(machine_code_wanted=False)
    assert compiled != vectorised
    pairs = zip(attrs.astuple(compiled), attrs.astuple(vectorised), strict=True)
    return Backend(*(both(*pair) for pair in pairs))


def search_with_both(
    system: System[Any], *, states: int = BLOCK, bits: int = 64, graph: bool = True, merged: bool = False
) -> LearnedSearch:
    """A search in which every call is made twice.

    states: where it ends; up to BLOCK rows the compiled loops, too, take all at once, and work in the same order.
    merged: whether states are merged by the ids that are interchangeable.
    """
    compiled = Compiled(system)
    findings = [Finding(about) for about in instances_of(compiled, system.properties)]
    options = Options(bounds=Bounds(states=states), fingerprint_bits=bits, keep_rows=merged)
    classes = find_classes(compiled) if merged else None
    search = LearnedSearch(compiled, findings, options, twins(), graph, classes)
    search.run()
    return search


TABLES = (
    st.booleans()
    .flatmap(lambda timed: tables(timed=timed))
    .map(lambda table: system_of_table(table, properties_of(table)))
)
WORLDS = worlds(PROPERTIES).map(system_of)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES | WORLDS, st.integers(1, BLOCK), st.sampled_from([64, 128]), st.booleans())
def test_random_systems(system, states, bits, graph):
    """Rows, levels, marks, edges, misses and what properties said are the same, call by call."""
    search_with_both(system, states=states, bits=bits, graph=graph)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes(roomy=True), st.integers(2, BLOCK), st.sampled_from([64, 128]), st.booleans())
def test_merged_states(recipe, states, bits, graph):
    """Fingerprints of orbits, and which edges are renamed, are the same, call by call."""
    search = search_with_both(symmetric_system(recipe), states=states, bits=bits, graph=graph, merged=True)

    assert search.orbits is not None
    rows = [row for level in search.kept_rows for row in search.learner.columns.rows(level)]
    known = entries(search.rooms.table)
    assert {first for first, *_ in known} == {max(int(first), 1) for first in search.orbits.fingerprints(rows)[:, 0]}


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
    """Budgets, pools without an id left and clocks are the same, call by call."""
    assert search_with_both(system, bits=bits).states > 1


@pytest.mark.parametrize("system", SMALL.values(), ids=SMALL)
def test_trees_given_up(monkeypatch, system):
    """What is asked of the functions for every row is the same, too."""
    monkeypatch.setattr(learner, "HOPELESS_ROWS", 1)
    monkeypatch.setattr(learner, "HOPELESS_SHARE", 0.0)

    assert search_with_both(system).learner.actions.direct
