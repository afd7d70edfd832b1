"""Where a long check keeps what another process needs to go on with it: a directory, with a file per exploration.

`check.json` says which check it is: its versions, and a hash of all that decides what is found. A process that goes on
does again what the first one did, in the same order; where that one has explored, it reads what was found there.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from attrs import define, evolve, field, frozen

import clusterproof

FORMAT = 2
CHECK_FILE = "check.json"


class CheckpointError(Exception):
    """A checkpoint cannot be gone on with; the text is one line, with the file."""


@frozen(kw_only=True)
class Checkpoints:
    """What a long check keeps, so that another process can go on with it.

    directory: where the checkpoints lie. every_seconds: how often one is written at most, between two levels; 0 for
    after every level. resume: go on with those that are there. part: where in the directory, of a check that has parts.
    """

    directory: Path
    every_seconds: float = 60.0
    resume: bool = False
    part: str = ""

    @property
    def place(self) -> Path:
        """The directory of this check, or of this part of it."""
        return self.directory / self.part

    @property
    def check_file(self) -> Path:
        """The file that says which check it is."""
        return self.place / CHECK_FILE

    def of_part(self, number: int) -> Checkpoints:
        """Those of one part of a check, counted from 1. A part that nobody has begun yet is not gone on with."""
        one = evolve(self, part=f"part-{number}")
        return evolve(one, resume=self.resume and (number == 1 or one.check_file.exists()))


@define(eq=False)
class CheckpointDirectory:
    """The directory of one check under way.

    check: the hash of all that decides what the check finds, bounds excepted. begun: how many explorations there were.
    """

    wanted: Checkpoints
    check: str
    begun: int = field(init=False, default=0)

    @classmethod
    def opened(cls, wanted: Checkpoints, check: str) -> CheckpointDirectory:
        """The directory, ready for the first exploration.

        Raises CheckpointError when there is none to go on with, or that of another check, or one already; OSError.
        """
        path, told = wanted.check_file, {**_versions(), "check": check}
        if wanted.resume:
            _refuse_others(path, _read(path), told)
            return cls(wanted, check)
        if path.exists():
            raise CheckpointError(f"{path}: is there already; go on with --resume {wanted.directory}, or remove it")
        wanted.place.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps(told).encode())
        return cls(wanted, check)

    def next_exploration(self) -> Path:
        """The file of the exploration that begins now."""
        self.begun += 1
        return self.wanted.place / f"exploration-{self.begun}.npz"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file: it takes the place of the one that was there when it is whole, and on the disk. Raises OSError."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)  # noqa: PTH105  (named as what it is)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _versions() -> dict[str, object]:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  (few runs need it)

    try:
        own = version("clusterproof")
    except PackageNotFoundError:
        own = "not installed"
    python = ".".join(platform.python_version_tuple()[:2])
    return {"format": FORMAT, "clusterproof": own, "code": _own_code(), "python": python}


def _own_code() -> str:
    """A hash of language and engines, which may change without a new version; models have a hash of their own."""
    whole = hashlib.sha256()
    for package in (Path(clusterproof.__file__).parent, Path(__file__).parent):
        for file in sorted(package.rglob("*.py")):
            whole.update(f"{file.relative_to(package)} ".encode())
            whole.update(file.read_bytes())
    return whole.hexdigest()


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no checkpoint to go on with") from None
    except (OSError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise CheckpointError(f"{path}: is no whole checkpoint: {said}") from None
    if not isinstance(found, dict):
        raise CheckpointError(f"{path}: is no checkpoint of clusterproof")
    return found


def _refuse_others(path: Path, found: Mapping[str, Any], expected: Mapping[str, object]) -> None:
    """Raise CheckpointError where a check is not the expected one."""
    if "check" not in found:
        raise CheckpointError(f"{path}: is no checkpoint of clusterproof")
    for what, here in expected.items():
        there = found.get(what)
        if there != here and what == "check":
            raise CheckpointError(f"{path}: is of another model, other properties or other options than this check")
        if there != here:
            raise CheckpointError(f"{path}: was written under {what} {there!s:.40}, and this is {what} {here}")
