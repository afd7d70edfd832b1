"""Progress: one line that changes on a terminal, one line per ten seconds elsewhere."""

from __future__ import annotations

import io
import time

import pytest

from clusterproof.checker.cli import progress
from clusterproof.checker.cli.progress import ProgressLine
from clusterproof.checker.search import Progress


class Screen(io.StringIO):
    """A terminal, as far as progress can tell."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def step(states: int) -> Progress:
    """Make a report of a search."""
    return Progress(states=states, rate=1234.5, frontier=17, depth=9, elapsed_seconds=1.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, to be set."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_shows_one_line(clock: list[float]) -> None:
    """On a terminal the line is written over, and gone at the end."""
    screen = Screen()
    line = ProgressLine(screen)
    for second in (1, 2):
        clock[0] = second
        line.search(step(1000 * second))
    line.close()

    assert screen.getvalue() == (
        "\r\x1b[K1,000 states, 1,234/s, frontier 17, depth 9, 1 s"
        "\r\x1b[K2,000 states, 1,234/s, frontier 17, depth 9, 2 s"
        "\r\x1b[K"
    )


def test_a_file_gets_a_line_per_ten_seconds(clock: list[float]) -> None:
    """Elsewhere there is a line every ten seconds, and nothing for a short check."""
    file = io.StringIO()
    line = ProgressLine(file)
    for second in range(25):
        clock[0] = second
        line.search(step(second))
    line.close()

    assert [text.partition(" ")[0] for text in file.getvalue().splitlines()] == ["10", "20"]


def test_initial_states_count_too(clock: list[float]) -> None:
    """The search for initial states shows how far it is."""
    file = io.StringIO()
    line = ProgressLine(file)
    clock[0] = 11
    line.initial_states(128)

    assert file.getvalue() == "finding the initial states: 128 looked at, 11 s\n"


def test_time_is_really_looked_at() -> None:
    """Nothing is shown before its time."""
    file = io.StringIO()
    ProgressLine(file).search(step(1))

    assert (file.getvalue(), time.monotonic() > 0) == ("", True)
