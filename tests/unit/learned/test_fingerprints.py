"""How precisely the learned engine tells states apart, and what it says where that is not enough."""

from __future__ import annotations

import pytest
from small_systems import done_is_done, shop

from clusterproof import Bounds
from clusterproof.checker.check import check_system
from clusterproof.checker.learned import search
from clusterproof.checker.verdict import Verdict
from clusterproof.models import mini_cluster


def test_the_chance_of_a_missed_state_is_told():
    """The chance grows with the square of the states, and is far smaller with two fingerprints."""
    small, precise = (check_system(mini_cluster.system(), engine="learned", fingerprint_bits=bits) for bits in (64, 128))

    assert small.chance_missed == pytest.approx(61_944**2 / 2.0**65)
    assert 0 < precise.chance_missed < 1e-25
    assert (small.states, small.transitions) == (precise.states, precise.transitions) == (61_944, 374_144)
    assert check_system(shop(done_is_done), engine="reference").chance_missed == 0


def test_more_states_than_can_be_told_apart_are_explored_with_two_fingerprints(monkeypatch):
    """Where one fingerprint would be too risky the search starts anew with two, and proves as much."""
    monkeypatch.setattr(search, "MOST_CHANCE", 1e-13)  # 1,900 states by one fingerprint
    result = check_system(mini_cluster.system(), engine="learned")

    assert result.exhaustive
    assert result.chance_missed < 1e-25
    assert result.states == 61_944


def test_not_even_two_fingerprints(monkeypatch):
    """Where two would be too risky as well, nothing is proved."""
    monkeypatch.setattr(search, "MOST_CHANCE", 1e-37)
    result = check_system(shop(done_is_done), engine="learned", bounds=Bounds(states=1_000))

    assert not result.exhaustive
    assert {one.verdict for one in result.properties} == {Verdict.UNDETERMINED}
