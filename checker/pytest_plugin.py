"""The pytest plugin: files that end in `.clusterproof.yaml` are tests, one for each property and object.

pytest loads this module in every run of every project where clusterproof is installed, so it loads nothing itself
before there is such a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clusterproof.checker.pytest_files import CheckFile

SUFFIXES = (".clusterproof.yaml", ".clusterproof.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer where the traces of refuted properties go."""
    group = parser.getgroup("clusterproof")
    group.addoption(
        "--clusterproof-out",
        metavar="DIR",
        default=None,
        help="write the traces of refuted properties here, not into pytest's cache",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CheckFile | None:
    """Collect a check file."""
    if not file_path.name.endswith(SUFFIXES):
        return None
    from clusterproof.checker.pytest_files import CheckFile  # noqa: PLC0415  (only where there is such a file)

    return CheckFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what passed only because its file allows that it is undetermined."""
    lines = [
        f"{report.nodeid}: UNDETERMINED: {told['reason']}"
        for report in terminalreporter.getreports("passed")
        if (told := dict(getattr(report, "user_properties", ()))).get("verdict") == "UNDETERMINED"
    ]
    if lines:
        terminalreporter.section("clusterproof: allowed to be undetermined")
        for line in lines:
            terminalreporter.line(line)
