"""The examples of controllers of one's own end as they are told: verdicts and numbers of states."""

from __future__ import annotations

from typing import Any

import pytest

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes.examples.application import application
from clusterproof.models.kubernetes.examples.otofu import otofu

EVENTUALLY, ONE, FIXPOINT, MOST = (
    "eventually-stable-reconciliation",
    "one-converged-state",
    "no-write-at-a-fixpoint",
    "at-most-n-creates",
)


@pytest.mark.parametrize(
    ("system", "proved", "refuted"),
    [
        (otofu.system, {EVENTUALLY, ONE, FIXPOINT, MOST}, set()),
        (application.system, {EVENTUALLY, ONE, FIXPOINT}, set()),
        (application.without_self_heal, {FIXPOINT}, {EVENTUALLY, ONE}),
    ],
    ids=["otofu", "application", "application without selfHeal"],
)
def test_examples_have_their_verdicts(system: System[Any], proved: set[str], refuted: set[str]) -> None:
    """Otofu keeps all it is asked for; an Application does so as long as it heals what the user changes."""
    found = check_system(system, sliced=False, more_seconds=600.0).properties

    assert {each.name for each in found if each.verdict is Verdict.PROVED} == proved
    assert {each.name for each in found if each.verdict is Verdict.REFUTED} == refuted
