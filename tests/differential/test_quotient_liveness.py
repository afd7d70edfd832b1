"""Liveness on graphs reduced by symmetry against the full graph, on random symmetric systems."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from compressed_graphs import flags
from fair_runs import check_is_fair_run
from strategies import explore
from symmetric_graphs import Quotient, SymmetricSystem, about_all, about_one, renamings_of

from clusterproof.checker import liveness as full_liveness
from clusterproof.checker.graph import Graph
from clusterproof.checker.learned import quotient_liveness
from clusterproof.checker.learned.compressed_graph import CompressedGraph
from clusterproof.checker.learned.quotient_liveness import FullRun, UnreachedLoopError
from clusterproof.checker.liveness import FairLoop

KINDS = ("eventually_always", "always_eventually", "leads_to")
UNDETERMINED = "undetermined"


def answer_in_full(quotient: Quotient, graph: Graph, kind: str, states: list) -> FairLoop | None:
    """The answer of a search in plain Python that takes the labels of a graph as they are."""
    sets = [list(map(quotient.given, states))] * (kind == "leads_to") + [list(map(quotient.good, states))]
    return getattr(full_liveness, f"find_{kind}_violation")(graph, quotient.system.fairness, *sets)


def answer_on_quotient(quotient: Quotient, graph: CompressedGraph, kind: str) -> FullRun | str | None:
    """The answer of a search on the reduced graph."""
    sets = [flags(map(quotient.given, quotient.stored))] * (kind == "leads_to")
    sets.append(flags(map(quotient.good, quotient.stored)))
    try:
        return getattr(quotient_liveness, f"find_{kind}_violation")(graph, quotient, quotient.system.fairness, *sets)
    except UnreachedLoopError:
        return UNDETERMINED


def check_shown(quotient: Quotient, full: Graph, kind: str, run: FullRun) -> None:
    """The run must consist of real steps from a state that is reached, be fair, and break the property."""
    states = quotient.states
    number = {state: at for at, state in enumerate(states)}
    edges = [(at, *edge) for at in range(full.states) for edge in full.edges(at)]
    start = quotient.reached(run.stem_state)
    path, loop = (tuple((label, number[state]) for label, state in steps) for steps in (run.path, run.loop))
    entry = path[-1][1] if path else number[start]
    shown = FairLoop(stem_state=number[start], path=path, entry=entry, loop=loop, starved=run.starved)
    check_is_fair_run(edges, quotient.system.fairness, shown)
    good = [quotient.good(states[at]) for at in shown.states]
    assert not (all(good) if kind == "eventually_always" else any(good))
    if kind == "leads_to":
        assert quotient.given(start)
        assert not any(quotient.good(state) for state in (start, *(state for _, state in run.path)))


def compare(quotient: Quotient, met: Counter[str]) -> None:
    """All searches must answer as they do on the full graph. met: counts what was seen."""
    full, reduced = quotient.system.graph(quotient.states), quotient.explored()
    labels_only = explore(
        {at: [edge for edge in reduced.edges(at) if edge[1] != at] for at in range(reduced.states)},
        range(reduced.initial_states),
    )
    for kind in KINDS:
        expected = answer_in_full(quotient, full, kind, quotient.states)
        quotient.unfolded.clear()
        found = answer_on_quotient(quotient, reduced, kind)
        if found == UNDETERMINED:
            assert not quotient.commutes
            met[UNDETERMINED] += 1
            continue
        assert (found is None) == (expected is None), (kind, quotient.system)
        met["proved" if found is None else "loop" if found.loop else "rest"] += 1
        met["proved by unfolding"] += found is None and bool(quotient.unfolded)
        misled = answer_in_full(quotient, labels_only, kind, quotient.stored)
        met["labels would refute wrongly"] += found is None and misled is not None
        met["labels would prove wrongly"] += found is not None and misled is None
        if found is not None:
            check_shown(quotient, full, kind, found)


@pytest.mark.parametrize("about", ["all processes", "one process"])
def test_random_symmetric_graphs(about):
    """Properties of all processes, and of one that is told apart from the others, are judged as on the full graph.

    Some of the 1,500 systems would be judged wrongly by the labels of the quotient as they are.
    """
    source, met = random.Random(11), Counter()
    for _ in range(1500):
        system = SymmetricSystem.drawn(source)
        one = about == "one process"
        good, given = (about_one(source, 0) if one else about_all(source) for _ in range(2))
        renamings = renamings_of(system.processes, leaving=0 if one else None)
        compare(Quotient(system, system.states(), renamings, source.random() < 0.5, good, given), met)

    assert min(met["proved"], met["rest"], met["loop"]) > 500
    assert met["proved by unfolding"] > 50
    assert met["labels would prove wrongly"] > 0


def test_pools_that_hand_out_their_first_id():
    """Where the first of several free processes is taken nothing is judged wrongly, and little stays open."""
    source, met = random.Random(13), Counter()
    for _ in range(500):
        system = SymmetricSystem.drawn(source, pools=True)
        renamings = renamings_of(system.processes)
        good, given = about_all(source), about_all(source)
        compare(Quotient(system, system.states(), renamings, source.random() < 0.5, good, given, commutes=False), met)

    assert min(met["proved"], met["rest"], met["loop"]) > 100
    assert met["proved by unfolding"] > 20
    assert met[UNDETERMINED] < 10
