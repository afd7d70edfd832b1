"""Liveness, and ids that are handed out under another name than in the whole.

Fairness is promised by name. Where a slice hands out another id than the whole does, names swap among ids that nothing
refers to; fairness is judged alike unless a fair step is about such an id. That is looked at in every state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from clusterproof.checker.memo import Memo
from clusterproof.checker.renaming import hints_of
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.left_out import looking_at
from clusterproof.compiled import Compiled, Instance
from clusterproof.evaluation import Evaluation, Outcome
from clusterproof.schema import Shape, refers


@define(eq=False)
class NameWatch:
    """Watches the nameless id types of one slice.

    entries: for each id of a Table that hands out such ids, the slot that says whether it exists, with the id type.
    """

    cone: Cone
    compiled: Compiled
    nameless: Mapping[Any, Mapping[Any, Any]]
    entries: dict[int, Any] = field(init=False, factory=dict)
    _taken: set[Any] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        if self.cone.liveness:
            for shape in self.compiled.schema.root.walk():
                if self._hands_out(shape):
                    self.entries |= {kid.slot: shape.key_type for kid in shape.kids.values()}

    def _hands_out(self, shape: Shape) -> bool:
        """Whether ids of a nameless type are drawn for these objects."""
        paths = {path for path, _, _ in self.compiled.evaluator.recorder.pools}
        return shape.kind == "table" and shape.key_type in self.nameless and shape.path in paths

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
        taken, memo = set(self._taken), Memo(self.compiled)
        free: dict[tuple[Any, Any], list[str]] = {}
        for instance in self.compiled.instances:
            if instance.action is None or self.cone.fairness(instance) is None:
                continue
            for hint, identity in zip(hints_of(instance.action), instance.arguments, strict=True):
                if hint in taken or identity not in self.nameless.get(hint, {}):
                    continue
                if (hint, identity) not in free:
                    free[hint, identity] = list(self._rows_with_free(hint, identity, rows))
                if self._is_enabled(memo, instance, free[hint, identity]):
                    taken.add(hint)
        return taken

    def _rows_with_free(self, hint: Any, identity: Any, rows: Iterable[str]) -> Iterator[str]:
        """The rows in which an id may be handed out: it does not exist, and nothing kept refers to it."""
        value_at, cut = self.compiled.schema.value_at, self.compiled.cut
        entries = [
            shape.kids[identity]
            for shape in self.compiled.schema.root.walk()
            if self._hands_out(shape) and shape.key_type is hint and identity in shape.kids
        ]
        for entry in entries:
            references = [(slot, by_id) for slot, by_id in entry.references if slot not in cut]
            for row in rows if entry.slot not in cut else ():
                if value_at(row, entry.slot):
                    continue
                if not any(refers(value_at(row, slot), identity, holds_id=by_id) for slot, by_id in references):
                    yield row

    def _is_enabled(self, memo: Memo, instance: Instance, rows: Iterable[str]) -> bool:
        """Whether an instance is enabled on some row."""
        slots = self.cone.footprints.touches(instance) - self.compiled.cut
        while True:
            look = looking_at(slots)
            evaluations = [memo.evaluate(row, instance) for row in {look(row): row for row in rows}.values()]
            reads = {slot for evaluation in evaluations for slot in evaluation.reads}
            if reads <= slots:
                return any(evaluation.outcomes for evaluation in evaluations)
            slots |= reads
