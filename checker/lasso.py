"""A short loop inside a fair component that is itself a fair run, so that the trace shown is a true counterexample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from attrs import frozen

from clusterproof.checker.fairness import Demands

Steps = tuple[tuple[int, int], ...]
"""Steps one after the other, each (label, state it leads to)."""


class LabelledEdges(Protocol):
    """What a walk needs to know of a graph, be it kept in lists or in arrays."""

    def edges(self, state: int) -> Iterator[tuple[int, int]]:
        """The edges (label, target) that leave an expanded state."""
        ...

    def enabled(self, state: int) -> int:
        """The labels that leave an expanded state, as a bitmask."""
        ...


@frozen(kw_only=True)
class Goal:
    """The step that a walk looks for: one into the state, or one that mends a broken promise.

    state: -1 when no state is looked for. weak, strong: the labels whose promises are broken, as bitmasks.
    """

    state: int = -1
    weak: int = 0
    strong: int = 0

    def is_met(self, graph: LabelledEdges, label: int, target: int) -> bool:
        """Whether the step of the label to the target is one that was looked for."""
        if target == self.state or (self.weak | self.strong) >> label & 1:
            return True
        return bool(self.weak and self.weak & ~graph.enabled(target))


Nearest = Callable[[int, Goal], Steps]
"""Finds the fewest steps from a state, the last of which meets the goal: at least one step."""


def short_fair_loop(graph: LabelledEdges, demands: Demands, component: set[int], start: int) -> Steps:
    """Steps inside the component from the start back to it, few of them, which repeated for ever are a fair run.

    component: as found by `fair_components`, so that such a loop exists.
    """
    return fair_loop(graph, demands, partial(_nearest, graph, component), start)


def fair_loop(graph: LabelledEdges, demands: Demands, nearest: Nearest, start: int) -> Steps:
    """The same, by a search for the nearest step that stays inside the component.

    The walk goes to the nearest step or state that mends a broken promise until closing it on the shortest way breaks
    none. Every extension mends one promise for good, hence it ends.
    """
    walk: Steps = ()
    while True:
        here = walk[-1][1] if walk else start
        loop = walk if walk and here == start else walk + nearest(here, Goal(state=start))
        weak, strong = broken_by(graph, demands, loop)
        if not weak | strong:
            return loop
        walk += nearest(here, Goal(weak=weak, strong=strong))


def broken_by(graph: LabelledEdges, demands: Demands, loop: Steps) -> tuple[int, int]:
    """The weak and the strong labels whose promise is broken by repeating the loop for ever."""
    taken = 0
    for label, _ in loop:
        taken |= 1 << label
    return demands.broken((graph.enabled(state) for _, state in loop), taken)


def rotated(loop: Steps, entry: int) -> Steps:
    """The same loop, beginning and ending at the entry."""
    after = next(at for at, (_, state) in enumerate(loop, start=1) if state == entry)
    return loop[after:] + loop[:after]


def _nearest(graph: LabelledEdges, component: set[int], source: int, goal: Goal) -> Steps:
    """The fewest steps inside the component from the source, the last of which meets the goal."""
    came_by: dict[int, tuple[int, int]] = {}
    queue = [source]
    for state in queue:  # grows while it is read
        for label, target in graph.edges(state):
            if target not in component:
                continue
            if goal.is_met(graph, label, target):
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
