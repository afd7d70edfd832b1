"""Liveness on quotients: what is unfolded, why labels mislead, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve
from compressed_graphs import flags
from symmetric_graphs import FREE, Quotient, Rule, State, SymmetricSystem, renamings_of

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.learned import liveness
from clusterproof.checker.learned.components import nontrivial_components
from clusterproof.checker.learned.quotient_liveness import (
    UnreachedLoopError,
    find_always_eventually_violation,
    find_eventually_always_violation,
    find_leads_to_violation,
    renamed_inside,
)
from clusterproof.errors import SpecError

COMES, GOES, LEAVES = 0, 1, 2


def someone_waits(state: State) -> bool:
    """Whether a process is at 1."""
    return 1 in state[0]


def nobody_waits(state: State) -> bool:
    """Whether no process is at 1."""
    return 1 not in state[0]


@pytest.fixture
def impatience() -> SymmetricSystem:
    """While one process waits at 1 the other may come and go between 0 and 2; whoever waits leaves, by weak fairness.

    So the one that waits does not do so for ever.
    """
    rule = {"cell_is": "any", "cell_becomes": "same", "first_only": False}
    rules = (
        Rule(at=0, becomes=2, others=1, **rule),
        Rule(at=2, becomes=0, others=1, **rule),
        Rule(at=1, becomes=2, others=None, **rule),
    )
    return SymmetricSystem(2, rules, {LEAVES: Fairness.WEAK}, (((0, 1), FREE), ((1, 0), FREE)))


def quotient_of(
    system: SymmetricSystem, good: Callable[[State], bool], *, sorted_states: bool, commutes: bool = True
) -> Quotient:
    """The system reduced by all renamings."""
    renamings = renamings_of(system.processes)
    return Quotient(system, system.states(), renamings, sorted_states, good, someone_waits, commutes=commutes)


def test_labels_of_a_quotient_mislead(impatience):
    """The one that waits bears another name in each of two sorted states, so no label seems to be enabled throughout.

    Taken as they are, the labels show a fair run that is none.
    """
    quotient = quotient_of(impatience, nobody_waits, sorted_states=True)
    graph = quotient.explored()
    good = flags(map(nobody_waits, quotient.stored))
    as_it_is = evolve(graph, renamed=np.empty(0, np.uint8))

    assert liveness.find_eventually_always_violation(as_it_is, impatience.fairness, good) is not None
    assert find_eventually_always_violation(graph, quotient, impatience.fairness, good) is None
    assert len(quotient.unfolded) == 2


def test_a_component_without_renamed_edges_is_not_unfolded(impatience):
    """Where every step inside leads to the stored state itself, labels are right and nobody asks for full states."""
    quotient = quotient_of(impatience, nobody_waits, sorted_states=False)
    graph = quotient.explored()

    assert renamed_inside(graph, nontrivial_components(graph)).tolist() == [False]
    good = flags(map(nobody_waits, quotient.stored))
    assert find_always_eventually_violation(graph, quotient, impatience.fairness, good) is None
    assert not quotient.unfolded


@pytest.mark.parametrize("sorted_states", [True, False])
def test_a_run_is_shown_in_states_that_are_reached(impatience, sorted_states):
    """Nobody promises anything, so one may wait for ever, and the run begins in the state that is found first."""
    quotient = quotient_of(impatience, nobody_waits, sorted_states=sorted_states)
    graph = quotient.explored()
    then = flags(map(nobody_waits, quotient.stored))

    found = find_leads_to_violation(graph, quotient, {}, 1 - then, then)

    assert found is not None
    assert (found.stem_state, found.path, found.loop) == (0, (), ())
    only_leaving_is_unfair = dict.fromkeys(range(2 * LEAVES), Fairness.STRONG)
    found = find_leads_to_violation(graph, quotient, only_leaving_is_unfair, 1 - then, then)
    assert found is not None
    assert quotient.reached(found.stem_state) == ((0, 1), FREE)
    assert found.loop == ((COMES, ((2, 1), FREE)), (GOES * 2, ((0, 1), FREE)))
    assert [one.label for one in found.starved] == [LEAVES * 2 + 1]


def test_a_property_of_one_process_is_refused(impatience):
    """Judging one process where it is not told apart is an error, which shows when states are unfolded."""
    quotient = quotient_of(impatience, lambda state: state[0][0] != 1, sorted_states=True)
    graph = quotient.explored()
    good = flags(map(quotient.good, quotient.stored))

    with pytest.raises(SpecError, match="differ by a renaming only"):
        find_eventually_always_violation(graph, quotient, impatience.fairness, good)


def test_a_loop_that_may_be_out_of_reach_decides_nothing(impatience):
    """Where renaming does not commute with the steps a loop among unreached states is neither shown nor forgotten."""
    only_first = {LEAVES * 2: Fairness.WEAK}
    system = evolve(impatience, initial=(((1, 0), FREE),))
    quotient = quotient_of(system, nobody_waits, sorted_states=True, commutes=False)
    graph = quotient.explored()
    good = flags(map(nobody_waits, quotient.stored))

    with pytest.raises(UnreachedLoopError, match="cannot be reached"):
        find_eventually_always_violation(graph, quotient, only_first, good)
