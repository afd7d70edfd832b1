"""What the command prints, compared with golden files; times and memory are masked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clusterproof.checker.cli import main
from clusterproof.checker.cli.terminal import Terminal

HERE = Path(__file__).parent


DRAWN = ("--seed", "1", "--examples", "60", "--steps", "40", "--database", "none")
"""Enough for these small systems: nothing in the report depends on what Hypothesis draws, but the masked counts."""


def masked(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"[0-9.]+ s, [0-9]+ MiB", "T s, M MiB", text)
    if "walked " in text:  # how many walks there were is chance
        text = re.sub(r"[0-9,]+ states seen", "N states seen", text)
        text = re.sub(r"walked .*\n(?: {16}.*\n)*", "walked        N walks, T s, M MiB\n", text)
    return text


@pytest.fixture(autouse=True)
def _beside_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where bridge_system.py lies, so that no path of this machine is printed."""
    monkeypatch.chdir(HERE)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("command-proved.txt", ["check", "philosophers", "--set", "n=3"]),
        ("command-undetermined.txt", ["check", "mini-cluster", "--bound", "states=500"]),
        ("command-refuted.txt", ["check", "bridge_system.py:system"]),
        ("command-footprint.txt", ["footprint", "two-phase-commit"]),
        ("command-explored.txt", ["explore", "bridge_system.py:system", *DRAWN]),
        ("command-covered.txt", ["explore", "philosophers", "--set", "n=2..3", *DRAWN]),
        ("command-story.txt", ["story", "hello-server", "--fault", "stop-control-plane"]),
    ],
)
def test_what_users_read(
    name: str,
    words: list[str],
    snapshot: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The texts of the command look as intended."""
    main(words)

    snapshot(name, masked(capsys.readouterr().out))


def test_a_narrow_terminal_in_colour(
    snapshot: Callable[[str, str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal of 80 columns verdicts are coloured, and no line of prose is cut."""
    monkeypatch.setattr(Terminal, "of", classmethod(lambda _cls, _stream: Terminal(80, coloured=True)))
    main(["check", "bridge_system.py:system", "--property", "one-at-a-time"])

    snapshot("command-narrow.txt", masked(capsys.readouterr().out))
