"""Functions that defeat learning are called directly, and named with what they read."""

from __future__ import annotations

from clusterproof.checker.check import check_system
from clusterproof.checker.learned import learner
from clusterproof.checker.statistics import statistics_rows
from clusterproof.models import philosophers


def test_the_answers_stay_the_same(monkeypatch):
    """With every tree given up at once the counts and verdicts are those of the reference engine."""
    known = check_system(philosophers.system(3), engine="reference")
    monkeypatch.setattr(learner, "HOPELESS_ROWS", 1)
    monkeypatch.setattr(learner, "HOPELESS_SHARE", 0.0)
    result = check_system(philosophers.system(3), engine="learned")

    assert (result.states, result.transitions, result.depth) == (known.states, known.transitions, known.depth)
    assert [one.verdict for one in result.properties] == [one.verdict for one in known.properties]
    given_up = [one for one in result.statistics if one.called_directly]
    assert given_up
    assert all(one.slots for one in given_up)
    assert any("directly for every state: it reads" in row for row in statistics_rows(result.statistics))


def test_what_is_learned_is_called_seldom():
    """Nothing is given up where the trees are small, and functions are called far less often than states are met."""
    result = check_system(philosophers.system(6), engine="learned")

    assert not any(one.called_directly for one in result.statistics)
    assert sum(one.calls for one in result.statistics) < result.states / 10
