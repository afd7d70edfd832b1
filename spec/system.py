"""The system: what to check, from where, with whom, and how much may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from attrs import Factory, define, field, frozen

from clusterproof.claims import Property
from clusterproof.components import Action, Budget, Component, unbounded
from clusterproof.errors import SpecError

S = TypeVar("S")

Timing = Literal["timed", "untimed"]


@frozen(kw_only=True)
class Bounds:
    """Where a search stops, each None for no bound. What was cut short is never PROVED.

    memory_bytes: how much memory the whole process may use.
    """

    states: int | None = None
    seconds: float | None = None
    depth: int | None = None
    memory_bytes: int | None = None


ChangedField = tuple[str, str, str | None, str | None]
"""One field that a step changed: object, path, before, after; None for what came or went."""


def _no_lines(*_: object) -> Sequence[str]:
    return ()


def _all_of_them(changes: Sequence[ChangedField]) -> Sequence[ChangedField]:
    return changes


@frozen(kw_only=True)
class Narration:
    """How a system tells its stories, in the words of its users.

    describe: an initial state, as a few lines. tidy: of the fields that a step changed, those worth showing.
    explain: further lines under *why*, from the state in which a claim does not hold and what the claim says.
    """

    describe: Callable[[Any], Sequence[str]] = _no_lines
    tidy: Callable[[Sequence[ChangedField]], Sequence[ChangedField]] = _all_of_them
    explain: Callable[[Any, str], Sequence[str]] = _no_lines


def _listed(domains: Mapping[Any, Iterable[Any]]) -> dict[Any, tuple[Any, ...]]:
    """The domains as tuples: an iterator would be empty the second time, a set has another order in the next run."""
    for hint, values in domains.items():
        if isinstance(values, (set, frozenset)):
            message = f"domains: {getattr(hint, '__name__', hint)}: the order of a set changes from run to run.\n"
            raise SpecError(message + "  write a tuple, or sorted(...)")
    return {hint: tuple(values) for hint, values in domains.items()}


@define(eq=False)
class System(Generic[S]):
    """What to check.

    initial: the state it starts in, or several. components: who acts. properties: what must hold.
    budgets: action -> how often it may strike (`unbounded` is written out; 0 takes it out of the scope).
    domains: parameter type -> the values it takes, for types that are not ids of the state, Enums, Literals or bools.
    timing: "timed" (a virtual clock) or "untimed" (armed timers fire whenever they like while their cause lasts).
    deadlock: "forbidden" makes a state without steps a violation; "allowed" lets it stutter for ever.
    symmetric: id types whose ids are interchangeable. assumptions: lines printed with every verdict. sliced: explore
    for each property only what it depends on. symmetry: explore one of the states that differ by interchangeable ids
    only, where the engine can. narration: how traces are told.
    """

    initial: S | Sequence[S]
    components: Sequence[Component] = field(default=(), kw_only=True)
    properties: Sequence[Property[S]] = field(default=(), kw_only=True)
    budgets: Mapping[Action[...], Budget] = field(default=Factory(dict), kw_only=True)
    domains: Mapping[Any, Iterable[Any]] = field(default=Factory(dict), converter=_listed, kw_only=True)
    timing: Timing = field(default="timed", kw_only=True)
    deadlock: Literal["allowed", "forbidden"] = field(default="allowed", kw_only=True)
    bounds: Bounds = field(default=Factory(Bounds), kw_only=True)
    symmetric: Sequence[Any] = field(default=(), kw_only=True)
    assumptions: Sequence[str] = field(default=(), kw_only=True)
    sliced: bool = field(default=False, kw_only=True)
    symmetry: bool = field(default=True, kw_only=True)
    narration: Narration = field(default=Factory(Narration), kw_only=True)
    name: str = field(default="", kw_only=True)

    @property
    def initial_states(self) -> tuple[S, ...]:
        """The states it may start in. Raises SpecError when there is none."""
        states = tuple(self.initial) if isinstance(self.initial, (list, tuple)) else (self.initial,)
        if not states:
            raise SpecError("System(initial=[]): there is no state to start in.\n  give at least one")
        return states

    def __attrs_post_init__(self) -> None:
        names: set[str] = set()
        for judged in self.properties:
            unchecked: Any = judged
            if not isinstance(unchecked, Property):
                name = getattr(unchecked, "__name__", unchecked)
                raise SpecError(f"properties: {name} is a plain function.\n  write @always (or @step, ...) above it")
        for component in self.components:
            if component.name in names:
                raise SpecError(f"two components are called {component.name!r}.\n  names are how steps are told apart")
            names.add(component.name)
        actions = {action for component in self.components for action in component.actions}
        for action, budget in self.budgets.items():
            if action not in actions:
                raise SpecError(f"budgets: {action} is not an action of this system's components")
            times: Any = budget
            if times is not unbounded and not (isinstance(times, int) and times >= 0):
                raise SpecError(
                    f"budgets: {action}: {budget!r} is not a number of times.\n  write 0, 1, 2... or unbounded"
                )
        for action in actions:
            if action.fault and action not in self.budgets:
                message = f"fault {action} has no budget.\n"
                raise SpecError(message + f"  write System(..., budgets={{{action.name}: 1}}), or unbounded")
