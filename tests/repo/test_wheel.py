"""The wheel and the sdist hold the package: all of it, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from attrs import frozen
from checkout import Checkout

# One worker builds, whichever tests ask.
pytestmark = pytest.mark.xdist_group("wheel")


@frozen
class Built:
    """What `python -m build` made of a fresh copy of the checkout."""

    wheel: Path
    sdist: Path

    def members(self) -> set[str]:
        """Return the names of the files in the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def text(self, ending: str) -> str:
        """Return the text of the wheel's one file whose name ends so."""
        with zipfile.ZipFile(self.wheel) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(ending)]
            return archive.read(name).decode()


@pytest.fixture(scope="module")
def built(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build an sdist, and from that sdist the wheel, as a release does."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for path in checkout.files():
        copy = source / checkout.show(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel], [sdist] = target.glob("*.whl"), target.glob("*.tar.gz")
    return Built(wheel, sdist)


def test_wheel_holds_every_file_of_the_package(checkout: Checkout, built: Built) -> None:
    """The wheel holds each module and data file of the four folders and, its own metadata apart, nothing else."""
    packaged = {name for name in built.members() if ".dist-info/" not in name}

    assert packaged == set(checkout.packaged_files())


def test_wheel_is_typed_and_licensed(built: Built) -> None:
    """Type checkers find py.typed, and the licence travels along under its SPDX name."""
    metadata = built.text(".dist-info/METADATA")

    assert "clusterproof/py.typed" in built.members()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Apache License" in built.text(".dist-info/licenses/LICENSE")


def test_wheel_brings_the_command(built: Built) -> None:
    """Installing the wheel installs the command `clusterproof`."""
    assert "clusterproof = clusterproof.checker.cli:main" in built.text(".dist-info/entry_points.txt")


def test_sdist_can_be_read_on_its_own(built: Built) -> None:
    """The sdist brings what a packager needs: settings, readme and licence."""
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "README.md", "LICENSE"} <= names
