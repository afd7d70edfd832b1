"""What one evaluation of one function reads, chooses and writes.

Engines never see Python functions, only this: the slots read, in order, and for each outcome the writes. The recorder
of the evaluation under way is ambient (a ContextVar), so that `require` and `choose` are plain functions.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, MappingView, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import FunctionType, MethodType
from typing import Any, NoReturn, TypeVar, overload

from attrs import Factory, define

from clusterproof.errors import SpecError
from clusterproof.folds import Fold, Folds, folds_of

T = TypeVar("T")


_NEVER_NO = (Iterator, FunctionType, MethodType, partial)
_PASSING = (*_NEVER_NO, MappingView)
"""Can be hashed, and yet are no values: what they stand for changes, or is equal only to itself."""


class Disabled(BaseException):
    """This run of the action is not enabled. A BaseException, so that `except Exception` cannot swallow a guard."""


class CutRead(BaseException):
    """A function reads a slot that the slice under exploration has cut away."""

    def __init__(self, slot: int) -> None:
        super().__init__(slot)
        self.slot = slot


class PoolExhausted(BaseException):
    """The action wanted an id from a pool that has none left: a bound of the scope was hit."""

    def __init__(self, pool: str) -> None:
        super().__init__(pool)
        self.pool = pool


@define(eq=False)
class Reader:
    """One row under evaluation. `offset` keeps the reads of `after` apart from those of `before`."""

    recorder: Recorder
    offset: int = 0
    row: str | None = None
    decode: Sequence[Sequence[Any]] = ()
    entries: Sequence[int] = ()

    def read(self, slot: int, path: str) -> Any:
        """The value of a slot: what was written to it, else what the row says, and that is recorded."""
        recorder, row = self.recorder, self.row
        writes = recorder.writes
        if slot in writes and self.offset == 0:
            value = writes[slot]
            if value is None and writes.get(self.entries[slot]) is False:
                message = f"{recorder.who} reads {path} of an object it has deleted.\n"
                raise SpecError(message + "  read what you need before `del`")
            return value
        if row is None:
            message = f"{path} is read outside an evaluation: a view of the state was kept in a global or closure.\n"
            raise SpecError(message + "  keep its id instead, and look it up in the state you are given")
        recorder.reads[slot + self.offset] = None
        if slot in recorder.cut:
            raise CutRead(slot)
        return self.decode[slot][ord(row[slot])]


@define(eq=False)
class Recorder:
    """Reads, writes, choices, marks and bound hits of one evaluation.

    cut: slots that the slice under exploration does not have. nameless: id types of which it does not matter which free
    id is handed out, so that references in cut slots are not looked at. unknown: slots that hold some possible value;
    whether they refer to an id is tried both ways. pools: what ids were drawn from so far, as the path of the Table,
    the id type and the ids. exhausted: the pool in which this run found no id left. drew: whether this evaluation has
    looked for a free id.

    reads: the slots read one by one; while a fold looks at an id, those read for that. folds: what was folded, in
    order; folded: what came of it, by the choices made before, for the next runs of the same function. folds_begun: by
    this run. counting: the name of the fold under way.
    """

    who: str = "?"
    may_write: bool = False
    timed: bool = True
    pool_order: Any = None  # the symmetry check hands out the ids of a type in another order
    cut: frozenset[int] = frozenset()
    nameless: frozenset[Any] = frozenset()
    unknown: frozenset[int] = frozenset()
    pools: set[tuple[str, Any, tuple[Any, ...]]] = Factory(set)
    reads: dict[int, None] = Factory(dict)
    soft_reads: set[int] = Factory(set)
    writes: dict[int, Any] = Factory(dict)
    marks: list[str] = Factory(list)
    labels: list[str] = Factory(list)
    script: list[int] = Factory(list)
    widths: list[int] = Factory(list)
    exhausted: str = ""
    drew: bool = False
    folds: list[Fold] = Factory(list)
    folded: dict[Any, list[tuple[Any, int]]] = Factory(dict)
    folds_begun: int = 0
    counting: str = ""
    _in_folds: set[int] = Factory(set)

    def begin(self, who: str, *, may_write: bool) -> None:
        """Forget the previous evaluation."""
        self.who = who
        self.may_write = may_write
        self.reads = {}
        self.soft_reads = set()
        self.drew = False
        self.script = []
        self.folds = []
        self._in_folds = set()
        self.begin_action()

    def begin_action(self) -> None:
        """Start the function itself, once it is known that its component runs."""
        self.folded = {}
        self.begin_branch()

    def begin_branch(self) -> None:
        """Start the next run of the same function: reads stay, writes and choices start anew."""
        self.writes = {}
        self.marks = []
        self.labels = []
        self.widths = []
        self.exhausted = ""
        self.folds_begun = 0

    def next_branch(self) -> bool:
        """Advance the last choice that has an option left; False when every branch has been run."""
        script = self.script[: len(self.widths)]
        while script and script[-1] + 1 == self.widths[len(script) - 1]:
            script.pop()
        if not script:
            return False
        script[-1] += 1
        self.script = script
        return True

    def pick(self, width: int) -> int:
        """The option taken by this run at its next choice of so many options."""
        depth = len(self.widths)
        if depth == len(self.script):
            self.script.append(0)
        self.widths.append(width)
        return self.script[depth]

    def note_fold(self, fold: Fold) -> None:
        """Note what was folded."""
        self.folds.append(fold)
        self._in_folds.update(slot for part in fold.parts for slot in part.slots)

    def has_read(self, slot: int) -> bool:
        """Whether a slot was read, one by one or in a fold."""
        return slot in self.reads or slot in self._in_folds

    def all_reads(self) -> tuple[int, ...]:
        """Every slot that was read, in the order of the first time."""
        made = self.made_folds()
        return tuple(self.reads) if made is None else made.all_reads()

    def made_folds(self) -> Folds | None:
        """What was folded, and what was read one by one; None where nothing was folded."""
        return folds_of(tuple(self.reads), self.folds)

    def out_of_ids(self, pool: str) -> PoolExhausted:
        """Note that a pool has no id left; what is to be raised. The note stays where a function swallows that."""
        self.exhausted = pool
        return PoolExhausted(pool)

    def write(self, slot: int, value: Any) -> None:
        """Note what is assigned to a slot. Raises SpecError for what is no value, or where nothing may be assigned."""
        self.refuse_to_write()
        try:
            hash(value)
        except TypeError:
            self._refuse_value(value)
        self._refuse_passing(value)
        self.writes[slot] = value

    def refuse_to_write(self) -> None:
        """Raise SpecError unless an action is evaluated."""
        if self.counting:
            message = f"{self.who} assigns to the state inside of {self.counting}(), where it may only look.\n"
            raise SpecError(message + "  assign to what `matching` returns: for p in matching(...): ...")
        if not self.may_write:
            message = f"{self.who} assigns to the state, but it may only look.\n"
            raise SpecError(message + "  only actions (@component.action, @component.fault) change the state")

    def _refuse_passing(self, value: object) -> None:
        if isinstance(value, _PASSING):
            self._refuse_value(value)
        if isinstance(value, (tuple, frozenset)):
            for part in value:
                self._refuse_passing(part)

    def _refuse_value(self, value: object) -> NoReturn:
        message = f"{self.who} stores a {type(value).__name__}, which can change behind the checker's back.\n"
        raise SpecError(message + "  store a tuple or a frozenset") from None


_current: ContextVar[Recorder | None] = ContextVar("clusterproof recorder", default=None)


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Make `recorder` the one that require, choose and cover speak to."""
    token = _current.set(recorder)
    try:
        yield
    finally:
        _current.reset(token)


def current_recorder() -> Recorder | None:
    """The recorder of the evaluation under way."""
    return _current.get()


@overload
def require(condition: bool, /) -> bool: ...
@overload
def require(condition: T | None, /) -> T: ...
def require(condition: Any, /) -> Any:
    """Not enabled unless this holds; hands back its argument without the None.

    Only False and None refuse. Raises SpecError for 0, "" and empty collections, whose meaning would be a guess, and
    for functions that were not called.
    """
    if condition is None or condition is False:
        raise Disabled
    if condition is not True and isinstance(condition, (int, float, Sized)) and not condition:
        message = f"require({condition!r}): is that 'no'? require() refuses only False and None.\n"
        raise SpecError(message + "  write the comparison, e.g. require(n > 0) or require(len(xs) > 0)")
    if isinstance(condition, _NEVER_NO):
        message = f"require() was given a {type(condition).__name__}, which is never 'no'.\n"
        raise SpecError(message + "  call it, e.g. require(c.serving()), or write require(any(...))")
    return condition


def choose(options: Iterable[T], /, *, label: str = "") -> T:
    """Any one of these may happen; the checker explores each. Nothing to choose from means not enabled.

    label: names the choice in the step, e.g. "node" gives `-> node=n1`.
    """
    recorder = _current.get()
    if recorder is not None and recorder.counting:
        message = f"choose() inside of {recorder.counting}(): there one can only look.\n"
        raise SpecError(message + "  choose before it, or after")
    if recorder is None or not recorder.may_write:
        raise SpecError("choose() only makes sense inside an action.\n  properties look, they do not choose")
    if isinstance(options, (set, frozenset)):
        message = "choose() from a set: its order changes from run to run.\n"
        raise SpecError(message + "  write choose(sorted(...)), or choose from a Map, Table, Enum or tuple")
    listed = tuple(options)
    if not listed:
        raise Disabled
    picked = listed[recorder.pick(len(listed))]
    text = picked.name if isinstance(picked, enum.Enum) else str(picked)
    recorder.labels.append(f"{label}={text}" if label else text)
    return picked


def cover(mark: str, /) -> None:
    """Note that this situation was exercised; marks never reached are printed with the verdict."""
    recorder = _current.get()
    if recorder is not None and recorder.counting:
        message = f"cover({mark!r}) inside of {recorder.counting}(): it would tell which of the ids was seen.\n"
        raise SpecError(message + "  write `if count(...) > 0: cover(...)`")
    if recorder is not None:
        recorder.marks.append(mark)
