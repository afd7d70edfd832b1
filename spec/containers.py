"""Map, Table and SetOf: collections over a fixed universe of ids, immutable as values, assignable in actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn, TypeVar

from clusterproof.counting import Countable
from clusterproof.errors import SpecError

K = TypeVar("K")
V = TypeVar("V")


def _refuse_assignment() -> NoReturn:
    message = "states are values: outside an action nothing can be assigned.\n"
    raise SpecError(message + "  inside an @action, assign to the state you were given")


def unique(ids: Iterable[K], what: str) -> tuple[K, ...]:
    """The ids in their order. Raises SpecError when one occurs twice."""
    listed = tuple(ids)
    if len(set(listed)) != len(listed):
        twice = next(i for i in listed if listed.count(i) > 1)
        raise SpecError(f"{what}: the id {twice!r} occurs twice")
    return listed


class Map(Countable[K], Mapping[K, V]):
    """A value for every id of a fixed universe."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        pairs = tuple(entries.items() if isinstance(entries, Mapping) else entries)
        unique((key for key, _ in pairs), type(self).__name__)
        self._entries: dict[K, V] = dict(pairs)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __setitem__(self, key: K, value: V) -> None:
        _refuse_assignment()

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _all_ids(self) -> tuple[K, ...]:
        return tuple(self)

    def _has(self, identity: K) -> bool:
        return identity in self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())!r})"


class Table(Map[K, V]):
    """Objects that come and go: each id of a fixed pool has a value or does not exist.

    ids: the pool. present: the objects that exist to begin with.
    An id is recycled once nothing in the state refers to it any more.
    """

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[K], present: Mapping[K, V] | None = None) -> None:
        self._ids: tuple[K, ...] = unique(ids, "Table")
        for key in present or ():
            if key not in self._ids:
                raise SpecError(f"Table: {key!r} is present but not among its ids ({', '.join(map(str, self._ids))})")
        super().__init__({k: present[k] for k in self._ids if k in present} if present else {})

    @property
    def ids(self) -> tuple[K, ...]:
        """The whole pool, whether or not the objects exist."""
        return self._ids

    def _all_ids(self) -> tuple[K, ...]:
        return self.ids

    def __delitem__(self, key: K) -> None:
        _refuse_assignment()

    def add(self, value: V, *, among: Iterable[K] | None = None) -> K:  # noqa: ARG002  (values refuse)
        """Create an object under the first free id of the pool and return that id.

        among: the part of the pool to take it from. With no id left the scope's bound is hit: the verdict becomes
        UNDETERMINED and names the pool.
        """
        _refuse_assignment()


class SetOf(Countable[K]):
    """A subset of a fixed universe: one yes/no slot per member."""

    __slots__ = ("_members", "_universe")

    def __init__(self, universe: Iterable[K], members: Iterable[K] = ()) -> None:
        self._universe: tuple[K, ...] = unique(universe, "SetOf")
        self._members: frozenset[K] = frozenset(members)
        if extra := self._members - set(self._universe):
            raise SpecError(f"SetOf: {min(map(str, extra))!r} is a member but not in the universe")

    @property
    def universe(self) -> tuple[K, ...]:
        """Every id that may be a member."""
        return self._universe

    def _all_ids(self) -> tuple[K, ...]:
        return self.universe

    def _has(self, identity: K) -> bool:
        return identity in self

    def __contains__(self, key: object) -> bool:
        return key in self._members

    def __iter__(self) -> Iterator[K]:
        return (k for k in self.universe if k in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetOf) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(self._members)

    def __repr__(self) -> str:
        return "{" + ", ".join(map(str, self)) + "}"

    def is_full(self) -> bool:
        """Whether every id of the universe is a member."""
        return all(k in self for k in self.universe)

    def add(self, key: K) -> None:  # noqa: ARG002
        """Make it a member."""
        _refuse_assignment()

    def discard(self, key: K) -> None:  # noqa: ARG002
        """Make it no member."""
        _refuse_assignment()
