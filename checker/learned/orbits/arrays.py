"""The numbers of orbits by column, as the engine's loops take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.kernel_orbits import Orbits
from clusterproof.checker.learned.orbits.classes import Classes
from clusterproof.checker.learned.orbits.merging import Merging, merging_of
from clusterproof.checker.learned.orbits.numbers import Numbers, values_of
from clusterproof.compiled import Compiled


@define(eq=False)
class OrbitArrays:
    """What makes fingerprints of orbits, growing with the columns and with the values that appear.

    merging: which ids vanish from them. numbers: those of each fingerprint of a state, one or two.
    """

    columns: Columns
    merging: Merging
    numbers: tuple[Numbers, ...]
    _made: Orbits | None = field(init=False, default=None)
    _made_for: tuple[int, int] = field(init=False, default=(-1, -1))

    @classmethod
    def of(cls, compiled: Compiled, columns: Columns, classes: Classes, *, wide: bool) -> OrbitArrays:
        """Those of a system. wide: whether a state is known by two fingerprints."""
        merging = merging_of(compiled, classes)
        return cls(columns, merging, tuple(Numbers(compiled, merging, seed) for seed in range(1 + wide)))

    def update(self) -> None:
        """Take in the values that have appeared; their images under renaming become values, too."""
        for numbers in self.numbers:
            numbers.update()

    def arrays(self, room: int) -> Orbits:
        """Everything for the loops, with room for so many steps; to be asked for anew after every new value."""
        self.update()
        made_for = self.numbers[0].known, len(self.columns.slots)
        if self._made is None or made_for != self._made_for or len(self._made.found) < room:
            self._made, self._made_for = self._of_columns(room), made_for
        return self._made

    @property
    def first_groups(self) -> NDArray[np.int32]:
        """int32[classes + 1], see kernel_orbits.full_states."""
        return np.cumsum([1, *(len(each.ids) for each in self.merging.mixing)]).astype(np.int32)

    def fingerprints(self, rows: Sequence[str]) -> NDArray[np.uint64]:
        """The fingerprints of the orbits of any rows: uint64[rows, 2]."""
        found = np.zeros((len(rows), 2), np.uint64)
        for which, numbers in enumerate(self.numbers):
            numbers.update()
            found[:, which] = numbers.fingerprints(values_of(rows))
        return found

    def _of_columns(self, room: int) -> Orbits:
        numbers, columns = self.numbers[0], self.columns
        rest = np.zeros((len(self.numbers), len(numbers.number), numbers.groups), np.uint64)
        constant = [slot for slot, column in enumerate(columns.column_of) if column < 0]
        places = numbers.first[constant] + values_of([columns.first_row])[0, constant]
        for which, each in enumerate(self.numbers):
            for renaming, number in enumerate(each.number):
                np.bitwise_xor.at(rest[which, renaming], numbers.group[places], number[places])
        return Orbits(
            first=numbers.first[columns.slots],
            group=numbers.group,
            number=np.stack([each.number for each in self.numbers]),
            rest=rest,
            groups=np.zeros_like(rest),
            sums=np.zeros(rest.shape[:2], np.uint64),
            found=np.zeros((room, 2), np.uint64),
        )
