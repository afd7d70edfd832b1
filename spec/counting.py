"""`count`, `total` and `matching`: of how many ids of a collection something holds, how much they are, and which.

    active = c.pods.count(is_active, c)
    cpu = c.pods.total(requested_cpu, c)

say what `sum(is_active(p, c) for p in c.pods)` and `sum(requested_cpu(p, c) for p in c.pods)` say. What an action does
next then depends on the number alone, and not on which pods were seen to be active; so its decision tree grows with the
number of pods, and not with what they may hold in all combinations. See docs/adr/0034.
"""

from __future__ import annotations

import dis
import enum
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Generic, NoReturn, TypeVar, TypeVarTuple

from attrs import frozen

from clusterproof.errors import SpecError
from clusterproof.folds import Fold, Part
from clusterproof.recorder import Recorder, current_recorder
from clusterproof.state_class import is_state_class

K = TypeVar("K")
Arguments = TypeVarTuple("Arguments")

_PLAIN = (str, bytes, int, float, bool, type(None), enum.Enum)
_CHANGING = (list, dict, set, bytearray)


class Countable(Generic[K]):
    """A collection of ids that may be there or not."""

    __slots__ = ()

    def _all_ids(self) -> tuple[K, ...]:
        """Every id, whether or not it is there."""
        raise NotImplementedError

    def _has(self, identity: K) -> bool:
        """Whether it is there."""
        raise NotImplementedError

    def count(
        self, where: Callable[[K, *Arguments], bool], /, *arguments: *Arguments, among: Iterable[K] | None = None
    ) -> int:
        """For how many of the ids that are there `where(id, *arguments)` is True.

        where: a function without a closure; what else it needs is given to it: the state itself, ids and other plain
        values. It may look at the state, and do nothing else.
        among: the ids to look at, where that are not all.
        Raises SpecError for functions that might remember what they saw, and for arguments that can change.
        """
        return sum(holds for _, holds in self._scan("count", where, arguments, among).found())

    def total(
        self, amount: Callable[[K, *Arguments], int], /, *arguments: *Arguments, among: Iterable[K] | None = None
    ) -> int:
        """The sum of `amount(id, *arguments)`, whole numbers, over the ids that are there: see `count`."""
        return sum(found for _, found in self._scan("total", amount, arguments, among).found())

    def matching(
        self, where: Callable[[K, *Arguments], bool], /, *arguments: *Arguments, among: Iterable[K] | None = None
    ) -> tuple[K, ...]:
        """The ids for which `where` is True, in their order: see `count`."""
        return tuple(identity for identity, holds in self._scan("matching", where, arguments, among).found() if holds)

    def _scan(self, name: str, where: Any, arguments: tuple[Any, ...], among: Iterable[Any] | None) -> _Scan:
        _refuse_function(name, where)
        place = getattr(self, "_place", None)
        return _Scan(
            name=name,
            ids=self._all_ids() if among is None else _listed(name, among),
            id_type=None if place is None else place.key_type,
            there=self._has,
            where=where,
            arguments=arguments,
            shown=tuple(_shown(name, argument) for argument in arguments),
        )


def is_there(_identity: object) -> bool:
    """What `len` counts."""
    return True


@frozen(kw_only=True, eq=False)
class _Scan:
    """One call of `count`, `total` or `matching`; shown: the arguments as they are noted, see Fold."""

    name: str
    ids: tuple[Any, ...]
    id_type: Any
    there: Callable[[Any], bool]
    where: Callable[..., int]
    arguments: tuple[Any, ...]
    shown: tuple[Any, ...]

    def found(self) -> list[tuple[Any, int]]:
        """Every id, and whether it counts, or how much it is."""
        recorder = current_recorder()
        if recorder is None or recorder.counting:  # a fold inside of another one is read one by one
            return list(self._looks())
        script = tuple(recorder.script[: len(recorder.widths)])
        made = script, recorder.folds_begun, self.name, self.where, self.shown, self.ids
        recorder.folds_begun += 1
        if made not in recorder.folded:  # else this run has made the same choices so far, and so has seen the same
            recorder.folded[made] = self._recorded(recorder)
        return recorder.folded[made]

    def _looks(self) -> Iterator[tuple[Any, int]]:
        """One look after the other. Whether an id is there is part of the look."""
        kind = int if self.name == "total" else bool
        for identity in self.ids:
            amount: Any = self.where(identity, *self.arguments) if self.there(identity) else kind()
            if type(amount) is not kind:
                self._refuse_amount(identity, amount)
            yield identity, amount

    def _refuse_amount(self, identity: Any, amount: Any) -> NoReturn:
        returned = f"{self.name}(): {self.where.__qualname__} returned {amount!r} for {identity!r}"
        if self.name != "total":
            raise SpecError(f"{returned}: does it count or not?\n  write the comparison, e.g. n > 0 or x is not None")
        if isinstance(amount, bool):
            raise SpecError(f"{returned}: how much is that?\n  write count(...) for how many there are")
        raise SpecError(f"{returned}: how much is that?\n  write a whole number, e.g. thousandths, and 0 for nothing")

    def _recorded(self, recorder: Recorder) -> list[tuple[Any, int]]:
        """Look at one id after the other, noting apart what is read for each."""
        before, may_write, at = recorder.reads, recorder.may_write, len(recorder.reads)
        parts: list[Part] = []
        complete = False
        recorder.may_write, recorder.counting = False, self.name
        try:
            recorder.reads = {}
            for identity, amount in self._looks():
                parts.append(Part(identity, tuple(recorder.reads), amount))
                recorder.reads = {}
            complete = True
        finally:
            before.update(recorder.reads)  # of the id under way, when an exception has ended it
            recorder.reads, recorder.may_write, recorder.counting = before, may_write, ""
            fold = Fold(
                at=at,
                id_type=self.id_type,
                where=self.where,
                arguments=self.shown,
                collects=self.name == "matching",
                complete=complete,
                parts=tuple(parts),
            )
            recorder.note_fold(fold)
        return [(part.identity, part.amount) for part in parts]


# ---------------------------------------------------------------- what might escape
def _listed(name: str, among: Iterable[Any]) -> tuple[Any, ...]:
    """The ids to look at."""
    if isinstance(among, (set, frozenset)):
        message = f"{name}(among=...): the order of a set changes from run to run.\n"
        raise SpecError(message + "  write a tuple, or sorted(...)")
    listed = tuple(among)
    for identity in listed:
        if not _is_plain(identity):
            message = f"{name}(among=...): a {_kind(identity)} is no id.\n"
            raise SpecError(message + "  give it ids, e.g. `for p, pod in c.pods.items()` and p")
    return listed


def _shown(name: str, argument: Any) -> Any:
    """How an argument is noted: the state as the number of its first slot."""
    place = getattr(argument, "_place", None)
    if place is not None and place.path == "":
        return ("state", getattr(argument, "_offset", 0))
    if place is None and (_is_plain(argument) or is_state_class(type(argument))):
        return argument
    message = f"{name}(..., {argument!r}): a {_kind(argument)} might change, or remember what was seen.\n"
    raise SpecError(message + "  give it the state itself, ids, and other plain values or tuples of them")


def _is_plain(value: Any) -> bool:
    if isinstance(value, (tuple, frozenset)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def _kind(value: Any) -> str:
    return "place in the state" if hasattr(value, "_place") else type(value).__name__


def _refuse_function(name: str, where: Any) -> None:
    """Raise SpecError for a function that might remember what it saw."""
    if type(where) is not FunctionType:
        message = f"{name}(..., {where!r}): a {type(where).__name__} might remember what it saw.\n"
        raise SpecError(message + "  write a function or a lambda, and give it what it needs as arguments")
    if where.__closure__:
        closed = ", ".join(where.__code__.co_freevars)
        message = f"{name}(): {where.__qualname__} uses {closed} of the function around it.\n"
        raise SpecError(message + f"  give it as an argument, e.g. {name}(lambda p, c, n: c.pods[p].node == n, c, n)")
    for default in (*(where.__defaults__ or ()), *(where.__kwdefaults__ or {}).values()):
        if not _is_plain(default):
            _refuse(name, where, f"has a default value that is a {type(default).__name__}")
    for variable in _globals_of(where.__code__):
        if variable.startswith("="):
            _refuse(name, where, f"assigns to the global {variable[1:]}")
        kind = type(where.__globals__.get(variable))
        if issubclass(kind, _CHANGING):
            _refuse(name, where, f"uses the global {variable}, a {kind.__name__}")


def _refuse(name: str, where: Any, does: str) -> NoReturn:
    message = f"{name}(): {where.__qualname__} {does}, in which it might remember what it saw.\n"
    raise SpecError(message + "  let it look at its arguments only, and at constants such as tuples")


@lru_cache(maxsize=4096)
def _globals_of(code: CodeType) -> tuple[str, ...]:
    """The global variables that some code looks at; those that it assigns to with "=" in front."""
    found: dict[str, None] = {}
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found[instruction.argval] = None
        elif instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            found[f"={instruction.argval}"] = None
        elif isinstance(instruction.argval, CodeType):
            found.update(dict.fromkeys(_globals_of(instruction.argval)))
    return tuple(found)
