"""Components of a compressed graph in which a fair run can stay for ever, and states in which it can rest.

The same as `checker/components.py` says with sets of Python and bitmasks, counted in arrays: labels may be many.
"""

from __future__ import annotations

from collections.abc import Mapping

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
        left = _judge(
            graph.rows, cycles.members, cycles.offsets, cycles.numbers(graph.states), promises, kept, remaining
        )
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


@compiled
def _judge(
    rows: Rows,
    members: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    numbers: NDArray[np.int32],
    promises: NDArray[np.uint8],
    fair: NDArray[np.bool_],
    remaining: NDArray[np.uint32],
) -> int:
    """Tell which components are fair, and what remains of those that keep all promises but strong ones; how many.

    members, offsets: as in Components. numbers: int32[states], the component of each state, or -1.
    promises: uint8[labels], see WEAK. fair: bool[components], set where all promises are kept.
    remaining: uint32[members], filled with the states in which no strong label is enabled whose promise is broken.
    """
    enabled_in = np.zeros(promises.size, np.int64)  # states of the component
    counted = np.full(promises.size, -1, np.int64)  # the place of the last member that was counted
    taken = np.zeros(promises.size, np.bool_)
    seen = np.empty(promises.size, np.int32)  # the fair labels enabled somewhere in the component
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
        for label in seen[:labels]:
            if promises[label] == WEAK and enabled_in[label] == end - first and not taken[label]:
                weak_broken = True
            if promises[label] == STRONG and not taken[label]:
                strong_broken = True
        fair[component] = not weak_broken and not strong_broken
        if strong_broken and not weak_broken:
            for place in range(first, end):
                stays = True
                for edge in range(rows.offsets[members[place]], rows.offsets[members[place] + 1]):
                    if promises[rows.labels[edge]] == STRONG and not taken[rows.labels[edge]]:
                        stays = False
                if stays:
                    remaining[left] = members[place]
                    left += 1
        for label in seen[:labels]:
            enabled_in[label] = 0
            taken[label] = False
    return left


@compiled
def _nearest_rest(
    rows: Rows, promises: NDArray[np.uint8], wanted: NDArray[np.uint8], costs: NDArray[np.int32]
) -> int:
    """See nearest_rest."""
    nearest = -1
    for state in range(wanted.size):
        if not wanted[state] or (nearest >= 0 and costs[state] >= costs[nearest]):
            continue
        rests = True
        for label in rows.labels[rows.offsets[state] : rows.offsets[state + 1]]:
            if promises[label]:
                rests = False
                break
        if rests:
            nearest = state
    return nearest
