"""What a specification imports: few names, each explained where it is defined."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil

import pytest

import clusterproof

PUBLIC_NAMES_MAX = 32
Definition = ast.ClassDef | ast.FunctionDef


def explained(tree: ast.Module) -> set[str]:
    """The names that a module defines and explains: by a docstring, or by a text right below an assignment."""
    found = {node.name for node in tree.body if isinstance(node, Definition) and ast.get_docstring(node)}
    for node, below in zip(tree.body, tree.body[1:], strict=False):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and below.value.value
        if isinstance(target, ast.Name) and isinstance(text, str):
            found.add(target.id)
    return found


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    """The modules of the language, parsed."""
    names = [
        info.name for info in pkgutil.iter_modules(clusterproof.__path__) if not info.ispkg and info.name[0] != "_"
    ]
    loaded = {name: importlib.import_module(f"clusterproof.{name}") for name in names}
    return {name: ast.parse(inspect.getsource(module)) for name, module in loaded.items()}


def test_there_are_few_public_names():
    """At most 32 names, sorted, each there and none twice."""
    names = clusterproof.__all__

    assert len(names) <= PUBLIC_NAMES_MAX
    assert sorted(set(names)) == names
    assert [name for name in names if not hasattr(clusterproof, name)] == []


def test_every_public_name_is_explained(modules: dict[str, ast.Module]):
    """A class or function has a docstring, a constant a text below it."""
    known = set().union(*map(explained, modules.values()))

    assert [name for name in clusterproof.__all__ if name not in known] == []


def test_public_methods_are_explained(modules: dict[str, ast.Module]):
    """So has every public method and property of a public class."""
    bare = [
        f"{cls.name}.{member.name}"
        for tree in modules.values()
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and cls.name in clusterproof.__all__
        for member in cls.body
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_") and not ast.get_docstring(member)
        if not any("overload" in ast.unparse(decorator) for decorator in member.decorator_list)
    ]

    assert bare == []


def test_the_language_knows_no_engine(modules: dict[str, ast.Module]):
    """No module of the language imports the checker, a model or a property."""
    imported = {
        f"{name}: {node.module}"
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.startswith(("clusterproof.checker", "clusterproof.models", "clusterproof.properties"))
    }

    assert imported == set()
