"""The source tree as the tests of the repository see it: its folders, its modules, its files of text."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

# folder -> the name under which it is installed
FOLDERS = {
    "spec": "clusterproof",
    "checker": "clusterproof.checker",
    "models": "clusterproof.models",
    "properties": "clusterproof.properties",
}
NOT_OURS = {"__pycache__", "build", "dist", "venv", "node_modules", "htmlcov"}
TEXT_SUFFIXES = {"", ".cfg", ".css", ".dot", ".html", ".ini", ".js", ".json", ".md", ".py", ".sh", ".svg", ".toml"}
TEXT_SUFFIXES |= {".txt", ".typed", ".yaml", ".yml"}


@frozen
class Checkout:
    """A source tree."""

    root: Path

    @classmethod
    def around_the_tests(cls) -> Checkout:
        """Return the tree these tests lie in."""
        return cls(Path(__file__).resolve().parents[1])

    def is_there(self) -> bool:
        """Tell a source tree from a copy of the tests alone."""
        return all((self.root / folder).is_dir() for folder in FOLDERS)

    def pyproject(self) -> dict[str, Any]:
        """Return pyproject.toml."""
        return tomllib.loads((self.root / "pyproject.toml").read_text())

    def files(self) -> Iterator[Path]:
        """Yield each file that belongs to the project, in order; what tools leave behind does not."""
        yield from _files_below(self.root)

    def text_files(self) -> Iterator[Path]:
        """Yield each file that people read."""
        yield from (path for path in self.files() if path.suffix in TEXT_SUFFIXES)

    def python_files(self) -> Iterator[Path]:
        """Yield each Python file: packages, tests, benchmarks."""
        yield from (path for path in self.files() if path.suffix == ".py")

    def packaged_files(self) -> dict[str, Path]:
        """Return each file of the four folders by its place in the installed package."""
        return {
            f"{name.replace('.', '/')}/{path.relative_to(self.root / folder).as_posix()}": path
            for folder, name in FOLDERS.items()
            for path in _files_below(self.root / folder)
        }

    def modules(self) -> dict[str, Path]:
        """Return each module of the four folders by its dotted name; a package by its own name."""
        return {
            place.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
            for place, path in self.packaged_files().items()
            if path.suffix == ".py"
        }

    def show(self, path: Path) -> str:
        """Return the path as one would type it."""
        return path.relative_to(self.root).as_posix()


def parse(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if _is_ours(path):
                yield from _files_below(path)
        elif path.suffix != ".pyc" and not path.name.startswith(".coverage"):
            yield path


def _is_ours(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name != ".ci"
    return not hidden and folder.name not in NOT_OURS and folder.suffix != ".egg-info"
