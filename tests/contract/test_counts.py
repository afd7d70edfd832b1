"""Exact counts of systems that others have counted, too."""

from __future__ import annotations

import pytest
from small_systems import shop

from clusterproof.models import mini_cluster, philosophers, two_phase_commit


@pytest.mark.parametrize(
    ("system", "states", "outcomes"),
    [
        (two_phase_commit.system(3), 288, 1_145),
        (two_phase_commit.system(5), 8_832, 58_145),
        (philosophers.system(4), 322, 1_068),
    ],
    ids=["two-phase-commit-3", "two-phase-commit-5", "philosophers-4"],
)
def test_the_classics(check, system, states, outcomes):
    """States and outcomes agree with the figures of other checkers, which count steps that change nothing."""
    result = check(system)

    assert (result.states, result.transitions + result.stuttering) == (states, outcomes)
    assert result.exhaustive
    assert result.exit_code() == 0


def test_the_mini_cluster(check):
    """The smallest cluster has exactly these states, steps and depth."""
    result = check(mini_cluster.system())

    assert (result.states, result.transitions, result.depth) == (61_944, 374_144, 30)
    assert result.never_fired == ("user.set_desired", "controller.delete_pod")
    assert result.exit_code() == 0


def test_budgets_are_part_of_the_state(check):
    """With one job there are 3 states before a crash; after it 4 while the machine is up, and 3 while it is down."""
    assert [check(shop(crashes=budget)).states for budget in (0, 1, 2)] == [3, 3 + 7, 3 + 7 + 7]
