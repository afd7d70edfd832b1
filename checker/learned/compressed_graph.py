"""The explored graph as flat arrays, for millions of states: what `checker/graph.py` is for thousands.

>>> sources, labels, targets = np.array([1, 0], np.uint32), np.array([5, 7], np.int32), np.array([0, 1], np.uint32)
>>> edges = EdgeChunk(sources, labels, targets)
>>> graph = CompressedGraph.of([edges], expanded=np.ones(2, np.uint8), initial_states=1)
>>> list(graph.edges(0)), graph.states, graph.complete
([(7, 1)], 2, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from clusterproof.checker.graph import Graph
from clusterproof.checker.learned.machine_code import compiled

RENAMED = 1 << 30
"""Added to the label of an edge in a chunk: the step leads to a renaming of the target, not to the target itself."""


class EdgeChunk(NamedTuple):
    """Some edges, in any order. All arrays are of one length.

    sources, targets: uint32[edges], numbers of states. labels: int32[edges], RENAMED added on a quotient.
    """

    sources: NDArray[np.uint32]
    labels: NDArray[np.int32]
    targets: NDArray[np.uint32]


class Rows(NamedTuple):
    """The edges in compressed rows, as compiled functions take them: see CompressedGraph."""

    offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    targets: NDArray[np.uint32]


@frozen(kw_only=True, eq=False)
class CompressedGraph:
    """States numbered in breadth-first order, level by level and the initial ones first, and the edges between them.

    The edges of `state` are at positions offsets[state] to offsets[state + 1]. A label is the number of an action
    instance. A state that was not expanded has unknown successors, which is not the same as having none.
    Every state can be reached from an initial one.

    offsets: int64[states + 1]. labels: int32[edges]. targets: uint32[edges].
    expanded: uint8[states], 1 where all successors are known. initial_states: how many states are initial.
    renamed: uint8[edges], 1 where a step leads to a renaming of the target; of size 0 unless states that differ only
    by a renaming were merged. Only then there are edges from a state to itself, and they are renamed.
    """

    offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    targets: NDArray[np.uint32]
    expanded: NDArray[np.uint8]
    initial_states: int
    renamed: NDArray[np.uint8] = field(factory=lambda: np.empty(0, np.uint8))

    @classmethod
    def of(
        cls, chunks: list[EdgeChunk], *, expanded: NDArray[np.uint8], initial_states: int, quotient: bool = False
    ) -> CompressedGraph:
        """Put edges that come in any order into rows, by counting; edges of one state stay in their order.

        chunks: emptied while it is read, so that no edge is held twice for long.
        quotient: whether states that differ only by a renaming were merged.
        ValueError for an edge that cannot be: from a state not expanded, to no state, or to its own source.
        """
        offsets = np.zeros(expanded.size + 1, np.int64)
        for chunk in chunks:
            _check(chunk, expanded, quotient=quotient)
            offsets[1:] += np.bincount(chunk.sources, minlength=expanded.size)
        np.cumsum(offsets, out=offsets)
        labels, targets = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.uint32)
        chunks.reverse()
        while chunks:
            # Each row's first offset moves on to its next free place, and ends up where the next row begins.
            _place(*chunks.pop(), offsets, labels, targets)
        offsets[1:] = offsets[:-1]
        offsets[0] = 0
        renamed = np.empty(0, np.uint8)
        if quotient:
            renamed = (labels >= RENAMED).view(np.uint8)
            labels &= RENAMED - 1
        return cls(
            offsets=offsets,
            labels=labels,
            targets=targets,
            expanded=expanded,
            initial_states=initial_states,
            renamed=renamed,
        )

    @property
    def states(self) -> int:
        """The number of states, expanded or not."""
        return self.expanded.size

    @property
    def complete(self) -> bool:
        """Whether every state is expanded: only then does the absence of a violation prove anything."""
        return bool(self.expanded.all())

    @property
    def rows(self) -> Rows:
        """The edges as compiled functions take them."""
        return Rows(self.offsets, self.labels, self.targets)

    def edges(self, state: int) -> Iterator[tuple[int, int]]:
        """The edges (label, target) that leave an expanded state."""
        row = self._row(state)
        return zip(self.labels[row].tolist(), self.targets[row].tolist(), strict=True)

    def enabled(self, state: int) -> int:
        """The labels that leave an expanded state, as a bitmask."""
        return reduce(lambda mask, label: mask | 1 << label, self.labels[self._row(state)].tolist(), 0)

    def only(self, wanted: NDArray[np.uint8]) -> CompressedGraph:
        """The same states with some of the edges. wanted: uint8[labels], 1 for labels that are kept."""
        kept = np.flatnonzero(wanted[self.labels])
        return CompressedGraph(
            offsets=np.searchsorted(kept, self.offsets),
            labels=self.labels[kept],
            targets=self.targets[kept],
            expanded=self.expanded,
            initial_states=self.initial_states,
            renamed=self.renamed[kept] if self.renamed.size else self.renamed,
        )

    def as_graph(self) -> tuple[Graph, NDArray[np.int64]]:
        """The same graph for searches in plain Python, and per state of it the number of that state here.

        There, expanded states come first.
        """
        order = np.argsort(self.expanded == 0, kind="stable")
        number = np.empty_like(order)
        number[order] = np.arange(order.size)
        graph = Graph()
        for state in order.tolist():
            graph.add_state(initial=state < self.initial_states and bool(self.expanded[state]))
        for state in order[: np.count_nonzero(self.expanded)].tolist():
            graph.expand(graph.expanded, [(label, int(number[target])) for label, target in self.edges(state)])
        return graph, order

    def _row(self, state: int) -> slice:
        if not (0 <= state < self.states and self.expanded[state]):
            raise IndexError(f"state {state} is not expanded: its edges are unknown")
        return slice(self.offsets[state], self.offsets[state + 1])


def _check(chunk: EdgeChunk, expanded: NDArray[np.uint8], *, quotient: bool) -> None:
    """ValueError for an edge that cannot be."""
    sources, labels, targets = chunk
    if not sources.size == labels.size == targets.size:
        raise ValueError(f"{sources.size} sources, {labels.size} labels and {targets.size} targets: one per edge each")
    if not sources.size:
        return
    if max(sources.max(), targets.max()) >= expanded.size:
        raise ValueError(f"an edge between states that are not there: there are {expanded.size}")
    if not expanded[sources].all():
        raise ValueError("an edge from a state that is not expanded")
    if labels.min() < 0 or (not quotient and labels.max() >= RENAMED):
        raise ValueError("labels are numbers of instances, and edges are renamed in a quotient only")
    if ((sources == targets) & (labels < RENAMED)).any():
        raise ValueError("an edge from a state to itself: leave it out, it is no step")


@compiled
def _place(
    sources: NDArray[np.uint32],
    chunk_labels: NDArray[np.int32],
    chunk_targets: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    labels: NDArray[np.int32],
    targets: NDArray[np.uint32],
) -> None:
    """Put the edges of a chunk (see EdgeChunk) at the next free places of their rows.

    offsets: int64[states + 1], per state its next free place. labels: int32[edges], targets: uint32[edges], filled.
    """
    for edge in range(sources.size):
        place = offsets[sources[edge]]
        offsets[sources[edge]] = place + 1
        labels[place] = chunk_labels[edge]
        targets[place] = chunk_targets[edge]
