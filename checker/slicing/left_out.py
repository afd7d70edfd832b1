"""The proof that what a slice leaves out never changes what it keeps.

Every instance left out is evaluated on every state of the slice, with the slots it reads that were cut away tried with
every value they may hold (`Domains`). What it writes to cut slots in these evaluations may be there from then on, so
that this is repeated until nothing new comes up. Evaluations form a decision tree per instance, as in `Memo`: a
function is called once for every way it reads the state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import itemgetter
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.memo import Node, insert
from clusterproof.checker.slicing.domains import Combination, Domains, SecondsWanted, TooManyValues
from clusterproof.compiled import Instance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation, Outcome

Dropped = tuple[tuple[int, Any], ...]
"""What an outcome of the slice would have written to cut slots, as (slot, value)."""


@frozen
class Intrusion:
    """Why an instance cannot be left out, or cannot be shown to be, and the slots it reads there."""

    reason: str
    reads: frozenset[int]


class _Intruding(Exception):
    def __init__(self, reason: str, reads: Iterable[int]) -> None:
        super().__init__(reason)
        self.intrusion = Intrusion(reason, frozenset(reads))


class _NewSlots(Exception):
    """An instance looks at kept slots by which the rows are not told apart yet."""


_Chosen = dict[int, list[Combination]]


@define(eq=False, kw_only=True)
class LeftOut:
    """The instances that a slice leaves out.

    footprints: for each instance the kept slots that it looks at, as far as is known; rows that agree there are alike.
    may_step: for each instance the rows on which it might change something, one of those that are alike to it.
    writes: the cut slots that it might change. spends: instances whose budget counts as something they change.
    """

    domains: Domains
    instances: Sequence[Instance]
    kept: frozenset[int]
    spends: Collection[Instance]
    evaluations: int
    footprints: dict[Instance, set[int]]
    may_step: dict[Instance, dict[str, None]] = field(init=False, factory=dict)
    writes: dict[Instance, set[int]] = field(init=False, factory=dict)
    _all_rows: Sequence[str] = field(init=False, factory=list)
    _rows_seen: list[str] = field(init=False, factory=list)
    _trees: dict[int, Node] = field(init=False, factory=dict)
    _depends: dict[Instance, dict[int, int]] = field(init=False, factory=dict)
    _translated: dict[str, list[str]] = field(init=False, factory=dict)

    def prove(self, rows: Sequence[str], dropped: Iterable[Dropped]) -> dict[Instance, Intrusion]:
        """The instances that might change a kept slot, and so cannot be left out; none when the slice is right.

        rows: every state of the slice. dropped: what its steps write to cut slots.
        """
        self.domains.shadow.unknown = self.domains.cut
        dropped = list(dropped)
        known, self._all_rows = False, rows
        while True:
            try:
                if not known:
                    self.domains.reset()
                    known, self._translated = True, {}
                return self._to_the_end(dropped)
            except SecondsWanted as wanted:
                self.domains.tell_seconds(wanted.slot)
                known = False
            except TooManyValues as many:
                self.domains.split(many.shared)
                known = False
            self.may_step, self._depends = {}, {}

    def rows_alike(self, instance: Instance, rows: Iterable[str]) -> list[str]:
        """The rows on which the instance might change something."""
        look = looking_at(self.footprints[instance])
        there = set(map(look, self.may_step.get(instance, ())))
        return [row for row in rows if look(row) in there]

    def _to_the_end(self, dropped: Sequence[Dropped]) -> dict[Instance, Intrusion]:
        found: dict[Instance, Intrusion] = {}
        growing = True
        while growing:
            growing = False
            before = list(self.domains.versions)
            for writes in dropped:
                self._write(None, writes, {})
            for instance in self.instances:
                known = self._depends.get(instance)
                if known is not None and all(self.domains.versions[s] == v for s, v in known.items()):
                    continue
                try:
                    self._look_again(instance)
                except _Intruding as intruding:
                    found[instance] = intruding.intrusion
            growing = before != self.domains.versions and not found
        return found

    # ---------------------------------------------------------------- one instance
    def _look_again(self, instance: Instance) -> None:
        """Walk until the rows are told apart by all that the instance looks at."""
        while True:
            look = looking_at(self.footprints.setdefault(instance, set()))
            try:
                return self._walk(instance, list({look(row): row for row in self._distinct_rows()}.values()))
            except _NewSlots:
                self._rows_seen = []

    def _distinct_rows(self) -> list[str]:
        """The rows, one of those that are alike to all instances."""
        if not self._rows_seen:
            look = looking_at(set().union(*(self.footprints.get(instance, ()) for instance in self.instances)))
            self._rows_seen = list({look(row): row for row in self._all_rows}.values())
        return self._rows_seen

    def _walk(self, instance: Instance, rows: list[str]) -> None:
        """Try every way in which an instance may read the rows and the cut slots."""
        depends = self._depends[instance] = {}
        leaves = 0
        stack: list[tuple[Node, list[str], Any, _Chosen]] = [(self._trees.get(instance.number), rows, None, {})]
        while stack:
            node, rows, path, chosen = stack.pop()
            if node is None:
                node = self._learn(instance, rows[0], path, chosen)
            if node.__class__ is not tuple:
                leaves += 1
                if leaves > self.evaluations:
                    reason = f"may read what is cut away in more than {self.evaluations:,} ways"
                    raise _Intruding(reason, node.reads)
                self._leaf(instance, node, rows, chosen)
                continue
            slot, kids = node
            if slot in self.kept:
                parts: dict[str, list[str]] = {}
                for row in rows:
                    parts.setdefault(row[slot], []).append(row)
                stack += [(kids.get(c), part, (path, c), chosen) for c, part in parts.items()]
                continue
            group, position = self.domains.place[slot]
            depends.setdefault(self.domains.shared[group], self.domains.versions[self.domains.shared[group]])
            known = chosen[group] if group in chosen else self.domains.of(group)
            for number, combinations in self.domains.by_value(known, position).items():
                character = self.domains.character(slot, number)
                stack.append((kids.get(character), rows, (path, character), {**chosen, group: combinations}))

    def _learn(self, instance: Instance, row: str, path: Any, chosen: _Chosen) -> Node:
        """The node at the end of a path: what the function reads next, or does, for these values."""
        characters = []
        while path is not None:
            path, character = path
            characters.append(character)
        node = self._trees.get(instance.number)
        for character in reversed(characters):
            node = None if node is None else node[1].get(character)
        if node is not None:
            return node
        mixed, shadowed = self._rows(row, chosen)
        shadow = self.domains.shadow
        try:
            evaluation = shadow.evaluate(shadowed, shadow.instances[instance.number])
        except (SpecError, UserCodeError, ImpureError) as error:
            reads = shadow.evaluator.recorder.reads
            raise _Intruding(f"raises where what is cut away holds impossible values: {error}", reads) from None
        self._look_at(instance, evaluation)
        root = insert(self._trees.get(instance.number), evaluation.reads, mixed, evaluation, str(instance))
        self._trees[instance.number] = node = root
        for character in reversed(characters):
            node = node[1][character]
        return node

    def _rows(self, row: str, chosen: _Chosen) -> tuple[str, str]:
        """A row with some possible values in the cut slots, and the same in the characters of the shadow."""
        schema, domains = self.domains.whole.schema, self.domains
        if row not in self._translated:
            encode = domains.shadow.schema.encode
            translated = [
                encode(slot, schema.value_at(row, slot)) if slot in self.kept else character
                for slot, character in enumerate(row)
            ]
            for slot, character in domains.some_values().items():
                translated[slot] = character
            self._translated = {row: translated}  # the last one only: the same row is tried with many values
        shadowed = list(self._translated[row])
        for group, combinations in chosen.items():
            for slot, number in zip(domains.members[group], combinations[0], strict=True):
                shadowed[slot] = domains.character(slot, number)
        mixed = [row[slot] if slot in self.kept else character for slot, character in enumerate(shadowed)]
        return "".join(mixed), "".join(shadowed)

    def _leaf(self, instance: Instance, evaluation: Evaluation, rows: list[str], chosen: _Chosen) -> None:
        for outcome in evaluation.outcomes:
            self._refuse_intrusion(outcome, evaluation, rows)
            schema = self.domains.shadow.schema
            values = [(slot, schema.decode[slot][ord(character)]) for slot, character in outcome.writes]
            moved = self._write(instance, [(s, v) for s, v in values if s not in self.kept], chosen)
            moved = self._write(instance, [(s, 0) for s in outcome.issues], chosen) or moved or bool(outcome.issues)
            if not moved:
                continue
            if instance in self.spends and instance.budget_slot in self.kept:
                raise _Intruding("spends a budget that others wait for", evaluation.reads)
            self.may_step.setdefault(instance, {}).update(dict.fromkeys(rows))

    def _refuse_intrusion(self, outcome: Outcome, evaluation: Evaluation, rows: list[str]) -> None:
        """Raise _Intruding where an outcome would change a kept slot."""
        whole, shadow = self.domains.whole.schema, self.domains.shadow.schema
        changed = [slot for slot in outcome.issues if slot in self.kept]
        for slot, character in outcome.writes:
            if slot in self.kept:
                same = whole.encode(slot, shadow.decode[slot][ord(character)])
                changed += [slot] if any(row[slot] != same for row in rows) else []
        if changed:
            raise _Intruding(f"changes {whole.slots[changed[0]].path}", set(evaluation.reads) - evaluation.soft_reads)

    def _write(self, instance: Instance | None, writes: Iterable[tuple[int, Any]], chosen: _Chosen) -> bool:
        """Note what cut slots may hold from now on. Tells whether that is a change."""
        by_group: dict[int, list[tuple[int, Any]]] = {}
        for slot, value in writes:
            by_group.setdefault(self.domains.place[slot][0], []).append((slot, value))
        moved = False
        for group, changes in by_group.items():
            shared = self.domains.shared[group]
            if instance is not None:
                self._depends[instance].setdefault(shared, self.domains.versions[shared])
                self.writes.setdefault(instance, set()).update(slot for slot, _ in changes)
            known = chosen[group] if group in chosen else self.domains.of(group)
            try:
                moved = self.domains.write(group, known, changes) or moved
            except TooManyValues as many:
                if many.single and instance is not None:
                    raise _Intruding("writes ever more values to what is cut away", ()) from None
                raise
        return moved

    def _look_at(self, instance: Instance, evaluation: Evaluation) -> None:
        slots = set(evaluation.reads).union(*([slot for slot, _ in outcome.writes] for outcome in evaluation.outcomes))
        new = (slots & self.kept) - self.footprints[instance]
        if new:
            self.footprints[instance] |= new
            raise _NewSlots


def looking_at(slots: Collection[int]) -> Callable[[str], object]:
    """What of a row lies in these slots."""
    return itemgetter(*sorted(slots)) if slots else len
