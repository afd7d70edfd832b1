"""Ids that are interchangeable: what a slice may do to one of them, it must be able to do to all of them.

A pool hands out its first free id. Whether an id is free depends on everything that may refer to it, also on slots that
a slice cuts away; so a slice may hand out another id than the whole does. Where the ids of a pool are interchangeable
that is a renaming. Slots, and instances, that differ by such names only are alike, and are kept or left out together.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any

from clusterproof.checker.renaming import hints_of, id_types_in, id_types_of, id_types_of_values, is_one_of
from clusterproof.checker.symmetry import (
    check_renaming,
    property_is_symmetric,
    sampled_rows,
    step_property_is_symmetric,
)
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.components import Action
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.schema import Shape

Pools = Mapping[Any, Mapping[Any, Any]]
"""Per id type and id, the first id of its pool: equal where ids are interchangeable."""

SAMPLED_STATES = 16
SAMPLED_STEPS, STEPS_PER_STATE = 12, 2


def interchangeable(
    compiled: Compiled, seen: Collection[tuple[str, Any, tuple[Any, ...]]]
) -> dict[Any, dict[Any, Any]]:
    """The pools whose ids are interchangeable.

    seen: the pools (Table, id type, ids) that actions drew from; pools that overlap are one. Types that the system
    declares symmetric are one pool each, and were checked. Other pools are checked here, on some reachable states.
    """
    found: dict[Any, dict[Any, Any]] = {}
    for _, hint, pool in seen:
        if hint in compiled.schema.ambiguous:
            continue
        first_of = found.setdefault(hint, {})
        symmetric = compiled.schema.universes[hint] if hint in compiled.system.symmetric else ()
        joined = {first_of.get(identity, identity) for identity in (*pool, *symmetric)}
        first = min(joined, key=compiled.schema.universes[hint].index)
        first_of |= dict.fromkeys((*pool, *symmetric), first) | {i: first for i, at in first_of.items() if at in joined}
    return {
        hint: pools
        for hint, pools in found.items()
        if _is_plain(compiled, hint)
        and _names_whole_pools(compiled, hint, pools)
        and _commutes(compiled, {hint: pools})
    }


def _is_plain(compiled: Compiled, hint: Any) -> bool:
    """Whether ids of a type occur as such wherever they occur: not inside of other types, where nobody finds them.

    As keys, and as parameters, they stand by themselves; a value that holds one keeps it from being handed out.
    """
    keys = [shape.key_type for shape in compiled.schema.root.walk() if shape.key_type is not None]
    taken = [each for instance in compiled.instances if instance.action for each in hints_of(instance.action)]
    if any(each is not hint and hint in id_types_in(each) for each in keys) or _is_inside(hint, taken):
        return False
    referred = referred_to(compiled)
    holding = (slot for slot in compiled.schema.ids_in if hint in id_types_of_values(compiled, slot))
    return all(hint in referred.get(slot, ()) for slot in holding)


def _names_whole_pools(compiled: Compiled, hint: Any, pools: Mapping[Any, Any]) -> bool:
    """Whether each action that is about an id of a pool is about all of them: a narrower type may cut a pool apart."""
    return _are_closed(((i.action, i.arguments) for i in compiled.instances if i.action is not None), hint, pools)


def _are_closed(
    those: Iterable[tuple[Action[Any] | Property[Any], tuple[Any, ...]]], hint: Any, pools: Mapping[Any, Any]
) -> bool:
    """Whether of actions or properties with their arguments all are there that differ by ids of one pool only."""
    there = set(those)
    neighbours: dict[Any, list[tuple[Any, Any]]] = {}
    for pair in (pair for ids in members(pools).values() for pair in pairwise(ids)):
        for identity in pair:
            neighbours.setdefault(identity, []).append(pair)
    return all(
        (takes, _exchanged(takes, arguments, hint, *pair)) in there
        for takes, arguments in there
        if hint in id_types_of(takes)
        for argument in arguments
        for pair in neighbours.get(argument, ())
    )


def _is_inside(hint: Any, hints: Iterable[Any]) -> bool:
    """Whether some parameters hold an id of a type somewhere inside."""
    return any(hint in id_types_in(each) and not is_one_of(each, hint) for each in hints)


def referred_to(compiled: Compiled) -> dict[int, set[Any]]:
    """The slots that keep ids from being handed out, with the types of these ids."""
    found: dict[int, set[Any]] = {}
    for shape in compiled.schema.root.walk():
        if shape.kind == "table":
            for slot in (slot for entry in shape.kids.values() for slot, _ in entry.references):
                found.setdefault(slot, set()).add(shape.key_type)
    return found


def members(pools: Mapping[Any, Any]) -> dict[Any, list[Any]]:
    """The ids of each pool, by its first id."""
    found: dict[Any, list[Any]] = {}
    for identity, first in pools.items():
        found.setdefault(first, []).append(identity)
    return found


def _commutes(compiled: Compiled, pools: Pools) -> bool:
    """Whether renaming the ids in their pools commutes with every action, and with every property of states."""
    chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
    about_states = [judged for judged in compiled.system.properties if judged.kind != "step"]
    about_steps = [judged for judged in compiled.system.properties if judged.kind == "step"]
    judged_steps = 0
    try:
        for row in sampled_rows(compiled, SAMPLED_STATES, chance):
            renaming: dict[Any, dict[Any, Any]] = {}
            for hint, first_of in pools.items():
                renaming[hint] = {identity: identity for identity in compiled.schema.universes[hint]}
                for ids in members(first_of).values():
                    renaming[hint] |= zip(ids, chance.sample(ids, len(ids)), strict=True)
            check_renaming(compiled, row, renaming)
            if not all(property_is_symmetric(compiled, judged, row, renaming) for judged in about_states):
                return False
            if judged_steps >= SAMPLED_STEPS or not about_steps:
                continue
            steps = compiled.steps(row).steps
            for step in chance.sample(steps, min(len(steps), STEPS_PER_STATE)):
                judged_steps += 1
                if not all(step_property_is_symmetric(compiled, j, row, step, renaming) for j in about_steps):
                    return False
    except (SpecError, UserCodeError, ImpureError):
        return False
    return True


def slots_alike(compiled: Compiled, pools: Pools) -> list[object]:
    """For every slot a key that is equal for slots which differ by names only."""
    keys: list[object] = list(range(len(compiled.schema.slots)))

    def walk(shape: Shape, path: tuple[object, ...]) -> None:
        if shape.slot >= 0:
            keys[shape.slot] = path
        first_of = pools.get(shape.key_type, {})
        for name, kid in shape.kids.items():
            walk(kid, (*path, first_of.get(name, name)))

    walk(compiled.schema.root, ())
    for instance in compiled.instances:
        if instance.deadline_slot >= 0:
            keys[instance.deadline_slot] = instance_alike(instance, pools)
    return keys


def instance_alike(instance: Instance, pools: Pools) -> object:
    """A key that is equal for instances of one action which differ by names only."""
    if instance.action is None:
        return instance
    arguments = zip(hints_of(instance.action), instance.arguments, strict=True)
    return instance.action, tuple(_pool(pools, h).get(a, a) for h, a in arguments)


def _pool(pools: Pools, hint: Any) -> Mapping[Any, Any]:
    """The pool that the ids of a parameter are from, which may be a part of it only."""
    return next((pool for of, pool in pools.items() if is_one_of(hint, of)), {})


def closed(kept: Collection[Any], keys: Iterable[tuple[Any, object]]) -> bool:
    """Whether of things that are alike all are kept, or none. keys: each thing with its key."""
    sides: dict[object, bool] = {}
    return all(sides.setdefault(key, thing in kept) == (thing in kept) for thing, key in keys)


def tell_apart(properties: Collection[PropertyInstance], hint: Any, first_of: Mapping[Any, Any]) -> bool:
    """Whether properties taken together tell ids of a pool apart: some are about one of them, and not about all.

    What is promised of every id alike does not depend on names; but of an id that fails, nobody knows which one it is.
    """
    hints = {each for about in properties for each in hints_of(about.judged)}
    if _is_inside(hint, hints):
        return True
    return not _are_closed(((about.judged, about.arguments) for about in properties), hint, first_of)


def _exchanged(
    takes: Action[Any] | Property[Any], arguments: tuple[Any, ...], hint: Any, one: Any, other: Any
) -> tuple[Any, ...]:
    exchange = {one: other, other: one}
    return tuple(
        exchange.get(argument, argument) if is_one_of(of, hint) else argument
        for argument, of in zip(arguments, hints_of(takes), strict=True)
    )


def slots_in_maps(compiled: Compiled, hint: Any) -> set[int]:
    """The slots of Maps over these ids: what they hold of an id stays while nothing refers to it."""
    return {
        below.slot
        for shape in compiled.schema.root.walk()
        if shape.kind == "map" and shape.key_type is hint
        for below in shape.walk()
        if below.slot >= 0
    }
