"""Four folders, one import name: who may import whom, and nothing is left out of the package."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from checkout import FOLDERS, Checkout, parse

# Imports only downward. "lazily" means inside a function, or under `if __name__ == "__main__"`.
MAY_IMPORT = {
    "spec": set(),
    "models": {"spec"},
    "properties": {"spec", "models"},
    "checker": {"spec"},
}
MAY_IMPORT_LAZILY = {
    "spec/__main__.py": {"checker"},  # python -m clusterproof
    "checker/cli": {"models", "properties"},  # looks built-in systems and properties up by name
}
WRITTEN_AS_USERS_DO = "models/kubernetes/examples/"  # may import everything; nobody imports them
LANGUAGE_MAY_USE = {"attrs"}
SLOW_TO_IMPORT = {"graphviz", "hypothesis", "numba", "numpy", "pytest"}


@frozen
class Import:
    """One `import`: the dotted name it asks for, and whether loading the file runs it."""

    name: str
    lazy: bool
    line: int

    def layer(self) -> str | None:
        """Return the folder that the name lives in, None for what is not ours."""
        if self.name.split(".")[0] != "clusterproof":
            return None
        return next(
            (folder for folder in list(FOLDERS)[1:] if f"{self.name}.".startswith(f"{FOLDERS[folder]}.")), "spec"
        )


def imports(tree: ast.Module, package: str | None = None) -> Iterator[Import]:
    """Yield every import of a file; relative ones are seen when the package that the file lies in is given."""
    for node, lazy in _nodes(tree, lazy=False):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, lazy, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (package or not node.level):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (Import(f"{base}.{alias.name}", lazy, node.lineno) for alias in node.names)


def _nodes(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, lazy
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        guarded = isinstance(child, ast.If) and ast.unparse(child.test) == "__name__ == '__main__'"
        yield from _nodes(child, lazy=lazy or inside or guarded)


def imports_of_the_package(checkout: Checkout) -> Iterator[tuple[str, Import]]:
    """Yield (file, import) for every import of the four folders."""
    for name, path in checkout.modules().items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for found in imports(parse(path), package):
            yield checkout.show(path), found


def lazily_allowed(file: str) -> set[str]:
    """Return the layers that a file may reach inside its functions."""
    return {layer for prefix, layers in MAY_IMPORT_LAZILY.items() if file.startswith(prefix) for layer in layers}


def test_packages_are_the_folders(checkout: Checkout) -> None:
    """Every folder with an __init__.py is listed in pyproject.toml, and nothing else is."""
    listed = checkout.pyproject()["tool"]["setuptools"]["packages"]
    on_disk = {name for name, path in checkout.modules().items() if path.name == "__init__.py"}

    assert sorted(on_disk) == sorted(listed)


def test_mapping_is_the_known_one(checkout: Checkout) -> None:
    """The folders are installed under the names that these tests rely on."""
    mapping = checkout.pyproject()["tool"]["setuptools"]["package-dir"]

    assert mapping == {name: folder for folder, name in FOLDERS.items()}


def test_language_leaves_the_folders_their_names(checkout: Checkout) -> None:
    """No file of the language is called checker, models or properties: the folder installed there would hide it."""
    assert [path.name for path in (checkout.root / "spec").iterdir() if path.stem in FOLDERS] == []


def test_python_files_lie_in_packages(checkout: Checkout) -> None:
    """A folder with Python files has an __init__.py, else the wheel would lack them."""
    modules = checkout.modules()
    folders = {path.parent for path in modules.values()}

    assert [checkout.show(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_nobody_imports_a_folder_by_its_name(checkout: Checkout) -> None:
    """Only `clusterproof...` is imported, for `import spec` makes a second copy of every class."""
    offenders = [
        f"{checkout.show(path)}:{found.line} imports {found.name}"
        for path in checkout.python_files()
        for found in imports(parse(path))
        if found.name.split(".")[0] in FOLDERS
    ]

    assert offenders == []


def test_imports_go_downward(checkout: Checkout) -> None:
    """A layer imports only what lies below it, except where a named file reaches up lazily."""
    offenders = [
        f"{file}:{found.line} imports {found.name}"
        for file, found in imports_of_the_package(checkout)
        if (layer := found.layer()) is not None
        and not file.startswith(WRITTEN_AS_USERS_DO)
        and layer not in MAY_IMPORT[file.split("/")[0]] | {file.split("/")[0]}
        and not (found.lazy and layer in lazily_allowed(file))
    ]

    assert offenders == []


def test_nobody_imports_the_examples(checkout: Checkout) -> None:
    """Examples are written as users write, on top of everything, so nothing may stand on them."""
    package = f"clusterproof.{WRITTEN_AS_USERS_DO.rstrip('/').replace('/', '.')}"
    offenders = [
        f"{file}:{found.line} imports {found.name}"
        for file, found in imports_of_the_package(checkout)
        if found.name.startswith(package) and not file.startswith(WRITTEN_AS_USERS_DO)
    ]

    assert offenders == []


def test_every_exception_is_needed(checkout: Checkout) -> None:
    """Each file named as reaching up lazily does so."""
    reaching_up = {file for file, found in imports_of_the_package(checkout) if found.layer() in lazily_allowed(file)}

    assert [prefix for prefix in MAY_IMPORT_LAZILY if not any(file.startswith(prefix) for file in reaching_up)] == []


def test_language_needs_attrs_only(checkout: Checkout) -> None:
    """The language depends on the standard library and attrs."""
    foreign = {
        f"{file}:{found.line} imports {found.name}"
        for file, found in imports_of_the_package(checkout)
        if file.startswith("spec/")
        and found.name.split(".")[0] not in {"clusterproof", *LANGUAGE_MAY_USE, *sys.stdlib_module_names}
    }

    assert foreign == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import clusterproof.checker.cli", [("checker", False)]),
        ("from clusterproof import models", [("models", False)]),
        ("from clusterproof import models_of_thought", [("spec", False)]),
        ("from ..properties import x", [("properties", False)]),
        ("def f():\n    from clusterproof.models import x", [("models", True)]),
        ("if __name__ == '__main__':\n    import clusterproof.checker", [("checker", True)]),
        ("class C:\n    import clusterproof.checker", [("checker", False)]),
        ("import attrs", [(None, False)]),
    ],
)
def test_imports_are_understood(source: str, expected: list[tuple[str | None, bool]]) -> None:
    """An import is found, resolved and told from a lazy one, however it is written."""
    found = imports(ast.parse(source), "clusterproof.models")

    assert [(each.layer(), each.lazy) for each in found] == expected


def test_facade_names_what_it_offers() -> None:
    """`from clusterproof import *` gives exactly the names of `__all__`, each once and each there."""
    import clusterproof

    names = clusterproof.__all__

    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(clusterproof, name)] == []


@pytest.mark.parametrize(
    "module",
    [
        "clusterproof",
        "clusterproof.checker",
        "clusterproof.checker.cli",
        "clusterproof.models",
        "clusterproof.properties",
    ],
)
def test_start_is_quick(module: str) -> None:
    """Importing a package, or the command line, loads none of the libraries that are slow to load."""
    program = f"import sys, {module}; print(*sorted({SLOW_TO_IMPORT!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_installed_package_is_this_checkout(checkout: Checkout) -> None:
    """What the tests import is what the checkout holds; after an edit, or with a stale build/, install it again."""
    packages = {
        package.replace(".", "/"): package for package in checkout.pyproject()["tool"]["setuptools"]["packages"]
    }
    held = {place: path for place, path in checkout.packaged_files().items() if place.rpartition("/")[0] in packages}
    installed = {
        f"{place}/{path.name}": path
        for place, package in packages.items()
        for path in Path(str(importlib.util.find_spec(package).origin)).parent.iterdir()
        if path.is_file()
    }

    assert sorted(installed) == sorted(held), "`pip install .` again, without build/"
    differing = [place for place in held if installed[place].read_bytes() != held[place].read_bytes()]
    assert differing == [], "edited since: `pip install .` again"


def test_test_files_may_share_a_name(tmp_path: Path) -> None:
    """The project's pytest settings run two test files of the same name in different folders."""
    settings = Checkout.around_the_tests().root / "pyproject.toml"
    (tmp_path / "pyproject.toml").write_bytes(settings.read_bytes())
    for folder in ("unit", "contract"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / "test_same.py").write_text("def test_it():\n    pass\n")

    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, text=True, check=False)

    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout
