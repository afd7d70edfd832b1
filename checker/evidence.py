"""From a counterexample to a trace: what each step changed, and why the claim does not hold.

Every trace is executed again before it is shown, by the functions of the specification and without any cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from attrs import define, field

from clusterproof.checker.answers import Counterexample, has_clock, plain
from clusterproof.checker.differences import Differences, objects_present, state_values
from clusterproof.checker.judging import LIVENESS, NO_DEADLOCK
from clusterproof.checker.recorded_slice import slice_as_json
from clusterproof.checker.replay import replay_steps
from clusterproof.checker.search import Path, Stepped
from clusterproof.checker.trace import Starved, Trace, TraceStep, Why, Witness
from clusterproof.claims import Claim, Claims, Property
from clusterproof.compiled import Compiled, Instance, PropertyInstance, text_of
from clusterproof.evaluation import Judgement


def build_trace(compiled: Compiled, found: Counterexample, states_seen: int = 0) -> Trace:
    """Replay a counterexample and make a trace of it. Raises ReplayError when it cannot be taken again."""
    path = found.path
    replay_steps(compiled, path.rows[0], path.steps, path.rows)
    return _Story(compiled, found).trace(states_seen)


def _says_nothing(_state: object) -> Claims:
    yield from ()


RUN: Property[Any] = Property(kind="always", function=_says_nothing, called="run")
"""What stands in the place of a property where an execution is shown that breaks nothing."""


def build_run(compiled: Compiled, path: Path) -> Trace:
    """The trace of an execution that breaks nothing, replayed like the others."""
    found = Counterexample(about=PropertyInstance(judged=RUN), says="", path=path)
    return attrs.evolve(build_trace(compiled, found), kind="run", why=None, shortest=False)


@define(eq=False)
class _Story:
    """A counterexample with the steps that are shown: the clock's own steps are told by the time of the next one."""

    compiled: Compiled
    found: Counterexample
    differences: Differences = field(init=False)
    shown: list[int] = field(init=False)
    loop: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.differences = Differences(self.compiled)
        found = self.found
        last = len(found.path.steps)
        self.shown = shown_steps(self.compiled, found.path.steps, found.loop_from)
        self.loop = [*range(found.loop_from, last)] if found.loop_from is not None else [last]

    def trace(self, states_seen: int) -> Trace:
        """The whole trace."""
        found, compiled = self.found, self.compiled
        judged, rows = found.about.judged, found.path.rows
        liveness = judged.kind in LIVENESS
        promised = [one for one in found.starved if one.fairness is not None]
        return Trace(
            property_name=judged.name,
            object_name=found.about.object_name,
            kind=judged.kind,
            says=found.says,
            doc=judged.doc,
            timing=compiled.system.timing,
            states_seen=states_seen,
            shortest=not liveness,
            initial=tuple(compiled.system.narration.describe(compiled.schema.state(rows[0])))
            or objects_present(compiled, rows[0]),
            steps=tuple(self._steps()),
            states=tuple(state_values(compiled, rows[number]) for number in (0, *self.shown)),
            loop_from=None if found.loop_from is None else self._shown_number(found.loop_from),
            stutters=found.stutters or judged is NO_DEADLOCK,
            starved=tuple(
                Starved(step=str(self._instance(one.label)), enabled_in=one.enabled_in, loop_states=one.loop_states)
                for one in promised
            ),
            why=self._why(),
            run={
                "system": compiled.system.name,
                "initial": _initial_number(compiled, rows[0]),
                "steps": [[str(instance), label] for instance, label in found.path.steps],
                "loop_from": found.loop_from,
                "sliced": bool(compiled.cut),
                "slice": slice_as_json(compiled),
            },
        )

    def _instance(self, number: int) -> Instance:
        if number == self.compiled.clock.number:
            return self.compiled.clock
        return next(instance for instance in self.compiled.instances if instance.number == number)

    def _shown_number(self, row: int) -> int:
        """The number of the shown step since which, or up to which, things are as in a row of the path."""
        return sum(number <= row for number in self.shown)

    # ------------------------------------------------------------ steps
    def _steps(self) -> list[TraceStep]:
        path = self.found.path
        seconds = 0 if has_clock(self.compiled) else None
        steps: list[TraceStep] = []
        for number, stepped in enumerate(path.steps, start=1):
            if seconds is not None and stepped[0] is self.compiled.clock:
                seconds += seconds_of(stepped)
            if number in self.shown:
                steps.append(self._step(stepped, path.rows[number - 1], path.rows[number], seconds))
        return steps

    def _step(self, stepped: Stepped, before: str, after: str, seconds: int | None) -> TraceStep:
        instance, label = stepped
        action = instance.action
        whole = instance.fault or instance.lane == instance.component
        code = getattr(action.function, "__code__", None) if action else None
        return TraceStep(
            lane=instance.lane,
            component=instance.component,
            action=plain(instance.name) if instance.fault else instance.name,
            arguments=tuple(map(text_of, instance.arguments if whole else instance.arguments[1:])),
            choices=label,
            fault=instance.fault,
            at_seconds=seconds,
            changes=self.differences.between(before, after),
            doc=action.doc if action else "",
            source=(code.co_filename, code.co_firstlineno) if code else None,
        )

    # ------------------------------------------------------------ why
    def _why(self) -> Why:
        found, judged = self.found, self.found.about.judged
        if judged.kind == "leads_to":
            return self._finished(Why(says=found.says, witnesses=self._witnesses(found.about.arguments, self._slots())))
        broken = [] if judged is NO_DEADLOCK else self._broken()
        if not broken:
            return self._finished(Why(says=found.says))
        says = broken[0][0].says if judged.kind in LIVENESS else found.says
        witnesses: dict[str, Witness] = {}
        for made, slots in broken:
            if made.says == says:
                for witness in self._witnesses(made.about, slots):
                    witnesses.setdefault(witness.text, witness)
        others = dict.fromkeys(made.says for made, _ in broken if made.says != says)
        notes = tuple(f"nor does this hold: {text}" for text in others) if judged.kind in LIVENESS else ()
        return self._finished(Why(says=says, witnesses=tuple(witnesses.values()), notes=notes))

    def _broken(self) -> list[tuple[Claim, tuple[int, ...]]]:
        """The claims that do not hold at the end or in the loop (for `reachable`: that hold), and their slots."""
        found, judged = self.found, self.found.about.judged
        wanted = judged.kind == "reachable"
        if judged.kind == "step":
            return [(made, slots) for made, slots in self._judge_last_step().claims if not made.holds]
        for number in self.loop:
            claims = self.compiled.judge(found.about, found.path.rows[number]).claims
            broken = [(made, slots) for made, slots in claims if made.holds is wanted]
            if broken:
                return broken
        return []

    def _judge_last_step(self) -> Judgement:
        """Judge the last step again, on the row as it was before serial numbers were renumbered."""
        found, compiled = self.found, self.compiled
        before, after = found.path.rows[-2:]
        instance, label = found.path.steps[-1]
        info = instance.info if found.about.judged.wants_step else None
        judgements = [
            compiled.judge(found.about, before, step.raw, info)
            for step in compiled.steps(before).steps
            if step.instance is instance and step.label == label and step.row == after
        ]
        broken = [j for j in judgements if any(not made.holds and made.says == found.says for made, _ in j.claims)]
        return (broken or judgements)[0]

    def _slots(self) -> tuple[int, ...]:
        return self.compiled.judge(self.found.about, self.found.path.rows[self.loop[0]]).reads

    def _witnesses(self, blamed: Sequence[object], slots: Sequence[int]) -> tuple[Witness, ...]:
        """Since which step each blamed object is as the claim found it, by the slots that the claim read."""
        count = len(self.compiled.schema.slots)
        read = {slot % count for slot in slots}
        return tuple(
            Witness(text=text_of(one), since_step=self._since(read & self._slots_of(one) or read)) for one in blamed
        )

    def _slots_of(self, identity: object) -> set[int]:
        """Every slot that belongs to an object with this id."""
        kids = [
            kid
            for shape in self.compiled.schema.root.walk()
            if shape.kind != "object"
            for key, kid in shape.kids.items()
            if key == identity
        ]
        return {below.slot for kid in kids for below in kid.walk() if below.slot >= 0}

    def _since(self, slots: set[int]) -> int:
        rows = self.found.path.rows
        for number in range(len(rows) - 1, 0, -1):
            if any(rows[number][slot] != rows[number - 1][slot] for slot in slots):
                # A change made by a hidden step of the clock is seen with the next step.
                return min(self._shown_number(number - 1) + 1, len(self.shown))
        return 0

    def _finished(self, why: Why) -> Why:
        """Add what nobody promised, and what the system itself has to say."""
        notes = list(why.notes)
        for one in self.found.starved:
            if one.fairness is None and not self._instance(one.label).fault:
                where = f"possible in {one.enabled_in} of {one.loop_states} states"
                notes.append(f"nothing promises {self._instance(one.label)}, which is {where}")
        state = self.compiled.schema.state(self.found.path.rows[self.loop[0]])  # what is cut away is as at the start
        notes += self.compiled.system.narration.explain(state, why.says)
        return Why(says=why.says, witnesses=why.witnesses, notes=tuple(notes))


def shown_steps(compiled: Compiled, steps: Sequence[Stepped], loop_from: int | None) -> list[int]:
    """The numbers, from 1, of the steps that a trace shows: all but the clock's, unless it ends or loops there."""
    ends = (len(steps), loop_from)
    numbered = enumerate(steps, start=1)
    return [number for number, (instance, _) in numbered if instance is not compiled.clock or number in ends]


def seconds_of(stepped: Stepped) -> int:
    """How far a step of the clock jumps: "+50s" is 50."""
    return int(stepped[1].removeprefix("+").removesuffix("s"))


def _initial_number(compiled: Compiled, row: str) -> int:
    rows: list[Any] = compiled.initial_rows()
    return rows.index(row)
