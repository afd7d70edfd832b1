"""How interchangeable ids vanish from a fingerprint: by mixing, or by trying every permutation.

A class of ids *mixes* when whatever a slot holds speaks of one of its ids at most, by the path of the slot or by the
value. What speaks of one id is then a group, and the fingerprint takes the groups of a class in no order.

Where slots hold ids about ids (the node of a pod, tuples of ids) that would not be enough. Of such classes a
fingerprint takes one part per permutation, that of the renamed state, in no order. Classes that mix do so in each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations, permutations, product
from math import factorial, prod
from typing import Any

from attrs import frozen

from clusterproof.checker.learned.orbits.classes import Classes, IdClass
from clusterproof.checker.renaming import Renaming, hints_of, id_types_in, id_types_of_values
from clusterproof.compiled import Compiled
from clusterproof.schema import Shape

MOST_RENAMINGS = 120

Named = tuple[int, Any]
"""An id that something names: the number of its class, and the id."""


@frozen(kw_only=True)
class Merging:
    """How the classes of a system vanish from its fingerprints.

    mixing: the classes that mix. permuted: the others. renamings: one per permutation of these, the first changes
    nothing.
    left_out: one line for each class of which not every permutation counts.
    """

    mixing: tuple[IdClass, ...]
    permuted: tuple[IdClass, ...]
    renamings: tuple[Renaming, ...]
    left_out: tuple[str, ...] = ()

    @property
    def permutations(self) -> int:
        """How many renamings lead to the same fingerprint: no more states than that are merged into one."""
        return len(self.renamings) * prod(factorial(len(each.ids)) for each in self.mixing)

    def __str__(self) -> str:
        return ", ".join(sorted(map(str, (*self.mixing, *self.permuted))))


def merging_of(compiled: Compiled, classes: Classes, *, most_renamings: int = MOST_RENAMINGS) -> Merging:
    """Which classes mix, and the renamings of the others, so many at most."""
    quarrels = _quarrels(compiled, classes.of)
    mixing: list[int] = []
    rank = {i: (sum(i in pair for pair in quarrels), -len(each.ids)) for i, each in enumerate(classes.of)}
    for i in sorted(rank, key=rank.__getitem__):
        if not any((min(i, other), max(i, other)) in quarrels for other in (i, *mixing)):
            mixing.append(i)
    rest = Classes(of=tuple(each for i, each in enumerate(classes.of) if i not in mixing), pools=classes.pools)
    permuted, left_out = _affordable(rest, most_renamings)
    return Merging(
        mixing=tuple(classes.of[i] for i in sorted(mixing)),
        permuted=permuted,
        renamings=tuple(all_renamings(permuted)),
        left_out=left_out,
    )


def all_renamings(classes: Iterable[IdClass]) -> Iterator[Renaming]:
    """Every renaming of the ids in their classes; the first one changes nothing."""
    yield from map(together, product(*(map(each.to, permutations(each.ids)) for each in classes)))


def together(renamings: Iterable[Renaming]) -> Renaming:
    """Renamings of different ids as one."""
    found: dict[Any, dict[Any, Any]] = {}
    for renaming in renamings:
        for hint, to in renaming.items():
            found.setdefault(hint, {}).update(to)
    return found


def _affordable(classes: Classes, most_renamings: int) -> tuple[tuple[IdClass, ...], tuple[str, ...]]:
    """As many ids of each class as there may be renamings of, small classes first, and what had to be left out."""
    renamings, left_out = 1, []
    sizes: dict[IdClass, int] = {}
    for each in sorted(classes.of, key=lambda each: len(each.ids)):
        size = max(n for n in range(1, len(each.ids) + 1) if n == 1 or renamings * factorial(n) <= most_renamings)
        renamings *= factorial(size)
        sizes[each] = size
        if size < len(each.ids):
            counted = f"only {size} of them count as interchangeable" if size > 1 else "their symmetry is not used"
            left_out.append(f"{each}: they refer to each other or to other ids, and {counted}")
    cut = classes.split(lambda each, identity: () if identity in each.ids[: sizes[each]] else (identity,))
    return cut.of, tuple(left_out)


# ---------------------------------------------------------------- what names an id


def _quarrels(compiled: Compiled, classes: tuple[IdClass, ...]) -> set[tuple[int, int]]:
    """Pairs of classes that cannot both mix: something may speak of an id of each. A class may quarrel with itself."""
    found: set[tuple[int, int]] = set()
    for slot, path in enumerate(ids_in_paths(compiled, classes)):
        if slot in compiled.cut:
            continue
        types = id_types_of_values(compiled, slot)
        held = [i for i, each in enumerate(classes) if each.hint in types]
        found |= {_pair(a[0], b[0]) for a, b in combinations(path, 2) if a != b}
        found |= {_pair(i, j) for i, _ in path for j in held}
        if compiled.schema.slots[slot].id_type not in {each.hint for each in classes}:  # several ids at once, maybe
            found |= {_pair(i, j) for i in held for j in held}
    return found


def _pair(i: int, j: int) -> tuple[int, int]:
    return min(i, j), max(i, j)


def ids_in_paths(compiled: Compiled, classes: tuple[IdClass, ...]) -> list[tuple[Named, ...]]:
    """Per slot the interchangeable ids that its path names: both for `nodes[n1].pods[web-a]`."""
    found: list[tuple[Named, ...]] = [() for _ in compiled.schema.slots]

    def walk(shape: Shape, path: tuple[Named, ...]) -> None:
        if shape.slot >= 0:
            found[shape.slot] = path
        for key, kid in shape.kids.items():
            walk(kid, (*path, *ids_named(key, id_types_in(shape.key_type), classes)))

    walk(compiled.schema.root, ())
    for instance in compiled.instances:
        if instance.deadline_slot >= 0 and instance.action is not None:
            hints = hints_of(instance.action)
            for argument, hint in zip(instance.arguments, hints, strict=True):
                found[instance.deadline_slot] += tuple(ids_named(argument, id_types_in(hint), classes))
    return found


def ids_named(value: Any, types: Collection[Any], classes: tuple[IdClass, ...]) -> Iterator[Named]:
    """The interchangeable ids of some types that a value is, or that it holds."""
    if isinstance(value, (tuple, frozenset)):
        for part in value:
            yield from ids_named(part, types, classes)
        return
    for number, each in enumerate(classes):
        if each.hint in types and value in each.ids:
            yield number, value
            return
