"""Liveness on graphs of millions of states: the three searches of `checker/liveness.py`, with the same meaning.

Without numba they are those searches themselves, on the same graph kept in lists.
A graph that was reduced by symmetry is refused: there, one label stands for different actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from clusterproof.checker import liveness
from clusterproof.checker.fairness import Demands, Fairness
from clusterproof.checker.lasso import Steps, fair_loop, rotated
from clusterproof.checker.learned import machine_code
from clusterproof.checker.learned.components import Components, cycles_among, nontrivial_components
from clusterproof.checker.learned.compressed_graph import CompressedGraph
from clusterproof.checker.learned.distances import Pursuit, depths
from clusterproof.checker.learned.fair_components import fair_components, nearest_rest, promises_by_label
from clusterproof.checker.learned.lasso import Walker
from clusterproof.checker.liveness import FairLoop, starved_labels, steps_along

# A shorter counterexample is worth some tries, but not a walk through a huge component for each of its states.
LOOPS_TRIED = 64
STARTS_TRIED = 16  # in each component
STATES_VISITED_BY_TRIES = 3_000_000


@frozen(kw_only=True, eq=False)
class Question:
    """Is there a fair run that rests in a wanted state, or stays in a set and visits wanted states again and again?

    cycles: strongly connected components. wanted: uint8[states], expanded ones. costs: int32[states], the number of
    steps it takes to get to a state, counted from the start. promises: uint8[labels], the fairness as an array.
    """

    graph: CompressedGraph
    fairness: Mapping[int, Fairness]
    cycles: Components
    wanted: NDArray[np.uint8]
    costs: NDArray[np.int32]
    promises: NDArray[np.uint8] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "promises", promises_by_label(self.graph, self.fairness))


def find_eventually_always_violation(
    graph: CompressedGraph, fairness: Mapping[int, Fairness], good: NDArray[np.uint8]
) -> FairLoop | None:
    """Find a fair run that visits a state which is not good again and again, for ever. good: uint8[states]."""
    if not machine_code.AVAILABLE:
        return _in_python(liveness.find_eventually_always_violation, graph, fairness, good)
    bad = judged(graph, good, False)
    cycles = nontrivial_components(unreduced(graph))
    return answer(Question(graph=graph, fairness=fairness, cycles=cycles, wanted=bad, costs=depths(graph)))


def find_always_eventually_violation(
    graph: CompressedGraph, fairness: Mapping[int, Fairness], good: NDArray[np.uint8]
) -> FairLoop | None:
    """Find a fair run that from some point on visits no good state any more. good: uint8[states]."""
    if not machine_code.AVAILABLE:
        return _in_python(liveness.find_always_eventually_violation, graph, fairness, good)
    bad = judged(graph, good, False)
    cycles = cycles_among(unreduced(graph), bad)
    return answer(Question(graph=graph, fairness=fairness, cycles=cycles, wanted=bad, costs=depths(graph)))


def find_leads_to_violation(
    graph: CompressedGraph, fairness: Mapping[int, Fairness], given: NDArray[np.uint8], then: NDArray[np.uint8]
) -> FairLoop | None:
    """Find a fair run that visits a `given` state and from there on, that state included, no `then` state.

    given, then: uint8[states].
    """
    if not machine_code.AVAILABLE:
        return _in_python(liveness.find_leads_to_violation, graph, fairness, given, then)
    pursuit = Pursuit.of(unreduced(graph), judged(graph, given, True), judged(graph, then, False))
    pursued = (pursuit.costs >= 0).view(np.uint8)
    cycles = cycles_among(graph, pursued)
    found = answer(Question(graph=graph, fairness=fairness, cycles=cycles, wanted=pursued, costs=pursuit.costs))
    if found is None:
        return None
    states = pursuit.way(found.entry)
    return evolve(found, stem_state=states[0], path=steps_along(graph, states))


def unreduced(graph: CompressedGraph) -> CompressedGraph:
    """The same graph; ValueError when it was reduced by symmetry."""
    if graph.renamed.size:
        raise ValueError("a graph reduced by symmetry has other labels than its steps: unfold it")
    return graph


def judged(graph: CompressedGraph, holds: NDArray[np.uint8], wanted: bool) -> NDArray[np.uint8]:
    """Which expanded states were judged as wanted: uint8[states]. holds: uint8[states]."""
    if holds.size < graph.states:
        raise ValueError(f"judged in {holds.size} states of {graph.states}: judge all of them")
    found: NDArray[np.bool_] = ((holds[: graph.states] != 0) == wanted) & (graph.expanded != 0)
    return found.view(np.uint8)


def answer(question: Question) -> FairLoop | None:
    """The fair run with the fewest steps among those worth trying: first rests, then loops."""
    graph, costs = question.graph, question.costs
    entry = nearest_rest(graph, question.promises, question.wanted, costs)
    loop: Steps = ()
    fewest = int(costs[entry]) if entry >= 0 else None
    components = fair_components(graph, question.promises, question.cycles, question.wanted)
    demands, walker = Demands.of(question.fairness), None
    for component, start in _worth_trying(question, components):
        if fewest is not None and int(costs[component].min()) + 2 >= fewest:
            break
        walker = walker or Walker(graph, question.promises.size)
        walker.enter(component)
        steps = fair_loop(graph, demands, walker.nearest, start)
        nearest = min((state for _, state in steps), key=lambda state: (int(costs[state]), state))
        if fewest is None or int(costs[nearest]) + len(steps) < fewest:
            entry, loop, fewest = nearest, rotated(steps, nearest), int(costs[nearest]) + len(steps)
    if fewest is None:
        return None
    return FairLoop(
        stem_state=entry, path=(), entry=entry, loop=loop, starved=starved_labels(graph, question.fairness, entry, loop)
    )


def _worth_trying(question: Question, components: Components) -> Iterator[tuple[NDArray[np.uint32], int]]:
    """Some components with a wanted state each, those near the start first: at least one if there is any."""
    if not len(components):
        return
    costs = question.costs
    nearest = np.minimum.reduceat(costs[components.members], components.offsets[:-1])
    visited = tried = 0
    for at in np.argsort(nearest, kind="stable")[:LOOPS_TRIED].tolist():
        component = components[at]
        wanted = component[question.wanted[component] > 0].astype(np.int64)
        order = np.sort((costs[wanted].astype(np.int64) << 32) | wanted)
        for start in islice((order & 0xFFFFFFFF).tolist(), STARTS_TRIED):
            if tried and (tried >= LOOPS_TRIED or visited + component.size > STATES_VISITED_BY_TRIES):
                return
            yield component, start
            tried += 1
            visited += component.size


def _in_python(
    search: Callable[..., FairLoop | None],
    graph: CompressedGraph,
    fairness: Mapping[int, Fairness],
    *judgements: NDArray[np.uint8],
) -> FairLoop | None:
    """The answer of a search in plain Python."""
    plain, numbers = unreduced(graph).as_graph()
    for holds in judgements:
        judged(graph, holds, True)
    found = search(plain, fairness, *(holds[numbers].tolist() for holds in judgements))
    if found is None:
        return None

    def renumbered(steps: Steps) -> Steps:
        return tuple((label, int(numbers[state])) for label, state in steps)

    return evolve(
        found,
        stem_state=int(numbers[found.stem_state]),
        path=renumbered(found.path),
        entry=int(numbers[found.entry]),
        loop=renumbered(found.loop),
    )
