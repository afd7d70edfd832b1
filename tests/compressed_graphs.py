"""Compressed graphs for tests: made from a few steps, drawn by Hypothesis, or large and random."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from fair_runs import Edge
from hypothesis import strategies as st
from numpy.typing import NDArray

from clusterproof.checker.learned.compressed_graph import CompressedGraph, EdgeChunk

Steps = Mapping[int, Sequence[tuple[int, int]]]


def flags(values: Iterable[object]) -> NDArray[np.uint8]:
    """For each state whether something holds, as the searches take it."""
    return np.array([bool(value) for value in values], np.uint8)


def chunk(edges: Sequence[Edge]) -> EdgeChunk:
    """Edges (source, label, target) as arrays."""
    sources, labels, targets = np.array(edges, np.int64).reshape(-1, 3).T
    return EdgeChunk(sources.astype(np.uint32), labels.astype(np.int32), targets.astype(np.uint32))


def compress(steps: Steps, initial: Iterable[int] = (0,), unexpanded: Iterable[int] = ()) -> CompressedGraph:
    """What a breadth-first search keeps that does not expand some of the states, and hands over edges in any order.

    States are renumbered in the order in which they are found; states that are out of reach are dropped.
    """
    unexpanded = set(unexpanded)
    found = {state: number for number, state in enumerate(initial)}
    initial_states, queue, edges = len(found), list(found), []
    for state in queue:  # grows while it is read
        for label, target in () if state in unexpanded else steps.get(state, ()):
            if target not in found:
                found[target] = len(found)
                queue.append(target)
            edges.append((found[state], label, found[target]))
    random.Random(len(edges)).shuffle(edges)
    half = len(edges) // 2
    return CompressedGraph.of(
        [chunk(edges[:half]), chunk(edges[half:])],
        expanded=flags(state not in unexpanded for state in queue),
        initial_states=initial_states,
    )


def edges_of(graph: CompressedGraph) -> list[Edge]:
    """Every edge (source, label, target)."""
    expanded = np.flatnonzero(graph.expanded).tolist()
    return [(state, *edge) for state in expanded for edge in graph.edges(state)]


@st.composite
def compressed_graphs(
    draw: st.DrawFn, max_states: int = 12, labels: Sequence[int] = (0, 1, 2, 3, 64, 129), max_edges: int = 30
) -> CompressedGraph:
    """Small graphs in which some states may not be expanded, with labels beyond the 64 bits of one word."""
    states = st.integers(0, max_states - 1)
    edge = st.tuples(states, st.sampled_from(labels), states).filter(lambda edge: edge[0] != edge[2])
    steps: dict[int, list[tuple[int, int]]] = {}
    for source, label, target in draw(st.lists(edge, max_size=max_edges)):
        steps.setdefault(source, []).append((label, target))
    initial = draw(st.lists(states, min_size=1, max_size=2, unique=True))
    return compress(steps, initial, draw(st.sets(states, max_size=2)))


def random_steps(source: random.Random, states: int, labels: int) -> dict[int, list[tuple[int, int]]]:
    """A large graph whose steps mostly lead a little on or back, so that cycles lie inside cycles."""
    steps: dict[int, list[tuple[int, int]]] = {}
    for state in range(states):
        for _ in range(source.randint(1, 5)):
            target = state + source.choice([-7, -3, -1, 1, 1, 2, 4, 9])
            if 0 <= target < states:
                steps.setdefault(state, []).append((source.randrange(labels), target))
    return steps
