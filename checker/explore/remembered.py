"""Counterexamples that were found before: kept in Hypothesis' example database, and tried first next time.

What is kept are the names of the steps, so that it outlives changes of the system; what can no longer be taken, or
breaks nothing any more, is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, frozen
from hypothesis.database import ExampleDatabase

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.attempt import stem_of

VERSION = 1
MOST_BYTES = 1 << 20
"""A longer entry was not written by this module."""


@frozen(kw_only=True)
class Remembered:
    """A counterexample by name. settings: of its scope. start: the number of its initial state.

    steps: [instance, label of its choices] each. stem: how many of them lead to the loop, or to where it ends.
    """

    settings: Mapping[str, str]
    start: int
    says: str
    steps: tuple[tuple[str, str], ...]
    stem: int

    def to_bytes(self) -> bytes:
        """As the database keeps it."""
        fields = [VERSION, dict(self.settings), self.start, self.says, [list(step) for step in self.steps], self.stem]
        return json.dumps(fields).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Remembered | None:
        """What `to_bytes` wrote; None for anything else: a database may hold what others put there."""
        try:
            fields: Any = json.loads(data) if len(data) <= MOST_BYTES else None
            version, settings, start, says, steps, stem = fields
        except (ValueError, TypeError, RecursionError):
            return None
        well_formed = (
            version == VERSION
            and type(start) is int
            and type(stem) is int
            and isinstance(says, str)
            and isinstance(settings, dict)
            and isinstance(steps, list)
            and all(isinstance(s, list) and len(s) == 2 and all(isinstance(t, str) for t in s) for s in steps)
        )
        if not well_formed or not 0 <= stem <= len(steps) or start < 0:
            return None
        taken = tuple((name, label) for name, label in steps)
        return cls(settings=settings, start=start, says=says, steps=taken, stem=stem)


@define(eq=False)
class Memory:
    """The database, as far as one system is concerned."""

    database: ExampleDatabase | None
    system: str

    def recall(self, property_name: str, object_name: str) -> Iterator[tuple[bytes, Remembered]]:
        """What is kept about one property and object, in a fixed order; what cannot be read is forgotten."""
        if self.database is None:
            return
        key = self._key(property_name, object_name)
        for data in sorted(self.database.fetch(key)):
            remembered = Remembered.from_bytes(data)
            if remembered is None:
                self.database.delete(key, data)
            else:
                yield data, remembered

    def keep(self, example: Counterexample, settings: Mapping[str, str], start: int) -> bytes | None:
        """Keep a counterexample; returns what is kept of it, None where nothing is."""
        if self.database is not None:
            remembered = Remembered(
                settings=settings,
                start=start,
                says=example.says,
                steps=tuple((str(instance), label) for instance, label in example.path.steps),
                stem=len(stem_of(example)),
            )
            key = self._key(example.about.judged.name, example.about.object_name)
            data = remembered.to_bytes()
            self.database.save(key, data)
            return data
        return None

    def forget(self, property_name: str, object_name: str, data: bytes) -> None:
        """Delete what is of no use any more."""
        if self.database is not None:
            self.database.delete(self._key(property_name, object_name), data)

    def _key(self, property_name: str, object_name: str) -> bytes:
        return f"clusterproof\0{self.system}\0{property_name}\0{object_name}".encode()
