"""Whether a renaming commutes with one evaluation: the renamed instance on the renamed row does the renamed thing."""

from __future__ import annotations

from clusterproof.checker.learned.orbits.folded import Compared, compare_reads
from clusterproof.checker.renaming import Renamer
from clusterproof.compiled import Compiled, Instance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation


def commutes(renamer: Renamer, row: str, instance: Instance, known: Evaluation) -> bool:
    """Compare an evaluation of an instance on a row with that of the renamed instance on the renamed row.

    A function that fails where the renamed one does not tells ids apart, too.
    """
    return compared(renamer, row, instance, known) is not None


def compared(renamer: Renamer, row: str, instance: Instance, known: Evaluation) -> Compared | None:
    """The same, None where it does not commute; else what was read.

    A function that goes through ids in their order may stop early under one name, and late under another.
    """
    compiled = renamer.compiled
    try:
        target = renamer.instance(instance)
        same = target is instance and all(renamer.fixes(row, slot) for slot in known.reads)
        if same and all(renamer.fixes_write(*write) for outcome in known.outcomes for write in outcome.writes):
            return Compared()
        there, renamed = renamer.row(row), known  # who reads the same does the same
        if not same:
            with renamer.handing_out():
                renamed = compiled.evaluate(there, target)
    except (SpecError, UserCodeError, ImpureError):
        return None
    if bool(known.exhausted) != bool(renamed.exhausted) or len(known.outcomes) != len(renamed.outcomes):
        return None
    expected = {(renamer.row(reached), marks) for reached, marks in _reached(compiled, row, instance, known)}
    if expected != _reached(compiled, there, target, renamed):
        return None
    return Compared() if same else compare_reads(renamer, known, renamed)


def _reached(
    compiled: Compiled, row: str, instance: Instance, evaluation: Evaluation
) -> set[tuple[str, tuple[str, ...]]]:
    """The rows that an evaluation leads to, before anything is derived from them, and what `cover` noted."""
    return {(compiled.apply(row, instance, outcome) or row, outcome.marks) for outcome in evaluation.outcomes}
