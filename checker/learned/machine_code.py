"""Functions compiled to machine code by numba, on first use and then kept on disk.

Where numba is missing nothing is compiled; the engine then takes its numpy path, which gives the same answers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    numba: Any = importlib.import_module("numba")
except ImportError:  # a Python that numba does not support yet
    numba = None

AVAILABLE: bool = numba is not None
"""Whether functions can be compiled."""


def compiled(function: Function) -> Function:
    """The function, compiled when it is called for the first time; unchanged where numba is missing."""
    if numba is None:
        return function
    made: Function = numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(function)
    return made


def part(function: Function) -> Function:
    """A function that compiled functions call, and nobody else: it needs no wrapper, which halves its compilation."""
    if numba is None:
        return function
    made: Function = numba.njit(no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)(function)
    return made
