"""Evaluating one function on one row: what engines see instead of Python.

An evaluation of an action is the slots it read, in order, and its outcomes: `(label, writes)`. Functions are run once
per option of `choose`, so that one evaluation holds all outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen

from clusterproof.claims import Claim, Property, StepInfo, Whenever
from clusterproof.components import Action
from clusterproof.errors import SpecError, UserCodeError
from clusterproof.folds import Folds
from clusterproof.recorder import Disabled, PoolExhausted, Reader, Recorder, recording
from clusterproof.schema import Schema
from clusterproof.values import Timer, is_fresh
from clusterproof.views import make_view

NO_SLOTS: frozenset[int] = frozenset()


@frozen
class Outcome:
    """One way an action may go: the label of its choices, and what it writes, as (slot, character).

    issues: the slots that get the next number of the series. marks: what `cover` noted.
    dropped: what would be written to cut slots, as (slot, value).
    """

    label: str
    writes: tuple[tuple[int, str], ...]
    issues: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()
    dropped: tuple[tuple[int, Any], ...] = ()


@frozen
class Evaluation:
    """What one evaluation of an action read, in order, and where it may lead.

    soft_reads: reads that only decide which of several equal ids is handed out.
    exhausted: the pools in which it found no id left. folds: what it counted, if anything; reads says what it read
    in all.
    """

    reads: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    soft_reads: frozenset[int] = NO_SLOTS
    exhausted: tuple[str, ...] = ()
    folds: Folds | None = None

    def also_reading(self, slots: tuple[int, ...]) -> Evaluation:
        """The same, with more reads in the end."""
        return evolve(self, reads=_joined(self.reads, slots), folds=_with(self.folds, slots))


@frozen
class Judgement:
    """What a property said: its claims with the slots each was judged by, or the two halves of a leads_to.

    Slots of the state after a step are numbered from the number of slots on.
    """

    reads: tuple[int, ...]
    claims: tuple[tuple[Claim, tuple[int, ...]], ...] = ()
    response: Whenever | None = None
    folds: Folds | None = None

    def also_reading(self, slots: tuple[int, ...]) -> Judgement:
        """The same, with more reads in the end."""
        return evolve(self, reads=_joined(self.reads, slots), folds=_with(self.folds, slots))

    @property
    def holds(self) -> bool:
        """Whether every claim made holds."""
        return all(made.holds for made, _ in self.claims)


def _joined(reads: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*reads, *more)))


def _with(folds: Folds | None, more: tuple[int, ...]) -> Folds | None:
    return None if folds is None else evolve(folds, exact=_joined(folds.exact, more))


@define(eq=False)
class Evaluator:
    """Runs functions on rows of one schema. What must not be read, or is not known, is told to its recorder."""

    schema: Schema
    timed: bool = True
    recorder: Recorder = field(init=False)
    _before: Reader = field(init=False)
    _after: Reader = field(init=False)
    _view: Any = field(init=False)
    _after_view: Any = field(init=False, default=None)
    _writable: dict[Action[Any], frozenset[int] | None] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.recorder = Recorder(timed=self.timed)
        self._before = Reader(self.recorder, decode=self.schema.decode, entries=self.schema.entries)
        self._after = Reader(self.recorder, offset=len(self.schema.slots), decode=self.schema.decode)
        self._view = make_view(self.schema.root, self._before)

    def run_action(
        self, action: Action[Any], arguments: tuple[Any, ...], row: str, who: str, budget_slot: int = -1
    ) -> Evaluation:
        """Evaluate an action. Raises SpecError or UserCodeError, naming the step."""
        recorder = self.recorder
        recorder.begin(who, may_write=False)
        self._before.row = row
        outcomes: list[Outcome] = []
        exhausted: list[str] = []
        try:
            with recording(recorder):
                if budget_slot >= 0 and self._before.read(budget_slot, "budget") == 0:
                    return self._evaluation(outcomes, exhausted)
                if not self._runs(action, arguments):
                    return self._evaluation(outcomes, exhausted)
                recorder.begin_action()
                recorder.may_write = True
                while True:
                    self._run_branch(action, arguments, outcomes, exhausted)
                    if not recorder.next_branch():
                        return self._evaluation(outcomes, exhausted)
                    recorder.begin_branch()
        finally:
            self._before.row = None

    def writable(self, action: Action[Any]) -> frozenset[int] | None:
        """The slots that an action may write by its declaration; None when it declares nothing.

        Raises SpecError when it names a field that the state does not have.
        """
        if action not in self._writable:
            try:
                fields = None if action.writes is None else map(self.schema.slots_of, action.writes)
                self._writable[action] = None if fields is None else frozenset(s for slots in fields for s in slots)
            except SpecError as error:
                raise SpecError(f"{action}, writes: {error}") from None
        return self._writable[action]

    def _runs(self, action: Action[Any], arguments: tuple[Any, ...]) -> bool:
        runs_when = action.component.runs_when
        if runs_when is None:
            return True
        lane = arguments[:1] if action.component.each is not None else ()
        try:
            return bool(self._call(runs_when, lane))
        except Disabled:
            return False

    def _run_branch(
        self, action: Action[Any], arguments: tuple[Any, ...], outcomes: list[Outcome], exhausted: list[str]
    ) -> None:
        recorder, enabled, returned = self.recorder, True, None
        try:
            returned = self._call(action.function, arguments)
        except (Disabled, PoolExhausted):
            enabled = False
        if recorder.exhausted:  # even where the function swallowed it, as a bare `except:` does
            if recorder.exhausted not in exhausted:
                exhausted.append(recorder.exhausted)
            return
        if not enabled:
            return
        if returned is not None:
            message = f"{recorder.who} returned {returned!r}: an action changes the state it was given and returns "
            raise SpecError(message + "nothing.\n  write require(...) for 'not enabled'")
        self._refuse_writes_to_deleted()
        self._refuse_undeclared_writes(action)
        outcomes.append(self._outcome())

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            return function(self._view, *arguments)
        except SpecError as error:
            raise self._named(error) from error
        except Exception as error:
            raise UserCodeError(self.recorder.who, error) from error

    def _named(self, error: SpecError) -> SpecError:
        """The error with the step or property in which it was made, unless its text begins with that already."""
        who = self.recorder.who
        return error if str(error).startswith(who) else type(error)(f"{who}: {error}")

    def _refuse_writes_to_deleted(self) -> None:
        """An object that does not exist has one encoding, so that equal states are equal rows."""
        writes, slots = self.recorder.writes, self.schema.slots
        for slot, value in writes.items():
            entry = self.schema.entries[slot]
            if entry < 0 or value is None or (value is False and slots[slot].role == "presence"):
                continue
            if not (writes[entry] if entry in writes else self._before.read(entry, slots[entry].path)):
                message = f"{self.recorder.who} assigns {slots[slot].path}, of an object that does not exist.\n"
                raise SpecError(message + f"  create {slots[entry].path} first, and assign nothing after `del`")

    def _refuse_undeclared_writes(self, action: Action[Any]) -> None:
        """What a declaration does not name is not written: slices rest on it."""
        writable = self.writable(action)
        for slot in () if writable is None else self.recorder.writes.keys() - writable:
            message = f"{self.recorder.who} assigns {self.schema.slots[slot].path}, which it does not declare.\n"
            raise SpecError(message + f"  add {self.schema.field_of(slot)!r} to writes=(...) of {action}")

    def _outcome(self) -> Outcome:
        recorder, schema = self.recorder, self.schema
        writes: list[tuple[int, str]] = []
        issues: list[int] = []
        dropped: list[tuple[int, Any]] = []
        for slot in sorted(recorder.writes):
            value = recorder.writes[slot]
            if schema.slots[slot].role == "timer" and not self.timed and isinstance(value, Timer) and value.armed:
                value = Timer(0)
            if slot in recorder.cut:
                dropped.append((slot, value))
                continue
            if is_fresh(value):
                self._refuse_no_serial(slot)
                issues.append(slot)
                continue
            writes.append((slot, schema.encode(slot, value)))
        marks = tuple(recorder.marks)
        return Outcome(", ".join(recorder.labels), tuple(writes), tuple(issues), marks, tuple(dropped))

    def _refuse_no_serial(self, slot: int) -> None:
        described = self.schema.slots[slot]
        if described.role not in ("serial", "held serial"):
            message = f"{self.recorder.who} assigns fresh to {described.path}, which is no serial number.\n"
            raise SpecError(message + "  annotate the field Serial (or HeldSerial, for a number that is remembered)")

    def _evaluation(self, outcomes: list[Outcome], exhausted: list[str]) -> Evaluation:
        recorder = self.recorder
        soft = frozenset(recorder.soft_reads)
        folds = recorder.made_folds()
        return Evaluation(recorder.all_reads(), tuple(outcomes), soft, tuple(exhausted), folds)

    # ---------------------------------------------------------------- properties
    def judge(
        self,
        judged: Property[Any],
        arguments: tuple[Any, ...],
        row: str,
        after: str | None = None,
        step: StepInfo | None = None,
    ) -> Judgement:
        """Evaluate a property on a row, or on a pair of rows for a step property."""
        recorder = self.recorder
        recorder.begin(judged.name, may_write=False)
        self._before.row, self._after.row = row, after
        views: tuple[Any, ...] = (self._view,)
        if judged.kind == "step":
            if self._after_view is None:
                self._after_view = make_view(self.schema.root, self._after)
            views = (self._view, self._after_view, step) if judged.wants_step else (self._view, self._after_view)
        try:
            with recording(recorder):
                if judged.kind == "leads_to":
                    return self._response(judged, views, arguments)
                return self._claims(judged, views, arguments)
        except SpecError as error:
            raise self._named(error) from error
        except Disabled:
            raise SpecError(
                f"{judged.name} calls require(): a property makes no claim instead.\n  write `if`"
            ) from None
        except Exception as error:
            raise UserCodeError(judged.name, error) from error
        finally:
            self._before.row = self._after.row = None

    def _response(self, judged: Property[Any], views: tuple[Any, ...], arguments: tuple[Any, ...]) -> Judgement:
        made = judged.function(*views, *arguments)
        if not isinstance(made, Whenever):
            raise SpecError(f"{judged.name} returned {made!r}.\n  a leads_to property returns Whenever(given, then)")
        return Judgement(self.recorder.all_reads(), (), made, self.recorder.made_folds())

    def _claims(self, judged: Property[Any], views: tuple[Any, ...], arguments: tuple[Any, ...]) -> Judgement:
        made = judged.function(*views, *arguments)
        if made is None or isinstance(made, (bool, Claim)):
            message = f"{judged.name} returned {made!r}.\n"
            raise SpecError(message + "  a property yields its clauses: yield claim(condition, 'what it says', who)")
        claims: list[tuple[Claim, tuple[int, ...]]] = []
        known = 0
        for clause in made:
            if not isinstance(clause, Claim):
                message = f"{judged.name} yields {clause!r}.\n"
                raise SpecError(message + "  write yield claim(condition, 'what it says', who)")
            reads = self.recorder.all_reads()
            claims.append((clause, reads[known:] or reads))
            known = len(reads)
        return Judgement(self.recorder.all_reads(), tuple(claims), folds=self.recorder.made_folds())
