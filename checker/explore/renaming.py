"""The steps of a counterexample with other objects in the place of theirs: pod a where it says pod c."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.attempt import stem_of
from clusterproof.checker.search import Stepped
from clusterproof.compiled import Compiled, Instance, text_of

MOST_IDS = 12
"""Of id types with more ids only so many are tried: names that come first read no better than others then."""


def renamed_examples(compiled: Compiled, example: Counterexample) -> Iterator[Sequence[Stepped]]:
    """The steps, with two ids of one type exchanged for each other; earlier ids in the place of later ones."""
    stem = stem_of(example)
    instances = {(each.action, each.arguments): each for each in compiled.instances}
    for hint, ids in compiled.schema.universes.items():
        if hint in compiled.schema.ambiguous:
            continue
        listed = list(ids)[:MOST_IDS]
        used = [one for one in listed if any(one in _of_type(instance, hint) for instance, _ in stem)]
        for later in reversed(used):
            for earlier in listed[: listed.index(later)]:
                renamed = _exchanged(instances, stem, hint, earlier, later)
                if renamed is not None:
                    yield renamed


def _of_type(instance: Instance, hint: Any) -> list[Any]:
    """The arguments of an instance that are ids of a type."""
    if instance.action is None:
        return []
    hints = instance.action.parameters.values()
    return [argument for argument, of in zip(instance.arguments, hints, strict=True) if _is(of, hint)]


def _is(of: Any, hint: Any) -> bool:
    while of is not hint and hasattr(of, "__supertype__"):
        of = of.__supertype__
    return of is hint


def _exchanged(
    instances: dict[Any, Instance], stem: Sequence[Stepped], hint: Any, one: Any, other: Any
) -> Sequence[Stepped] | None:
    to = {one: other, other: one}
    texts = {text_of(one): text_of(other), text_of(other): text_of(one)}
    renamed: list[Stepped] = []
    for instance, label in stem:
        target = instance
        if instance.action is not None:
            hints = instance.action.parameters.values()
            arguments = tuple(
                to.get(argument, argument) if _is(of, hint) else argument
                for argument, of in zip(instance.arguments, hints, strict=True)
            )
            found = instances.get((instance.action, arguments))
            if found is None:
                return None
            target = found
        renamed.append((target, ", ".join(_renamed_choice(part, texts) for part in label.split(", "))))
    return renamed


def _renamed_choice(part: str, texts: dict[str, str]) -> str:
    name, equals, value = part.rpartition("=")
    return f"{name}{equals}{texts.get(value, value)}"
