"""Liveness, and ids that are handed out under another name than in the whole.

Fairness is promised by name. Where a slice hands out another id than the whole does, names swap among ids that nothing
refers to; fairness is judged alike unless a fair step is about such an id. That is looked at in every state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field

from clusterproof.checker.memo import Memo
from clusterproof.checker.slicing.cone import Cone
from clusterproof.compiled import Compiled, Instance
from clusterproof.evaluation import Evaluation, Outcome


@define(eq=False)
class NameWatch:
    """Watches the nameless id types of one slice.

    entries: for each id of a Table over such a type, the slot that says whether it exists.
    """

    cone: Cone
    compiled: Compiled
    nameless: Mapping[Any, Mapping[Any, Any]]
    entries: dict[int, Any] = field(init=False, factory=dict)
    _taken: set[Any] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        if self.cone.liveness:
            for shape in self.compiled.schema.root.walk():
                if shape.kind == "table" and shape.key_type in self.nameless:
                    self.entries |= {kid.slot: shape.key_type for kid in shape.kids.values()}

    def observe(self, row: str, evaluation: Evaluation, outcome: Outcome) -> None:
        """Note an id that may be deleted and handed out again in one step."""
        if not self.entries:
            return
        for slot, character in outcome.writes:
            if slot in self.entries and self.compiled.schema.value_at(character.rjust(slot + 1), slot) is True:
                was_free = slot in evaluation.reads and not self.compiled.schema.value_at(row, slot)
                if not was_free:
                    self._taken.add(self.entries[slot])

    def taken(self, rows: Sequence[str]) -> set[Any]:
        """The id types of which it does matter which id is handed out."""
        if not self.entries:
            return set()
        memo = Memo(self.compiled)
        taken = set(self._taken)
        for instance in self.compiled.instances:
            if instance.action is None or self.cone.fairness(instance) is None:
                continue
            hints = instance.action.parameters.values()
            for hint, identity in zip(hints, instance.arguments, strict=True):
                if hint in self.nameless and identity in self.nameless[hint] and hint not in taken:
                    taken |= self._enabled_on_free(memo, instance, hint, identity, rows)
        return taken

    def _enabled_on_free(
        self, memo: Memo, instance: Instance, hint: Any, identity: Any, rows: Iterable[str]
    ) -> set[Any]:
        """The type, when the instance is enabled in a state in which the id is free to be handed out."""
        value_at, kept = self.compiled.schema.value_at, self.compiled.cut.__contains__
        for shape in self.compiled.schema.root.walk():
            entry = shape.kids.get(identity) if shape.kind == "table" and shape.key_type is hint else None
            if entry is None or kept(entry.slot):
                continue
            references = [(slot, by_id) for slot, by_id in entry.references if slot not in self.compiled.cut]
            for row in rows:
                if value_at(row, entry.slot):
                    continue
                values = ((value_at(row, slot), by_id) for slot, by_id in references)
                if any(value == identity if by_id else value for value, by_id in values):
                    continue
                if memo.evaluate(row, instance).outcomes:
                    return {hint}
        return set()
