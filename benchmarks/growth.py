"""How the checks of the built-in cluster grow with pods, workers and faults: see README.md next to this file."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import product

import keeping
import tables
from attrs import evolve, frozen
from engines import CLUSTERPROOF
from keeping import names
from measuring import TooSlowError, measured, stay_on_one_core
from rows import GrowthRow

CURVES = {
    "replicas": ("--set", "deployment/hello-server.replicas={}", (1, 2, 3, 4, 6)),
    "workers": ("--set", "workers={}", range(1, 5)),
    "crash-container": ("--fault", "crash-container={}", range(4)),
    "stop-control-plane": ("--fault", "stop-control-plane={}", range(4)),
    "crash-node": ("--fault", "crash-node={}", range(3)),
    "reboot-node": ("--fault", "reboot-node={}", range(3)),
}
"""What grows: the option that sets it, and the values that it takes; all else is as shipped."""

REDUCTIONS = ("slicing", "symmetry")
"""Options that take on and off."""


@frozen(kw_only=True)
class Bench:
    """Checks clusters. seconds: the bound of each check; one that does not keep to it is ended some time later."""

    engine: str
    seconds: float

    def row(self, curve: str, value: int, switches: dict[str, str]) -> GrowthRow:
        """One check, with these reductions on or off."""
        option, setting, _ = CURVES[curve]
        words = [CLUSTERPROOF, ["check", "hello-server", option, setting.format(value), "--engine", self.engine]]
        words += [[f"--{reduction}", switch] for reduction, switch in switches.items()]
        words += [["--bound", f"seconds={self.seconds:g}", "--json", "-"]]
        slicing, symmetry = (switches.get(reduction, "") for reduction in REDUCTIONS)
        row = GrowthRow(curve=curve, value=value, engine=self.engine, slicing=slicing, symmetry=symmetry)
        try:
            run = measured([word for part in words for word in part], seconds=2 * self.seconds + 60)
            found = json.loads(run.output)
        except TooSlowError as error:
            return evolve(row, note=str(error))
        except ValueError:
            return evolve(row, note=run.errors.strip().partition("\n")[0])
        verdicts = Counter(one["verdict"] for one in found["properties"])
        return evolve(
            row,
            states=found["states"],
            transitions=found["transitions"],
            explorations=len(found["explorations"]),
            cpu_seconds=run.cpu_seconds,
            wall_seconds=run.wall_seconds,
            peak_mib=run.peak_mib,
            proved=verdicts["PROVED"],
            refuted=verdicts["REFUTED"],
            undetermined=verdicts["UNDETERMINED"],
        )


def known_reductions() -> list[str]:
    """The reductions that `clusterproof check` can switch; a process of its own looks: see `measured`."""
    text = subprocess.run([*CLUSTERPROOF, "check", "--help"], capture_output=True, text=True, check=True).stdout
    return [reduction for reduction in REDUCTIONS if f"--{reduction}" in text]


def curve_rows(bench: Bench, curve: str, reductions: list[str]) -> Iterator[GrowthRow]:
    """One row per value and way to switch the reductions; what is larger than what was too large is left out."""
    for switched in product(("on", "off"), repeat=len(reductions)):
        for value in CURVES[curve][2]:
            row = bench.row(curve, value, dict(zip(reductions, switched, strict=True)))
            yield row
            if row.note or row.undetermined:
                break


def main() -> None:
    """Measure, print the table, and keep what was asked to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", metavar="NAME", default="reference", help="which engine explores (reference)")
    parser.add_argument("--curves", metavar="A,B", type=names(list(CURVES)), default=list(CURVES), help="which")
    parser.add_argument("--seconds", metavar="N", type=float, default=60.0, help="the bound of each check (60)")
    keeping.add_options(parser)
    options = parser.parse_args()
    stay_on_one_core()
    bench = Bench(engine=options.engine, seconds=options.seconds)
    reductions = known_reductions()
    rows: list[GrowthRow] = []
    for curve in options.curves:
        found = list(curve_rows(bench, curve, reductions))
        rows += found
        print(tables.as_text(tables.growth(found)), end="\n\n", flush=True)
    keeping.keep(options, "growth.csv", rows)


if __name__ == "__main__":
    main()
