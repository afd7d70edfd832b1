"""Cycles of urgent steps: they may go on for ever while the clock stands still."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.learned.components import nontrivial_components
from clusterproof.checker.learned.compressed_graph import CompressedGraph


@frozen
class Livelock:
    """States that a run can go round and round in without an end and without time passing.

    states: how many there are. labels: those of the steps between them, in increasing order.
    """

    states: int
    labels: tuple[int, ...]


def livelocks(graph: CompressedGraph, urgent: NDArray[np.uint8]) -> Iterator[Livelock]:
    """Every livelock of the graph. urgent: uint8[labels], 1 for steps that the clock waits for."""
    hurried = graph.only(urgent)
    components = nontrivial_components(hurried)
    for at in range(len(components)):
        members = components[at]
        inside = set(members.tolist())
        taken = {label for state in inside for label, target in hurried.edges(state) if target in inside}
        yield Livelock(states=members.size, labels=tuple(sorted(taken)))
