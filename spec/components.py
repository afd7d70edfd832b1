"""Components and their actions: who does what."""

from __future__ import annotations

import enum
import inspect
import typing
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from attrs import Factory, define, field

from clusterproof.errors import SpecError

S = TypeVar("S")
P = ParamSpec("P")


class Fairness(enum.Enum):
    """A promise that an action is not put off for ever, per action and arguments; any outcome keeps it.

    WEAK: what stays enabled is taken. STRONG: what is enabled again and again is taken.
    """

    WEAK = "weak"
    STRONG = "strong"


weak = Fairness.WEAK
"""What stays enabled is taken."""

strong = Fairness.STRONG
"""What is enabled again and again is taken."""


class _Unbounded(enum.Enum):
    UNBOUNDED = "unbounded"

    def __repr__(self) -> str:
        return "unbounded"


unbounded = _Unbounded.UNBOUNDED
"""A budget without limit, written out because liveness may then contain the fault."""

Budget = int | _Unbounded


@define(eq=False, kw_only=True)
class Action(Generic[P]):
    """A step that some component may take: what `@component.action` and `@component.fault` return.

    urgent: the clock may not pass while the step is enabled. within_seconds: it may wait, but no longer than this.
    writes: the only fields it may assign to, as their names below the state, without ids: "pods.node" is the node of
    any pod, "pods" every field of theirs and whether they exist. None: it may assign to anything.
    """

    component: Component
    name: str
    function: Callable[..., None]
    fault: bool = False
    fairness: Fairness | None = None
    urgent: bool = True
    within_seconds: int | None = None
    writes: tuple[str, ...] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters after the state, with their types. Raises SpecError for one without annotation."""
        try:
            hints = typing.get_type_hints(self.function)
        except NameError as error:
            message = f"{self}: the annotation {error.name!r} cannot be resolved.\n"
            raise SpecError(message + "  define actions and their types at the top level of a module") from None
        names = list(inspect.signature(self.function).parameters)
        if not names:
            raise SpecError(f"{self}() takes no state.\n  write def {self.name}(state: YourState, ...) -> None")
        for name in names:
            if name not in hints:
                raise SpecError(f"{self}({name}): annotate {name}, its type says which values it takes")
        return {name: hints[name] for name in names[1:]}

    @property
    def doc(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def outcomes(self, state: Any, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """The pure transition function: every state the action may lead to, by the label of its choices.

        The state given is not touched. Empty when the action is not enabled.
        """
        from clusterproof.compiled import outcomes_of  # noqa: PLC0415  (the language and its evaluation need each other)

        return outcomes_of(self, state, args, kwargs)

    def __str__(self) -> str:
        return f"{self.component.name}.{self.name}"

    def __repr__(self) -> str:
        return f"<{'fault' if self.fault else 'action'} {self}>"


Step = Callable[Concatenate[S, P], None]


@define(eq=False)
class Component:
    """Who acts: a process, a person, the environment.

    each: an id type; there is one lane per id, and actions take that id as their first parameter.
    runs_when: a function of the state (and of the lane's id) without which none of its actions is enabled.
    fair, urgent, within_seconds, writes: defaults for its actions, see there.
    """

    name: str
    each: Any = field(default=None, kw_only=True)
    runs_when: Callable[..., bool] | None = field(default=None, kw_only=True)
    fair: Fairness | None = field(default=None, kw_only=True)
    urgent: bool = field(default=True, kw_only=True)
    within_seconds: int | None = field(default=None, kw_only=True)
    writes: Iterable[str] | None = field(default=None, kw_only=True)
    actions: list[Action[Any]] = field(default=Factory(list), init=False)

    @overload
    def action(self, function: Step[S, P], /) -> Action[P]: ...
    @overload
    def action(
        self,
        /,
        *,
        fair: Fairness | None = None,
        urgent: bool | None = None,
        within_seconds: int | None = None,
        writes: Iterable[str] | None = None,
    ) -> Callable[[Step[S, P]], Action[P]]: ...
    def action(
        self,
        function: Any = None,
        /,
        *,
        fair: Fairness | None = None,
        urgent: bool | None = None,
        within_seconds: int | None = None,
        writes: Iterable[str] | None = None,
    ) -> Any:
        """Register an action: a function that assigns to the state it is given and returns nothing."""

        def register(given: Any) -> Action[Any]:
            within = self.within_seconds if within_seconds is None else within_seconds
            hurry = (self.urgent if urgent is None else urgent) and within is None
            return self._add(given, writes, fairness=fair or self.fair, urgent=hurry, within_seconds=within)

        return register if function is None else register(function)

    @overload
    def fault(self, function: Step[S, P], /) -> Action[P]: ...
    @overload
    def fault(self, /, *, writes: Iterable[str] | None = None) -> Callable[[Step[S, P]], Action[P]]: ...
    def fault(self, function: Any = None, /, *, writes: Iterable[str] | None = None) -> Any:
        """Register a fault: an action that nobody promises, that needs a budget, and that the clock never waits for."""

        def register(given: Any) -> Action[Any]:
            return self._add(given, writes, fault=True, urgent=False)

        return register if function is None else register(function)

    def _add(self, function: Any, writes: Iterable[str] | None, **options: Any) -> Action[Any]:
        name, declared = function.__name__, self.writes if writes is None else writes
        if isinstance(declared, str):
            raise SpecError(f"{self.name}.{name}: writes={declared!r} is one text.\n  write writes=({declared!r},)")
        fields = None if declared is None else tuple(declared)
        action: Action[Any] = Action(component=self, name=name, function=function, writes=fields, **options)
        if any(other.name == action.name for other in self.actions):
            raise SpecError(f"{action} is defined twice.\n  give the second one another name")
        self.actions.append(action)
        return action

    def __repr__(self) -> str:
        return f"<component {self.name}>"
