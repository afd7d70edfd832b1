"""What a command is about: a system with what the user may want to know about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from clusterproof.checker.cli.request import Request
from clusterproof.system import Bounds, System

KUBERNETES = "clusterproof.models.kubernetes."

SHARE_OF_SECONDS = 0.25
"""How much of the bound on time may go into looking for the initial states."""


@frozen(kw_only=True)
class Subject:
    """A system, ready to be checked.

    facts: the rows that say what it is, as (heading, text). named: the properties that were asked for by name.
    incomplete: why not all initial states are known, empty when they are. warnings: what the model left out.
    looked_at: how many states it took to find the initial ones. asked: the words of the command line.
    apart: where it falls into groups of objects that cannot feel each other, each of them; the system is then only good
    for asking what is in it. rooms: what makes sure of that, a property of the system that nobody asked for.
    """

    title: str
    request: Request
    system: System[Any]
    facts: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()
    is_cluster: bool = False
    incomplete: str = ""
    warnings: tuple[str, ...] = ()
    looked_at: int = 0
    asked: Request | None = None
    apart: tuple[Subject, ...] = ()
    rooms: str = ""

    @property
    def machinery(self) -> frozenset[str]:
        """The actions of Kubernetes itself, `component.action`, which nobody misses where they have nothing to do."""
        actions = (action for component in self.system.components for action in component.actions)
        return frozenset(
            str(action)
            for action in actions
            if action.function.__module__.startswith(KUBERNETES) and not action.component.name.endswith("user")
        )


@define
class Preparation:
    """How long the search for initial states may take, and who is told of it.

    first_only: one of them is enough. apart: what falls into groups is prepared group by group. interrupted: not empty
    once the user has pressed Ctrl-C. cut: why it was stopped.
    """

    bounds: Bounds = field(factory=Bounds)
    first_only: bool = False
    apart: bool = False
    on_states: Callable[[int], None] = lambda _: None
    interrupted: list[bool] = field(factory=list)
    cut: str = ""
    _started: float = field(init=False, factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def keep_going(self, states: int) -> bool:
        """Whether to look for more initial states."""
        self.on_states(states)
        if self.interrupted:
            self.cut = "interrupted"
        elif self.bounds.states is not None and states > self.bounds.states:
            self.cut = f"the bound of {self.bounds.states} states"
        elif self.bounds.seconds is not None and self.seconds > self.bounds.seconds * SHARE_OF_SECONDS:
            self.cut = f"{SHARE_OF_SECONDS:.0%} of the bound of {self.bounds.seconds:g} seconds"
        return not self.cut
