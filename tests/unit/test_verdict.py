"""Verdicts, how they combine, and exit codes."""

from __future__ import annotations

import doctest
from itertools import combinations_with_replacement

import pytest

from clusterproof.checker import verdict
from clusterproof.checker.verdict import Verdict, combined, exit_code

PROVED, REFUTED, UNDETERMINED, ERROR = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.ERROR


def test_the_examples_in_the_docstrings():
    """What the docstrings show is what happens."""
    failed, tried = doctest.testmod(verdict)

    assert tried > 5
    assert failed == 0


@pytest.mark.parametrize(
    "verdicts", list(combinations_with_replacement([None, PROVED, REFUTED, UNDETERMINED, ERROR], 3)), ids=str
)
def test_precedence(verdicts):
    """An error outweighs a refutation, that outweighs the undetermined, and that a proof; nothing checked is code 2."""
    expected = 2
    for code, one in ((4, ERROR), (1, REFUTED), (3, UNDETERMINED), (0, PROVED)):
        if one in verdicts:
            expected = code
            break

    assert exit_code(verdicts) == expected
    assert exit_code(reversed(verdicts)) == expected
    assert exit_code(verdicts, fail_on="refuted") == (0 if expected == 3 else expected)


def test_proved_needs_something_proved():
    """An empty run is no proof."""
    assert combined([]) is None
    assert exit_code([]) != 0
