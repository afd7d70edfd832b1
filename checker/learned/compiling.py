"""Making machine code with numba: object code that stands alone.

A compiled function is wrapped into one that takes a pointer to words (see machine_code.shape_of) and builds the
arguments from them. It needs nothing of Python, nor of numba, when it runs; so it can be kept, and loaded without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable
from numba.np.arrayobj import make_array, populate_array

from clusterproof.checker.learned import code_store
from clusterproof.checker.learned.machine_code import prefetch

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "no_cpython_wrapper": True,
    "_nrt": False,
}
"""No exceptions, no wrappers for Python, and no reference counts."""

PREFETCH = "llvm.prefetch.p0"
"""What LLVM calls it."""

Load = Callable[[], Any]
"""Gives the next word, as an LLVM value."""

_known_parts: set[FunctionType] = set()


def object_code(function: FunctionType, arguments: Sequence[Any], results: int, parts: Sequence[FunctionType]) -> bytes:
    """Machine code of a function for arguments such as these, as an object file with one function, `code_store.ENTRY`.

    results: how many integers the function returns; they become the first words.
    """
    for each in parts:
        if each not in _known_parts:
            _known_parts.add(each)
            register_jitable(**OPTIONS)(each)
    inner = numba.njit(**OPTIONS)(function)
    unpacked = _unpacking(types.Tuple([_type_of(argument) for argument in arguments]), results)
    entry = numba.njit(**OPTIONS)(_entry(inner, unpacked, results))
    entry.compile(types.void(types.CPointer(types.int64)))
    (compiled,) = entry.overloads.values()
    return _emitted(compiled.library.get_llvm_str(), compiled.fndesc.llvm_func_name)


def _entry(inner: Any, unpacked: Any, results: int) -> Callable[[Any], None]:
    """The function of words that calls another one of arguments."""

    def nothing(words: Any) -> None:
        inner(*unpacked(words))

    def one(words: Any) -> None:
        words[0] = inner(*unpacked(words))

    def two(words: Any) -> None:
        words[0], words[1] = inner(*unpacked(words))

    return (nothing, one, two)[results]


def _type_of(argument: Any) -> Any:
    """Numba's type of an argument; integers are signed, and of 64 bits. Nothing is made of what None rules out."""
    if isinstance(argument, np.ndarray):
        return types.Array(numba.from_dtype(argument.dtype), argument.ndim, "C")
    if isinstance(argument, tuple):
        return types.NamedTuple([_type_of(item) for item in argument], type(argument))
    if argument is None:
        return types.none
    return types.int64


def _unpacking(kind: Any, skipped: int) -> Any:
    """A function for compiled code that makes values of a type from words, leaving the first ones out."""

    def unpacked(_: Any, words: Any) -> Any:
        def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            places = iter(range(skipped, 1 << 31))

            def load() -> Any:
                place = ir.Constant(ir.IntType(64), next(places))
                return builder.load(builder.gep(arguments[0], [place]))

            return _value(context, builder, kind, load)

        return kind(words), generate

    return intrinsic(unpacked)


def _value(context: Any, builder: Any, kind: Any, load: Load) -> Any:
    """A value of a type, from the next words."""
    if isinstance(kind, types.BaseTuple):
        return context.make_tuple(builder, kind, [_value(context, builder, inner, load) for inner in kind.types])
    if isinstance(kind, types.Array):
        return _array(context, builder, kind, load)
    if kind is types.none:
        return context.get_dummy_value()
    return load()


def _array(context: Any, builder: Any, kind: Any, load: Load) -> Any:
    """An array of numbers that somebody else owns."""
    item = context.get_data_type(kind.dtype)
    data = builder.inttoptr(load(), item.as_pointer())
    shape = [load() for _ in range(kind.ndim)]
    item_bytes = context.get_constant(types.intp, context.get_abi_sizeof(item))
    strides = [item_bytes]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = make_array(kind)(context, builder)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=item_bytes, meminfo=None)
    return array._getvalue()  # noqa: SLF001  (every numba extension that makes a value calls it)


def _prefetching(_: Any, array: Any, index: Any) -> Any:
    """What compiled code does for machine_code.prefetch."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        data = make_array(array)(context, builder, arguments[0]).data
        number, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        fetch = builder.module.globals.get(PREFETCH) or ir.Function(builder.module, kind, PREFETCH)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), pointer)
        for_reading, kept_close, data_not_code = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(fetch, [place, for_reading, kept_close, data_not_code])
        return context.get_dummy_value()

    return types.void(array, index), generate


_fetch = intrinsic(_prefetching)


def _prefetch(array: Any, index: Any) -> Any:  # noqa: ARG001  (numba asks with their types)
    def fetch(array: Any, index: Any) -> Any:  # with annotations, which numba compares
        _fetch(array, index)

    return fetch


overload(prefetch, jit_options=OPTIONS)(_prefetch)


def _emitted(text: str, name: str) -> bytes:
    """The object file for the LLVM code in `text`. Raises RuntimeError where it does not stand alone.

    Nobody else calls its parts; told so, LLVM works them into their callers. All of that is done here, so that numba
    need not optimise anything itself: the command line tells it so, which halves the time that compiling takes.
    """
    module = llvm.parse_assembly(text)
    for each in module.functions:
        if each.name == name:
            each.name = code_store.ENTRY
        elif not each.is_declaration:
            each.linkage = llvm.Linkage.internal
        elif not each.name.startswith("llvm."):
            raise RuntimeError(f"compiled code calls {each.name}")
    machine = code_store.target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))
