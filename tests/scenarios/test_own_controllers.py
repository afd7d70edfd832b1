"""The examples of controllers of one's own end as they are told: verdicts and numbers of states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.cli import main
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
    result = check_system(system, sliced=False, more_seconds=600.0)

    found = result.properties
    assert result.states == states
    assert {each.name for each in found if each.verdict is Verdict.PROVED} == proved
    assert {each.name for each in found if each.verdict is Verdict.REFUTED} == refuted


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
