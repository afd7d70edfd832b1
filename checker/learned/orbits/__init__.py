"""Symmetry: states that differ by the names of interchangeable ids only have one fingerprint, so one is explored.

- `classes.py`: which ids are interchangeable, and `apart.py`: which of them a property needs to tell apart.
- `merging.py`: how a class of ids is made to vanish from the fingerprint: by mixing, or by trying every permutation.
- `numbers.py`: the arrays that a fingerprint is made of, and the fingerprints themselves.
- `arrays.py`: these by column, for the engine's loops.
- `watch.py`: whether functions really do not tell such ids apart, looked at wherever one is evaluated.
- `traces.py`: the trace of one object as the trace of another.

All states that the engine keeps are states that really occur; only which of several equal ones is kept is its choice.
"""

from clusterproof.checker.learned.orbits.apart import (
    Family,
    absent,
    alike,
    families,
    names_ids,
    renaming_between,
    told_apart_by,
)
from clusterproof.checker.learned.orbits.arrays import OrbitArrays
from clusterproof.checker.learned.orbits.classes import Classes, IdClass, SymmetryLost, drew_elsewhere, find_classes
from clusterproof.checker.learned.orbits.merging import Merging, all_renamings, merging_of
from clusterproof.checker.learned.orbits.numbers import Numbers, values_of
from clusterproof.checker.learned.orbits.traces import renamed_trace
from clusterproof.checker.learned.orbits.watch import SymmetryWatch

__all__ = [
    "Classes",
    "Family",
    "IdClass",
    "Merging",
    "Numbers",
    "OrbitArrays",
    "SymmetryLost",
    "SymmetryWatch",
    "absent",
    "alike",
    "all_renamings",
    "drew_elsewhere",
    "families",
    "find_classes",
    "merging_of",
    "names_ids",
    "renamed_trace",
    "renaming_between",
    "told_apart_by",
    "values_of",
]
