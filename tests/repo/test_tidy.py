"""Sizes, names, docstrings: what a reader may rely on in every file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import Checkout, parse

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
VAGUE_NAMES = {"common", "helper", "helpers", "misc", "util", "utils"}

# Absolute paths only. The alternatives keep this very line from being what it looks for.
ONE_MACHINE_ONLY = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield every function of a file, nested ones too."""
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def public(tree: ast.Module) -> Iterator[Documented]:
    """Yield each public function, class and method; nested functions and overloads are nobody's interface."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.If | ast.Try):
            pending += node.body + node.orelse
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        if not any(ast.unparse(each).endswith(("overload", ".setter", "override")) for each in node.decorator_list):
            yield node
        if isinstance(node, ast.ClassDef):
            pending += node.body


def is_one_sentence(text: str) -> bool:
    """Tell whether a docstring's first paragraph is one sentence, closed by a full stop."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    inside = re.sub(r"\b(?:e\.g|i\.e|cf|vs)\.", "", paragraph[:-1])
    return paragraph.endswith(".") and re.search(r"[.!?] [A-Z]", inside) is None


def is_test_file(path: Path) -> bool:
    """Tell whether pytest collects the file."""
    return path.name.startswith("test_") or path.name.endswith("_test.py")


def test_files_are_short(checkout: Checkout) -> None:
    """No Python file is longer than 500 lines."""
    lengths = {checkout.show(path): len(path.read_text().splitlines()) for path in checkout.python_files()}

    assert {name: length for name, length in lengths.items() if length > FILE_LINES_MAX} == {}


def test_functions_fit_a_screen(checkout: Checkout) -> None:
    """No function is longer than 70 lines."""
    lengths = {
        f"{checkout.show(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in checkout.python_files()
        for node in functions(parse(path))
    }

    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES_MAX} == {}


def test_names_say_what_is_inside(checkout: Checkout) -> None:
    """No module or folder is called utils or the like."""
    vague = {
        checkout.show(path)
        for path in checkout.python_files()
        if VAGUE_NAMES & {part.removesuffix(".py").strip("_") for part in path.relative_to(checkout.root).parts}
    }

    assert vague == set()


def test_no_path_of_one_machine(checkout: Checkout) -> None:
    """No file names a place that exists on one machine only."""
    offenders = [
        f"{checkout.show(path)}:{number}: {line.strip()}"
        for path in checkout.text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ONE_MACHINE_ONLY.search(line)
    ]

    assert offenders == []


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        (["see ", "/", "home/someone"], True),
        (["/", "root/x"], True),
        (["'", "/", "work/main'"], True),
        (["docs", "/", "home/page.md"], False),
        (["..", "/", "work/x"], False),
        (["https://example.org", "/", "home/x"], False),
    ],
)
def test_machine_paths_are_recognised(pieces: list[str], found: bool) -> None:
    """An absolute path into one machine is told from a relative path or an address."""
    assert (ONE_MACHINE_ONLY.search("".join(pieces)) is not None) == found


def test_modules_say_what_they_are_for(checkout: Checkout) -> None:
    """Every Python file begins with a docstring."""
    assert [checkout.show(path) for path in checkout.python_files() if not ast.get_docstring(parse(path))] == []


def test_public_names_are_documented(checkout: Checkout) -> None:
    """Every public function, class and method of the package has a docstring."""
    bare = [
        f"{checkout.show(path)}:{node.lineno} {node.name}"
        for path in checkout.modules().values()
        for node in public(parse(path))
        if not ast.get_docstring(node)
    ]

    assert bare == []


def test_tests_state_their_claim(checkout: Checkout) -> None:
    """Every test has a docstring whose first paragraph is one sentence."""
    silent = [
        f"{checkout.show(path)}:{node.lineno} {node.name}"
        for path in checkout.python_files()
        if is_test_file(path)
        for node in functions(parse(path))
        if node.name.startswith("test_") and not is_one_sentence(ast.get_docstring(node) or "")
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A node holds at most its capacity.", True),
        ("A long claim\nruns over two lines.", True),
        ("A claim, e.g. Bound pods stay.", True),
        ("A claim.\n\nSource: KEP-1. More.", True),
        ("Two. Claims.", False),
        ("No full stop", False),
        ("", False),
    ],
)
def test_sentences_are_counted(text: str, expected: bool) -> None:
    """One sentence is told from none, from two, and from one left open."""
    assert is_one_sentence(text) is expected
