"""States that are alike in all that the properties look at form a cell; walks begin in cells where few began.

In a room full of lamps a walk that opens a lock bolt by bolt is found, when only the bolts count as progress.
Source: Ecoffet and others, "First return, then explore" (Nature 2021), with footprints as the cells.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from attrs import define, field

from clusterproof.checker.memo import Projection

MOST_MEMBERS = 64
TRIED = 6
"""Of so many cells the one in which the fewest walks began is taken."""


@define(eq=False)
class _Cell:
    members: list[int] = field(factory=list)
    met: int = 0
    began: int = 0


@define(eq=False)
class Cells:
    """The cells of the states that are remembered. rows: those states, by number."""

    rows: Sequence[str]
    _seen: Projection = field(init=False, factory=Projection)
    _cells: dict[object, _Cell] = field(init=False, factory=dict)
    _keys: list[object] = field(init=False, factory=list)
    _sorted_in: int = field(init=False, default=0)

    def look_at(self, slots: Iterable[int]) -> None:
        """What the properties are known to read now: sort the states anew where that is more than before.

        Sorting costs, so it is done again only when twice as many states are known.
        """
        if len(self.rows) < 2 * self._sorted_in and self._sorted_in > 1000:
            return
        if self._seen.widen(slots):
            self._cells, self._keys, self._sorted_in = {}, [], len(self.rows)
            chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
            for number in range(len(self.rows)):
                self.add(number, chance)

    def add(self, number: int, chance: random.Random) -> None:
        """A new state. A cell keeps some of its members, each as likely as another."""
        key = self._seen.of(self.rows[number])
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell()
            self._keys.append(key)
        cell.met += 1
        if len(cell.members) < MOST_MEMBERS:
            cell.members.append(number)
        elif chance.random() * cell.met < MOST_MEMBERS:
            cell.members[int(chance.random() * MOST_MEMBERS)] = number

    def somewhere(self, chance: random.Random) -> int:
        """A state of a cell in which few walks began."""
        tried = [self._cells[self._keys[int(chance.random() * len(self._keys))]] for _ in range(TRIED)]
        cell = min(tried, key=lambda one: one.began)
        cell.began += 1
        return cell.members[int(chance.random() * len(cell.members))]
