"""Functions compiled to machine code on first use, and then kept on disk.

Numba compiles them (`compiling.py`); what it made stands alone, so that later processes load it without numba, which
takes longer to import than many a search. Where numba is missing nothing is compiled; the engine then takes its numpy
path, which gives the same answers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned import code_store
from clusterproof.checker.learned.model_hash import digest

Function = TypeVar("Function", bound=Callable[..., Any])
Entry = Callable[[Any, Any, Any], int]
"""Machine code: room for two pointers that nobody needs, and the words; returns 0."""

AVAILABLE: bool = code_store.is_usable()
"""Whether functions can be compiled."""

PARTS: list[FunctionType] = []
"""What compiled functions may call."""

MAKER = Path(__file__).with_name("compiling.py")
"""What decides, besides a function, which code becomes of it."""

RESULTS = {"None": 0, "int": 1, "tuple[int, int]": 2}
"""What compiled functions may return, as it stands in their annotations: so many integers."""


def compiled(function: Function) -> Function:
    """The function, compiled when it is called for the first time; unchanged where numba is missing.

    It takes integers, contiguous arrays of numbers, named tuples of these, and None for what is not there.
    """
    return cast("Function", MachineCode(cast("FunctionType", function))) if AVAILABLE else function


def part(function: Function) -> Function:
    """A function that compiled functions call."""
    PARTS.append(cast("FunctionType", function))
    return function


def prefetch(array: NDArray[Any], index: int) -> None:
    """Called by compiled functions, asks the processor for an item of an array that will be looked at soon."""


class MachineCode:
    """A function with one piece of machine code per shape of its arguments: see `shape_of`."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self._results = RESULTS[function.__annotations__["return"]]
        self._entries: dict[str, Entry] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Call the machine code. Raises TypeError for an argument that it cannot take."""
        words: list[int] = [0] * self._results
        shape = shape_of(arguments, words)
        entry = self._entries.get(shape)
        if entry is None:
            entry = self._entries[shape] = self._entry(shape, arguments)
        passed = (ctypes.c_int64 * len(words))(*words)
        entry(ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_void_p()), passed)
        return (None, passed[0], (passed[0], passed[1]))[self._results]

    def _entry(self, shape: str, arguments: Sequence[Any]) -> Entry:
        """The machine code for arguments of a shape, from disk or made now."""

        def make() -> bytes:
            from clusterproof.checker.learned.compiling import object_code  # noqa: PLC0415  (numba is slow to import)

            return object_code(self.function, arguments, self._results, PARTS)

        name = digest([shape, MAKER.read_bytes(), *_made_of(self.function, set())])
        address = code_store.address_of(f"{self.function.__name__}-{name[:32]}", make)
        pointer = ctypes.c_void_p
        return cast("Entry", ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer)(address))


def shape_of(argument: Any, words: list[int]) -> str:
    """The shape of an argument: what machine code depends on. Appends its words, 64 bits each.

    An integer is one word; an array its address and its lengths along the dimensions; a tuple all words of its items;
    None no word at all. Raises TypeError for anything else.
    """
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise TypeError("machine code takes contiguous arrays")
        words.append(argument.__array_interface__["data"][0])
        words += argument.shape
        return f"{argument.dtype.char}{argument.ndim}"
    if isinstance(argument, tuple):
        inner = [shape_of(item, words) for item in argument]
        return f"{type(argument).__name__}({','.join(inner)})"
    if argument is None:
        return "0"
    words.append(int(argument))
    return "n"


def _made_of(function: FunctionType, known: set[FunctionType]) -> Iterator[str]:
    """What decides which machine code becomes of a function: its code, that of its parts, and constants."""
    known.add(function)
    code = function.__code__
    yield repr((code.co_code, code.co_consts, code.co_names, code.co_varnames))
    for name in code.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, int):
            yield repr(value)
        elif isinstance(value, FunctionType) and value not in known:
            yield from _made_of(value, known)
