"""A trace: the steps of one execution, with what changed, why it matters, and how to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen


@frozen(kw_only=True)
class Change:
    """One field that a step changed, named as its users think of it.

    object_name: e.g. "Pod/web-a"; path: e.g. ".spec.nodeName", empty when the object itself came or went;
    before and after: the values as text; before is None for an object that came, after for one that went. With a path
    the same holds for a member of the collection there, e.g. a taint: before None is "+ member". An unset field is "".
    A change that is best told as a sentence has it as object_name, and neither path nor values.
    """

    object_name: str
    path: str
    before: str | None
    after: str | None


@frozen(kw_only=True)
class TraceStep:
    """One step: `lane.action(arguments) -> choices`, and its diff.

    at_seconds: time since the start, None when the run is untimed. source: (file, line) of the action's function.
    action_key: (component, action); slots: the raw slot paths written, for tools.
    """

    lane: str
    component: str
    action: str
    arguments: tuple[str, ...] = ()
    choices: str = ""
    fault: bool = False
    at_seconds: int | None = None
    changes: tuple[Change, ...] = ()
    doc: str = ""
    source: tuple[str, int] | None = None

    def __str__(self) -> str:
        text = f"{self.lane}.{self.action}({', '.join(self.arguments)})"
        if self.fault:
            text = f"FAULT {self.action}({', '.join(self.arguments)})"
        return f"{text} -> {self.choices}" if self.choices else text


@frozen(kw_only=True)
class Witness:
    """An object the claim blames, and since which step the fields it was judged by are as they are (0: the start).

    note: what else is true of it, e.g. "behind the partition".
    """

    text: str
    since_step: int
    note: str = ""


@frozen(kw_only=True)
class Why:
    """The claim that does not hold (what it says, in the positive) and the witnesses against it.

    notes: further lines, e.g. the filter that refuses each node.
    """

    says: str
    witnesses: tuple[Witness, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Starved:
    """A fair action in the loop of a lasso, and in how many of the loop's states it is enabled without being taken."""

    step: str
    enabled_in: int
    loop_states: int


@frozen(kw_only=True)
class Trace:
    """A counterexample (or a witness of `reachable`).

    initial: one line that describes the initial state, by its parts.
    states: the full state after each step as {slot path: value}, beginning with the initial one (len(steps) + 1).
    loop_from: the index of the state the last step returns to (liveness); None where there is no loop.
    stutters: the last state has no further step and lasts for ever.
    run: what `replay` needs to build the system again (target, files, scope...), JSON-able.
    """

    property_name: str
    object_name: str = ""
    kind: str = "always"
    says: str = ""
    doc: str = ""
    timing: str = "untimed"
    states_seen: int = 0
    shortest: bool = True
    initial: tuple[str, ...] = ()
    steps: tuple[TraceStep, ...] = ()
    states: tuple[Mapping[str, Any], ...] = ()
    loop_from: int | None = None
    stutters: bool = False
    starved: tuple[Starved, ...] = ()
    why: Why | None = None
    run: Mapping[str, Any] = Factory(dict)

    @property
    def faults(self) -> int:
        """How many of the steps are faults."""
        return sum(step.fault for step in self.steps)
