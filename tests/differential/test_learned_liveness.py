"""Liveness in compiled arrays against liveness in plain Python: same answers, and loops that are counterexamples."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from unittest import mock

import numpy as np
import pytest
from compressed_graphs import compress, compressed_graphs, edges_of, flags, random_steps
from fair_runs import check_is_fair_run
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import state_sets

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.learned import lasso, liveness, machine_code
from clusterproof.checker.learned.compressed_graph import CompressedGraph
from clusterproof.checker.learned.distances import depths
from clusterproof.checker.liveness import FairLoop

Promises = Mapping[int, Fairness]
Flags = NDArray[np.uint8]

LABELS = (0, 1, 2, 3, 64, 129)
SEARCHES = {
    liveness.find_eventually_always_violation: 1,
    liveness.find_always_eventually_violation: 1,
    liveness.find_leads_to_violation: 2,
}


def steps_shown(graph: CompressedGraph, found: FairLoop) -> int:
    """How many steps the counterexample has, from the start."""
    return int(depths(graph)[found.stem_state]) + len(found.path) + len(found.loop)


def check_breaks(graph: CompressedGraph, search: object, sets: Sequence[Flags], found: FairLoop) -> None:
    """The states of the run must be ones that the property forbids."""
    good = sets[-1]
    visited = {found.stem_state, *(state for _, state in found.path), *found.states}
    assert graph.expanded[list(visited)].all()
    if search is liveness.find_eventually_always_violation:
        assert not good[list(found.states)].all()
    elif search is liveness.find_always_eventually_violation:
        assert not good[list(found.states)].any()
    else:
        assert sets[0][found.stem_state]
        assert not good[list(visited)].any()


def compare(graph: CompressedGraph, fairness: Promises, one: Flags, other: Flags) -> list[FairLoop | None]:
    """Every search must answer as plain Python does, with a loop that is no longer, and that is a counterexample."""
    answers = []
    for search, sets_needed in SEARCHES.items():
        sets = (one, other)[:sets_needed]
        found = search(graph, fairness, *sets)
        with mock.patch.object(machine_code, "AVAILABLE", False):
            expected = search(graph, fairness, *sets)
        assert (found is None) == (expected is None)
        for run in (found, expected):
            if run is not None:
                check_is_fair_run(edges_of(graph), fairness, run)
                check_breaks(graph, search, sets, run)
        if found is not None:
            assert steps_shown(graph, found) <= steps_shown(graph, expected)
        answers.append(found)
    return answers


@given(
    compressed_graphs(labels=LABELS),
    st.dictionaries(st.sampled_from(LABELS), st.sampled_from(Fairness)),
    state_sets(12),
    state_sets(12),
)
@settings(max_examples=400, deadline=None)
def test_small_graphs(graph, fairness, one, other):
    """All three searches answer as plain Python does, also where some states are not expanded and labels are many."""
    compare(graph, fairness, flags(one[: graph.states]), flags(other[: graph.states]))


@pytest.mark.parametrize("closings_forward", [lasso.CLOSINGS_FORWARD, 1])
def test_large_graphs(closings_forward, monkeypatch):
    """The same on graphs of a hundred states with as many labels, whichever way loops are closed."""
    monkeypatch.setattr(lasso, "CLOSINGS_FORWARD", closings_forward)
    source = random.Random(4)
    loops = none = 0
    for _ in range(300):
        states, labels = source.randint(20, 120), source.choice([3, 20, 100])
        graph = compress(random_steps(source, states, labels), unexpanded=source.sample(range(1, states), 3))
        strict = source.random()
        fairness = {label: source.choice(list(Fairness)) for label in range(labels) if source.random() < strict}
        one, other = (flags(source.random() < source.choice([0.5, 0.9]) for _ in range(graph.states)) for _ in "12")
        for found in compare(graph, fairness, one, other):
            loops += bool(found and found.loop)
            none += found is None

    assert loops > 100
    assert none > 100
