"""Weak and strong fairness: what a set of states visited for ever must do to count as a fair run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from attrs import frozen

from clusterproof.checker.graph import Graph


class Fairness(Enum):
    """What is promised of a label; a label without a promise may be ignored for ever.

    Source: L. Lamport, "Specifying Systems", chapter 8 (WF and SF).
    """

    WEAK = "weak"  # enabled without a break from some point on: taken again and again
    STRONG = "strong"  # enabled again and again: taken again and again


@frozen
class Demands:
    """The promises as two bitmasks of labels."""

    weak: int
    strong: int

    @classmethod
    def of(cls, fairness: Mapping[int, Fairness]) -> Demands:
        """Collect the labels promised each kind of fairness."""
        weak = sum(1 << label for label, promise in fairness.items() if promise is Fairness.WEAK)
        strong = sum(1 << label for label, promise in fairness.items() if promise is Fairness.STRONG)
        return cls(weak, strong)

    @property
    def fair(self) -> int:
        """All labels with a promise: while one of them is enabled, a run cannot rest in a state for ever."""
        return self.weak | self.strong

    def broken(self, enabled: Iterable[int], taken: int) -> tuple[int, int]:
        """The weak and the strong labels whose promise a run breaks, as bitmasks.

        enabled: the labels enabled in each state that the run visits for ever, by any edge, wherever it leads.
        taken: the labels that the run takes for ever; none when it rests in one state.
        """
        always, ever = -1, 0
        for labels in enabled:
            always &= labels
            ever |= labels
        return always & self.weak & ~taken, ever & self.strong & ~taken


def labels_taken(graph: Graph, states: set[int]) -> int:
    """The labels of the edges that stay inside the set of states, as a bitmask."""
    offsets, labels, targets = graph.offsets, graph.labels, graph.targets
    taken: set[int] = set()
    for state in states:
        for edge in range(offsets[state], offsets[state + 1]):
            if targets[edge] in states:
                taken.add(labels[edge])
    return sum(1 << label for label in taken)
