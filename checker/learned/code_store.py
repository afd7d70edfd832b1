"""Object code on disk, and loaded: beside the package where that can be written, else in the user's cache directory.

A file is made for one processor and one version of Python, numba, llvmlite and numpy. A hash of the rest comes first.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from clusterproof.checker.learned.model_hash import digest

ENTRY = "clusterproof_entry"
"""The name of the function in an object file."""

_loaded: list[Any] = []
"""What owns the memory of the loaded code: it is never freed."""


def is_usable() -> bool:
    """Whether there is a compiler that works with this Python: some code was kept, or numba can be imported."""
    if find_spec("numba") is None or find_spec("llvmlite") is None:
        return False
    if any(folder.is_dir() for folder in _folders()):
        return True
    try:
        importlib.import_module("numba")
    except ImportError:  # a Python, or a numpy, that numba does not support yet
        return False
    return True


def address_of(name: str, make: Callable[[], bytes]) -> int:
    """The address of the function of a name: kept code, or made, kept and loaded."""
    code = _kept(name)
    if code is None:
        code = make()
        _keep(name, code)
    return _load(code)


@cache
def target_machine() -> Any:
    """The processor of this machine, as LLVM's code generator knows it."""
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


def _load(code: bytes) -> int:
    """Load an object file into memory; the address of its function."""
    machine = target_machine()
    llvm = importlib.import_module("llvmlite.binding")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    return int(engine.get_function_address(ENTRY))


def _kept(name: str) -> bytes | None:
    """The code of a name, unless nobody kept it or the file is damaged."""
    for folder in _folders():
        try:
            content = (folder / f"{name}.o").read_bytes()
        except OSError:
            continue
        check, code = content[:32], content[32:]
        if hashlib.sha256(code).digest() == check:
            return code
    return None


def _keep(name: str, code: bytes) -> None:
    """Keep code in the first folder that can be written; in none, where none can."""
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written = folder / f"{name}.{os.getpid()}"
            written.write_bytes(hashlib.sha256(code).digest() + code)
            written.replace(folder / f"{name}.o")
        except OSError:
            continue
        return


@cache
def _folders() -> tuple[Path, ...]:
    """Where code for this processor, Python and compiler may be kept."""
    cached = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "clusterproof"  # noqa: PTH111
    version = digest([sys.version, *map(_installed, ("numba", "llvmlite", "numpy")), _processor()])
    return tuple(folder / f"machine-code-{version[:16]}" for folder in (Path(__file__).parent / "__pycache__", cached))


def _installed(package: str) -> str:
    """What changes whenever another version of a package is installed."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    status = Path(found.origin).stat()
    return f"{package} {status.st_size} {status.st_mtime_ns}"


def _processor() -> str:
    """The processor and what it can do."""
    llvm = importlib.import_module("llvmlite.binding")
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
