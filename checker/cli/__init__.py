"""The command line: `clusterproof check`, `story`, `replay`, `graph`, `footprint`, `list`."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    argv: the words after the program's name, those of the process unless told.
    """
    gc.set_threshold(100_000)  # what a search learns lives as long as it does: to look for garbage often is in vain
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start one per core, which costs time, for nothing
    os.environ.setdefault("NUMBA_OPT", "0")  # what numba makes is optimised as a whole, see learned/compiling.py
    from clusterproof.checker.cli.command_line import run

    return run(argv)
