"""Orbits by fingerprint and orbits by brute force are the same."""

from __future__ import annotations

import numpy as np
import pytest
from builtin_systems import NO_FAULTS, example
from hypothesis import HealthCheck, given, settings
from kubernetes_systems import WORKER, deployment, small_system
from planted_systems import Id, Plant, Thing, planted
from small_systems import box, shop
from symmetric_systems import Guest, Room, by_fingerprint, canonical_forms, reach, recipes, symmetric_system

from clusterproof import Claims, SetOf, Table, always, claim
from clusterproof.checker.learned.orbits import (
    Numbers,
    SymmetryWatch,
    families,
    find_classes,
    merging_of,
    told_apart_by,
    values_of,
)
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers, two_phase_commit


def compare(system, *, most=100_000, explored=True):
    """Compare fingerprints with canonical forms; return the numbers of states and of orbits."""
    compiled = Compiled(system)
    classes = find_classes(compiled)
    numbers = Numbers(compiled, merging_of(compiled, classes))
    reached = reach(compiled, most=most)
    rows = reached.rows
    forms = canonical_forms(compiled, classes, rows)
    numbers.update()
    fingerprints = numbers.fingerprints(values_of(rows))
    orbits = len(np.unique(forms))
    assert len(np.unique(fingerprints)) == orbits
    assert len({*zip(fingerprints.tolist(), forms.tolist(), strict=True)}) == orbits
    if reached.complete and explored:
        assert len(merged_rows(system, classes, numbers.merging)) == orbits
    return len(rows), orbits


def merged_rows(system, classes, merging):
    """The rows that are found when one row per fingerprint is explored, every evaluation being watched."""
    compiled = Compiled(system)
    watch = SymmetryWatch(compiled, classes)
    compiled.observe = lambda row, who, found: evaluations.append((row, who, found))
    evaluations = []
    reached = reach(compiled, by_fingerprint(Numbers(compiled, merging)))
    assert reached.complete
    for row, who, found in evaluations:
        watch.check(row, who, found)
    return reached.rows


def a_pool(p: Plant) -> None:
    """Takes the first free id, so often."""
    if p.other < 3:
        p.other += 1
        p.things.add(Thing())


def a_mark(p: Plant, i: Id) -> None:
    """Marks one that is there, and keeps it from being recycled."""
    if i in p.things:
        p.marked.add(i)


def an_end(p: Plant, i: Id) -> None:
    """One goes."""
    if i in p.things:
        del p.things[i]


def pool_system():
    """A pool whose ids are found to be interchangeable."""
    ids = [Id(name) for name in "abcd"]
    return planted([a_pool, a_mark, an_end], start=Plant(things=Table(ids), marked=SetOf(ids)))


@pytest.mark.parametrize(
    ("system", "states", "orbits"),
    [
        (two_phase_commit.system(3), 288, 80),
        (two_phase_commit.system(4), 1568, 166),
        (two_phase_commit.system(5), 8832, 314),
        (mini_cluster.system(p=2), 6336, 1704),
        (philosophers.system(4), None, None),
        (box(names=3), 4, 4),
        (shop(jobs=2), None, None),
        (pool_system(), None, None),
    ],
    ids=["2pc3", "2pc4", "2pc5", "mini-cluster-p2", "philosophers", "box", "shop", "pool"],
)
def test_orbits_of_known_systems(system, states, orbits):
    """Fingerprints, canonical forms, and an exploration of one state per fingerprint count the same orbits."""
    found = compare(system)

    assert found == (states or found[0], orbits or found[1])


def test_orbits_of_the_mini_cluster():
    """The orbits of the 61,944 states of the benchmark's smallest cluster, its nodes permuted, add up."""
    assert compare(mini_cluster.system(), explored=False) == (61_944, 5_738)


def test_systems_without_symmetry_have_an_orbit_per_state():
    """Where no id is interchangeable no states are merged."""
    for system in (philosophers.system(3), shop(jobs=2)):
        states, orbits = compare(system)
        assert states == orbits


@pytest.mark.parametrize(
    ("system", "pods"),
    [
        (lambda: example("hello-server", ["replicas-converge"], faults=NO_FAULTS), 6),
        (lambda: small_system(deployment(2), faults={"crash-container": 1}, timing="untimed"), 4),
        (lambda: small_system(deployment(2), drains=[WORKER], start="apply"), 4),
    ],
    ids=["hello-server", "crash", "drain"],
)
def test_orbits_of_clusters(system, pods):
    """The pods of one ReplicaSet are interchangeable, also where no action creates any."""
    states, orbits = compare(system(), most=2_000)

    (pods_of_one,) = find_classes(Compiled(system())).of
    assert (len(pods_of_one.ids), orbits < states) == (pods, True)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes())
def test_orbits_of_random_systems(recipe):
    """Of 500 random symmetric systems with tables, references, tuples and sets of pairs every orbit is found once."""
    compare(symmetric_system(recipe), most=120)


@always
def never_holds(s: object, g: Guest) -> Claims:
    """About one guest."""
    yield claim(s.holder != g, "it never holds", g)


@always
def never_meets(s: object, g: Guest, r: Room) -> Claims:
    """About a guest and a room."""
    yield claim(g not in s.guests or s.guests[g].room != r, "they never meet", g, r)


@always
def never_closes(s: object, r: Room) -> Claims:
    """About one room."""
    yield claim(s.open[r], "it never closes", r)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes())
def test_verdicts_about_single_objects(recipe):
    """Members of a uniform family fail in as many steps, and every single one is judged rightly where it is told apart.

    Judged together, on all merged states, a family fails after as many steps as the first of its members.
    """
    compiled = Compiled(symmetric_system(recipe, never_holds, never_meets, never_closes))
    classes = find_classes(compiled)
    abouts = [about for judged in compiled.system.properties for about in compiled.property_instances(judged)]
    whole = reach(compiled, most=300)
    if not whole.complete:
        return
    truth = {about: fails_after(compiled, whole, about) for about in abouts}
    merged = reach(compiled, by_fingerprint(Numbers(compiled, merging_of(compiled, classes))))

    for family in families(compiled, abouts, classes):
        depths = [truth[about] for about in family.members]
        assert min(depths) == min(fails_after(compiled, merged, about) for about in family.members)
        assert not family.uniform or len(set(depths)) == 1
    for about in abouts:
        merging = merging_of(compiled, told_apart_by([about], classes))
        apart = reach(compiled, by_fingerprint(Numbers(compiled, merging)))
        assert fails_after(compiled, apart, about) == truth[about]


def fails_after(compiled, reached, about):
    """The fewest steps after which a property does not hold; infinitely many if it always holds."""
    levels = zip(reached.rows, reached.depths, strict=True)
    failing = (depth for row, depth in levels if not compiled.judge(about, row).holds)
    return next(failing, float("inf"))
