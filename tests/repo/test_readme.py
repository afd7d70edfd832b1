"""README, documentation and changelog: commands that run, links that lead somewhere, versions that agree."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import Checkout

FENCE = re.compile(r"^```sh (?P<mark>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```python[^\n]*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(?P<title>.+)$", re.MULTILINE)


def pages(checkout: Checkout) -> list[Path]:
    """Return every page of Markdown."""
    return [path for path in checkout.files() if path.suffix == ".md"]


def links(page: Path) -> list[tuple[Path, str]]:
    """Return the (file, anchor) that each relative link of a page leads to."""
    targets = [match["target"] for match in LINK.finditer(INLINE_CODE.sub("", FENCED.sub("", page.read_text())))]
    relative = [target.partition("#") for target in targets if not re.match(r"[a-z]+:", target)]
    return [((page.parent / file).resolve() if file else page, anchor) for file, _, anchor in relative]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    prose = FENCED.sub("", page.read_text())
    titles = [match["title"] for match in HEADING.finditer(prose)]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_readme_has_the_two_commands(checkout: Checkout) -> None:
    """README marks two one-line commands for a fresh machine, which CI takes from there: try it, and test it."""
    commands = {
        match["mark"]: match["body"].splitlines() for match in FENCE.finditer((checkout.root / "README.md").read_text())
    }

    assert {mark: len(lines) for mark, lines in commands.items()} == {"try": 1, "test": 1}
    assert commands["try"][0].startswith("python3 -m venv .venv && ")
    assert commands["try"][0].endswith(" .venv/bin/clusterproof check")
    assert commands["test"][0].endswith(" .venv/bin/python -m pytest")


def test_readme_examples_load(checkout: Checkout, tmp_path: Path) -> None:
    """Every piece of Python in README can be saved to a file and loaded."""
    bodies = [match["body"] for match in EXAMPLE.finditer((checkout.root / "README.md").read_text())]
    script = tmp_path / "example.py"
    errors = []
    for body in bodies:
        script.write_text(body)
        errors.append(subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False).stderr)

    assert errors == [""] * len(bodies)
    assert bodies


def test_links_lead_somewhere(checkout: Checkout) -> None:
    """Every relative link leads to a file of the checkout, and to a heading where it names one."""
    broken = [
        f"{checkout.show(page)} -> {file}#{anchor}"
        for page in pages(checkout)
        for file, anchor in links(page)
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file))
    ]

    assert broken == []


def test_every_page_can_be_found(checkout: Checkout) -> None:
    """Every page of the documentation is linked from another page."""
    linked = {file for page in pages(checkout) for file, _ in links(page) if file != page}
    documentation = [page for page in pages(checkout) if (checkout.root / "docs") in page.parents]

    assert [checkout.show(page) for page in documentation if page not in linked] == []


def test_changelog_knows_the_version(checkout: Checkout) -> None:
    """The changelog's newest version is the one that pyproject.toml names and that is installed."""
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (checkout.root / "CHANGELOG.md").read_text(), re.MULTILINE)
    declared = checkout.pyproject()["project"]["version"]

    assert versions[0] == declared == importlib.metadata.version("clusterproof")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [("# The *one* idea", "the-one-idea"), ("## What `check` prints", "what-check-prints"), ("# a_b - c", "a_b---c")],
)
def test_anchors_are_made_as_github_makes_them(tmp_path: Path, heading: str, anchor: str) -> None:
    """A heading's anchor is its text in small letters, without punctuation, with a hyphen for each space."""
    page = tmp_path / "page.md"
    page.write_text(heading + "\n")

    assert anchors(page) == {anchor}
