"""Every property can fail: a defect planted in the model turns it red, and it is not red without.

The defects are in tests/planted, one file per area.
"""

from __future__ import annotations

import pytest
from planted import DEFECTS
from planting import Defect, healthy_verdicts, refuted, verdicts

from clusterproof.checker.verdict import Verdict
from clusterproof.properties.catalogue import CATALOGUE


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_turns_its_properties_red(defect: Defect) -> None:
    """The properties that a defect refutes, on a system that was free of it before, are exactly those it names."""
    healthy = healthy_verdicts(defect.system)

    turned = refuted(verdicts(defect.planted())) - refuted(healthy)

    assert turned == defect.red
    assert {name: healthy[name] for name in defect.red} == dict.fromkeys(defect.red, Verdict.PROVED)


def test_every_property_can_fail() -> None:
    """Each function of each property of the catalogue turns red by some defect."""
    able = {name for defect in DEFECTS for name in defect.red}

    assert {part.function.__name__ for parts in CATALOGUE.values() for part in parts} == able


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_really_planted(defect: Defect) -> None:
    """What a defect replaces is part of the system that it is planted in."""
    assert defect.unused() == set()
