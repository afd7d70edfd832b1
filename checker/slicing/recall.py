"""What functions did before, shared by all slices of a system.

An evaluation in a slice differs from one in another in two things only: writes to slots that the slice does not have
are dropped, and reading such a slot ends it. So a function is called once per way of reading, for all slices together.
Evaluations that drew an id from a pool are left out: how they find a free one depends on the slice.
"""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field

from clusterproof.checker.memo import Node, insert
from clusterproof.claims import StepInfo
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.evaluation import Evaluation, Judgement, Outcome
from clusterproof.recorder import CutRead
from clusterproof.values import fresh, is_fresh


@define(eq=False)
class Recall:
    """A decision tree per instance, with the evaluations as they were in the slice that met them first."""

    _actions: dict[int, Node] = field(factory=dict)
    _properties: dict[tuple[Any, ...], Node] = field(factory=dict)
    _cut: dict[int, frozenset[int]] = field(factory=dict)  # per evaluation: the slots that it dropped writes to

    def evaluation(self, part: Compiled, row: str, instance: Instance) -> Evaluation | None:
        """What an instance does on a row of a slice, if that is known. Raises CutRead."""
        found = _walk(self._actions.get(instance.number), row, part.cut, len(row))
        return None if found is None else _as_in(part, found, self._cut[id(found)])

    def keep(self, part: Compiled, row: str, instance: Instance, evaluation: Evaluation) -> None:
        """Take in an evaluation that was made in a slice. Raises ImpureError."""
        root = self._actions.get(instance.number)
        self._actions[instance.number] = insert(root, evaluation.reads, row, evaluation, str(instance))
        self._cut[id(evaluation)] = part.cut

    def judgement(
        self, part: Compiled, about: PropertyInstance, row: str, after: str | None, step: StepInfo | None
    ) -> Judgement | None:
        """What a property says of a row, or of a step, if that is known. Raises CutRead."""
        root = self._properties.get((about.judged, about.arguments, step))
        found: Judgement | None = _walk(root, row + (after or ""), part.cut, len(row))
        return found

    def keep_judgement(
        self, about: PropertyInstance, row: str, after: str | None, step: StepInfo | None, judgement: Judgement
    ) -> None:
        """Take in a judgement. Raises ImpureError."""
        key = about.judged, about.arguments, step
        both = row + (after or "")
        self._properties[key] = insert(self._properties.get(key), judgement.reads, both, judgement, about.judged.name)


def _walk(node: Node, row: str, cut: frozenset[int], slots: int) -> Any:
    """What lies at the end of the path that a row takes, or two rows of so many slots do; None in a hole."""
    while node.__class__ is tuple:
        slot = node[0]
        if cut and slot % slots in cut:
            raise CutRead(slot % slots)
        node = node[1].get(row[slot])
    return node


def _as_in(part: Compiled, evaluation: Evaluation, cut: frozenset[int]) -> Evaluation:
    """An evaluation that was made where other slots were cut, as it is in a slice."""
    if cut == part.cut or not any(each.writes or each.dropped or each.issues for each in evaluation.outcomes):
        return evaluation
    return evolve(evaluation, outcomes=tuple(_outcome_in(part, outcome) for outcome in evaluation.outcomes))


def _outcome_in(part: Compiled, outcome: Outcome) -> Outcome:
    schema, cut = part.schema, part.cut
    values = [(slot, schema.decode[slot][ord(character)]) for slot, character in outcome.writes if slot in cut]
    there = [(slot, value) for slot, value in outcome.dropped if slot not in cut]
    writes = [each for each in outcome.writes if each[0] not in cut]
    writes += [(slot, schema.encode(slot, value)) for slot, value in there if not is_fresh(value)]
    issued = [(slot, fresh) for slot in outcome.issues if slot in cut]
    dropped = [each for each in outcome.dropped if each[0] in cut] + values + issued
    issues = [slot for slot in outcome.issues if slot not in cut] + [s for s, value in there if is_fresh(value)]
    return evolve(
        outcome,
        writes=tuple(sorted(writes)),
        issues=tuple(sorted(issues)),
        dropped=tuple(sorted(dropped, key=_slot)),
    )


def _slot(dropped: tuple[int, Any]) -> int:
    return dropped[0]
