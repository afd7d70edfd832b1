"""Who goes with an instance that turned out to matter: guesses that save a slice from growing step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from clusterproof.checker.renaming import hints_of
from clusterproof.compiled import Compiled, Instance


def companions(whole: Compiled, relevant: Collection[int], newcomer: Instance) -> Iterator[int]:
    """The instances (by number) that follow a newcomer as others follow its siblings.

    Where the kubelet of node 1 matters when it starts pod a, reports it and stops it, and now the kubelet of node 2
    turns out to start pod a as well, it will report and stop it, too.
    """
    numbers = {(i.action, i.arguments): i.number for i in whole.instances}
    arguments = set(_named(newcomer))
    there = [i for i in whole.instances if i.number in relevant]
    for sibling in there:
        others = dict(zip(_named(sibling), _named(newcomer), strict=False))
        if sibling.action is not newcomer.action or len(set(others) - arguments) != 1:
            continue
        for each in there:
            if set(_named(each)) >= set(others):
                moved = tuple(others.get(named, named)[1] for named in _named(each))
                if (each.action, moved) in numbers:
                    yield numbers[each.action, moved]


def _named(instance: Instance) -> list[tuple[Any, Any]]:
    """The arguments with their types."""
    return [] if instance.action is None else list(zip(hints_of(instance.action), instance.arguments, strict=True))
