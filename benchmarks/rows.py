"""Rows of measurements: a peer on a model, and a check of a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

Number = float | None
"""None where nothing was measured."""


@frozen(kw_only=True)
class Row:
    """A peer on a model. note: why there are no numbers.

    compile_cpu_seconds: of making a program of the model, apart from cpu_seconds and wall_seconds. bytes_per_state:
    peak memory beyond that of the same process on the tiniest model, by the states.
    """

    model: str
    peer: str
    states: int
    generated: int
    cpu_seconds: Number = None
    wall_seconds: Number = None
    peak_mib: Number = None
    bytes_per_state: Number = None
    compile_cpu_seconds: Number = None
    note: str = ""

    def per_cpu_second(self, what: int) -> Number:
        """So many of them, by the CPU seconds."""
        return None if self.cpu_seconds is None else what / self.cpu_seconds


@frozen(kw_only=True)
class WorkersRow:
    """A check of one property of the built-in cluster with so many workers. note: why there are no numbers.

    verdicts: which there are among the objects of the property; of those that the bound prevented, UNDETERMINED.
    """

    property: str
    faults: str
    workers: int
    states: int = 0
    cpu_seconds: Number = None
    peak_mib: Number = None
    verdicts: str = ""
    note: str = ""


@frozen(kw_only=True)
class GrowthRow:
    """A check of the built-in cluster, in which one thing has grown to a value. note: why there are no numbers.

    slicing, symmetry: on, off, or nothing where the check has no such option. states, transitions: of all explorations
    together. undetermined: verdicts that the bound prevented.
    """

    curve: str
    value: int
    engine: str
    slicing: str = ""
    symmetry: str = ""
    states: int = 0
    transitions: int = 0
    explorations: int = 0
    cpu_seconds: Number = None
    wall_seconds: Number = None
    peak_mib: Number = None
    proved: int = 0
    refuted: int = 0
    undetermined: int = 0
    note: str = ""

    @property
    def manner(self) -> str:
        """How it was explored: the engine, and the reductions that can be switched."""
        switches = {"slicing": self.slicing, "symmetry": self.symmetry}
        return ", ".join([self.engine, *(f"{name} {switch}" for name, switch in switches.items() if switch)])


def times(rows: Sequence[Row], row: Row, peer: str) -> Number:
    """How many times as many steps per CPU second a row has as another peer on the same model."""
    other = next((one.cpu_seconds for one in rows if (one.model, one.peer) == (row.model, peer)), None)
    return None if row.cpu_seconds is None or other is None else other / row.cpu_seconds
