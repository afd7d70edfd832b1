"""A system as Hypothesis' RuleBasedStateMachine: one rule per action, judged after every step.

    Shop = to_state_machine(shop.system)
    TestShop = Shop.TestCase
    TestShop.settings = settings(max_examples=500)

A failure prints the steps as lines that run. For long searches `explore` is faster by orders of magnitude; this is for
those who want Hypothesis' own settings, profiles, database and reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.check import instances_of, out_of_scope, selected
from clusterproof.checker.evidence import build_trace
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.memo import Memo
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.replay import ReplayError, step_text
from clusterproof.checker.search import Path
from clusterproof.checker.testing import WIDTH, PropertyFailed
from clusterproof.compiled import Compiled, PropertyInstance, Step
from clusterproof.errors import SpecError
from clusterproof.system import System

CHECKED = ("always", "step")
"""The kinds of properties that a run that ends can break."""


def to_state_machine(system: System[Any]) -> type[SystemStateMachine]:
    """A class of state machines that take the steps of a system.

    Its rules are called `component_action`, take the text of a step as traces write it, and draw only what is possible.
    Properties about the end of all runs, and what is reachable, are named in its `not_checked`.
    Raises SpecError when the system has nothing that could be checked in this way.
    """
    compiled = Compiled(system)
    memo = Memo(compiled)
    compiled.enabled_with = memo.enabled
    compiled.evaluate_with = memo.evaluate
    abouts = [a for a in instances_of(compiled, selected(system, None)) if out_of_scope(compiled, a) is None]
    judged = {kind: [a for a in abouts if a.judged.kind == kind and a.judged is not NO_DEADLOCK] for kind in CHECKED}
    not_checked = dict.fromkeys(a.judged.name for a in abouts if a.judged.kind not in CHECKED)
    if not any(judged.values()) and system.deadlock != "forbidden":
        raise SpecError(f"no property of kind always or step: {', '.join(not_checked) or 'none at all'}.\n  use check")
    name = _class_name(system.name)
    rows = compiled.initial_rows()
    members: dict[str, Any] = {
        "__doc__": f"The steps of {system.name or 'a system'}, taken at random.",
        "compiled": compiled,
        "memo": memo,
        "starts": rows,
        "of_states": judged["always"],
        "of_steps": judged["step"],
        "not_checked": tuple(not_checked),
        **_rules(compiled),
    }
    if len(rows) > 1:
        members["start_in"] = initialize(number=st.sampled_from(range(len(rows))))(start_in)
    return type(name, (SystemStateMachine,), members)


class SystemStateMachine(RuleBasedStateMachine):
    """What the state machines of all systems share: the execution so far, and judging it.

    not_checked: the properties that no run that ends can break.
    """

    compiled: ClassVar[Compiled]
    memo: ClassVar[Memo]
    starts: ClassVar[list[str]]
    of_states: ClassVar[list[PropertyInstance]]
    of_steps: ClassVar[list[PropertyInstance]]
    not_checked: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(steps=(), rows=(self.starts[0],))
        self._possible: tuple[str, list[Step]] = ("", [])

    @property
    def row(self) -> str:
        """Where the execution has come to."""
        return self.path.rows[-1]

    def possible(self, key: tuple[str, str] | None = None) -> list[Step]:
        """The steps that are possible now, of one action (component, name) or of all."""
        if self._possible[0] != self.row:
            self._possible = self.row, self.compiled.steps(self.row).steps
        steps = self._possible[1]
        return steps if key is None else [step for step in steps if _key(step) == key]

    def take(self, text: str) -> None:
        """Take the step that a text names. Raises ReplayError when it is not possible, PropertyFailed if it breaks."""
        __tracebackhide__ = True
        taken = next((step for step in self.possible() if step_text(step.instance, step.label) == text), None)
        if taken is None:
            raise ReplayError(f"{text} is not enabled")
        before = self.row
        self.path = self.path.then((taken.instance, taken.label), taken.row)
        for about in self.of_steps:
            info = taken.instance.info if about.judged.wants_step else None
            self._demand(about, self.memo.judge(about, before, taken.raw, info).claims)

    @invariant()
    def properties_hold(self) -> None:
        """Every property about states holds."""
        __tracebackhide__ = True
        for about in self.of_states:
            self._demand(about, self.memo.judge(about, self.row).claims)

    @precondition(lambda self: not self.possible())
    @rule()
    def nothing_happens(self) -> None:
        """Where no step is possible the state lasts for ever, which may be forbidden."""
        if self.compiled.system.deadlock == "forbidden":
            self._fail(PropertyInstance(judged=NO_DEADLOCK), "some step is possible")

    def _demand(self, about: PropertyInstance, claims: Any) -> None:
        __tracebackhide__ = True
        broken = next((made for made, _ in claims if not made.holds), None)
        if broken is not None:
            self._fail(about, broken.says)

    def _fail(self, about: PropertyInstance, says: str) -> None:
        __tracebackhide__ = True
        trace = build_trace(self.compiled, Counterexample(about=about, says=says, path=self.path))
        trace = attrs.evolve(trace, shortest=False)
        name = type(self).__name__
        line = f"{name} = to_state_machine(system), then the lines that begin with `state`"
        raise PropertyFailed("\n" + trace_text(trace, line, WIDTH))


def start_in(self: SystemStateMachine, number: int) -> None:
    """Choose the initial state."""
    self.path = Path(steps=(), rows=(self.starts[number],))


# ---------------------------------------------------------------- rules


def _rules(compiled: Compiled) -> dict[str, Any]:
    """A rule for each action, and for the clock where there is one."""
    instances = [*compiled.instances, *([compiled.clock] if compiled.evaluator.timed else [])]
    rules: dict[str, Any] = {}
    for key in dict.fromkeys((instance.component, instance.name) for instance in instances):
        name = _identifier("_".join(key))
        while name in rules or hasattr(SystemStateMachine, name) or name == "start_in":
            name += "_"
        rules[name] = _rule(key, name)
    return rules


def _rule(key: tuple[str, str], name: str) -> Any:
    def take(self: SystemStateMachine, step: str) -> None:
        __tracebackhide__ = True
        self.take(step)

    def texts(machine: SystemStateMachine) -> list[str]:
        return [step_text(step.instance, step.label) for step in machine.possible(key)]

    take.__name__, take.__qualname__ = name, name
    drawn: Callable[[SystemStateMachine], st.SearchStrategy[str]] = lambda machine: st.sampled_from(texts(machine))  # noqa: E731
    return precondition(lambda self: bool(self.possible(key)))(rule(step=st.runner().flatmap(drawn))(take))


def _key(step: Step) -> tuple[str, str]:
    return step.instance.component, step.instance.name


def _identifier(text: str) -> str:
    name = re.sub(r"\W", "_", text)
    return name if name.isidentifier() else f"_{name}"


def _class_name(system_name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", system_name)
    return _identifier("".join(word[0].upper() + word[1:] for word in words) + "StateMachine")
