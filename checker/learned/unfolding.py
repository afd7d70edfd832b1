"""States that were merged by a renaming are told apart again, for a few of them at a time.

In a graph reduced by symmetry each state stands for all its renamings, its orbit, and one of them is stored. An edge
leads to the orbit of the true successor; the edge is *renamed* when that is not the stored state itself. The labels
along a way over renamed edges belong to different renamings: pod `a` before such an edge is not pod `a` behind it. So
what a label does along a cycle (is it enabled throughout? is it taken?) can be read off only where no edge is renamed.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.compressed_graph import CompressedGraph, EdgeChunk
from clusterproof.errors import SpecError

Key = TypeVar("Key", bound=Hashable)
"""A full state: whatever identifies it."""


class FullStates(Protocol[Key]):
    """The states behind a graph reduced by symmetry, asked for where merging hides what matters.

    commutes: whether a renaming of a state has exactly the renamed steps. It is False when this holds only up to a
    further renaming, as where a pool hands out the first of its free ids.
    """

    commutes: bool

    def orbit(self, number: int) -> Iterable[Key]:
        """The renamings of a state of the graph, the stored one first. Where `commutes`, only that one is asked for."""
        ...

    def reached(self, number: int) -> Key:
        """The state of an orbit that a run reaches by steps as they are, on a shortest way."""
        ...

    def successors(self, state: Key) -> Iterable[tuple[int, Key]]:
        """All steps (label, state it leads to) from a state."""
        ...

    def number(self, state: Key) -> int:
        """The number of the state of the graph whose orbit a state is in, or -1 when the graph has none."""
        ...

    def good(self, state: Key) -> bool:
        """Whether a state is as a property promises; for leads-to, whether `then` holds in it."""
        ...

    def given(self, state: Key) -> bool:
        """Whether `given` of a leads-to property holds in a state."""
        ...


@frozen(kw_only=True, eq=False)
class Unfolded(Generic[Key]):
    """Full states and the steps between them; one more state, not expanded, stands for all others.

    states: the full states in the order of their numbers in `graph`. numbers: int64[states], that of the orbit of each.
    """

    graph: CompressedGraph
    states: Sequence[Key]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, full: FullStates[Key], starts: Iterable[Key], group: NDArray[np.int32]) -> Unfolded[Key]:
        """Tell states apart, from some on and along steps that stay in their group.

        group: int32[states of the reduced graph], by number; a step to another group, or to none (-1), leads out.
        """
        place = {state: at for at, state in enumerate(dict.fromkeys(starts))}
        states = list(place)
        numbers = [full.number(state) for state in states]
        begun = len(states)
        sources, labels, targets = array("Q"), array("q"), array("q")
        for source, state in enumerate(states):  # grows while it is read
            for label, target in full.successors(state):
                at = place.get(target)
                if at is None:
                    number = full.number(target)
                    if number >= 0 and group[number] == group[numbers[source]]:
                        at = place[target] = len(states)
                        states.append(target)
                        numbers.append(number)
                sources.append(source)
                labels.append(label)
                targets.append(-1 if at is None else at)
        outside = np.array(targets, np.int64)
        outside[outside < 0] = len(states)
        edges = EdgeChunk(np.array(sources, np.uint32), np.array(labels, np.int32), outside.astype(np.uint32))
        expanded = np.ones(len(states) + 1, np.uint8)
        expanded[-1] = 0
        graph = CompressedGraph.of([edges], expanded=expanded, initial_states=begun)
        return cls(graph=graph, states=states, numbers=np.array(numbers, np.int64))

    def part(self, states: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """For each full state, and the one outside, whether its orbit is among those given: uint8[states + 1].

        states: uint8[states of the reduced graph].
        """
        return np.append(states[self.numbers], np.uint8(0))


def check_alike(
    full: FullStates[Key], unfolded: Unfolded[Key], given: NDArray[np.uint8] | None, good: NDArray[np.uint8]
) -> None:
    """SpecError when a property is not the same for a full state and for the one that stands for it.

    given, good: uint8[states of the reduced graph]; given is None except for leads-to.
    """
    for state, number in zip(unfolded.states, unfolded.numbers.tolist(), strict=True):
        same = full.good(state) == bool(good[number])
        if not same or (given is not None and full.given(state) != bool(given[number])):
            raise SpecError("a property tells states apart that differ by a renaming only: do not merge them for it")
