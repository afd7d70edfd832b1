"""Who is measured: clusterproof's engines, and what they are compared with."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import engines
import spin
from anchors import Anchor
from attrs import frozen
from counts import Counts, WrongCountsError

HERE = Path(__file__).parent


@frozen(kw_only=True)
class Peer:
    """Somebody who searches.

    absent: why it cannot run here, nothing where it can. prepare: the command for a system, and the CPU seconds that
    compiling it took; the directory is its own. counted: reads the counts off what the command has printed.
    most_states: larger systems are left out, unless asked for, for they would take many minutes.
    """

    title: str
    absent: Callable[[], str]
    prepare: Callable[[Anchor, Path], tuple[list[str], float]]
    counted: Callable[[str, Anchor], Counts]
    most_states: int = 100_000_000


def _script(name: str, anchor: Anchor, _: Path) -> tuple[list[str], float]:
    parameters = [f"{parameter}={number}" for parameter, number in anchor.parameters.items()]
    return [sys.executable, str(HERE / name), anchor.function, *parameters], 0.0


def _printed(output: str, _: Anchor) -> Counts:
    words = output.split()
    if len(words) != 2:
        raise WrongCountsError(output)
    return Counts(states=int(words[0]), generated=int(words[1]))


def _without_minicheck() -> str:
    return "" if importlib.util.find_spec("minicheck") else "not installed: pip install minicheck==0.4.0"


def _engine(engine: str, anchor: Anchor, _: Path) -> tuple[list[str], float]:
    return engines.command(engine, anchor), 0.0


PEERS = {
    "learned": Peer(
        title="clusterproof, learned",
        absent=partial(engines.absent, "learned"),
        prepare=partial(_engine, "learned"),
        counted=engines.counted,
    ),
    "spin-bfs": Peer(title="Spin BFS", absent=spin.absent, prepare=spin.breadth_first, counted=spin.counted),
    "spin-dfs": Peer(title="Spin DFS", absent=spin.absent, prepare=spin.depth_first, counted=spin.counted),
    "plain": Peer(
        title="plain Python",
        absent=lambda: "",
        prepare=partial(_script, "plain_search.py"),
        counted=_printed,
        most_states=3_000_000,
    ),
    "minicheck": Peer(
        title="minicheck",
        absent=_without_minicheck,
        prepare=partial(_script, "minicheck_search.py"),
        counted=_printed,
        most_states=3_000_000,
    ),
    "reference": Peer(
        title="clusterproof, reference",
        absent=partial(engines.absent, "reference"),
        prepare=partial(_engine, "reference"),
        counted=engines.counted,
        most_states=400_000,
    ),
}
