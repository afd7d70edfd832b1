"""Liveness on the explored graph: is there a fair run that never does what was promised?

A run takes steps for ever, or takes none any more. It is fair when every weakly fair label that stays enabled from
some point on is taken again and again, and every strongly fair label that is enabled again and again is taken again
and again. So resting for ever in a state is fair exactly when no fair label is enabled there: a run may end where
nothing is enabled but faults and the user's actions.

All searches look at the expanded states only. What they find is a true counterexample even when the graph is
incomplete, since all steps of an expanded state are known. That they find nothing proves something only when
`graph.complete`. The graph must not be reduced by symmetry: there, one label stands for different actions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import pairwise

from attrs import evolve, frozen

from clusterproof.checker.components import fair_components, nontrivial_components
from clusterproof.checker.fairness import Demands, Fairness
from clusterproof.checker.graph import Graph, StateSet
from clusterproof.checker.lasso import LabelledEdges, Steps, rotated, short_fair_loop

__all__ = [
    "FairLoop",
    "Fairness",
    "Starved",
    "find_always_eventually_violation",
    "find_eventually_always_violation",
    "find_leads_to_violation",
    "nontrivial_components",
    "starved_labels",
    "steps_along",
]

# A shorter counterexample is worth some tries, but not a walk through a huge component for each of its states.
LOOPS_TRIED = 16
STARTS_TRIED = 4  # in each component
STATES_VISITED_BY_TRIES = 100_000


@frozen
class Starved:
    """A label that the loop never takes although it is enabled in some of its states.

    fairness: WEAK when the promise does not help because the label is disabled now and then (strong fairness would);
    None when nothing is promised of the label, and taking it would leave the loop.
    """

    label: int
    fairness: Fairness | None
    enabled_in: int
    loop_states: int


@frozen(kw_only=True)
class FairLoop:
    """A counterexample: reach `stem_state` from the start, follow `path` to `entry`, then repeat `loop` for ever.

    path and loop are steps (label, state it leads to); the last state of the loop is the entry again. An empty loop
    means that the run takes no more steps. The path is empty except for leads-to, where `stem_state` is the state
    from which the promise is broken.
    """

    stem_state: int
    path: Steps
    entry: int
    loop: Steps
    starved: tuple[Starved, ...]

    @property
    def states(self) -> tuple[int, ...]:
        """The states visited for ever, in order and beginning with the entry."""
        return (self.entry, *(state for _, state in self.loop[:-1]))


@frozen(kw_only=True)
class _Question:
    """Is there a fair run that stays in allowed states and visits wanted ones again and again?

    costs: the number of steps it takes to get to each allowed state, counted from the start.
    """

    graph: Graph
    fairness: Mapping[int, Fairness]
    allowed: StateSet
    wanted: StateSet
    costs: Sequence[int]


def find_eventually_always_violation(graph: Graph, fairness: Mapping[int, Fairness], good: StateSet) -> FairLoop | None:
    """Find a fair run that visits a state which is not good again and again, for ever."""
    bad = _judged(graph, good, False)
    everything = bytearray(b"\x01") * graph.expanded
    return _answer(_Question(graph=graph, fairness=fairness, allowed=everything, wanted=bad, costs=graph.depths()))


def find_always_eventually_violation(graph: Graph, fairness: Mapping[int, Fairness], good: StateSet) -> FairLoop | None:
    """Find a fair run that from some point on visits no good state any more."""
    bad = _judged(graph, good, False)
    return _answer(_Question(graph=graph, fairness=fairness, allowed=bad, wanted=bad, costs=graph.depths()))


def find_leads_to_violation(
    graph: Graph, fairness: Mapping[int, Fairness], given: StateSet, then: StateSet
) -> FairLoop | None:
    """Find a fair run that visits a `given` state and from there on, that state included, no `then` state."""
    waiting = _judged(graph, then, False)
    costs, came_from = _pursue(graph, _judged(graph, given, True), waiting)
    pursued = bytearray(cost >= 0 for cost in costs)
    found = _answer(_Question(graph=graph, fairness=fairness, allowed=pursued, wanted=pursued, costs=costs))
    if found is None:
        return None
    states = [found.entry]
    while came_from[states[-1]] != states[-1]:
        states.append(came_from[states[-1]])
    states.reverse()
    return evolve(found, stem_state=states[0], path=steps_along(graph, states))


def _judged(graph: Graph, holds: StateSet, wanted: bool) -> bytearray:
    """Which expanded states were judged as wanted."""
    if len(holds) < graph.expanded:
        raise ValueError(f"judged in {len(holds)} states, but {graph.expanded} are expanded: judge all of them")
    return bytearray(bool(holds[state]) is wanted for state in range(graph.expanded))


def _pursue(graph: Graph, given: bytearray, waiting: bytearray) -> tuple[list[int], dict[int, int]]:
    """How far from the start each state lies that a run can reach from a given state through waiting states only.

    Returns that number of steps, -1 for the other states, and the state before; a given state comes before itself,
    so that the promise is broken as late as possible.
    """
    depths = graph.depths()
    costs = [-1] * graph.expanded
    came_from: dict[int, int] = {}
    starts: dict[int, list[int]] = {}
    for state in range(graph.expanded):
        if given[state] and waiting[state]:
            costs[state], came_from[state] = depths[state], state
            starts.setdefault(depths[state], []).append(state)
    cost = 0
    frontier: list[int] = []
    while frontier or starts:
        frontier += starts.pop(cost, [])
        cost += 1
        reached: list[int] = []
        for state in frontier:
            for _, target in graph.edges(state):
                if target < graph.expanded and waiting[target] and costs[target] < 0:
                    costs[target], came_from[target] = cost, state
                    reached.append(target)
        frontier = reached
    return costs, came_from


def _answer(question: _Question) -> FairLoop | None:
    """The fair run with the fewest steps among those worth trying: first rests, then loops."""
    graph, costs = question.graph, question.costs
    demands = Demands.of(question.fairness)
    allowed, wanted = question.allowed, question.wanted
    rests = (state for state in graph.states_without(demands.fair) if allowed[state] and wanted[state])
    entry = min(rests, key=costs.__getitem__, default=-1)
    loop: Steps = ()
    fewest = costs[entry] if entry >= 0 else None
    components = fair_components(graph, demands, allowed, wanted)
    for component, start in _worth_trying(question, components):
        if fewest is not None and min(costs[state] for state in component) + 2 >= fewest:
            continue
        steps = short_fair_loop(graph, demands, component, start)
        nearest = min((state for _, state in steps), key=lambda state: (costs[state], state))
        if fewest is None or costs[nearest] + len(steps) < fewest:
            entry, loop, fewest = nearest, rotated(steps, nearest), costs[nearest] + len(steps)
    if fewest is None:
        return None
    return FairLoop(
        stem_state=entry, path=(), entry=entry, loop=loop, starved=starved_labels(graph, question.fairness, entry, loop)
    )


def _worth_trying(question: _Question, components: list[set[int]]) -> Iterator[tuple[set[int], int]]:
    """Some components with a wanted state each, those near the start first: at least one if there is any."""
    costs = question.costs
    nearest_first = sorted((min(costs[state] for state in component), at) for at, component in enumerate(components))
    visited = 0
    tried = 0
    for _, at in nearest_first:
        component = components[at]
        wanted = (state for state in component if question.wanted[state])
        for state in nsmallest(STARTS_TRIED, wanted, key=lambda state: (costs[state], state)):
            if tried and (tried >= LOOPS_TRIED or visited + len(component) > STATES_VISITED_BY_TRIES):
                return
            yield component, state
            tried += 1
            visited += len(component)


def steps_along(graph: LabelledEdges, states: Sequence[int]) -> Steps:
    """Steps from each of the states to the next."""
    return tuple(next(edge for edge in graph.edges(state) if edge[1] == after) for state, after in pairwise(states))


def starved_labels(
    graph: LabelledEdges, fairness: Mapping[int, Fairness], entry: int, loop: Steps
) -> tuple[Starved, ...]:
    """The labels never taken: those promised weak fairness in vain first, then those enabled most often."""
    states = {entry, *(state for _, state in loop)}
    taken = {label for label, _ in loop}
    enabled_in: Counter[int] = Counter()
    leaving: set[int] = set()
    for state in states:
        enabled_in.update({label for label, _ in graph.edges(state)} - taken)
        leaving.update(label for label, target in graph.edges(state) if target not in states)
    starved = [
        Starved(label=label, fairness=fairness.get(label), enabled_in=count, loop_states=len(states))
        for label, count in enabled_in.items()
        if label in fairness or label in leaving
    ]
    return tuple(sorted(starved, key=lambda one: (one.fairness is None, -one.enabled_in, one.label)))
