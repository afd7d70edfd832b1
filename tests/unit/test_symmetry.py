"""Declared symmetry is checked, not believed."""

from __future__ import annotations

import random
from typing import NewType

import pytest

from clusterproof import Claims, Component, Map, SpecError, System, Table, always, claim, require, state
from clusterproof.checker.check import check_system
from clusterproof.checker.renaming import Renamer
from clusterproof.checker.symmetry import check_symmetry, property_is_symmetric, sampled_rows
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, two_phase_commit

Guest = NewType("Guest", str)


@state
class Party:
    """Who is in, in which order they came, and who is invited next."""

    inside: Map[Guest, bool]
    order: tuple[Guest, ...] = ()


fair_door = Component("fair-door")
vain_door = Component("vain-door")


@fair_door.action
def enter(s: Party, g: Guest) -> None:
    """Anybody may enter."""
    require(not s.inside[g])
    s.inside[g] = True
    s.order = (*s.order, g)


@vain_door.action
def enter_in_order(s: Party, g: Guest) -> None:
    """Only the first by name of those outside: that tells the ids apart."""
    require(not s.inside[g] and g == min(other for other, there in s.inside.items() if not there))
    s.inside[g] = True


@always
def ann_is_first(s: Party) -> Claims:
    """Names one guest."""
    yield claim(not s.order or s.order[0] == "ann", "ann comes first")


@always
def nobody_twice(s: Party) -> Claims:
    """Says the same of all guests."""
    yield claim(len(set(s.order)) == len(s.order), "nobody comes twice")


def party(door):
    """Three guests and one door."""
    start = Party(inside=Map((Guest(name), False) for name in ("ann", "bob", "cy")))
    return System(start, components=[door], properties=[nobody_twice], symmetric=[Guest])


@pytest.mark.parametrize(
    "system", [party(fair_door), two_phase_commit.system(4), mini_cluster.system()], ids=["party", "2pc", "cluster"]
)
def test_symmetric_systems_pass(system):
    """Renaming ids commutes with every action, also where a pool hands them out or a tuple holds them."""
    check_symmetry(Compiled(system), samples=60, seconds=5.0)


def test_an_action_that_orders_ids_is_caught():
    """Comparing ids with < makes them tell apart; the message names the action and the ids."""
    with pytest.raises(SpecError, match=r"vain-door.enter_in_order\(\w+\) tells apart .* \(Guest\): renaming"):
        check_symmetry(Compiled(party(vain_door)))
    with pytest.raises(SpecError, match="declared symmetric"):
        check_system(party(vain_door))


def test_only_ids_of_the_state_can_be_symmetric():
    """An id type that is no key of any collection is refused."""
    other = NewType("other", str)
    system = party(fair_door)
    system.symmetric = [other]

    with pytest.raises(SpecError, match="the state has no collection"):
        check_symmetry(Compiled(system))


def test_properties_may_tell_ids_apart():
    """That a property names one object is no error, and it is known."""
    compiled = Compiled(party(fair_door))
    renaming = {Guest: {"ann": "bob", "bob": "ann", "cy": "cy"}}
    rows = list(sampled_rows(compiled, 30, random.Random(1)))

    assert all(property_is_symmetric(compiled, nobody_twice, row, renaming) for row in rows)
    assert not all(property_is_symmetric(compiled, ann_is_first, row, renaming) for row in rows)


def test_renaming_there_and_back_is_no_change():
    """A renaming and its inverse cancel, on every sampled row."""
    compiled = Compiled(mini_cluster.system())
    pods = compiled.schema.universes[mini_cluster.PodId]
    there = Renamer(compiled, {mini_cluster.PodId: dict(zip(pods, (*pods[1:], pods[0]), strict=True))})
    back = Renamer(compiled, {mini_cluster.PodId: dict(zip((*pods[1:], pods[0]), pods, strict=True))})

    for row in sampled_rows(compiled, 60, random.Random(2)):
        assert back.row(there.row(row)) == row
    assert isinstance(mini_cluster.system().initial.pods, Table)
