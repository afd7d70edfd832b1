"""Properties: what a system promises, as functions that yield named claims."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload

from attrs import define, field, frozen

from clusterproof.errors import SpecError

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)
P = ParamSpec("P")

Kind = Literal["always", "step", "eventually_always", "always_eventually", "leads_to", "reachable"]


@frozen
class Claim:
    """One clause of a property: whether it holds, what it says (in the positive), and the objects to blame."""

    holds: bool
    says: str
    about: tuple[object, ...] = ()


Claims = Iterator[Claim]
"""What a property yields: the return type of its function."""


def claim(holds: bool, says: str, /, *about: object) -> Claim:
    """One clause of a property, to be yielded; `about` are the ids to blame when it does not hold."""
    _refuse_guess(holds, f"claim({holds!r}, {says!r})", "claim")
    for blamed in about:
        if hasattr(blamed, "_place"):
            message = f"claim(..., {says!r}, {blamed!r}): a place in the state cannot be kept.\n"
            raise SpecError(message + "  blame its id, e.g. `for p, pod in c.pods.items()` and p")
    return Claim(holds, says, about)


def _refuse_guess(holds: object, written: str, what: str) -> None:
    if not isinstance(holds, bool):
        message = f"{written}: a {what} holds or it does not.\n"
        raise SpecError(message + "  write the comparison, e.g. n > 0 or x is not None")


@frozen
class Whenever:
    """What a `leads_to` property returns: whenever `given` holds, `then` holds at that moment or later."""

    given: bool
    then: bool

    def __attrs_post_init__(self) -> None:
        _refuse_guess(self.given, f"Whenever(given={self.given!r})", "condition")
        _refuse_guess(self.then, f"Whenever(then={self.then!r})", "condition")


@frozen(kw_only=True, cache_hash=True)
class StepInfo:
    """Which step led from `before` to `after`, for step properties that ask who did it."""

    component: str
    action: str
    arguments: tuple[object, ...] = ()
    fault: bool = False


@define(eq=False, kw_only=True)
class Property(Generic[S_contra]):
    """What the property decorators return. Parameters after the state make it a template: one verdict per object.

    called: its name, where one property is made of several functions. needs: names of actions or faults without which
    it says nothing, for `not checked: needs ...`; "one or other" where either will do. timed_only: it is about
    durations, and not applicable where there are none.
    """

    kind: Kind
    function: Callable[..., Any]
    called: str = ""
    needs: tuple[str, ...] = ()
    timed_only: bool = False
    _hints: dict[str, Any] | None = field(init=False, default=None, repr=False)

    @property
    def name(self) -> str:
        """The name in commands and verdicts: dashes for underscores."""
        return self.called or self.function.__name__.replace("_", "-")

    @property
    def doc(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def states(self) -> int:
        """How many states it looks at: 2 for a step property, else 1."""
        return 2 if self.kind == "step" else 1

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that quantify over objects, with their types."""
        return {n: hint for n, hint in self._annotated().items() if hint is not StepInfo}

    @property
    def wants_step(self) -> bool:
        """Whether a step property asks for the StepInfo."""
        return StepInfo in self._annotated().values()

    def _annotated(self) -> dict[str, Any]:
        if self._hints is None:  # asked for whenever it is judged
            self._hints = self._read_annotations()
        return self._hints

    def _read_annotations(self) -> dict[str, Any]:
        try:
            hints = typing.get_type_hints(self.function)
        except NameError as error:
            message = f"{self.name}: the annotation {error.name!r} cannot be resolved.\n"
            raise SpecError(message + "  define properties and their types at the top level of a module") from None
        names = list(inspect.signature(self.function).parameters)
        if len(names) < self.states:
            states = "(before: S, after: S)" if self.states == 2 else "(state: S)"
            message = f"{self.name}: what a property looks at are its first parameters.\n"
            raise SpecError(message + f"  write def {self.function.__name__}{states} for @{self.kind}")
        for name in names:
            if name not in hints:
                raise SpecError(f"{self.name}({name}): annotate {name}, its type says which objects it takes")
        return {name: hints[name] for name in names[self.states :]}

    def __repr__(self) -> str:
        return f"<{self.kind} property {self.name}>"


Judging = Callable[Concatenate[S, P], Claims]
Stepping = Callable[Concatenate[S, S, P], Claims]
Responding = Callable[Concatenate[S, P], Whenever]


@frozen
class _Decorator:
    """What the property decorators share: they take a function, or options first."""

    kind: Kind

    def make(self, function: Any, name: str, needs: Sequence[str], timed_only: bool) -> Any:
        def decorate(given: Any) -> Property[Any]:
            made: Property[Any] = Property(
                kind=self.kind, function=given, called=name, needs=tuple(needs), timed_only=timed_only
            )
            return made

        return decorate if function is None else decorate(function)


class _StateDecorator(_Decorator):
    @overload
    def __call__(self, function: Judging[S, P], /) -> Property[S]: ...
    @overload
    def __call__(
        self, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Callable[[Judging[S, P]], Property[S]]: ...
    def __call__(
        self, function: Any = None, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Any:
        return self.make(function, name, needs, timed_only)


class _StepDecorator(_Decorator):
    @overload
    def __call__(self, function: Stepping[S, P], /) -> Property[S]: ...
    @overload
    def __call__(
        self, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Callable[[Stepping[S, P]], Property[S]]: ...
    def __call__(
        self, function: Any = None, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Any:
        return self.make(function, name, needs, timed_only)


class _ResponseDecorator(_Decorator):
    @overload
    def __call__(self, function: Responding[S, P], /) -> Property[S]: ...
    @overload
    def __call__(
        self, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Callable[[Responding[S, P]], Property[S]]: ...
    def __call__(
        self, function: Any = None, /, *, name: str = "", needs: Sequence[str] = (), timed_only: bool = False
    ) -> Any:
        return self.make(function, name, needs, timed_only)


always = _StateDecorator("always")
"""The claims hold in every state."""

step = _StepDecorator("step")
"""The claims hold of every step, (before, after); serial numbers are the true ones."""

eventually_always = _StateDecorator("eventually_always")
"""From some moment on the claims hold for ever."""

always_eventually = _StateDecorator("always_eventually")
"""The claims hold again and again."""

reachable = _StateDecorator("reachable")
"""Each claim holds in some state: a witness that it can happen."""

leads_to = _ResponseDecorator("leads_to")
"""Whenever one thing, later another: the function returns `Whenever(given, then)`."""
