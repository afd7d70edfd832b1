"""Measure clusterproof beside other checkers, in one run on one core: see README.md next to this file."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keeping
import tables
from anchors import ANCHORS, TINY, Anchor
from attrs import define, evolve, field
from counts import WrongCountsError
from keeping import names
from measuring import Measured, TooSlowError, measured, stay_on_one_core
from peers import PEERS
from rows import Number, Row

MODELS = ("2PC5", "2PC7", "2PC8", "2PC9", "XS", "S", "L", "Phil10")
QUICK = ("2PC5", "XS")
FEWEST_STATES = 100_000
TITLES = {name: peer.title for name, peer in PEERS.items()}


@define(kw_only=True)
class Bench:
    """Measures peers on models.

    seconds: after how many a run is given up. repeat: the best of so many runs counts. slow: also runs that take many
    minutes. scratch: a directory for what peers need. tiny_mib: the memory of the processes themselves, by peer and
    system. prepared: the commands, by peer and model, and the CPU seconds that compiling them took.
    """

    seconds: float
    repeat: int
    slow: bool
    scratch: Path
    tiny_mib: dict[tuple[str, str], float] = field(factory=dict)
    prepared: dict[tuple[str, str], tuple[list[str], float]] = field(factory=dict)

    def rows(self, anchor: Anchor, peers: Sequence[str]) -> list[Row]:
        """One row per peer, measured right after each other."""
        best: dict[str, Row] = {}
        for _ in range(self.repeat):
            for name in peers:
                row = best.get(name)
                if row is None or not row.note:
                    best[name] = min((one for one in (row, self.row(anchor, name)) if one), key=_cpu_seconds)
        return list(best.values())

    def row(self, anchor: Anchor, name: str) -> Row:
        """One run of a peer on a model; a note says why there is none."""
        peer = PEERS[name]
        bare = Row(model=anchor.name, peer=name, states=anchor.states, generated=anchor.generated)
        note = peer.absent()
        if not note and anchor.states > peer.most_states and not self.slow:
            note = f"left out: over {peer.most_states:,} states"
        if note:
            return evolve(bare, note=note)
        try:
            tiny = self._tiny_mib(name, anchor)
            run = self.run(name, anchor)
        except TooSlowError as error:
            return evolve(bare, note=str(error))
        return evolve(
            bare,
            cpu_seconds=run.cpu_seconds,
            wall_seconds=run.wall_seconds,
            peak_mib=run.peak_mib,
            bytes_per_state=bytes_per_state(run.peak_mib - tiny, anchor.states),
            compile_cpu_seconds=self.prepared[name, anchor.name][1],
        )

    def run(self, name: str, anchor: Anchor) -> Measured:
        """One run, prepared when it is the first. Raises TooSlowError; wrong counts end everything."""
        peer, key = PEERS[name], (name, anchor.name)
        if key not in self.prepared:
            directory = self.scratch / name / anchor.name
            directory.mkdir(parents=True)
            self.prepared[key] = peer.prepare(anchor, directory)
        run = measured(self.prepared[key][0], seconds=self.seconds, directory=self.scratch)
        try:
            peer.counted(run.output, anchor).check(anchor)
        except WrongCountsError as error:
            told = f"{error}\n{run.errors}".strip()
            raise SystemExit(f"{peer.title} on {anchor.name}: {told}") from None
        return run

    def _tiny_mib(self, name: str, anchor: Anchor) -> float:
        """The memory of the process itself; the first of two runs fills caches of compiled code."""
        key = (name, anchor.system)
        if key not in self.tiny_mib:
            self.tiny_mib[key] = min(self.run(name, TINY[anchor.system]).peak_mib for _ in range(2))
        return self.tiny_mib[key]


def bytes_per_state(mib: float, states: int) -> Number:
    """The memory that a state takes; None where there are too few states to tell."""
    return None if states < FEWEST_STATES else mib * (1 << 20) / states


def _cpu_seconds(row: Row) -> float:
    return 0.0 if row.cpu_seconds is None else row.cpu_seconds


def main() -> None:
    """Measure, print the table, and keep what was asked to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", metavar="A,B", type=names(list(ANCHORS)), default=list(MODELS), help="which models")
    parser.add_argument("--peers", metavar="A,B", type=names(list(PEERS)), default=list(PEERS), help="which peers")
    parser.add_argument("--quick", action="store_true", help=f"only {' and '.join(QUICK)}")
    parser.add_argument("--slow", action="store_true", help="also the searches that take many minutes")
    parser.add_argument("--repeat", metavar="N", type=int, default=1, help="the best of N runs counts (1)")
    parser.add_argument("--seconds", metavar="N", type=float, default=600.0, help="give up a run after N s (600)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="write side_by_side.csv there")
    parser.add_argument(
        "--docs", action="store_true", help="keep the numbers in results/, and renew docs/benchmarks.md"
    )
    options = parser.parse_args()
    stay_on_one_core()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(seconds=options.seconds, repeat=options.repeat, slow=options.slow, scratch=Path(scratch))
        for name in QUICK if options.quick else options.models:
            found = bench.rows(ANCHORS[name], options.peers)
            rows += found
            print(tables.as_text(tables.side_by_side(found, TITLES)), end="\n\n", flush=True)
    keeping.keep(options, "side_by_side.csv", rows)


if __name__ == "__main__":
    main()
