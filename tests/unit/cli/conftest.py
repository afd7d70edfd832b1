"""Running the command in the test's own process, in a directory of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from clusterproof.checker.cli import main

BRIDGE = '''
"""A bridge for one car at a time, and what can be said of it."""
from typing import NewType

from clusterproof import Claims, Component, Map, System, always, claim, eventually_always, reachable, require, state

CarId = NewType("CarId", str)


@state
class Bridge:
    crossing: Map[CarId, bool]


traffic = Component("traffic")


@traffic.action
def enter(bridge: Bridge, car: CarId) -> None:
    """A car drives on."""
    require(not bridge.crossing[car])
    bridge.crossing[car] = True


@traffic.action
def leave(bridge: Bridge, car: CarId) -> None:
    """A car drives off."""
    require(bridge.crossing[car])
    bridge.crossing[car] = False


@traffic.fault
def collapse(bridge: Bridge) -> None:
    """All cars fall off."""
    for car in bridge.crossing:
        bridge.crossing[car] = False


@always
def one_at_a_time(bridge: Bridge) -> Claims:
    """The bridge carries one car at most."""
    cars = [car for car, crossing in bridge.crossing.items() if crossing]
    yield claim(len(cars) <= 1, "at most one car is on the bridge", *cars)


@eventually_always
def calm(bridge: Bridge) -> Claims:
    """At last nobody drives."""
    yield claim(not any(bridge.crossing.values()), "the bridge is empty")


@always
def cars_are_counted(bridge: Bridge) -> Claims:
    """There are never more cars than there are."""
    yield claim(sum(bridge.crossing.values()) <= len(bridge.crossing), "no car comes from nowhere")


@reachable
def full(bridge: Bridge) -> Claims:
    """The bridge can be full."""
    yield claim(all(bridge.crossing.values()), "all cars are on the bridge")


@always
def crashes(bridge: Bridge) -> Claims:
    """Divides by zero."""
    yield claim(1 // 0 == 0, "never")


def system(cars: int = 2, *properties) -> System[Bridge]:
    start = Bridge(crossing=Map({CarId(f"c{i}"): False for i in range(cars)}))
    chosen = properties or [one_at_a_time, calm, cars_are_counted, full]
    return System(start, components=[traffic], properties=chosen, budgets={collapse: 1})


good = system(2, cars_are_counted)
broken = system(2, crashes)
number = 3


def raises():
    raise KeyError("no car")
'''


@frozen
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty directory to be in; what the test imports from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    path, modules = list(sys.path), set(sys.modules)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def bridge(here: Path) -> Path:
    """Return bridge.py in the directory the test is in."""
    file = here / "bridge.py"
    file.write_text(BRIDGE)
    return file


@pytest.fixture
def command(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs the command with some words."""

    def run(*words: str) -> Ran:
        code = main(words)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
