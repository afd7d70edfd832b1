"""What an exploration has found so far: the first counterexample to each claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.judges import Opinion
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.search import Path
from clusterproof.compiled import PropertyInstance

Key = tuple[str, str, str, str]
"""What tells one property and object from another in all scopes: name, object, kind, and what it says of itself."""


def key_of(about: PropertyInstance) -> Key:
    """The key of a property and object."""
    judged = about.judged
    return judged.name, about.object_name, judged.kind, judged.doc


@define(eq=False)
class Finding:
    """A counterexample (or a witness of `reachable`), and where it was found. kept: as the database has it."""

    terrain: Terrain
    scope: int
    example: Counterexample
    kept: bytes | None = None


@define(eq=False)
class Findings:
    """Findings by property, object and claim. A claim that is broken in one scope is not looked for in the others."""

    _found: dict[Key, dict[str, Finding]] = field(init=False, factory=dict)
    _opinions: dict[Key, list[Opinion]] = field(init=False, factory=dict)
    _raised: dict[Key, Path] = field(init=False, factory=dict)

    def expect(self, terrain: Terrain) -> None:
        """Take the properties of a terrain into account."""
        for opinion in terrain.judges.opinions:
            key = key_of(opinion.about)
            self._opinions.setdefault(key, []).append(opinion)
            opinion.broken.update(self._found.get(key, {}))

    def add(self, terrain: Terrain, scope: int, examples: Sequence[Counterexample]) -> list[Finding]:
        """Add what a walk has found, and return what is new; of two counterexamples to a claim the first is kept."""
        new: list[Finding] = []
        for example in examples:
            key = key_of(example.about)
            if not example.says:  # the property itself raised: its opinion knows what
                self._raised.setdefault(key, example.path)
                continue
            if example.says not in self._found.setdefault(key, {}):
                new.append(Finding(terrain, scope, example))
                self._found[key][example.says] = new[-1]
            for opinion in self._opinions.get(key, ()):
                opinion.broken.add(example.says)
        return new

    def of(self, key: Key) -> list[Finding]:
        """What was found of one property and object, the shortest first."""
        return sorted(self._found.get(key, {}).values(), key=lambda finding: len(finding.example.path.steps))

    def way_to_error(self, key: Key) -> Path:
        """After which steps a property raised."""
        return self._raised[key]

    def opinions(self) -> Iterator[tuple[Key, list[Opinion]]]:
        """Every property and object, with what each scope has learnt of it."""
        return iter(self._opinions.items())

    def all(self) -> Iterator[Finding]:
        """Everything that was found."""
        return (finding for claims in self._found.values() for finding in claims.values())

    @property
    def nothing_is_left(self) -> bool:
        """Whether more walks cannot show anything new."""
        return bool(self._opinions) and all(
            any(opinion.settled for opinion in opinions) for opinions in self._opinions.values()
        )
