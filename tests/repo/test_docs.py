"""Documentation is executed: files are written, commands are typed, Python is run, and output is compared.

What a fenced block says after its language decides what happens to it, page by page, from top to bottom, in an empty
directory:

    python file=shop.py     is saved as that file, in any language
    python in=shop.py       goes into that file: what has a name that is there takes its place, see `put_into`
    python run              is run; a block marked `text output` right after it shows what it prints
    console                 holds commands after `$ ` and, below each, its output; `console exits=1` says how they end

Shown output may leave things out: a line `...` stands for any lines, `...` in a line for any text, and spaces are not
counted. What is shown has to be there, line by line, in that order.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from checkout import Checkout

PAGES = (
    "README.md",
    "docs/tutorial.md",
    "docs/kubectl.md",
    "docs/exploring.md",
    "docs/pytest.md",
    "docs/ci.md",
    "docs/custom-controllers.md",
)
ELISION = "..."
ANY_LINES = r"(?:.*\n)*?"
EXECUTED = {"python", "console", "yaml"}
BY_CI = {"sh try", "sh test"}  # README's two commands, which .ci/run types

FENCED = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen
class Block:
    """A fenced block: the line it begins in, its language, what is said after that, and its text."""

    line: int
    language: str
    mark: str
    body: str

    @property
    def info(self) -> str:
        """What stands behind the fence."""
        return f"{self.language} {self.mark}".strip()

    def option(self, name: str) -> str | None:
        """Return the value of `name=value` in the mark."""
        return next((word.partition("=")[2] for word in self.mark.split() if word.startswith(f"{name}=")), None)


@frozen
class Command:
    """A command as it was typed, and the output that is shown below it."""

    typed: str
    shown: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = []
    for match in FENCED.finditer(text):
        language, _, mark = match["info"].strip().partition(" ")
        found.append(Block(text.count("\n", 0, match.start()) + 1, language, mark, match["body"]))
    return found


def commands(body: str) -> Iterator[Command]:
    """Yield the commands of a console block."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        typed, *shown = part.splitlines()
        yield Command(typed, tuple(shown))


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first line shown that was not printed where it should be, None when all is there."""
    text = "".join(f"{' '.join(line.split())}\n" for line in printed.splitlines() if line.strip())
    pattern = ANY_LINES  # what comes before the first line shown may be left out, too
    for line in (" ".join(each.split()) for each in shown if each.strip()):
        parts = [re.escape(part.strip()) for part in line.split(ELISION)]
        pattern += ANY_LINES if line == ELISION else ".*".join(parts) + "\n"
        if re.match(pattern, text) is None:
            return line
    return None


def put_into(source: str, piece: str) -> str:
    """Return the source with the definitions of a piece in it.

    One with a name that is there takes the place of the old one; a new one goes in front of the one that follows it in
    the piece, else to the end.
    """
    old = {name: node for node in ast.parse(source).body if (name := _name(node)) is not None}
    lines, added = source.splitlines(), piece.splitlines()
    at = len(lines)
    for node in reversed(ast.parse(piece).body):  # from below, so that the lines above stay where they are
        known = old.get(_name(node) or "")
        text = added[_first_line(node) - 1 : node.end_lineno]
        if known is not None:
            at = _first_line(known) - 1
            lines[at : known.end_lineno] = text
        elif at == len(lines):
            lines[at:] = ["", "", *text]
        else:
            lines[at:at] = [*text, "", ""]
    return "\n".join(lines) + "\n"


def _name(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    lines: list[int] = [node.lineno, *(each.lineno for each in decorators)]
    return min(lines)


@frozen
class Reader:
    """Somebody who does what a page says, in a directory."""

    directory: Path
    environment: dict[str, str]

    def follow(self, page: Path) -> list[str]:
        """Do everything that a page says. Returns what did not come out as shown."""
        failures: list[str] = []
        listed = blocks(page.read_text(encoding="utf-8"))
        for block, after in zip(listed, [*listed[1:], None], strict=False):
            failures += [f"line {block.line}: {failure}" for failure in self._do(block, after)]
        return failures

    def _do(self, block: Block, after: Block | None) -> Iterator[str]:
        target, piece = block.option("file"), block.option("in")
        if target is not None:
            (self.directory / target).write_text(block.body, encoding="utf-8")
        elif piece is not None:
            path = self.directory / piece
            path.write_text(put_into(path.read_text(encoding="utf-8"), block.body), encoding="utf-8")
        elif block.info == "python run":
            shown = after.body.splitlines() if after is not None and after.info == "text output" else []
            yield from self._run([sys.executable, "-c", block.body], Command("python", tuple(shown)), 0)
        elif block.language == "console":
            for command in commands(block.body):
                code = int(block.option("exits") or 0)
                yield from self._run(["sh", "-c", command.typed], command, code)

    def _run(self, words: list[str], command: Command, code: int) -> Iterator[str]:
        done = subprocess.run(
            words,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != code:
            yield f"{command.typed}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        elif (line := missing(command.shown, done.stdout + done.stderr)) is not None:
            yield f"{command.typed}: {line!r} was not printed there\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Return a reader in an empty directory, who has the commands `clusterproof` and `pytest`."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("clusterproof", "pytest"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n')
        program.chmod(0o755)
    desk = tmp_path / "desk"
    desk.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CLUSTERPROOF"))}
    return Reader(desk, {**environment, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"})


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_what_they_say(checkout: Checkout, reader: Reader, page: str) -> None:
    """Every file, command and piece of Python on a page works, and prints what is shown."""
    assert reader.follow(checkout.root / page) == []


def test_nothing_is_shown_that_is_not_executed(checkout: Checkout) -> None:
    """A block of Python, YAML or commands says what is to be done with it, and all pages that have one are followed."""
    idle = [
        f"{checkout.show(page)}:{block.line} {block.info}"
        for page in checkout.files()
        if page.suffix == ".md" and checkout.show(page).startswith(("README", "docs/"))
        for block in blocks(page.read_text(encoding="utf-8"))
        if (block.language in EXECUTED | {"sh", "bash", "shell", "py"})
        and block.info not in BY_CI
        and (checkout.show(page) not in PAGES or not is_executed(block))
    ]

    assert idle == []


def is_executed(block: Block) -> bool:
    """Tell whether a reader does something with a block."""
    marked = block.option("file") or block.option("in") or block.info == "python run"
    return bool(marked) or block.language == "console"


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        (["a", "b"], "a\nb\n", None),
        (["a   b"], "a b\n", None),
        (["b"], "a\nb\nc\n", None),
        (["a", "c"], "a\nb\nc\n", "c"),
        (["a", "...", "c"], "a\nb\nc\n", None),
        (["a", "", "b"], "a\nb\n", None),
        (["a", "b"], "a\n\nb\n", None),
        (["in ... s"], "in 0.3 s\n", None),
        (["in ... s"], "in no time\n", "in ... s"),
        (["a", "...", "a"], "a\nb\n", "a"),
        (["...", "a", "c"], "a\nb\na\nc\n", None),
    ],
)
def test_output_is_compared(shown: list[str], printed: str, expected: str | None) -> None:
    """Output that is there, in that order, is told from output that is not."""
    assert missing(tuple(shown), printed) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("def f():\n    return 2\n", "import a\n\n\ndef f():\n    return 2\n\n\nx = 1\n"),
        ("x = 2\n", "import a\n\n\n@a.b\ndef f():\n    return 1\n\n\nx = 2\n"),
        ("y = 3\nx = 4\n", "import a\n\n\n@a.b\ndef f():\n    return 1\n\n\ny = 3\n\n\nx = 4\n"),
        ("y = 3\n", "import a\n\n\n@a.b\ndef f():\n    return 1\n\n\nx = 1\n\n\ny = 3\n"),
    ],
)
def test_pieces_find_their_place(piece: str, expected: str) -> None:
    """What has a known name takes the place of the old; what is new comes before what follows it, or last."""
    assert put_into("import a\n\n\n@a.b\ndef f():\n    return 1\n\n\nx = 1\n", piece) == expected


def test_a_page_that_lies_is_caught(reader: Reader, tmp_path: Path) -> None:
    """A wrong exit code and a wrong output are reported, each with its line."""
    page = tmp_path / "page.md"
    page.write_text("```console\n$ exit 3\n```\n\n```python run\nprint(1)\n```\n\n```text output\n2\n```\n")

    assert [failure.split(":")[0] for failure in reader.follow(page)] == ["line 1", "line 5"]
