"""How checks of the built-in cluster grow with its workers, property by property: see README.md next to this file."""

from __future__ import annotations

import argparse
import json

import keeping
import tables
from attrs import evolve, frozen
from engines import CLUSTERPROOF
from keeping import names
from measuring import TooSlowError, measured, stay_on_one_core
from rows import WorkersRow

PROPERTIES = ("replicas-converge", "running-workloads-survive-control-plane-loss")

FAULTS = {
    "control plane stops": {"stop-control-plane": 1, "crash-container": 0},
    "a worker is lost": {"stop-control-plane": 0, "crash-container": 0, "crash-node": 1},
    "control plane stops, container crashes": {"stop-control-plane": 1, "crash-container": 1},
}

WORKERS = (3, 10, 30, 100)


@frozen(kw_only=True)
class Bench:
    """Checks clusters of several sizes. seconds: the bound of each check."""

    seconds: float

    def row(self, name: str, faults: str, workers: int) -> WorkersRow:
        """One check of one property."""
        words = [*CLUSTERPROOF, "check", "hello-server", "--set", f"workers={workers}", "--property", name]
        for fault, budget in FAULTS[faults].items():
            words += ["--fault", f"{fault}={budget}"]
        words += ["--bound", f"seconds={self.seconds:g}", "--json", "-"]
        row = WorkersRow(property=name, faults=faults, workers=workers)
        try:
            run = measured(words, seconds=3 * self.seconds + 60)
            found = json.loads(run.output)
        except TooSlowError as error:
            return evolve(row, note=str(error))
        except ValueError:
            return evolve(row, note=run.errors.strip().partition("\n")[0])
        return evolve(
            row,
            states=found["states"],
            cpu_seconds=run.cpu_seconds,
            peak_mib=run.peak_mib,
            verdicts=", ".join(sorted({one["verdict"] for one in found["properties"] if one["verdict"]})),
        )


def main() -> None:
    """Measure, print the table, and keep what was asked to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--properties", metavar="A,B", type=names(PROPERTIES), default=list(PROPERTIES), help="which")
    parser.add_argument("--seconds", metavar="N", type=float, default=60.0, help="the bound of each check (60)")
    keeping.add_options(parser)
    options = parser.parse_args()
    stay_on_one_core()
    bench = Bench(seconds=options.seconds)
    rows: list[WorkersRow] = []
    for name in options.properties:
        for faults in FAULTS:
            for workers in WORKERS:
                rows.append(bench.row(name, faults, workers))
                print(rows[-1], flush=True)
                if rows[-1].note or "UNDETERMINED" in rows[-1].verdicts:
                    break  # larger ones would not end, either
    print(tables.as_text(tables.workers(rows)))
    keeping.keep(options, "workers.csv", rows)


if __name__ == "__main__":
    main()
