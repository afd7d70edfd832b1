"""A system made ready for engines: rows, instances of actions and of properties, and what a step is.

Everything that is not a user's function is here: budgets, the virtual clock, deadlines, serial numbers. An engine needs
`initial_rows`, `steps` and `judge`, and nothing else.
"""

from __future__ import annotations

import enum
import inspect
import itertools
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from clusterproof.claims import Property, StepInfo
from clusterproof.components import Action, Component, Fairness, unbounded
from clusterproof.errors import SpecError
from clusterproof.evaluation import NO_SLOTS, Evaluation, Evaluator, Judgement, Outcome
from clusterproof.recall import Recall
from clusterproof.recorder import CutRead
from clusterproof.schema import Schema
from clusterproof.system import System
from clusterproof.values import Timer


@frozen(kw_only=True, eq=False)
class Instance:
    """An action with its arguments: what may be taken, and what fairness is promised for."""

    number: int
    action: Action[Any] | None
    component: str
    name: str
    arguments: tuple[Any, ...] = ()
    lane: str = ""
    fault: bool = False
    urgent: bool = False
    fairness: Fairness | None = None
    budget_slot: int = -1
    deadline_slot: int = -1

    def __str__(self) -> str:
        shown = self.arguments[1:] if self.lane != self.component else self.arguments
        return f"{self.lane}.{self.name}({', '.join(map(text_of, shown))})"

    @property
    def info(self) -> StepInfo:
        """Who takes the step, for step properties."""
        return StepInfo(component=self.component, action=self.name, arguments=self.arguments, fault=self.fault)


@frozen(kw_only=True, eq=False)
class PropertyInstance:
    """A property with the object it is about."""

    judged: Property[Any]
    arguments: tuple[Any, ...] = ()
    object_name: str = ""


@frozen
class Step:
    """A step from a row: the instance, the label of its choices, the row it leads to.

    raw is that row before serial numbers were renumbered: what step properties look at.
    """

    instance: Instance
    label: str
    row: str
    raw: str
    marks: tuple[str, ...] = ()


@frozen
class Steps:
    """All steps from a row, how many outcomes changed nothing, and the pools that had no id left."""

    steps: list[Step]
    stuttering: int
    exhausted: tuple[str, ...]


def text_of(value: object) -> str:
    """A value as steps and diffs print it."""
    if isinstance(value, enum.Enum):
        return str(value.value) if isinstance(value.value, str) else value.name.lower()
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


Observer = Callable[[str, Instance | PropertyInstance, Evaluation | Judgement], None]
"""Is told the row, what was evaluated there, and what came out."""


@define(eq=False)
class Compiled:
    """A system made ready for engines.

    starts: the rows to start in, where not those of the system's initial states.
    cut: the slots that a slice does not have; their characters are blank and reading one raises CutRead.
    derived_slots: what a step may change besides the slots it writes, serial numbers and deadlines.
    next_serial: the number that is issued next: relative to n numbers that are held, none is above 2n.
    action_names: the names of its instances. nameless, unknown: see Recorder.
    observe: is told of every evaluation that called a function, or was recalled. recall: where they are shared with
    other slices.
    evaluate_with, enabled_with: how one instance, or all, are evaluated on a row; a cache may stand in front (same
    answers, faster).
    """

    system: System[Any]
    schema: Schema = field(init=False)
    evaluator: Evaluator = field(init=False)
    instances: tuple[Instance, ...] = field(init=False)
    clock: Instance = field(init=False)
    starts: Sequence[str] = field(init=False, default=())
    cut: frozenset[int] = field(init=False, default=NO_SLOTS)
    nameless: frozenset[Any] = field(init=False, default=frozenset())
    unknown: frozenset[int] = field(init=False, default=NO_SLOTS)
    observe: Observer | None = field(init=False, default=None)
    recall: Recall | None = field(init=False, default=None)
    action_names: frozenset[str] = field(init=False)
    timer_slots: tuple[int, ...] = field(init=False)
    derived_slots: tuple[int, ...] = field(init=False)
    next_serial: int = field(init=False)
    evaluate_with: Callable[[str, Instance], Evaluation] = field(init=False)
    enabled_with: Callable[[str], Iterable[tuple[Instance, Evaluation]]] = field(init=False)
    _series: Mapping[int, bool] = field(init=False)
    _waiting: tuple[Instance, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        states = self.system.initial_states
        self.schema = Schema(states[0])
        self.instances = self._instances()
        # After the instances: budgets and deadlines are slots, too, and the evaluator must know how many there are.
        self.evaluator = Evaluator(self.schema, timed=self.system.timing == "timed")
        self.clock = Instance(
            number=len(self.instances),
            action=None,
            component="clock",
            name="advance",
            lane="clock",
            fairness=Fairness.WEAK,
        )
        for instance in self.instances:
            self.writable(instance)
        self._prepare()

    def _prepare(self) -> None:
        """Look up once what every step needs: timers, serial numbers (slot -> held), and steps with a deadline."""
        self.action_names = frozenset(instance.name for instance in self.instances)
        there = [slot for slot in self.schema.slots if slot.number not in self.cut]
        self.timer_slots = tuple(slot.number for slot in there if slot.role == "timer")
        self._series = {s.number: s.role == "held serial" for s in there if s.role in ("serial", "held serial")}
        self.next_serial = 2 * sum(self._series.values()) + 1
        self._waiting = tuple(i for i in self.instances if i.deadline_slot >= 0 and i.deadline_slot not in self.cut)
        self.derived_slots = (*self._series, *(i.deadline_slot for i in self._waiting))
        self.evaluate_with = self.evaluate
        self.enabled_with = self.enabled

    # ---------------------------------------------------------------- building
    def _instances(self) -> tuple[Instance, ...]:
        budget_slots: dict[Action[Any], int] = {}
        for action, budget in self.system.budgets.items():
            if budget is not unbounded and budget != 0:
                slot = self.schema.add_slot(
                    path=f"budget.{action}", object_name="budget", field_path=f".{action}", role="budget"
                )
                budget_slots[action] = slot
        found: list[Instance] = []
        for component in self.system.components:
            for action in component.actions:
                if self.system.budgets.get(action, 1) != 0:
                    found += self._instances_of(component, action, budget_slots.get(action, -1), len(found))
        return tuple(found)

    def _instances_of(self, component: Component, action: Action[Any], budget: int, first: int) -> list[Instance]:
        parameters = action.parameters
        if component.each is not None and next(iter(parameters.values()), None) != component.each:
            name = getattr(component.each, "__name__", component.each)
            message = f"{action}: component {component.name!r} has a lane per {name}.\n"
            raise SpecError(message + f"  write def {action.name}(state, x: {name}, ...): the lane comes first")
        domains = [self.domain(hint, f"{action}({name})") for name, hint in parameters.items()]
        made: list[Instance] = []
        for arguments in itertools.product(*domains):
            lane = f"{component.name}[{text_of(arguments[0])}]" if component.each is not None else component.name
            instance = Instance(
                number=first + len(made), action=action, component=component.name, name=action.name,
                arguments=arguments, lane=lane, fault=action.fault, urgent=action.urgent, fairness=action.fairness,
                budget_slot=budget, deadline_slot=self._deadline_slot(action, arguments),
            )  # fmt: skip
            made.append(instance)
        return made

    def _deadline_slot(self, action: Action[Any], arguments: tuple[Any, ...]) -> int:
        if action.within_seconds is None or self.system.timing == "untimed":
            return -1
        name = f"{action}({', '.join(map(text_of, arguments))})"
        return self.schema.add_slot(
            path=f"deadline.{name}", object_name="deadline", field_path=f".{name}", role="deadline"
        )

    def writable(self, instance: Instance) -> frozenset[int] | None:
        """The slots that an instance may write by its declaration; None when nothing is declared.

        Raises SpecError when it names a field that the state does not have.
        """
        return None if instance.action is None else self.evaluator.writable(instance.action)

    def domain(self, hint: Any, whose: str) -> tuple[Any, ...]:
        """The values of a parameter type. Raises SpecError when nothing says which they are."""
        if hint in self.system.domains:
            return tuple(self.system.domains[hint])
        if hint in self.schema.universes and hint not in self.schema.ambiguous:
            return self.schema.universes[hint]
        if hint is bool:
            return (False, True)
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return tuple(hint)
        if typing.get_origin(hint) is typing.Literal:
            return typing.get_args(hint)
        name = getattr(hint, "__name__", hint)
        if hint in self.schema.ambiguous:
            why = f"{name} is the id type of collections with different ids."
        else:
            why = "which values may it take?"
        message = (
            f"{whose}: {why}\n  write System(..., domains={{{name}: [...]}}), or annotate it with an id of the state, "
        )
        raise SpecError(message + "an Enum, a Literal or bool")

    def property_instances(self, judged: Property[Any]) -> list[PropertyInstance]:
        """The property once per object it is about."""
        domains = [self.domain(hint, f"{judged.name}({name})") for name, hint in judged.parameters.items()]
        hints = list(judged.parameters.values())
        return [
            PropertyInstance(
                judged=judged,
                arguments=arguments,
                object_name=", ".join(self.object_name(h, a) for h, a in zip(hints, arguments, strict=True)),
            )
            for arguments in itertools.product(*domains)
        ]

    def object_name(self, id_type: Any, identity: Any) -> str:
        """How users name the object with this id, e.g. "Deployment/web"."""
        types = {id_type}
        while isinstance(id_type, typing.NewType):  # a NewType of a NewType names the same objects
            id_type = id_type.__supertype__
            types.add(id_type)
        for shape in self.schema.root.walk():
            if shape.key_type in types and identity in shape.kids:
                kid = shape.kids[identity]
                name = kid.object_name or (self.schema.slots[kid.slot].object_name if kid.slot >= 0 else "")
                return name or text_of(identity)
        return text_of(identity)

    # ---------------------------------------------------------------- rows and steps
    def initial_rows(self) -> list[str]:
        """The rows it may start in, without duplicates, in order."""
        if self.starts:
            return list(self.starts)
        extra = [slot for slot in self.schema.slots if slot.role in ("budget", "deadline")]
        budgets = {str(action): budget for action, budget in self.system.budgets.items()}
        rows: dict[str, None] = {}
        for state in self.system.initial_states:
            row = self._untimed(self.schema.row(state))
            for slot in extra:
                value = budgets[slot.field_path[1:]] if slot.role == "budget" else None
                row += self.schema.encode(slot.number, value)
            rows[self._settle(self.renumber(self._blank(row)), None)] = None
        return list(rows)

    def _untimed(self, row: str) -> str:
        """In an untimed scope every timer that runs is due."""
        if self.evaluator.timed:
            return row
        armed = [s for s in self.timer_slots if (timer := self.schema.value_at(row, s)) is not None and timer.armed]
        return patch(row, tuple((slot, self.schema.encode(slot, Timer(0))) for slot in armed))

    def _blank(self, row: str) -> str:
        if not self.cut:
            return row
        return "".join("\0" if slot in self.cut else character for slot, character in enumerate(row))

    def evaluate(self, row: str, instance: Instance) -> Evaluation:
        """What an instance reads on a row, and where it may lead: by calling the function, unless that is recalled."""
        if instance.action is None:
            raise SpecError("the clock is no function of the specification")
        evaluation = None if self.recall is None else self.recall.evaluation(self, row, instance)
        if evaluation is None:
            self._tell_recorder()
            who, budget = str(instance), instance.budget_slot
            evaluation = self.evaluator.run_action(instance.action, instance.arguments, row, who, budget)
            self._refuse_cut(evaluation.reads)
            if self.recall is not None and not self.evaluator.recorder.drew:
                self.recall.keep(self, row, instance, evaluation)
        if self.observe is not None:
            self.observe(row, instance, evaluation)
        return evaluation

    def _tell_recorder(self) -> None:
        recorder = self.evaluator.recorder
        recorder.cut, recorder.nameless, recorder.unknown = self.cut, self.nameless, self.unknown

    def _refuse_cut(self, reads: tuple[int, ...]) -> None:
        """Raise CutRead even where the function swallowed it, as a bare `except:` does."""
        if self.cut:
            slots = len(self.schema.slots)
            for slot in reads:
                if slot % slots in self.cut:
                    raise CutRead(slot % slots)

    def enabled(self, row: str) -> Iterator[tuple[Instance, Evaluation]]:
        """The instances that have an outcome on a row, or found a pool exhausted, in their order."""
        for instance in self.instances:
            evaluation = self.evaluate_with(row, instance)
            if evaluation.outcomes or evaluation.exhausted:
                yield instance, evaluation

    def steps(self, row: str) -> Steps:
        """Every step that changes the row. An outcome that changes nothing is no step, and spends no budget."""
        steps: list[Step] = []
        stuttering = 0
        exhausted: tuple[str, ...] = ()
        busy = False
        for instance, evaluation in self.enabled_with(row):
            if evaluation.exhausted:
                exhausted += evaluation.exhausted
                busy = busy or instance.urgent  # it would have acted, had the bound been larger
            for outcome in evaluation.outcomes:
                step = self.step(row, instance, outcome)
                if step is None:
                    stuttering += 1
                    continue
                busy = busy or self.is_awaited(row, step)
                steps.append(step)
        if not busy and self.evaluator.timed:
            later = self.advance_clock(row)
            if later is not None:
                steps.append(Step(self.clock, later[0], later[1], later[1]))
        return Steps(steps, stuttering, exhausted)

    def step(self, row: str, instance: Instance, outcome: Outcome) -> Step | None:
        """The step that one outcome of an instance is on a row; None when nothing changes."""
        raw = self.apply(row, instance, outcome)
        if raw is None:
            return None
        numbered = outcome.issues or any(slot in self._series for slot, _ in outcome.writes)
        settled = self._settle(self.renumber(raw) if numbered else raw, (row, instance))
        return Step(instance, outcome.label, settled, raw, outcome.marks)

    def is_awaited(self, row: str, step: Step) -> bool:
        """Whether the clock may not pass before a step: not where only numbers that nobody compares change."""
        return step.row != row and (step.instance.urgent or self.is_overdue(row, step.instance))

    def apply(self, row: str, instance: Instance, outcome: Outcome) -> str | None:
        """The row after an outcome, with true serial numbers; None when nothing changes."""
        for slot, character in outcome.writes:
            if row[slot] != character:
                break
        else:
            if not outcome.issues:
                return None
        after = patch(row, outcome.writes)
        if outcome.issues:
            issued = ((s, self.schema.encode(s, self.next_serial)) for s in outcome.issues if s not in self.cut)
            after = patch(after, tuple(issued))
        if after == row:
            return None
        if instance.budget_slot >= 0:
            left = self.schema.value_at(row, instance.budget_slot) - 1
            after = patch(after, ((instance.budget_slot, self.schema.encode(instance.budget_slot, left)),))
        return after

    def renumber(self, row: str) -> str:
        """Keep of the serial numbers only their order relative to those that are held."""
        schema = self.schema
        if not self._series:
            return row
        values = {slot: schema.value_at(row, slot) for slot in self._series}
        held = sorted({v for slot, v in values.items() if self._series[slot] and v is not None})
        if not held:  # nobody compares: every number counts as the first one
            return patch(row, tuple((slot, schema.encode(slot, 0)) for slot, value in values.items() if value))
        writes = []
        for number, value in values.items():
            if value is not None:
                below = sum(h < value for h in held)
                writes.append((number, schema.encode(number, 2 * below + (value in held))))
        return patch(row, tuple(writes))

    # ---------------------------------------------------------------- time
    def is_overdue(self, row: str, instance: Instance) -> bool:
        """Whether the deadline of an instance is here."""
        return instance.deadline_slot >= 0 and self.schema.value_at(row, instance.deadline_slot) == 0

    def _settle(self, row: str, step: tuple[str, Instance] | None) -> str:
        """Set the deadlines of steps with within_seconds: they run while the step stays enabled."""
        if not self._waiting:
            return row
        writes = []
        for instance in self._waiting:
            outcomes = self.evaluate_with(row, instance).outcomes
            enabled = any(self.apply(row, instance, outcome) is not None for outcome in outcomes)
            left = self.schema.value_at(row, instance.deadline_slot)
            taken = step is not None and step[1] is instance
            if not enabled:
                left = None
            elif left is None or taken:
                left = instance.action.within_seconds if instance.action else None
            writes.append((instance.deadline_slot, self.schema.encode(instance.deadline_slot, left)))
        return patch(row, tuple(writes))

    def advance_clock(self, row: str) -> tuple[str, str] | None:
        """Jump to the next instant at which a timer or a deadline is due; None when nothing runs."""
        schema = self.schema
        running: list[tuple[int, int]] = []
        for slot in self.timer_slots:
            timer = schema.value_at(row, slot)  # None in an object that does not exist
            if timer is not None and timer.seconds:
                running.append((slot, timer.seconds))
        deadlines = [(i.deadline_slot, left) for i in self._waiting if (left := schema.value_at(row, i.deadline_slot))]
        if not running and not deadlines:
            return None
        jump = min(seconds for _, seconds in running + deadlines)
        writes = [(slot, schema.encode(slot, Timer(seconds - jump))) for slot, seconds in running]
        writes += [(slot, schema.encode(slot, seconds - jump)) for slot, seconds in deadlines]
        return f"+{jump}s", patch(row, tuple(writes))

    # ---------------------------------------------------------------- properties
    def judge(
        self, about: PropertyInstance, row: str, after: str | None = None, step: StepInfo | None = None
    ) -> Judgement:
        """What a property says of a row, or of a step."""
        judgement = None if self.recall is None else self.recall.judgement(self, about, row, after, step)
        if judgement is None:
            self._tell_recorder()
            judgement = self.evaluator.judge(about.judged, about.arguments, row, after, step)
            self._refuse_cut(judgement.reads)
            if self.recall is not None:
                self.recall.keep_judgement(about, row, after, step, judgement)
        if self.observe is not None:
            self.observe(row, about, judgement)
        return judgement

    def sliced(
        self, kept: Iterable[int], instances: Iterable[Instance], nameless: frozenset[Any] = frozenset()
    ) -> Compiled:
        """The same system without the slots that are not kept and with these instances only."""
        part = object.__new__(Compiled)
        part.system, part.schema, part.evaluator, part.clock = self.system, self.schema, self.evaluator, self.clock
        part.instances = tuple(instances)
        part.cut = frozenset(range(len(self.schema.slots))) - frozenset(kept)
        part.nameless, part.unknown, part.observe, part.starts = nameless, NO_SLOTS, None, ()
        part.recall = self.recall
        part._prepare()
        return part


def patch(row: str, writes: tuple[tuple[int, str], ...]) -> str:
    """The row with some characters replaced."""
    if len(writes) == 1:
        slot, character = writes[0]
        return f"{row[:slot]}{character}{row[slot + 1 :]}"
    characters = list(row)
    for slot, character in writes:
        characters[slot] = character
    return "".join(characters)


def outcomes_of(action: Action[Any], state: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Evaluate one action on one state, outside any system; budgets do not count."""
    arguments = inspect.signature(action.function).bind(state, *args, **kwargs).args[1:]
    schema = Schema(state)
    row = schema.row(state)
    evaluator = Evaluator(schema)
    evaluation = evaluator.run_action(action, arguments, row, f"{action}({', '.join(map(text_of, arguments))})")
    found: dict[str, Any] = {}
    for outcome in evaluation.outcomes:
        issued = [schema.value_at(row, s.number) or 0 for s in schema.slots if s.role in ("serial", "held serial")]
        writes = outcome.writes + tuple((s, schema.encode(s, max(issued) + 1)) for s in outcome.issues)
        found[outcome.label] = schema.state(patch(row, writes))
    return found
