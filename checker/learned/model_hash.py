"""A hash of a model: whether a checkpoint is of the very system that is checked.

What functions are made of counts: their code, and that of the functions, classes and constants they name. What cannot
be told from outside (a library written in C) does not; a checkpoint is compared again when its calls are repeated.
"""

from __future__ import annotations

import enum
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

import attrs

from clusterproof.compiled import Compiled, PropertyInstance

LIBRARIES = frozenset(sys.stdlib_module_names) | {"attr", "attrs", "clusterproof.checker", "numpy"}
"""Packages whose versions are no part of a model."""


def model_hash(compiled: Compiled, abouts: Sequence[PropertyInstance], searched: Iterable[object]) -> str:
    """The hash of a system and the properties asked for; `searched` is what else decides what is found."""
    texts = [*map(repr, searched), compiled.system.timing, compiled.system.deadlock]
    texts += (f"{slot.path} {slot.role}" for slot in compiled.schema.slots)
    functions: list[Any] = [shape.cls for shape in compiled.schema.root.walk()]
    for each in compiled.instances:
        within = each.action.within_seconds if each.action else None
        texts.append(f"{each} {canonical(each.arguments)} {each.fault} {each.urgent} {each.fairness} {within}")
        if each.action is not None:
            functions += (each.action.function, each.action.component.runs_when)
    for about in abouts:
        texts.append(f"{about.judged.kind} {about.judged.name} {canonical(about.arguments)}")
        functions.append(about.judged.function)
    for row in compiled.initial_rows():
        texts += (canonical(compiled.schema.value_at(row, slot)) for slot in range(len(row)))
    texts += _Sources().texts(functions)
    return digest(texts)


def digest(texts: Iterable[str | bytes]) -> str:
    """SHA-256 over texts of any length, in hexadecimal."""
    whole = hashlib.sha256()
    for text in texts:
        encoded = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(encoded))
        whole.update(encoded)
    return whole.hexdigest()


def canonical(value: object) -> str:
    """A value of a state as text that is the same in every process: sets are sorted.

    >>> canonical((True, frozenset({"b", "a"}))) == canonical((True, frozenset({"a", "b"})))
    True
    >>> canonical(1) == canonical(True)
    False
    """
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, enum.Enum):
        return f"{name}.{value.name}"
    if isinstance(value, (frozenset, set)):
        return f"{name}{{{', '.join(sorted(map(canonical, value)))}}}"
    if isinstance(value, tuple):
        return f"{'' if type(value) is tuple else name}({', '.join(map(canonical, value))},)"
    kind: Any = type(value)
    if attrs.has(kind):  # a set may be inside
        fields = (f"{each.name}={canonical(getattr(value, each.name))}" for each in attrs.fields(kind))
        return f"{name}({', '.join(fields)})"
    return f"{name} {value!r}"


class _Sources:
    """Collects the code of functions and of all that they name, each once."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def texts(self, pending: list[Any]) -> Iterator[str]:
        """The code as text, in the order in which it is found."""
        pending.reverse()
        while pending:
            item = pending.pop()
            item = getattr(item, "__func__", getattr(item, "fget", item))
            item = getattr(item, "__wrapped__", item)
            if _is_plain(item):
                yield canonical(item)
            elif isinstance(item, (FunctionType, type)) and id(item) not in self._known and not _is_library(item):
                self._known.add(id(item))
                yield f"{item.__module__}.{item.__qualname__}"
                if isinstance(item, type):
                    pending += reversed(list(_members(item)))
                elif not item.__code__.co_filename.startswith("<attrs generated"):  # they follow from the fields
                    yield from _code_texts(item.__code__)
                    pending += reversed(list(_named(item)))


def _is_plain(item: object) -> bool:
    """Whether a value is the same text in every process."""
    if isinstance(item, (tuple, frozenset)):
        return all(map(_is_plain, item))
    return item is None or isinstance(item, (int, str, bytes, float, enum.Enum))


def _is_library(item: Any) -> bool:
    module = item.__module__ or ""
    parts = module.split(".")
    return any(".".join(parts[: n + 1]) in LIBRARIES for n in range(len(parts)))


def _members(cls: type) -> Iterator[Any]:
    """What a class is made of: what stands in it, and the fields of a state class with their defaults."""
    yield from (vars(cls)[name] for name in sorted(vars(cls)) if name != "__doc__")
    for each in attrs.fields(cls) if attrs.has(cls) else ():
        yield each.name
        yield getattr(each.default, "factory", each.default)


def _code_texts(code: CodeType) -> Iterator[str]:
    """What a code object is made of."""
    yield code.co_code.hex()
    yield repr((code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_texts(constant)
        else:
            yield canonical(constant)


def _named(function: FunctionType) -> Iterator[Any]:
    """The defaults of a function, what it closes over, and the globals that it names."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    names = sorted(_names(function.__code__))
    for name in names:
        item = function.__globals__.get(name)
        if isinstance(item, ModuleType):
            yield from (vars(item)[inner] for inner in names if inner in vars(item))
        else:
            yield item


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)
