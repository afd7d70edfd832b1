"""Whether a renaming commutes with one evaluation: the renamed instance on the renamed row does the renamed thing."""

from __future__ import annotations

from clusterproof.checker.renaming import Renamer
from clusterproof.compiled import Compiled, Instance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation


def commutes(renamer: Renamer, row: str, instance: Instance, known: Evaluation) -> bool:
    """Compare an evaluation of an instance on a row with that of the renamed instance on the renamed row.

    A function that fails where the renamed one does not tells ids apart, too.
    """
    compiled = renamer.compiled
    try:
        target = renamer.instance(instance)
        same = target is instance and all(renamer.fixes(row, slot) for slot in known.reads)
        if same and not known.outcomes:
            return True
        there, renamed = renamer.row(row), known  # who reads the same does the same
        if not same:
            with renamer.handing_out():
                renamed = compiled.evaluate(there, target)
    except (SpecError, UserCodeError, ImpureError):
        return False
    if bool(known.exhausted) != bool(renamed.exhausted) or len(known.outcomes) != len(renamed.outcomes):
        return False
    expected = {(renamer.row(reached), marks) for reached, marks in _reached(compiled, row, instance, known)}
    return expected == _reached(compiled, there, target, renamed)


def _reached(
    compiled: Compiled, row: str, instance: Instance, evaluation: Evaluation
) -> set[tuple[str, tuple[str, ...]]]:
    """The rows that an evaluation leads to, before anything is derived from them, and what `cover` noted."""
    return {(compiled.apply(row, instance, outcome) or row, outcome.marks) for outcome in evaluation.outcomes}
