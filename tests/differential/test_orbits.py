"""Orbits by fingerprint and orbits by brute force are the same."""

from __future__ import annotations

import numpy as np
import pytest
from builtin_systems import NO_FAULTS, example
from hypothesis import HealthCheck, given, settings
from kubernetes_systems import WORKER, deployment, small_system
from planted_systems import Id, Plant, Thing, planted
from small_systems import box, shop
from symmetric_systems import canonical_forms, reachable_rows, recipes, symmetric_system

from clusterproof import SetOf, Table
from clusterproof.checker.learned.orbits import Numbers, SymmetryWatch, find_classes, lanes_for, values_of
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers, two_phase_commit


def compare(system, *, most=100_000, explored=True):
    """Compare fingerprints with canonical forms; return the numbers of states and of orbits."""
    compiled = Compiled(system)
    classes = find_classes(compiled)
    numbers = Numbers(compiled, lanes_for(compiled, classes))
    rows, complete = reachable_rows(compiled, most=most)
    forms = canonical_forms(compiled, classes, rows)
    numbers.update()
    fingerprints = numbers.fingerprints(values_of(rows))
    orbits = len(np.unique(forms))
    assert len(np.unique(fingerprints)) == orbits
    assert len({*zip(fingerprints.tolist(), forms.tolist(), strict=True)}) == orbits
    if complete and explored:
        assert len(merged_rows(system, classes, numbers.lanes)) == orbits
    return len(rows), orbits


def merged_rows(system, classes, lanes):
    """The rows that are found when one row per fingerprint is explored, every evaluation being watched."""
    compiled = Compiled(system)
    numbers = Numbers(compiled, lanes)
    watch = SymmetryWatch(compiled, classes)
    compiled.observe = lambda row, who, found: evaluations.append((row, who, found))
    evaluations = []

    def fingerprint(row):
        numbers.update()
        return int(numbers.fingerprints(values_of([row]))[0])

    rows, complete = reachable_rows(compiled, fingerprint)
    assert complete
    for row, who, found in evaluations:
        watch.check(row, who, found)
    return rows


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
    """The orbits of the 61,944 states of the benchmark's smallest cluster, pods that mix in a lane per node, add up."""
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
        (lambda: small_system(deployment(1), faults={"kill-process": 1}, drains=[WORKER], start="apply"), 3),
    ],
    ids=["hello-server", "crash", "drain"],
)
def test_orbits_of_clusters(system, pods):
    """The pods of one ReplicaSet are interchangeable, also where no action creates any."""
    states, orbits = compare(system(), most=2_000)

    (pods_of_one,) = find_classes(Compiled(system())).of
    assert len(pods_of_one.ids) == pods
    assert orbits < states


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes())
def test_orbits_of_random_systems(recipe):
    """Of 500 random symmetric systems with tables, references, tuples and sets of pairs every orbit is found once."""
    compare(symmetric_system(recipe), most=120)
