"""The GitHub Actions workflow of docs/ci: it is valid, shown in full, and types commands that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import Checkout

from clusterproof.checker.cli.arguments import parse

SCHEMA = "vendor.github-workflows"  # check-jsonschema has it, so no network is needed


@pytest.fixture
def workflow_file(checkout: Checkout) -> Path:
    """Return the file."""
    return checkout.root / "docs" / "ci" / "clusterproof.yml"


@pytest.fixture
def steps(workflow_file: Path) -> list[dict[str, Any]]:
    """Return the steps of all jobs."""
    jobs = yaml.safe_load(workflow_file.read_text())["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def complaints(path: Path) -> str:
    """Return what GitHub's schema of workflows has against a file; nothing when it is valid."""
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMA, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_it_is_valid(workflow_file: Path) -> None:
    """GitHub's schema of workflows accepts it."""
    assert complaints(workflow_file) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("runs-on:", "run-on:"),
        ("pull_request:", "pullrequest:"),
        ("contents: read", "contents: some"),
        ("uses:", "use:"),
    ],
)
def test_a_mistake_is_seen(workflow_file: Path, tmp_path: Path, right: str, wrong: str) -> None:
    """A mistake in the workflow does not pass the schema."""
    path = tmp_path / "clusterproof.yml"
    path.write_text(workflow_file.read_text().replace(right, wrong))

    assert complaints(path) != ""


def test_the_page_shows_it_in_full(checkout: Checkout, workflow_file: Path) -> None:
    """docs/ci.md shows the file as it is."""
    page = (checkout.root / "docs" / "ci.md").read_text()

    assert f"```yaml file=clusterproof.yml\n{workflow_file.read_text()}```\n" in page


def test_commands_exist(steps: list[dict[str, Any]]) -> None:
    """Every clusterproof command of the workflow is one that the command line takes."""
    commands = [step["run"] for step in steps if step.get("run", "").startswith("clusterproof ")]

    assert [parse(shlex.split(command)[1:]).command for command in commands] == ["explore", "check"]


def test_actions_are_pinned_by_major_version(steps: list[dict[str, Any]]) -> None:
    """Only GitHub's own actions are used, each by its major version."""
    used = [step["uses"] for step in steps if "uses" in step]

    assert [each for each in used if not re.fullmatch(r"actions/[a-z/-]+@v[0-9]+", each)] == []


def test_it_may_only_read(workflow_file: Path) -> None:
    """The workflow asks for no permission but to read the repository."""
    assert yaml.safe_load(workflow_file.read_text())["permissions"] == {"contents": "read"}
