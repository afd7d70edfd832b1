"""Liveness, and ids that are handed out under another name than in the whole.

Fairness is promised by name. Where a slice hands out another id than the whole does, names swap among ids that nothing
refers to; fairness is judged alike unless a fair step is about such an id. What a property awaits of an id it must find
where nothing refers to that id: then an object for which it waits in vain is there, under one name, for ever. Both are
looked at in every state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.memo import Memo
from clusterproof.checker.renaming import hints_of, id_types_in
from clusterproof.checker.rows import Rows, told_apart
from clusterproof.checker.slicing.cone import Cone
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Evaluation, Outcome
from clusterproof.schema import Shape, refers


@frozen
class _Entry:
    """An id, the slot that says whether its object exists, and the slots that may refer to it, as in Shape."""

    identity: Any
    slot: int
    references: tuple[tuple[int, bool], ...]


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

    def taken(self, rows: Rows) -> set[Any]:
        """The id types of which it does matter which id is handed out."""
        if not self.entries:
            return set()
        taken, memo = set(self._taken), Memo(self.compiled)
        for instance in self.compiled.instances:
            if instance.action is None or self.cone.fairness(instance) is None:
                continue
            for hint, entry in self._free(hints_of(instance.action), instance.arguments):
                if hint not in taken and self._is_enabled(memo, instance, entry, rows):
                    taken.add(hint)
        for about in self.cone.properties:
            if about.judged.kind not in ("leads_to", "always_eventually"):
                continue
            for hint, entry in self._free(hints_of(about.judged), about.arguments):
                if hint not in taken and self._may_be_awaited(memo, about, entry, rows):
                    taken.add(hint)
        return taken

    def _free(self, hints: Sequence[Any], arguments: Sequence[Any]) -> Iterator[tuple[Any, _Entry]]:
        """The objects that may be handed out, among those that some arguments name."""
        for hint, identity in zip(hints, arguments, strict=True):
            for of in id_types_in(hint):
                if identity in self.nameless.get(of, {}):
                    yield from ((of, entry) for entry in self._entries_of(of, identity))

    def _may_be_awaited(self, memo: Memo, about: PropertyInstance, entry: _Entry, rows: Rows) -> bool:
        try:
            return self._is_awaited(memo, about, entry, rows)
        except (UserCodeError, ImpureError):  # the search meets it, too
            return True

    def _is_awaited(self, memo: Memo, about: PropertyInstance, entry: _Entry, rows: Rows) -> bool:
        """Whether what a property awaits of an id is missing in some state in which that may be handed out."""
        slots = {entry.slot, *(slot for slot, _ in entry.references)}

        def reads(row: str) -> Collection[int]:
            return memo.judge(about, row).reads if self._is_free(row, entry) else ()

        for row in told_apart(rows, slots, reads):
            if self._is_free(row, entry):
                judgement = memo.judge(about, row)
                if not (judgement.holds if judgement.response is None else judgement.response.then):
                    return True
        return False

    def _entries_of(self, hint: Any, identity: Any) -> list[_Entry]:
        """The objects that may be handed out under an id, with the kept slots that may refer to them."""
        cut = self.compiled.cut
        shapes = [
            shape.kids[identity]
            for shape in self.compiled.schema.root.walk()
            if self._hands_out(shape) and shape.key_type is hint and identity in shape.kids
        ]
        return [
            _Entry(identity, shape.slot, tuple(each for each in shape.references if each[0] not in cut))
            for shape in shapes
            if shape.slot not in cut
        ]

    def _is_enabled(self, memo: Memo, instance: Instance, entry: _Entry, rows: Rows) -> bool:
        """Whether an instance is enabled in some state in which an id may be handed out."""
        slots = {entry.slot, *(slot for slot, _ in entry.references)}
        slots |= self.cone.footprints.touches(instance) - self.compiled.cut

        def reads(row: str) -> Collection[int]:
            return memo.evaluate(row, instance).reads if self._is_free(row, entry) else ()

        found = told_apart(rows, slots, reads)
        return any(self._is_free(row, entry) and memo.evaluate(row, instance).outcomes for row in found)

    def _is_free(self, row: str, entry: _Entry) -> bool:
        """Whether an id may be handed out: it does not exist, and nothing kept refers to it."""
        value_at = self.compiled.schema.value_at
        return not value_at(row, entry.slot) and not any(
            refers(value_at(row, slot), entry.identity, holds_id=by_id) for slot, by_id in entry.references
        )
