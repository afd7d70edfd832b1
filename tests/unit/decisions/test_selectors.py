"""Which labels a selector picks."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.selectors import matches, matches_labels, requirement_matches
from clusterproof.models.kubernetes.objects import LabelSelector, Requirement


def test_null_selects_nothing_and_empty_selects_everything() -> None:
    """The two are opposites."""
    assert not matches(None, {"app": "web"})
    assert matches(LabelSelector(), {})


def test_all_labels_and_expressions_must_hold() -> None:
    """matchLabels and matchExpressions are and-ed."""
    selector = LabelSelector(
        match_labels={"app": "web"}, match_expressions=(Requirement(key="tier", operator="Exists"),)
    )

    assert matches(selector, {"app": "web", "tier": "x"})
    assert not matches(selector, {"app": "web"})
    assert not matches(selector, {"app": "api", "tier": "x"})
    assert not matches_labels({"a": ""}, {})


@pytest.mark.parametrize(
    ("operator", "values", "present", "absent"),
    [
        ("In", ("5",), True, False),
        ("In", ("6",), False, False),
        ("NotIn", ("5",), False, True),
        ("NotIn", ("6",), True, True),
        ("Exists", (), True, False),
        ("DoesNotExist", (), False, True),
        ("Gt", ("4",), True, False),
        ("Gt", ("5",), False, False),
        ("Lt", ("6",), True, False),
        ("Lt", ("six",), False, False),
    ],
)
def test_operators(operator: str, values: tuple[str, ...], present: bool, absent: bool) -> None:
    """Only NotIn and DoesNotExist hold for an absent label; Gt and Lt compare integers."""
    requirement = Requirement(key="n", operator=operator, values=values)

    assert (present, absent) == (requirement_matches(requirement, {"n": "5"}), requirement_matches(requirement, {}))


def test_an_unknown_operator_is_an_error() -> None:
    """The message lists the operators there are."""
    with pytest.raises(ValueError, match="write In, NotIn, Exists"):
        requirement_matches(Requirement(key="n", operator="Equals"), {"n": "5"})
