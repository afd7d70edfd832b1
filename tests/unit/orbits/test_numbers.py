"""Merging, groups and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from symmetric_systems import Recipe, reach, symmetric_system

from clusterproof.checker.learned.orbits import Classes, Numbers, find_classes, merging_of, values_of
from clusterproof.checker.learned.vectorised.orbits import mixed
from clusterproof.checker.renaming import Renamer
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers, two_phase_commit


def merging_for(system, **options):
    """How the ids of a system are merged."""
    compiled = Compiled(system)
    return merging_of(compiled, find_classes(compiled), **options)


def recipe(*updates, tangled=False, guests=3, rooms=2):
    """A recipe with one action per update."""
    rules = tuple(((), (update,)) for update in updates)
    return Recipe(tangled=tangled, guests=guests, rooms=rooms, present=guests, rules=rules)


def test_who_mixes_and_who_is_permuted():
    """Ids that nothing holds together mix; of two types that are held together one is permuted."""
    commit = merging_for(two_phase_commit.system(6))
    assert (len(commit.renamings), commit.permutations, commit.permuted) == (1, 720, ())
    cluster = merging_for(mini_cluster.system(p=4, n=3))
    assert [each.hint for each in cluster.mixing] == [mini_cluster.PodId]
    assert [each.hint for each in cluster.permuted] == [mini_cluster.NodeId]
    assert (len(cluster.renamings), cluster.permutations) == (6, 144)
    tangled = merging_for(symmetric_system(recipe("hold", tangled=True)))
    assert (tangled.mixing, len(tangled.renamings)) == ((), 12)


def test_too_many_renamings_are_cut():
    """Beyond so many renamings fewer ids count as interchangeable, and that is said."""
    system = symmetric_system(recipe("hold", tangled=True, guests=5))

    merging = merging_for(system, most_renamings=12)

    assert merging.permutations == 12
    assert merging.left_out == (
        "5 Guests: they refer to each other or to other ids, and only 3 of them count as interchangeable",
    )
    assert merging_for(system, most_renamings=1).left_out[0].endswith("their symmetry is not used")


@pytest.mark.parametrize("system", [two_phase_commit.system(3), mini_cluster.system(p=2)], ids=["2pc", "cluster"])
def test_renamed_rows_have_the_same_fingerprint(system):
    """Every renaming of every row leads to the fingerprint of the row, with any seed."""
    compiled = Compiled(system)
    classes = find_classes(compiled)
    rows = reach(compiled, most=500).rows
    for seed in (0, 7):
        numbers = Numbers(compiled, merging_of(compiled, classes), seed)
        plain = numbers.fingerprints(values_of(rows))
        for each in classes.of:
            for exchange in each.exchanges():
                renamer = Renamer(compiled, exchange)
                renamed = [renamer.row(row) for row in rows]
                numbers.update()
                assert (numbers.fingerprints(values_of(renamed)) == plain).all()


def test_arrays_keep_their_numbers_while_they_grow():
    """A (slot, value) keeps its group and its numbers when others appear; without symmetry there is one renaming."""
    compiled = Compiled(philosophers.system(3))
    numbers = Numbers(compiled, merging_of(compiled, Classes(of=())))
    assert (numbers.groups, numbers.number.shape[0]) == (1, 1)
    compiled.initial_rows()
    numbers.update()
    before = numbers.number[:, numbers.first].copy()

    rows = reach(compiled).rows
    assert numbers.update()

    assert (numbers.number[:, numbers.first] == before).all()
    values = values_of(rows)
    expected = np.bitwise_xor.reduce(numbers.number[0][numbers.first + values], axis=1)
    assert (numbers.fingerprints(values) == expected).all()
    assert len(np.unique(expected)) == len(rows)


def test_mixing_is_one_to_one_and_known():
    """The shuffle is splitmix64's; Source: https://prng.di.unimi.it/splitmix64.c, its first output for state 0."""
    assert int(mixed(np.array([0x9E3779B97F4A7C15], np.uint64))[0]) == 0xE220A8397B1DCDAF


def test_more_values_than_a_byte_have_numbers():
    """Values beyond surrogates and bytes are numbers like others."""
    assert values_of(["\x00\ud800\U0010ffff", "\x01\x02\xff"]).tolist() == [[0, 0xD800, 0x10FFFF], [1, 2, 255]]
