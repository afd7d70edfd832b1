"""Remembered evaluations: a function is called once per way it reads the state.

An action that read slots a, b, c in this order will read and write the same in every row with the same values there.
Per instance the evaluations form a decision tree over slots. Instances about the same object read much the same slots:
they form a group, whose enabled members are remembered per combination of values in the slots that any of them read.
The answers are those of the functions themselves (a test compares them); only how often they are called differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from attrs import Factory, define, field

from clusterproof.claims import StepInfo
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError
from clusterproof.evaluation import Evaluation, Judgement

Node = Any
"""An inner node is (slot, {character: node}), a leaf an Evaluation or a Judgement, None a hole."""


@define(eq=False)
class Projection:
    """The part of a row that some functions have read so far: equal parts, equal answers."""

    slots: set[int] = Factory(set)
    of: Callable[[str], object] = field(init=False, default=len)

    def widen(self, slots: Iterable[int]) -> bool:
        """Take more slots into account. True when some are new: what was known for fewer must be forgotten."""
        new = set(slots) - self.slots
        if not new:
            return False
        self.slots |= new
        self.of = itemgetter(*sorted(self.slots))
        return True


@define(eq=False)
class Group:
    """Instances about the same object, and which of them are enabled for which values of what they read."""

    instances: list[Instance]
    seen: Projection = Factory(Projection)
    known: dict[object, list[tuple[Instance, Evaluation]]] = Factory(dict)


def _number(enabled: tuple[Instance, Evaluation]) -> int:
    return enabled[0].number


@define(eq=False)
class Memo:
    """A decision tree per instance of an action, and per instance of a property."""

    compiled: Compiled
    calls: int = field(init=False, default=0)
    _actions: list[Node] = field(init=False)
    groups: list[Group] = field(init=False)
    _properties: dict[tuple[PropertyInstance, object], Node] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        by_object: dict[object, list[Instance]] = {}
        for instance in self.compiled.instances:
            by_object.setdefault(instance.arguments[-1:] or instance.component, []).append(instance)
        self.groups = [Group(instances) for instances in by_object.values()]
        self._actions = [None] * (1 + max((i.number for i in self.compiled.instances), default=0))

    def evaluate(self, row: str, instance: Instance) -> Evaluation:
        """What an instance reads on a row, and where it may lead."""
        node = self._actions[instance.number]
        while node.__class__ is tuple:
            node = node[1].get(row[node[0]])
        if node is None:
            self.calls += 1
            node = self.compiled.evaluate(row, instance)
            self._actions[instance.number] = insert(
                self._actions[instance.number], node.reads, row, node, str(instance)
            )
        return node  # type: ignore[no-any-return]

    def enabled(self, row: str) -> list[tuple[Instance, Evaluation]]:
        """The instances that have an outcome on a row, or found a pool exhausted, in their order."""
        found: list[tuple[Instance, Evaluation]] = []
        for group in self.groups:
            found += self.enabled_in(group, row)
        found.sort(key=_number)
        return found

    def enabled_in(self, group: Group, row: str) -> list[tuple[Instance, Evaluation]]:
        """The enabled instances of one group."""
        known = group.known.get(group.seen.of(row))
        return self._evaluated_in(group, row) if known is None else known

    def _evaluated_in(self, group: Group, row: str) -> list[tuple[Instance, Evaluation]]:
        evaluations = [(instance, self.evaluate(row, instance)) for instance in group.instances]
        enabled = [(i, evaluation) for i, evaluation in evaluations if evaluation.outcomes or evaluation.exhausted]
        if group.seen.widen(slot for _, evaluation in evaluations for slot in evaluation.reads):
            group.known.clear()
        group.known[group.seen.of(row)] = enabled
        return enabled

    def judge(self, about: PropertyInstance, row: str, after: str = "", step: StepInfo | None = None) -> Judgement:
        """What a property says of a row, or of the step to `after`."""
        key = (about, step)
        root = node = self._properties.get(key)
        both = row + after
        while node.__class__ is tuple:
            node = node[1].get(both[node[0]])
        if node is None:
            self.calls += 1
            node = self.compiled.judge(about, row, after or None, step)
            self._properties[key] = insert(root, node.reads, both, node, about.judged.name)
        return node


def remember(compiled: Compiled) -> Memo:
    """Put a memory in front of a compiled system's functions, for good."""
    memo = Memo(compiled)
    compiled.evaluate_with, compiled.enabled_with = memo.evaluate, memo.enabled
    return memo


def insert(root: Node, reads: Sequence[int], row: str, leaf: Evaluation | Judgement, who: str) -> Node:
    """The tree with one more path.

    Raises ImpureError when the function is impure: it read or did something else before, in a row with the same values.
    """
    top: dict[str, Node] = {"": root}
    kids, character = top, ""
    for slot in reads:
        node = kids.get(character)
        if node is None:
            node = kids[character] = (slot, {})
        elif node.__class__ is not tuple or node[0] != slot:
            raise _impure(who, "read")
        kids, character = node[1], row[slot]
    known = kids.get(character)
    if known is not None and known != leaf:  # it read more before, or the same to another end
        raise _impure(who, "read" if known.__class__ is tuple else "did")
    kids[character] = leaf
    return top[""]


def _impure(who: str, did: str) -> ImpureError:
    message = f"{who} {did} something else in an equal state: it depends on more than the state it is given.\n"
    return ImpureError(message + "  look for random numbers, the wall clock, globals, or the order of a set")
