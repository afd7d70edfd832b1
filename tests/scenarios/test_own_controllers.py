"""The examples of controllers of one's own end as they are told: verdicts and numbers of states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system
from clusterproof.checker.cli import main
from clusterproof.checker.explore import explore_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes.custom import controller_system
from clusterproof.models.kubernetes.examples.application import application
from clusterproof.models.kubernetes.examples.otofu import otofu
from clusterproof.properties.custom_controllers import CONTROLLER_PROPERTIES

EVENTUALLY, ONE, FIXPOINT, MOST = (
    "eventually-stable-reconciliation",
    "one-converged-state",
    "no-write-at-a-fixpoint",
    "at-most-n-creates",
)


@pytest.mark.parametrize(
    ("system", "states", "proved", "refuted"),
    [
        (otofu.system, 29, {EVENTUALLY, ONE, FIXPOINT, MOST}, set()),
        (application.system, 25_170, {EVENTUALLY, ONE, FIXPOINT}, set()),
        (application.without_self_heal, 21_907, {FIXPOINT}, {EVENTUALLY, ONE}),
    ],
    ids=["otofu", "application", "application without selfHeal"],
)
def test_examples_have_their_verdicts(system: System[Any], states: int, proved: set[str], refuted: set[str]) -> None:
    """Otofu keeps all it is asked for; an Application does so as long as it heals what the user changes."""
    result = check_system(system, sliced=False, symmetry=False, more_seconds=600.0)

    found = result.properties
    assert result.states == states
    assert {each.name for each in found if each.verdict is Verdict.PROVED} == proved
    assert {each.name for each in found if each.verdict is Verdict.REFUTED} == refuted


@pytest.mark.parametrize(
    ("options", "states"),
    [
        ({"actions": {"delete-custom-object": 1}, "most_creates": 1}, 68),
        ({"faults": {"crash-controller": 1, "crash-container": 1}, "most_creates": 1}, 79),
        ({"faults": {"crash-controller": 1, "stop-control-plane": 1}, "most_creates": 1}, 348),
        ({"actions": {"delete-pod": 1}, "most_creates": 2}, 329),
        ({"start": "deployed", "faults": {"crash-controller": 1, "crash-container": 1}}, 36),
    ],
)
def test_otofu_keeps_its_promises_under_more(options: dict[str, Any], states: int) -> None:
    """Deleted objects and pods, crashes of the container and of the control plane refute nothing."""
    result = check_system(otofus(**options), sliced=False, more_seconds=600.0)

    assert result.states == states
    assert {each.verdict for each in result.properties} <= {Verdict.PROVED, None}


def test_an_otofu_of_two(tmp_path: Path) -> None:
    """Two pods are created one after the other, and no third, whenever the controller dies."""
    text = (Path(otofu.__file__).parent / "my-otofu.yaml").read_text()
    (tmp_path / "two.yaml").write_text(text.replace("size: 1", "size: 2"))
    result = check_system(otofus(manifests=[tmp_path / "two.yaml"], most_creates=2), sliced=False, more_seconds=600.0)

    assert result.states == 122
    assert {each.verdict for each in result.properties} == {Verdict.PROVED, None}


def otofus(**options: Any) -> System[Any]:
    """Return a system with the controller of Otofu and all properties."""
    manifests = [Path(otofu.__file__).parent / "my-otofu.yaml"]
    return controller_system(
        otofu.controller, **{"manifests": manifests, "properties": CONTROLLER_PROPERTIES, **options}
    )


def test_the_explorer_finds_nothing_in_otofu() -> None:
    """Walks at random break none of its properties."""
    result = explore_system(otofu.system, bounds=Bounds(seconds=20), examples=3, seed=1)

    assert Verdict.REFUTED not in {each.verdict for each in result.properties}


def test_the_explorer_finds_what_nobody_heals() -> None:
    """A change by hand that stays is found by walks at random."""
    result = explore_system(application.without_self_heal, bounds=Bounds(seconds=40), seed=1, stop_at_first=True)

    assert {each.name for each in result.properties if each.verdict is Verdict.REFUTED} <= {EVENTUALLY, ONE}
    assert Verdict.REFUTED in {each.verdict for each in result.properties}


def test_a_file_that_a_python_target_names_is_to_be_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that its schema refuses is one line with file, line and field, and exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-otofu.yaml").write_text(
        (Path(otofu.__file__).parent / "my-otofu.yaml").read_text().replace("size: 1", "size: 9")
    )
    source = Path(otofu.__file__).read_text().replace('HERE / "my-otofu.yaml"', '"my-otofu.yaml"')
    (tmp_path / "target.py").write_text(source.replace("Path(__file__).parent", f"Path({str(otofu.HERE)!r})"))

    code = main(["check", "target.py:system"])

    said = capsys.readouterr().err
    assert (code, said) == (2, "clusterproof: my-otofu.yaml:4: spec.size: is 9; write a number between 0 and 5\n")
