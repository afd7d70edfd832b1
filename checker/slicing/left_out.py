"""The proof that what a slice leaves out never changes what it keeps.

An instance that declares what it writes, and names nothing kept, changes nothing kept: declarations are enforced
wherever the instance is evaluated. Every other instance is evaluated on every state of the slice, with the slots it
reads that were cut away tried with every value they may hold (`Domains`). What it writes to cut slots in these
evaluations may be there from then on, so that this is repeated until nothing new comes up. Declared instances take part
where somebody reads what they write; where that would take too long, their slots may hold anything, and who reads
those is not left out. Evaluations form a decision tree per instance, as in `Memo`: a function is called once for every
way it reads the state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.memo import Node, insert
from clusterproof.checker.rows import ListedRows, Rows, looking_at
from clusterproof.checker.slicing.domains import Combination, Domains, SecondsWanted, TooManyValues
from clusterproof.compiled import Instance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation, Outcome

FIRST_ROWS = 2_000
"""On how many rows it is looked first what an instance looks at."""

WAYS_ASKED = 300
"""In how many ways of reading a step is looked for that a property has something to say about."""

Dropped = tuple[tuple[int, Any], ...]
"""What an outcome of the slice would have written to cut slots, as (slot, value)."""


@frozen
class Intrusion:
    """Why an instance cannot be left out, or cannot be shown to be, and the slots it reads and changes there."""

    reason: str
    reads: frozenset[int]
    changes: frozenset[int] = frozenset()


class _Intruding(Exception):
    def __init__(self, reason: str, reads: Iterable[int], changes: Iterable[int] = ()) -> None:
        super().__init__(reason)
        self.intrusion = Intrusion(reason, frozenset(reads), frozenset(changes))


class _NewSlots(Exception):
    """An instance looks at kept slots by which the rows are not told apart yet."""


_Chosen = dict[int, list[Combination]]


@define(eq=False, kw_only=True)
class LeftOut:
    """The instances that a slice leaves out.

    intrusions: those that might change a kept slot, and so cannot be left out.
    declared: the slots that some of them declare to write, cut ones only. spends: instances whose budget counts as
    something they change.
    footprints: for each instance the kept slots that it looks at, as far as is known; rows that agree there are alike.
    may_step: for each instance that was evaluated the rows on which it might change something, one of those that are
    alike to it. writes: the cut slots that it might change. trusted: declared instances that were not evaluated.
    """

    domains: Domains
    instances: Sequence[Instance]
    kept: frozenset[int]
    spends: Collection[Instance]
    evaluations: int
    footprints: dict[Instance, set[int]]
    declared: Mapping[Instance, frozenset[int]] = field(factory=dict)
    may_step: dict[Instance, dict[str, None]] = field(init=False, factory=dict)
    writes: dict[Instance, set[int]] = field(init=False, factory=dict)
    trusted: set[Instance] = field(init=False, factory=set)
    intrusions: dict[Instance, Intrusion] = field(init=False, factory=dict)
    _all_rows: Rows = field(init=False)
    _first_rows: Rows = field(init=False)
    _rows_seen: Rows = field(init=False, default=ListedRows())
    _told_apart_by: set[int] = field(init=False, factory=set)
    _asked: dict[Instance, list[str]] = field(init=False, factory=dict)
    _dropped: Sequence[Dropped] = field(init=False, factory=list)
    _unknown: set[Instance] = field(init=False, factory=set)
    _translations: dict[tuple[int, str], str] = field(init=False, factory=dict)
    _stale: set[Instance] = field(init=False, factory=set)
    _anything: set[int] = field(init=False, factory=set)
    _trees: dict[int, Node] = field(init=False, factory=dict)
    _depends: dict[Instance, dict[int, int]] = field(init=False, factory=dict)
    _translated: dict[str, list[str]] = field(init=False, factory=dict)

    def prove(self, rows: Rows, dropped: Iterable[Dropped]) -> None:
        """Find the intrusions; there are none when the slice is right.

        rows: every state of the slice. dropped: what its steps write to cut slots.
        """
        self.domains.shadow.unknown = self.domains.cut
        self.trusted = set(self.declared)
        self._all_rows, self._dropped = rows, list(dropped)
        self._first_rows = ListedRows(list(islice(rows, FIRST_ROWS)))
        self.domains.reset()
        self.intrusions = self._repeated()

    def may_step_on(self, instance: Instance, rows: Sequence[str]) -> bool | None:
        """Whether an instance might change something on some of these rows of the slice; None where nobody knows."""
        if instance in self.trusted:
            self.may_step.pop(instance, None)
            self._unknown.discard(instance)
            self._asked[instance] = list(rows)
            self._stale.add(instance)
            self.intrusions |= self._repeated()
            del self._asked[instance]
        if instance in self.trusted:  # else it was evaluated on all rows, as somebody reads what it writes
            found = bool(self.may_step.pop(instance, None))
            unknown = instance in self._unknown or not self.declared[instance].isdisjoint(self._anything)
            return None if unknown and not found else found
        look = looking_at(self.footprints[instance])
        there = set(map(look, self.may_step.get(instance, ())))
        return any(look(row) in there for row in rows)

    def _repeated(self) -> dict[Instance, Intrusion]:
        """What comes out when values are told apart as finely as functions do, and as coarsely as it takes."""
        while True:
            try:
                return self._to_the_end()
            except SecondsWanted as wanted:
                self.domains.tell_seconds(wanted.slot)
            except TooManyValues as many:
                self.domains.split(many.shared)
            self.domains.reset()
            self.may_step, self._depends, self._translated = {}, {}, {}

    def _to_the_end(self) -> dict[Instance, Intrusion]:
        """Evaluate until no slot may hold more, and nobody more has to be evaluated."""
        found: dict[Instance, Intrusion] = {}
        while True:
            before = self._extent()
            for writes in self._dropped:
                self._write(None, writes, {})
            for instance in self._evaluated():
                if instance not in self._stale and self._is_up_to_date(instance):
                    continue
                self._stale.discard(instance)
                try:
                    self._look_again(instance)
                except _Intruding as intruding:
                    if instance in self.trusted:
                        self._unknown.add(instance)
                    elif instance in self.declared:
                        self._take_for_anything(instance)
                    else:
                        found[instance] = intruding.intrusion
            if found or before == self._extent():
                return found

    def _extent(self) -> tuple[list[int], int, int]:
        """What changes as long as there is something to evaluate."""
        return list(self.domains.versions), len(self.trusted), len(self._anything)

    def _is_up_to_date(self, instance: Instance) -> bool:
        """Whether nothing that it read may hold more values than when it was evaluated."""
        known = self._depends.get(instance)
        return known is not None and all(self.domains.versions[s] == v for s, v in known.items())

    def _evaluated(self) -> Iterator[Instance]:
        """Who is evaluated, on all rows or on those asked for; more may be while this goes on."""
        for instance in self.instances:
            if instance not in self.trusted or instance in self._asked:
                yield instance

    def _take_for_anything(self, instance: Instance) -> None:
        """From now on the slots that an instance declares may hold anything."""
        self.trusted.add(instance)
        self.may_step.pop(instance, None)
        self._anything |= self.declared[instance]
        for slot in self.declared[instance]:
            self.domains.versions[self.domains.shared[self.domains.place[slot][0]]] += 1

    def _want_values(self, slot: int, instance: Instance, path: Any) -> None:
        """Whoever may write a cut slot that is read is evaluated, too."""
        if slot in self._anything:
            where = self.domains.whole.schema.slots[slot].path
            raise _Intruding(f"reads {where}, which may hold anything", [*self._read_along(instance, path), slot])
        writers = [i for i in self.trusted if slot in self.declared[i]]
        self.trusted.difference_update(writers)
        self._stale.update(writers)

    # ---------------------------------------------------------------- one instance
    def _look_again(self, instance: Instance) -> None:
        """Walk until the rows are told apart by all that the instance looks at: first some of them, then all."""
        slots = self.footprints.setdefault(instance, set())
        if instance in self.trusted:
            self._walk_on(instance, lambda: ListedRows(self._asked[instance]), slots)
        else:
            self._walk_on(instance, lambda: self._first_rows, slots)
            self._walk_on(instance, self._distinct_rows, slots)

    def _walk_on(self, instance: Instance, rows: Callable[[], Rows], slots: set[int]) -> None:
        while True:
            try:
                return self._walk(instance, rows().distinct(slots))
            except _NewSlots:
                continue

    def _distinct_rows(self) -> Rows:
        """The rows, one of those that are alike to all instances that are evaluated."""
        slots = set().union(*(self.footprints.get(instance, ()) for instance in self._evaluated()))
        if not len(self._rows_seen) or not slots <= self._told_apart_by:
            self._told_apart_by |= slots
            self._rows_seen = self._all_rows.narrowed(self._told_apart_by)
        return self._rows_seen

    def _walk(self, instance: Instance, rows: list[str]) -> None:
        """Try every way in which an instance may read the rows and the cut slots."""
        depends = self._depends[instance] = {}
        leaves, asked = 0, instance in self.trusted
        limit = WAYS_ASKED if asked else self.evaluations
        stack: list[tuple[Node, list[str], Any, _Chosen]] = [(self._trees.get(instance.number), rows, None, {})]
        while stack:
            node, rows, path, chosen = stack.pop()
            if node is None:
                node = self._learn(instance, rows[0], path, chosen)
            if node.__class__ is not tuple:
                leaves += 1
                if leaves > limit:
                    reason = f"may read what is cut away in more than {limit:,} ways"
                    raise _Intruding(reason, node.reads)
                self._leaf(instance, node, rows, chosen)
                if asked and instance in self.may_step:
                    return
                continue
            slot, kids = node
            if slot in self.kept:
                parts: dict[str, list[str]] = {}
                for row in rows:
                    parts.setdefault(row[slot], []).append(row)
                stack += [(kids.get(c), part, (path, c), chosen) for c, part in parts.items()]
                continue
            self._want_values(slot, instance, path)
            group, position = self.domains.place[slot]
            depends.setdefault(self.domains.shared[group], self.domains.versions[self.domains.shared[group]])
            known = chosen[group] if group in chosen else self.domains.of(group)
            for number, combinations in self.domains.by_value(known, position).items():
                character = self.domains.character(slot, number)
                stack.append((kids.get(character), rows, (path, character), {**chosen, group: combinations}))

    def _learn(self, instance: Instance, row: str, path: Any, chosen: _Chosen) -> Node:
        """The node at the end of a path: what the function reads next, or does, for these values."""
        characters = _characters(path)
        node = self._trees.get(instance.number)
        for character in characters:
            node = None if node is None else node[1].get(character)
        if node is not None:
            return node
        mixed, shadowed = self._rows(row, chosen)
        shadow = self.domains.shadow
        try:
            evaluation = shadow.evaluate(shadowed, shadow.instances[instance.number])
        except (SpecError, UserCodeError, ImpureError) as error:
            reads = shadow.evaluator.recorder.all_reads()
            raise _Intruding(f"raises where what is cut away holds impossible values: {error}", reads) from None
        self._look_at(instance, evaluation)
        root = insert(self._trees.get(instance.number), evaluation.reads, mixed, evaluation, str(instance))
        self._trees[instance.number] = node = root
        for character in characters:
            node = node[1][character]
        return node

    def _read_along(self, instance: Instance, path: Any) -> Iterator[int]:
        """The slots that were read on a path."""
        node: Any = self._trees.get(instance.number)
        for character in _characters(path):
            yield node[0]
            node = node[1][character]

    def _rows(self, row: str, chosen: _Chosen) -> tuple[str, str]:
        """A row with some possible values in the cut slots, and the same in the characters of the shadow."""
        domains = self.domains
        if row not in self._translated:
            translated = [
                self._in_shadow(slot, character) if slot in self.kept else character
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

    def _in_shadow(self, slot: int, character: str) -> str:
        """The character of a kept slot's value in the shadow."""
        found = self._translations.get((slot, character))
        if found is None:
            value = self.domains.whole.schema.decode[slot][ord(character)]
            found = self._translations[slot, character] = self.domains.shadow.schema.encode(slot, value)
        return found

    def _leaf(self, instance: Instance, evaluation: Evaluation, rows: list[str], chosen: _Chosen) -> None:
        for outcome in evaluation.outcomes:
            self._refuse_intrusion(outcome, evaluation, rows)
            schema = self.domains.shadow.schema
            values = [(slot, schema.decode[slot][ord(character)]) for slot, character in outcome.writes]
            moved = self._write(instance, [(s, v) for s, v in values if s not in self.kept], chosen)
            moved = self._write(instance, [(s, 0) for s in outcome.issues], chosen) or moved or bool(outcome.issues)
            if not moved:
                continue
            if instance in self.spends:
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
            reads = set(evaluation.reads) - evaluation.soft_reads
            raise _Intruding(f"changes {whole.slots[changed[0]].path}", reads, changed)

    def _write(self, instance: Instance | None, writes: Iterable[tuple[int, Any]], chosen: _Chosen) -> bool:
        """Note what cut slots may hold from now on. Tells whether that is a change."""
        by_group: dict[int, list[tuple[int, Any]]] = {}
        for slot, value in writes:
            by_group.setdefault(self.domains.place[slot][0], []).append((slot, value))
        # Against values that nobody has told, or not all of them, every write may be a change.
        untold = self._anything.union(*(self.declared[each] for each in self.trusted))
        moved = instance is not None and any(slot in untold for slots in by_group.values() for slot, _ in slots)
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


def _characters(path: Any) -> list[str]:
    """The characters along a path, which is kept from its end."""
    characters = []
    while path is not None:
        path, character = path
        characters.append(character)
    return characters[::-1]
