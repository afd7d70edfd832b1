"""Numpy arrays that grow at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray


@define(eq=False)
class Growing:
    """An array with room to grow.

    kind: the numpy type of its items. width: how many columns an item has; 1 stands for an array of one dimension.
    array: the items and the room behind them, for compiled code; a new array after every growth, so nobody may keep it.
    size: how many items there are.
    """

    kind: Any
    width: int = 1
    array: NDArray[Any] = field(init=False)
    size: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.array = np.zeros(64 if self.width == 1 else (64, self.width), self.kind)

    def reserve(self, more: int) -> None:
        """Make room for so many items more."""
        if self.size + more > len(self.array):
            size = max(2 * len(self.array), self.size + more)
            larger = np.zeros((size, *self.array.shape[1:]), self.kind)
            larger[: self.size] = self.array[: self.size]
            self.array = larger

    def append(self, item: Any) -> int:
        """Add one item, and return its index."""
        self.reserve(1)
        self.array[self.size] = item
        self.size += 1
        return self.size - 1

    @property
    def items(self) -> NDArray[Any]:
        """The items without the room behind them."""
        return self.array[: self.size]


def stacked(parts: Iterable[NDArray[Any]], kind: Any) -> NDArray[Any]:
    """The parts one after the other; empty when there is none."""
    listed = list(parts)
    return np.concatenate(listed) if listed else np.zeros(0, kind)
