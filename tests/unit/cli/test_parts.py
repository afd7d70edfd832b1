"""Properties made of several functions get one verdict, and what was cut short proves nothing."""

from __future__ import annotations

import pytest

from clusterproof.checker.cli.parts import joined, with_whole_bound, without_promise
from clusterproof.checker.result import CheckResult, Exploration, PropertyResult
from clusterproof.checker.verdict import Verdict

PROVED, REFUTED, UNDETERMINED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED


def result(*properties: PropertyResult, cut: str | None = None) -> CheckResult:
    """Make the result of a check."""
    explored = Exploration(states=1, transitions=0, stuttering=0, depth=0, seconds=0.1, cut=cut)
    return CheckResult(engine="reference", timing="timed", properties=properties, explorations=(explored,))


@pytest.mark.parametrize(
    ("parts", "verdict", "reason"),
    [
        ([PROVED, PROVED], PROVED, ""),
        ([PROVED, REFUTED], REFUTED, "reason 1"),
        ([UNDETERMINED, PROVED, UNDETERMINED], UNDETERMINED, "reason 0; reason 2"),
        ([None, PROVED], PROVED, ""),
        ([None, None], None, "reason 0; reason 1"),
    ],
)
def test_the_gravest_part_decides(parts: list[Verdict | None], verdict: Verdict | None, reason: str) -> None:
    """The gravest part decides, with its reason; a part that was not checked counts for nothing."""
    made = [
        PropertyResult(name="p", object_name="o", verdict=each, reason="" if each is PROVED else f"reason {number}")
        for number, each in enumerate(parts)
    ]
    (one,) = joined(result(*made)).properties

    assert (one.verdict, one.reason) == (verdict, reason)


def test_objects_stay_apart() -> None:
    """Only parts about the same object are joined."""
    both = [PropertyResult(name="p", object_name=each, verdict=PROVED) for each in ("a", "b", "a")]

    assert [one.object_name for one in joined(result(*both)).properties] == ["a", "b"]


def test_unknown_initial_states_prove_nothing() -> None:
    """Where not all initial states are known, PROVED becomes UNDETERMINED, and REFUTED stays."""
    made = [
        PropertyResult(name="p", verdict=PROVED),
        PropertyResult(name="q", verdict=REFUTED),
        PropertyResult(name="r", verdict=PROVED, kind="reachable"),
    ]
    found = without_promise(result(*made), "interrupted")

    assert [one.verdict for one in found.properties] == [UNDETERMINED, REFUTED, PROVED]
    assert found.properties[0].reason == "interrupted"
    assert not found.exhaustive


def test_a_bound_is_named_as_it_was_given() -> None:
    """The seconds that earlier phases have used up do not change the name of the bound."""
    made = PropertyResult(name="p", verdict=UNDETERMINED, reason="the bound of 9.5071 seconds; 7 states seen")
    found = with_whole_bound(result(made, cut="the bound of 9.5071 seconds"), 10.0)

    assert found.properties[0].reason == "the bound of 10 seconds; 7 states seen"
    assert found.explorations[0].cut == "the bound of 10 seconds"
