"""The enabled instances along a walk: after a step only those are looked up again that read what it changed."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from clusterproof.checker.memo import Memo
from clusterproof.compiled import Instance
from clusterproof.evaluation import Evaluation

Possible = tuple[Instance, Evaluation]


@define(eq=False)
class Readers:
    """Which groups of a memory read which slots, as far as is known."""

    memo: Memo
    of_slot: dict[int, set[int]] = field(init=False, factory=dict)
    _known: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._known = [0] * len(self.memo.groups)

    def enabled(self, number: int, row: str) -> list[Possible]:
        """The enabled instances of one group; what the group read for the first time is noted."""
        group = self.memo.groups[number]
        found = self.memo.enabled_in(group, row)
        if len(group.seen.slots) != self._known[number]:
            self._known[number] = len(group.seen.slots)
            for slot in group.seen.slots:
                self.of_slot.setdefault(slot, set()).add(number)
        return found


@define(eq=False)
class Enabled:
    """What is possible on the row that a walk has come to."""

    readers: Readers
    _groups: dict[int, list[Possible]] = field(init=False, factory=dict)

    def start(self, row: str) -> None:
        """Begin anywhere."""
        self._groups = {}
        self._look(range(len(self.readers.memo.groups)), row)

    def moved(self, row: str, changed: Iterable[int]) -> None:
        """Go on to a row that differs from the one before in these slots at most."""
        of_slot = self.readers.of_slot
        stale: set[int] = set()
        for slot in changed:
            stale |= of_slot.get(slot, _NOBODY)
        self._look(sorted(stale), row)

    def _look(self, numbers: Iterable[int], row: str) -> None:
        groups, enabled = self._groups, self.readers.enabled
        for number in numbers:
            found = enabled(number, row)
            if found:
                groups[number] = found
            else:
                groups.pop(number, None)

    def all(self) -> list[Possible]:
        """The enabled instances, in the order of the groups."""
        return [possible for number in sorted(self._groups) for possible in self._groups[number]]


_NOBODY: frozenset[int] = frozenset()
