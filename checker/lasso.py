"""A short loop inside a fair component that is itself a fair run, so that the trace shown is a true counterexample."""

from __future__ import annotations

from collections.abc import Callable

from clusterproof.checker.fairness import Demands
from clusterproof.checker.graph import Graph

Steps = tuple[tuple[int, int], ...]
"""Steps one after the other, each (label, state it leads to)."""


def short_fair_loop(graph: Graph, demands: Demands, component: set[int], start: int) -> Steps:
    """Steps inside the component from the start back to it, few of them, which repeated for ever are a fair run.

    component: as found by `fair_components`, so that such a loop exists.

    The walk goes to the nearest step or state that mends a broken promise until closing it on the shortest way breaks
    none. Every extension mends one promise for good, hence it ends.
    """
    walk: Steps = ()
    while True:
        here = walk[-1][1] if walk else start
        loop = walk if walk and here == start else walk + _nearest(graph, component, here, lambda _, to: to == start)
        weak, strong = broken_by(graph, demands, loop)
        if not weak | strong:
            return loop

        def mends(label: int, to: int, weak: int = weak, strong: int = strong) -> bool:
            return bool((weak | strong) >> label & 1 or weak & ~graph.enabled(to))

        walk += _nearest(graph, component, here, mends)


def broken_by(graph: Graph, demands: Demands, loop: Steps) -> tuple[int, int]:
    """The weak and the strong labels whose promise is broken by repeating the loop for ever."""
    taken = 0
    for label, _ in loop:
        taken |= 1 << label
    return demands.broken((graph.enabled(state) for _, state in loop), taken)


def _nearest(graph: Graph, component: set[int], source: int, wanted: Callable[[int, int], bool]) -> Steps:
    """The fewest steps inside the component from the source, the last of which is wanted: at least one step."""
    came_by: dict[int, tuple[int, int]] = {}
    queue = [source]
    for state in queue:  # grows while it is read
        for label, target in graph.edges(state):
            if target not in component:
                continue
            if wanted(label, target):
                return (*_steps_back(came_by, source, state), (label, target))
            if target not in came_by:
                came_by[target] = label, state
                queue.append(target)
    raise AssertionError("a strongly connected fair component contains the step that is looked for")


def _steps_back(came_by: dict[int, tuple[int, int]], source: int, state: int) -> Steps:
    steps: list[tuple[int, int]] = []
    while state != source:
        label, before = came_by[state]
        steps.append((label, state))
        state = before
    return tuple(reversed(steps))
