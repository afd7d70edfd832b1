"""The compressed graph: edges in any order become rows, and what is no graph is refused."""

from __future__ import annotations

import doctest
from itertools import pairwise

import numpy as np
import pytest
from compressed_graphs import chunk, compress, compressed_graphs, edges_of, flags
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterproof.checker.learned import compressed_graph
from clusterproof.checker.learned.compressed_graph import RENAMED, CompressedGraph


def test_the_example_is_true():
    """The example in the documentation shows what really comes out."""
    failed, tried = doctest.testmod(compressed_graph)

    assert tried > 0
    assert failed == 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 200), st.integers(6, 9)), max_size=30),
    st.lists(st.integers(0, 30), max_size=3),
)
@settings(deadline=None)  # the first example compiles
def test_edges_in_any_order_become_rows(edges, cuts):
    """However the edges are ordered and cut into chunks, each state keeps its own, in the order in which they came."""
    cuts = sorted({0, len(edges), *(cut for cut in cuts if cut < len(edges))})
    chunks = [chunk(edges[first:end]) for first, end in pairwise(cuts)]

    graph = CompressedGraph.of(chunks, expanded=flags([1] * 10), initial_states=1)

    assert chunks == []
    for state in range(10):
        assert list(graph.edges(state)) == [edge[1:] for edge in edges if edge[0] == state]
        assert graph.enabled(state) == sum(1 << label for label in {edge[1] for edge in edges if edge[0] == state})


@pytest.mark.parametrize("edge", [(0, 1, 3), (3, 1, 0), (2, 1, 0), (0, -1, 1), (1, 1, 1), (0, RENAMED, 1)], ids=str)
def test_what_is_no_edge_is_refused(edge):
    """Edges to or from nowhere, from a state not expanded, to their source, or of no label are refused."""
    with pytest.raises(ValueError, match=r"edge|label"):
        CompressedGraph.of([chunk([edge])], expanded=flags([1, 1, 0]), initial_states=1)


def test_arrays_of_different_lengths_are_refused():
    """Each edge has a source, a label and a target."""
    edges = chunk([(0, 1, 1)])._replace(labels=np.empty(0, np.int32))

    with pytest.raises(ValueError, match="1 sources, 0 labels and 1 targets"):
        CompressedGraph.of([edges], expanded=flags([1, 1]), initial_states=1)


def test_a_quotient_knows_which_steps_lead_to_a_renaming():
    """The mark of a renamed target is kept apart from the label, and only with it a step may lead to its own source."""
    edges = [(1, 7 + RENAMED, 1), (0, 7, 1), (0, 8 + RENAMED, 1)]

    graph = CompressedGraph.of([chunk(edges)], expanded=flags([1, 1]), initial_states=1, quotient=True)

    assert edges_of(graph) == [(0, 7, 1), (0, 8, 1), (1, 7, 1)]
    assert graph.renamed.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="to itself"):
        CompressedGraph.of([chunk([(0, 7, 0)])], expanded=flags([1]), initial_states=1, quotient=True)


def test_a_state_that_is_not_expanded_has_unknown_edges():
    """Asking for the edges of such a state, or of none at all, is an error."""
    graph = compress({0: [(5, 1)]}, unexpanded=[1])

    assert not graph.complete
    for state in (-1, 1, 2):
        with pytest.raises(IndexError, match="not expanded"):
            graph.edges(state)
        with pytest.raises(IndexError, match="not expanded"):
            graph.enabled(state)


@given(compressed_graphs())
@settings(deadline=None)  # the first example compiles
def test_the_same_graph_in_lists(graph):
    """The graph for plain Python has the same states and edges, and knows the initial states and the depths."""
    plain, numbers = graph.as_graph()
    edges = [
        (numbers[state], label, numbers[target])
        for state in range(plain.expanded)
        for label, target in plain.edges(state)
    ]

    assert sorted(edges) == sorted(edges_of(graph))
    assert plain.states == graph.states
    assert plain.expanded == graph.expanded.sum()
    assert plain.initial_states == graph.expanded[: graph.initial_states].sum()


@given(compressed_graphs(labels=(0, 1, 70)))
@settings(deadline=None)  # the first example compiles
def test_some_labels_only(graph):
    """Of a graph one can keep the edges of some labels, and all states."""
    wanted = flags(label in {1, 70} for label in range(71))

    part = graph.only(wanted)

    assert edges_of(part) == [edge for edge in edges_of(graph) if edge[1] in {1, 70}]
    assert part.states == graph.states
