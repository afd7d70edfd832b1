"""Finding and exploring slices: from what was seen of the whole, over a rehearsal, to a slice that is verified."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import TypeVar

from attrs import Factory, define, field

from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.memo import Memo
from clusterproof.checker.rows import ListedRows, Rows
from clusterproof.checker.slicing.cone import Cone
from clusterproof.checker.slicing.footprints import Footprints, Limits
from clusterproof.checker.slicing.slice import Slice
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.recorder import CutRead

Found = TypeVar("Found")

LITTLE = 0.05
"""Properties are explored together when the actions that not all of them need change no more of the slots than this."""


@define(eq=False)
class Slicer:
    """Finds slices of one system. What was seen of the whole is shared by all of them.

    footprints: what is known already; some states more are looked at.
    """

    compiled: Compiled
    limits: Limits = Factory(Limits)
    footprints: Footprints = field(default=Factory(lambda self: Footprints(self.compiled), takes_self=True))
    _shadow: Compiled = field(init=False)
    _memo: Memo = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.footprints.sample(self.limits)
        self._memo = Memo(self.compiled)
        self._shadow = Compiled(self.compiled.system)
        self._shadow.initial_rows()  # gives every slot a value

    def slice_for(self, properties: Sequence[PropertyInstance], *, named: bool = False) -> Slice:
        """The part of the system that some properties depend on, as far as its first states can tell.

        named: whether it shall matter in any case which free id is handed out. Whether anything at all can happen
        depends on everything: for that the slice is the whole.
        """
        cone = self._guess(properties)
        for hint in self.footprints.interchangeable() if named else ():
            cone.name(hint)
        return _rehearsed(cone)

    def groups(self, properties: Iterable[PropertyInstance]) -> list[list[PropertyInstance]]:
        """Which properties to explore together: those with much the same actions in their slices; small slices first.

        The instances of a property stay together. A first guess of their slices decides.
        """
        families: dict[object, list[PropertyInstance]] = {}
        for about in properties:
            families.setdefault(about.judged, []).append(about)
        cones = [(self._guess(family), family) for family in families.values()]
        groups: list[tuple[Cone, list[PropertyInstance]]] = []
        for cone, family in sorted(cones, key=lambda each: -len(each[0].relevant)):
            larger = next((group for group in groups if self._is_nearly(cone, group[0])), None)
            if larger is None:
                groups.append((cone, list(family)))
            else:
                larger[1].extend(family)
        return [group for _, group in sorted(groups, key=lambda each: len(each[0].relevant))]

    def _is_nearly(self, cone: Cone, larger: Cone) -> bool:
        """Whether the actions of a cone are among those of a larger one, and the others there change little."""
        if not cone.relevant <= larger.relevant:
            return False
        changes = self.footprints.changes
        others = {slot for number in larger.relevant - cone.relevant for slot in changes[number]}
        return len(others & larger.kept) <= LITTLE * len(larger.kept)

    def _guess(self, properties: Sequence[PropertyInstance]) -> Cone:
        cone = self._cone(properties)
        cone.keep({slot for about in properties for slot in self.footprints.read_by(about, self._memo)})
        return cone

    def _cone(self, properties: Sequence[PropertyInstance]) -> Cone:
        cone = Cone(self.compiled, properties, self.limits, self.footprints, self._shadow)
        if any(about.judged is NO_DEADLOCK for about in properties):
            cone.keep(range(len(self.compiled.schema.slots)))
        return cone


def slice_for(compiled: Compiled, properties: Sequence[PropertyInstance], *, limits: Limits | None = None) -> Slice:
    """The part of a system that some properties depend on, as far as its first states can tell."""
    return Slicer(compiled, limits or Limits()).slice_for(properties)


def enlarged(slice_: Slice, slot: int | None = None) -> Slice:
    """The next larger slice: after `verify` said False, or after a cut slot was read."""
    if slot is not None:
        slice_.cone.keep([slot])
    return _rehearsed(slice_.cone)


def explore_slice(
    slice_: Slice,
    search: Callable[[Compiled], Found],
    rows: Callable[[Found], Rows],
    silent: Callable[[Found], Collection[PropertyInstance] | None] = lambda _: None,
) -> tuple[Slice, Found]:
    """Explore a slice, or a larger one where it turns out to be too small. Returns that slice and what was found.

    search: explores a compiled system; it may raise CutRead, and is called again for a larger slice. rows: the states
    that a search found. silent: the properties that made no claim about them, all unless told.
    """
    while True:
        try:
            found = search(slice_.compiled)
        except CutRead as read:
            slice_ = enlarged(slice_, read.slot)
            continue
        if slice_.verify(rows(found), silent(found)):
            return slice_, found
        slice_ = enlarged(slice_)


# ---------------------------------------------------------------- a rehearsal
def _rehearsed(cone: Cone) -> Slice:
    """A slice that its first states do not make larger."""
    while True:
        slice_ = Slice(cone)
        if slice_.whole:
            return slice_
        rows: dict[str, None] = {}
        try:
            with suppress(UserCodeError, ImpureError):  # the search meets it, too, and says after which steps
                _rehearse(slice_.compiled, cone, rows)
        except CutRead as read:
            cone.keep([read.slot])
            continue
        if slice_.verify(ListedRows(list(rows)), silent=()):
            slice_.verified = False
            return slice_


def _rehearse(compiled: Compiled, cone: Cone, rows: dict[str, None]) -> None:
    """Explore and judge the first states of a slice."""
    memo = Memo(compiled)
    part = compiled.sliced(set(range(len(compiled.schema.slots))) - compiled.cut, compiled.instances, compiled.nameless)
    part.evaluate_with, part.enabled_with = memo.evaluate, memo.enabled
    states = [about for about in cone.properties if about.judged.kind != "step"]
    stepping = [(about, about.judged.wants_step) for about in cone.properties if about.judged.kind == "step"]
    frontier = part.initial_rows()
    rows |= dict.fromkeys(frontier)
    for row in frontier:  # grows while it is read
        for about in states:
            memo.judge(about, row)
        for step in part.steps(row).steps if len(rows) < cone.limits.rehearsed_states else ():
            for about, wants_step in stepping:
                memo.judge(about, row, step.raw, step.instance.info if wants_step else None)
            if step.row not in rows:
                rows[step.row] = None
                frontier.append(step.row)
