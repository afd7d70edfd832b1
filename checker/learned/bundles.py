"""Many trees walked at once: where several look at the same column next, one look answers for all of them.

Most instances of a large system are disabled in most states, by the first thing they read. So the nodes that look at
the same column are bundled, and a bundle has per value a list of what is left to walk; trees that end there without a
way are not on it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.forest import COLUMN_BITS, COLUMN_MASK, Forest
from clusterproof.checker.learned.ways import DISABLED

NOTHING = -2 - DISABLED
"""The child that stands for a tree without a way."""

MOST_BUNDLES = 4096
"""How many bundles are made at most; deeper in the trees each is walked alone."""

SETTLED = 4
"""Bundles are made anew once more than the fourth part of the paths came since."""

Walk = tuple[int, int, int]
"""A root, the place where its walk goes on, and what stands there, as in Forest."""


@define(eq=False)
class Bundles:
    """What is left of some trees of a forest after each look: lists and bundles, in one array.

    first, end: the roots. array: int32. The list at position p holds array[p] trees and array[p + 1] bundles: pairs of
    a root and of the place in the forest's nodes where its walk goes on (-1 for the root itself), then positions of
    bundles. The bundle at position p looks at column array[p] and goes on with the list at array[p + 1 + value], or
    with nothing where that is 0. The list at 0 is where a walk begins.

    Places are looked up in the forest when a row is walked; so what was learned since is found, though not bundled,
    until `refresh`. Only a forest laid out anew needs other bundles.
    """

    forest: Forest
    first: int
    end: int
    array: NDArray[np.int32] = field(init=False)
    _layout: int = field(init=False, default=-1)
    _paths: int = field(init=False, default=0)

    def refresh(self) -> None:
        """Bundle anew where that must be, or where much was learned since."""
        layout, paths = self.forest.layout, len(self.forest.paths)
        if layout != self._layout or paths - self._paths > self._paths // SETTLED:
            self._layout, self._paths = layout, paths
            self.array = np.array(self._made(), np.int32)

    def _made(self) -> list[int]:
        """The array, as a list: the lists and bundles nearest to the roots first."""
        cells, roots = self.forest.nodes.tolist(), self.forest.roots.tolist()
        made: list[int] = []
        all_walks = [(root, -1, roots[root]) for root in range(self.first, self.end) if roots[root] != NOTHING]
        pending, bundles = deque([(-1, all_walks)]), 0
        while pending:
            referrer, walks = pending.popleft()
            if referrer >= 0:
                made[referrer] = len(made)
            alone, bundled = _by_column(walks) if bundles < MOST_BUNDLES else (walks, [])
            bundles += len(bundled)
            made += (len(alone), len(bundled), *chain.from_iterable((root, place) for root, place, _ in alone))
            positions = len(made)
            made += (0 for _ in bundled)
            for position, (column, members) in enumerate(bundled, positions):
                made[position] = len(made)
                pending.extend(self._after(cells, column, members, len(made) + 1))
                made += (column, *(0 for _ in range(self.forest.columns.capacity[column])))
        return made

    def _after(
        self, cells: list[int], column: int, members: list[Walk], first: int
    ) -> Iterator[tuple[int, list[Walk]]]:
        """What is left to walk after a look at a column, by value, and where its list is to be named."""
        for value in range(self.forest.columns.capacity[column]):
            places = ((root, (node >> COLUMN_BITS) + value) for root, _, node in members)
            after = ((root, place, cells[place]) for root, place in places)
            left = [walk for walk in after if walk[2] != NOTHING]
            if left:
                yield first + value, left


def _by_column(walks: Iterable[Walk]) -> tuple[list[Walk], list[tuple[int, list[Walk]]]]:
    """The walks that go on alone, and by column those that look at it together."""
    alone: list[Walk] = []
    looking: dict[int, list[Walk]] = {}
    for walk in walks:
        if walk[2] >= 0:
            looking.setdefault(walk[2] & COLUMN_MASK, []).append(walk)
        else:
            alone.append(walk)
    alone += (members[0] for members in looking.values() if len(members) == 1)
    return alone, [(column, members) for column, members in looking.items() if len(members) > 1]
