"""Finding and reading the files that the user names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clusterproof.models.kubernetes.manifests.errors import ManifestError

SUFFIXES = (".yaml", ".yml", ".json")
SIZE_LIMIT_BYTES = 20 * 2**20


def find_files(paths: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files of the paths, directories searched recursively in sorted order, each file once.

    In a directory only files with a suffix of SUFFIXES count, hidden ones and hidden directories do not; a file named
    directly is always taken. Links are followed, but no directory is entered twice.
    """
    found: dict[Path, Path] = {}  # by resolved path: one file reached twice is one file
    for path in map(Path, paths):
        files = tuple(_walk(path, set())) if _is_directory(path) else (path,)
        if not files:
            raise ManifestError(str(path), 1, "file", f"holds no file ending in {' '.join(SUFFIXES)}; name another one")
        for file in files:
            found.setdefault(_resolved(file), file)
    return tuple(found.values())


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:  # no permission, a name that is too long, a NUL
        raise ManifestError(str(path), 1, "file", f"cannot be read: {error}; check the path") from None


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise ManifestError(str(path), 1, "file", f"cannot be read: {error}; check the path") from None


def _walk(directory: Path, visited: set[Path]) -> Iterator[Path]:
    resolved = _resolved(directory)
    if resolved in visited:
        return
    visited.add(resolved)
    try:
        children = sorted(directory.iterdir())
    except OSError as error:
        raise ManifestError(str(directory), 1, "file", f"cannot be read: {error.strerror}; check the path") from None
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _walk(child, visited)
        elif child.suffix in SUFFIXES and child.is_file():
            yield child


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises ManifestError where it cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}; check the path"
        raise ManifestError(str(path), 1, "file", message) from None
    except ValueError:  # a NUL in the name
        raise ManifestError(str(path), 1, "file", "is not a file name; check the path") from None
    if len(content) > SIZE_LIMIT_BYTES:
        message = f"is larger than {SIZE_LIMIT_BYTES >> 20} MiB; split it"
        raise ManifestError(str(path), 1, "file", message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8"
        raise ManifestError(str(path), line, "file", message) from None
