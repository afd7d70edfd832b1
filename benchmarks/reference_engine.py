"""The reference engine on the classics: with remembered evaluations, and calling every function for every state."""

from __future__ import annotations

import time
from typing import Any

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.models import mini_cluster, philosophers, two_phase_commit

SYSTEMS: dict[str, System[Any]] = {
    "two-phase-commit n=5": two_phase_commit.system(5),
    "philosophers n=6": philosophers.system(6),
    "mini-cluster": mini_cluster.system(),
}


def measured(system: System[Any], *, memo: bool) -> tuple[tuple[int, int, int], float]:
    """The counts (states, transitions, stuttering) and the CPU seconds of one check."""
    started = time.process_time()
    result = check_system(system, memo=memo)
    return (result.states, result.transitions, result.stuttering), time.process_time() - started


def main() -> None:
    """Print one line per system."""
    print(f"{'system':22}{'states':>9}{'outcomes':>10}{'remembered':>12}{'called':>9}{'ratio':>7}{'outcomes/s':>12}")
    for name, system in SYSTEMS.items():
        counts, fast = measured(system, memo=True)
        plain_counts, slow = measured(system, memo=False)
        if counts != plain_counts:
            raise SystemExit(f"{name}: {counts} with memory, {plain_counts} without")
        states, transitions, stuttering = counts
        outcomes = transitions + stuttering
        rate = f"{outcomes / fast:,.0f}"
        print(f"{name:22}{states:9,}{outcomes:10,}{fast:11.2f}s{slow:8.2f}s{slow / fast:7.1f}{rate:>12}")


if __name__ == "__main__":
    main()
