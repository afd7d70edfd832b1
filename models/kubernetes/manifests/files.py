"""Finding and reading the files that the user names."""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import Factory, define

from clusterproof.models.kubernetes.manifests.allowance import TEXT_LIMIT
from clusterproof.models.kubernetes.manifests.errors import ManifestError

SUFFIXES = (".yaml", ".yml", ".json")
SIZE_LIMIT_BYTES = TEXT_LIMIT
ENTRY_LIMIT = 100_000
"""How many files and directories are looked at below a directory."""
DIRECTORY_DEPTH_LIMIT = 50
PIPE_LIMIT_SECONDS = 60.0
"""How long a pipe or a device may take to give all that it has."""

_CHUNK_BYTES = 2**16


def find_files(paths: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files of the paths, directories searched recursively in sorted order, each file once.

    In a directory only files with a suffix of SUFFIXES count, hidden ones and hidden directories do not; a file named
    directly is always taken. Links are followed, but no directory is entered twice.
    """
    found: dict[Path, Path] = {}  # by resolved path: one file reached twice is one file
    for path in map(Path, paths):
        files = tuple(_Walk(path).files(path, 1)) if _is_directory(path) else (path,)
        if not files:
            raise _unusable(path, f"holds no file ending in {' '.join(SUFFIXES)}; name another one")
        for file in files:
            found.setdefault(_resolved(file), file)
    return tuple(found.values())


def _unusable(path: Path, message: str) -> ManifestError:
    return ManifestError(str(path), 1, "file", message)


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:  # no permission, a name that is too long, a NUL
        raise _unusable(path, f"cannot be read: {error}; check the path") from None


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise _unusable(path, f"cannot be read: {error}; check the path") from None


@define
class _Walk:
    """A search below one directory."""

    top: Path
    visited: set[Path] = Factory(set)
    entries: int = 0

    def files(self, directory: Path, depth: int) -> Iterator[Path]:
        resolved = _resolved(directory)
        if resolved in self.visited:
            return
        self.visited.add(resolved)
        if depth > DIRECTORY_DEPTH_LIMIT:
            raise _unusable(self.top, f"has directories deeper than {DIRECTORY_DEPTH_LIMIT}; name the ones you mean")
        for child in self._children(directory):
            if child.name.startswith("."):
                continue
            if _is_directory(child):
                yield from self.files(child, depth + 1)
            elif child.suffix in SUFFIXES and child.is_file():
                yield child

    def _children(self, directory: Path) -> list[Path]:
        try:
            children = sorted(directory.iterdir())
        except OSError as error:
            raise _unusable(directory, f"cannot be read: {error.strerror}; check the path") from None
        self.entries += len(children)
        if self.entries > ENTRY_LIMIT:
            raise _unusable(self.top, f"holds more than {ENTRY_LIMIT:,} files; name the directories you mean")
        return children


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises ManifestError where it cannot be read, is too large or is not UTF-8.
    """
    try:
        content = _content(path)
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or error}; check the path") from None
    except ManifestError:
        raise
    except ValueError:  # a NUL in the name
        raise _unusable(path, "is not a file name; check the path") from None
    if len(content) > SIZE_LIMIT_BYTES:
        raise _unusable(path, f"is larger than {SIZE_LIMIT_BYTES >> 20} MiB; split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8"
        raise ManifestError(str(path), line, "file", message) from None


def _content(path: Path) -> bytes:
    """What is in the file, as far as the limit and one byte more."""
    if stat.S_ISREG(path.stat().st_mode):
        with path.open("rb") as stream:
            return stream.read(SIZE_LIMIT_BYTES + 1)
    # Opening a pipe without a writer would wait for one for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return _patiently_read(descriptor, path)
    finally:
        os.close(descriptor)


def _patiently_read(descriptor: int, path: Path) -> bytes:
    content = b""
    until = time.monotonic() + PIPE_LIMIT_SECONDS
    while len(content) <= SIZE_LIMIT_BYTES:
        ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0.0))
        if not ready:
            raise _unusable(path, f"gave nothing more for {PIPE_LIMIT_SECONDS:g} seconds; check what writes to it")
        chunk = os.read(descriptor, _CHUNK_BYTES)
        if not chunk:
            break
        content += chunk
    return content
