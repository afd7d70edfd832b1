"""mypy and pyright find every planted mistake, each in its line, and nothing else; no plugin is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import clusterproof

HERE = Path(__file__).parent
PLANTED, CLEAN = HERE / "planted_mistakes.py", HERE / "no_mistakes.py"
PACKAGES = Path(clusterproof.__file__).parents[1]
INSTALLED = PACKAGES in {Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))}
MISTAKES_MIN = 10

Found = dict[str, set[int]]


def planted_lines() -> set[int]:
    """The lines with a mistake. The decorator above a function is where a checker complains of its signature."""
    lines = PLANTED.read_text(encoding="utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "# mistake:" in line}
    signatures = {number - 1 for number, line in enumerate(lines, 1) if "# mistake-below" in line}
    return marked | signatures


def mypy(folder: Path) -> Found:
    """The lines in which mypy finds errors, by file."""
    environment = dict(os.environ) | ({} if INSTALLED else {"MYPYPATH": str(PACKAGES)})
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        os.devnull,
        "--cache-dir",
        str(folder / "cache"),
    ]
    ran = subprocess.run(
        [*command, "--no-error-summary", "--show-absolute-path", str(PLANTED), str(CLEAN)],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: Found = {}
    for path, line in re.findall(r"^(.+?):(\d+): error: ", ran.stdout, flags=re.MULTILINE):
        found.setdefault(Path(path).name, set()).add(int(line))
    return found


def pyright(folder: Path) -> Found:
    """The lines in which pyright finds errors, by file."""
    for path in (PLANTED, CLEAN):  # pyright takes relative paths only
        shutil.copy(path, folder)
    settings = {"typeCheckingMode": "strict", "extraPaths": [] if INSTALLED else [str(PACKAGES)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: Found = {}
    for diagnostic in json.loads(ran.stdout)["generalDiagnostics"]:
        if diagnostic["severity"] == "error":
            line = diagnostic["range"]["start"]["line"] + 1
            found.setdefault(Path(diagnostic["file"]).name, set()).add(line)
    return found


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The lines with errors, found by each checker."""
    pytest.importorskip(request.param.__name__)
    lines: Found = request.param(tmp_path_factory.mktemp("types"))
    return lines


def test_every_planted_mistake_is_found(found: Found):
    """Each mistake is an error in its line, and there is no error elsewhere."""
    assert len(planted_lines()) >= MISTAKES_MIN
    assert sorted(found.get(PLANTED.name, set())) == sorted(planted_lines())


def test_what_is_right_is_accepted(found: Found):
    """Every construct of the language passes both checkers in their strictest mode."""
    assert found.get(CLEAN.name, set()) == set()
