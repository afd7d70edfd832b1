"""Components of a compressed graph in which a fair run can stay for ever, and states in which it can rest.

The same as `checker/components.py` says with sets of Python and bitmasks, counted in arrays: labels may be many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.fairness import Fairness
from clusterproof.checker.learned.components import Components, cycles_within
from clusterproof.checker.learned.compressed_graph import CompressedGraph, Rows
from clusterproof.checker.learned.machine_code import compiled

WEAK, STRONG = 1, 2
"""What is promised of a label, in arrays; 0 is nothing."""


def promises_by_label(graph: CompressedGraph, fairness: Mapping[int, Fairness]) -> NDArray[np.uint8]:
    """What is promised of each label of the graph: uint8[labels], WEAK, STRONG or 0."""
    promises = np.zeros(max(graph.labels.max(initial=-1), *fairness, -1) + 1, np.uint8)
    for label, promise in fairness.items():
        promises[label] = STRONG if promise is Fairness.STRONG else WEAK
    return promises


def fair_components(
    graph: CompressedGraph, promises: NDArray[np.uint8], cycles: Components, wanted: NDArray[np.uint8]
) -> Components:
    """The sets of states in which a fair run can stay for ever, visiting all of them, one of them wanted.

    promises: uint8[labels]. cycles: strongly connected components, within which the run stays.
    wanted: uint8[states]. Strong fairness is judged by taking states away, as in `checker/components.py`.
    """
    fair: list[Components] = []
    cycles = cycles.with_any(wanted)
    while len(cycles):
        remaining = np.empty(cycles.members.size, np.uint32)
        kept = np.zeros(len(cycles), np.bool_)
        numbers, tally = cycles.numbers(graph.states), Tally.empty(promises.size)
        left = _judge(graph.rows, cycles.members, cycles.offsets, numbers, promises, tally, kept, remaining)
        fair.append(cycles.chosen(kept))
        cycles = cycles_within(graph, remaining[:left]).with_any(wanted)
    return Components.joined(fair)


def nearest_rest(
    graph: CompressedGraph, promises: NDArray[np.uint8], wanted: NDArray[np.uint8], costs: NDArray[np.int32]
) -> int:
    """The cheapest wanted state in which no fair label is enabled, or -1: a run may rest there for ever.

    promises: uint8[labels]. wanted: uint8[states], expanded ones. costs: int32[states].
    """
    return _nearest_rest(graph.rows, promises, wanted, costs)


class Tally(NamedTuple):
    """What is counted in one component, for each label.

    enabled_in: int64[labels], the states that it is enabled in. counted: int64[labels], the place of the last member
    that was counted. taken: bool[labels], whether it leads from a member to a member. seen: int32[labels], the fair
    labels enabled somewhere, one after the other.
    """

    enabled_in: NDArray[np.int64]
    counted: NDArray[np.int64]
    taken: NDArray[np.bool_]
    seen: NDArray[np.int32]

    @classmethod
    def empty(cls, labels: int) -> Tally:
        """Nothing counted."""
        return cls(
            np.zeros(labels, np.int64), np.full(labels, -1), np.zeros(labels, np.bool_), np.empty(labels, np.int32)
        )


@compiled
def _judge(
    rows: Rows,
    members: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    numbers: NDArray[np.int32],
    promises: NDArray[np.uint8],
    tally: Tally,
    fair: NDArray[np.bool_],
    remaining: NDArray[np.uint32],
) -> int:
    """Tell which components are fair, and what remains of those that keep all promises but strong ones; how many.

    members, offsets: as in Components. numbers: int32[states], the component of each state, or -1.
    promises: uint8[labels], see WEAK. fair: bool[components], set where all promises are kept.
    remaining: uint32[members], filled with the states in which no strong label is enabled whose promise is broken.
    """
    enabled_in, counted, taken, seen = tally
    left = 0
    for component in range(offsets.size - 1):
        first, end, labels = offsets[component], offsets[component + 1], 0
        for place in range(first, end):
            for edge in range(rows.offsets[members[place]], rows.offsets[members[place] + 1]):
                label = rows.labels[edge]
                if not promises[label]:
                    continue
                if enabled_in[label] == 0:
                    seen[labels] = label
                    labels += 1
                if counted[label] != place:
                    counted[label] = place
                    enabled_in[label] += 1
                if numbers[rows.targets[edge]] == component:
                    taken[label] = True
        weak_broken = strong_broken = False
        for at in range(labels):
            label = seen[at]
            if not taken[label]:
                weak_broken |= promises[label] == WEAK and enabled_in[label] == end - first
                strong_broken |= promises[label] == STRONG
        fair[component] = not weak_broken and not strong_broken
        for place in range(first, end):
            stays = strong_broken and not weak_broken
            for edge in range(rows.offsets[members[place]], rows.offsets[members[place] + 1]):
                if not stays:
                    break
                stays = promises[rows.labels[edge]] != STRONG or taken[rows.labels[edge]]
            if stays:
                remaining[left] = members[place]
                left += 1
        for at in range(labels):
            enabled_in[seen[at]] = 0
            taken[seen[at]] = False
    return left


@compiled
def _nearest_rest(rows: Rows, promises: NDArray[np.uint8], wanted: NDArray[np.uint8], costs: NDArray[np.int32]) -> int:
    """See nearest_rest."""
    nearest = -1
    for state in range(wanted.size):
        rests = wanted[state] and (nearest < 0 or costs[state] < costs[nearest])
        for edge in range(rows.offsets[state], rows.offsets[state + 1]):
            if not rests:
                break
            rests = promises[rows.labels[edge]] == 0
        if rests:
            nearest = state
    return nearest
