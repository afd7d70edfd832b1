"""Measure one process as a whole: CPU seconds, wall seconds, and its largest memory."""

from __future__ import annotations

import math
import os
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

LOOK_EVERY_SECONDS = 0.002


class TooSlowError(Exception):
    """A process was ended after the seconds it was given."""


@frozen(kw_only=True)
class Measured:
    """One process: what it used, how it ended, and what it wrote to standard output and standard error.

    cpu_seconds: user and system. peak_mib: the largest resident memory.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    exit_code: int
    output: str
    errors: str


def stay_on_one_core() -> None:
    """Keep this process, and all that it starts, on one core, where the system lets us."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measured(command: Sequence[str], *, seconds: float, directory: Path | None = None) -> Measured:
    """Run a command to its end and measure it. Raises TooSlowError after so many wall seconds."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=directory)
        clock = threading.Timer(seconds, process.kill)
        clock.start()
        usage, peak_mib = _ended(process)
        wall_seconds = time.perf_counter() - began
        clock.cancel()
        if wall_seconds > seconds and process.returncode == -signal.SIGKILL:
            raise TooSlowError(f"over {seconds:g} s")
        output.seek(0)
        errors.seek(0)
        return Measured(
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            wall_seconds=wall_seconds,
            peak_mib=peak_mib,
            exit_code=process.returncode,
            output=output.read(),
            errors=errors.read(),
        )


def _ended(process: subprocess.Popen[bytes]) -> tuple[resource.struct_rusage, float]:
    """Wait for a process; what it used, and its peak memory in MiB.

    What the system tells at the end is the memory of this process where that is more, since the other one began as a
    copy of it. So a process is looked at every few milliseconds for as long as it is smaller than this one.
    """
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seen_mib = 0.0
    pid = 0
    while pid == 0 and seen_mib <= own_mib:
        time.sleep(LOOK_EVERY_SECONDS)
        seen_mib = max(seen_mib, _peak_mib_so_far(process.pid))
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    if pid == 0:
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage, seen_mib if seen_mib <= own_mib else usage.ru_maxrss / 1024


def _peak_mib_so_far(pid: int) -> float:
    """The largest memory of a process that runs; infinite where the system does not tell, 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return math.inf
    found = re.search(r"^VmHWM:\s+([0-9]+) kB", status, re.MULTILINE)
    return 0.0 if found is None else int(found[1]) / 1024
