"""Fair runs from first principles: what a liveness counterexample must be, told from the edges of a graph alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.liveness import FairLoop

Edge = tuple[int, int, int]
Promises = Mapping[int, Fairness]


def is_fair(edges: Sequence[Edge], fairness: Promises, states: set[int], taken: set[int]) -> bool:
    """The definition of fairness, word by word."""
    for label, promise in fairness.items():
        enabled_in = {source for source, one, _ in edges if one == label} & states
        if promise is Fairness.WEAK and enabled_in == states and label not in taken:
            return False
        if promise is Fairness.STRONG and enabled_in and label not in taken:
            return False
    return True


def follow(edges: Sequence[Edge], start: int, steps: Sequence[tuple[int, int]]) -> list[int]:
    """The states visited by the steps, each of which must exist."""
    states = [start]
    for label, target in steps:
        assert (states[-1], label, target) in edges
        states.append(target)
    return states


def check_is_fair_run(edges: Sequence[Edge], fairness: Promises, found: FairLoop) -> None:
    """The counterexample must be a fair run along the edges (source, label, target)."""
    assert follow(edges, found.stem_state, found.path)[-1] == found.entry
    around = follow(edges, found.entry, found.loop)
    assert around[-1] == found.entry
    assert len(found.loop) != 1
    assert set(found.states) == set(around)
    assert is_fair(edges, fairness, set(around), {label for label, _ in found.loop})
