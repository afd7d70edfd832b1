"""Liveness on a graph reduced by symmetry, exactly: the three searches of `checker/liveness.py` on a quotient.

What is sound. Renaming keeps fairness and the property, or the search is not asked: a property about one id is judged
on a quotient by the renamings that leave this id alone, where it is told apart. Then

- resting needs no unfolding: whether a fair label is enabled is the same for all renamings;
- a component without a renamed edge inside is a piece of the full graph, and exact by its labels;
- every other component is unfolded. Its full states lie in strongly connected components of the full graph, each a
  renaming of each, because going around often enough leads back to where one was. So one of them is judged.

Where renaming does not quite commute with the steps (see FullStates), neither of the last two is true: then the full
states of all orbits of a component are unfolded. They contain those that can be reached, so nothing is missed; what is
found among others only is told by `UnreachedLoopError`.

Whatever is found is found again from a state that is really reached, so that it can be shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.lasso import Steps
from clusterproof.checker.learned.components import Components, cycles_among, nontrivial_components
from clusterproof.checker.learned.compressed_graph import CompressedGraph
from clusterproof.checker.learned.distances import Pursuit, depths
from clusterproof.checker.learned.fair_components import nearest_rest, promises_by_label
from clusterproof.checker.learned.liveness import Question, answer, judged
from clusterproof.checker.learned.unfolding import FullStates, Key, Unfolded, check_alike
from clusterproof.checker.liveness import Starved, steps_along

UNFOLDED_AT_ONCE = 20_000
"""How many states of the quotient are unfolded before they are judged."""

EDGES_AT_ONCE = 1 << 20


class UnreachedLoopError(Exception):
    """A fair run breaks the property, but may begin in a state that cannot be reached: the property is undetermined."""


@frozen(kw_only=True)
class FullRun(Generic[Key]):
    """A counterexample in full states: see FairLoop.

    stem_state: the number of the state of the quotient whose `reached` state the path begins in.
    path, loop: steps (label, full state). An empty loop means that the run takes no more steps.
    """

    stem_state: int
    path: tuple[tuple[int, Key], ...]
    loop: tuple[tuple[int, Key], ...]
    starved: tuple[Starved, ...]


@frozen(kw_only=True, eq=False)
class _Search(Generic[Key]):
    """Is there a fair run that stays in cycles, or rests, and visits wanted states again and again?

    cycles, wanted, costs: as in Question, on the quotient. given, good: uint8[states], the property.
    """

    graph: CompressedGraph
    full: FullStates[Key]
    fairness: Mapping[int, Fairness]
    cycles: Components
    wanted: NDArray[np.uint8]
    costs: NDArray[np.int32]
    good: NDArray[np.uint8]
    given: NDArray[np.uint8] | None = None


@frozen
class _Found:
    """What a search found, in numbers of the quotient.

    entry: where the run begins to go round. visited: what it visits then. steps: how many it takes, from the start.
    """

    entry: int
    visited: list[int]
    steps: int


def find_violation(
    kind: str,
    graph: CompressedGraph,
    full: FullStates[Key],
    fairness: Mapping[int, Fairness],
    good: NDArray[np.uint8],
    given: NDArray[np.uint8] | None = None,
) -> FullRun[Key] | None:
    """Find a fair run that breaks a property of this kind; see below."""
    if kind == "leads_to" and given is not None:
        return find_leads_to_violation(graph, full, fairness, given, good)
    if kind == "eventually_always":
        return find_eventually_always_violation(graph, full, fairness, good)
    return find_always_eventually_violation(graph, full, fairness, good)


def may_be_broken(
    kind: str,
    graph: CompressedGraph,
    fairness: Mapping[int, Fairness],
    good: NDArray[np.uint8],
    given: NDArray[np.uint8] | None = None,
) -> bool:
    """Whether a run might break a property of this kind about some id, whichever, and whatever is fair on the way.

    good: uint8[states], whether each is as all of them promise. given: uint8[states], for leads-to, whether each begins
    to break one of them. What a run does about one id is seen on the quotient about ever another one, so a run that
    breaks one of them shows as one of states that are not good.
    """
    bad = judged(graph, good, False)
    costs, wanted = depths(graph), bad
    if given is not None:
        costs = Pursuit.of(graph, judged(graph, given, True), bad).costs
        wanted = (costs >= 0).view(np.uint8)
    cycles = nontrivial_components(graph) if kind == "eventually_always" else cycles_among(graph, wanted)
    if len(cycles.with_any(wanted)):
        return True
    return nearest_rest(graph, promises_by_label(graph, fairness), wanted, costs) >= 0


def find_eventually_always_violation(
    graph: CompressedGraph, full: FullStates[Key], fairness: Mapping[int, Fairness], good: NDArray[np.uint8]
) -> FullRun[Key] | None:
    """Find a fair run that visits a state which is not good again and again, for ever. good: uint8[states].

    SpecError when the property is not symmetric; UnreachedLoopError when a violation may be out of reach.
    """
    bad = judged(graph, good, False)
    cycles = nontrivial_components(graph)
    search = _Search(
        graph=graph, full=full, fairness=fairness, cycles=cycles, wanted=bad, costs=depths(graph), good=good
    )
    return _from_the_entry(search)


def find_always_eventually_violation(
    graph: CompressedGraph, full: FullStates[Key], fairness: Mapping[int, Fairness], good: NDArray[np.uint8]
) -> FullRun[Key] | None:
    """Find a fair run that from some point on visits no good state any more. good: uint8[states].

    Errors as above.
    """
    bad = judged(graph, good, False)
    cycles = cycles_among(graph, bad)
    search = _Search(
        graph=graph, full=full, fairness=fairness, cycles=cycles, wanted=bad, costs=depths(graph), good=good
    )
    return _from_the_entry(search)


def find_leads_to_violation(
    graph: CompressedGraph,
    full: FullStates[Key],
    fairness: Mapping[int, Fairness],
    given: NDArray[np.uint8],
    then: NDArray[np.uint8],
) -> FullRun[Key] | None:
    """Find a fair run that visits a `given` state and from there on, that state included, no `then` state.

    given, then: uint8[states]. Errors as above.
    """
    pursuit = Pursuit.of(graph, judged(graph, given, True), judged(graph, then, False))
    pursued = (pursuit.costs >= 0).view(np.uint8)
    cycles = cycles_among(graph, pursued)
    search = _Search(
        graph=graph,
        full=full,
        fairness=fairness,
        cycles=cycles,
        wanted=pursued,
        costs=pursuit.costs,
        good=then,
        given=given,
    )
    found = _find(search)
    return None if found is None else _shown(search, pursuit.way(found.entry), found)


def _from_the_entry(search: _Search[Key]) -> FullRun[Key] | None:
    found = _find(search)
    return None if found is None else _shown(search, [found.entry], found)


def _find(search: _Search[Key]) -> _Found | None:
    """The fair run with the fewest steps among those worth trying: rests and exact components, then unfolded ones."""
    graph, costs = search.graph, search.costs
    unfolded = renamed_inside(graph, search.cycles) if search.full.commutes else np.ones(len(search.cycles), np.bool_)
    question = Question(
        graph=graph, fairness=search.fairness, cycles=search.cycles.chosen(~unfolded), wanted=search.wanted, costs=costs
    )
    found, best = answer(question), None
    if found is not None:
        best = _Found(found.entry, list(found.states), int(costs[found.entry]) + len(found.loop))
    for part in _nearest_first(search.cycles.chosen(unfolded).with_any(search.wanted), costs):
        if best is not None and int(costs[part.members].min()) + 2 >= best.steps:
            break
        candidate = _find_unfolded(search, part)
        if candidate is not None and (best is None or candidate.steps < best.steps):
            best = candidate
        if best is not None:
            break  # what is behind lies farther from the start
    return best


def _find_unfolded(search: _Search[Key], components: Components) -> _Found | None:
    """The fair run with the fewest steps among those worth trying in some components that were told apart."""
    group = components.numbers(search.graph.states)
    if search.full.commutes:
        begun = components.members[components.offsets[:-1]]
        starts = [next(iter(search.full.orbit(number))) for number in begun.tolist()]
    else:
        starts = [state for number in components.members.tolist() for state in search.full.orbit(number)]
    unfolded = Unfolded.of(search.full, starts, group)
    check_alike(search.full, unfolded, search.given, search.good)
    found = answer(_question(search, unfolded, np.append(search.costs[unfolded.numbers], np.int32(0))))
    if found is None:
        return None
    numbers = unfolded.numbers[list(found.states)].tolist()
    return _Found(numbers[0], numbers, int(search.costs[numbers[0]]) + len(found.loop))


def _question(search: _Search[Key], unfolded: Unfolded[Key], costs: NDArray[np.int32]) -> Question:
    return Question(
        graph=unfolded.graph,
        fairness=search.fairness,
        cycles=nontrivial_components(unfolded.graph),
        wanted=unfolded.part(search.wanted),
        costs=costs,
    )


def _shown(search: _Search[Key], way: list[int], found: _Found) -> FullRun[Key]:
    """The run that was found, from a state that is reached and through the same orbits.

    way: from where the path begins to the entry, in numbers of the quotient.
    """
    numbers = search.cycles.numbers(search.graph.states)
    around = np.flatnonzero((numbers == numbers[found.entry]) & (numbers >= 0))
    for orbits in (found.visited, around.tolist()):
        shown = _shown_within(search, way, orbits)
        if shown is not None:
            return shown
    raise UnreachedLoopError("a fair run breaks the property, perhaps from a state that cannot be reached")


def _shown_within(search: _Search[Key], way: list[int], orbits: list[int]) -> FullRun[Key] | None:
    """A run that breaks the property along the way and then within the orbits."""
    group = np.full(search.graph.states, -1, np.int32)
    group[way + orbits] = 0
    unfolded = Unfolded.of(search.full, [search.full.reached(way[0])], group)
    check_alike(search.full, unfolded, search.given, search.good)
    graph = unfolded.graph
    start = np.zeros(graph.states, np.uint8)
    start[0] = 1
    pursuit = Pursuit.of(graph, start, graph.expanded)
    found = answer(_question(search, unfolded, pursuit.costs))
    if found is None:
        return None

    def in_full(steps: Steps) -> tuple[tuple[int, Key], ...]:
        return tuple((label, unfolded.states[state]) for label, state in steps)

    path = steps_along(graph, pursuit.way(found.entry))
    return FullRun(stem_state=way[0], path=in_full(path), loop=in_full(found.loop), starved=found.starved)


def _nearest_first(components: Components, costs: NDArray[np.int32]) -> Iterator[Components]:
    """The components in parts of about UNFOLDED_AT_ONCE states, those near the start first."""
    if not len(components):
        return
    nearest = np.minimum.reduceat(costs[components.members], components.offsets[:-1])
    order = np.argsort(nearest, kind="stable")
    parts = np.cumsum(components.sizes[order]) // UNFOLDED_AT_ONCE
    for part in np.unique(parts).tolist():
        which = np.zeros(len(components), np.bool_)
        which[order[parts == part]] = True
        yield components.chosen(which)


def renamed_inside(graph: CompressedGraph, components: Components) -> NDArray[np.bool_]:
    """Which components have a renamed edge inside: bool[components]."""
    numbers = components.numbers(graph.states)
    inside = np.zeros(len(components), np.bool_)
    for first in range(0, graph.renamed.size, EDGES_AT_ONCE):
        edges = first + np.flatnonzero(graph.renamed[first : first + EDGES_AT_ONCE])
        sources = numbers[np.searchsorted(graph.offsets, edges, side="right") - 1]
        inside[sources[(sources >= 0) & (sources == numbers[graph.targets[edges]])]] = True
    return inside
