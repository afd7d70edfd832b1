"""How much memory this process uses, and bounds on it as users write them."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

UNITS = {"GiB": 1 << 30, "GB": 10**9, "MiB": 1 << 20, "MB": 10**6, "KiB": 1 << 10, "kB": 10**3, "B": 1}
"""Bytes per unit, the largest first."""

_STATM = Path("/proc/self/statm")
_STATUS = Path("/proc/self/status")
_SIZE = re.compile(rf"([0-9]{{1,18}})(\.[0-9]{{1,9}})? ?({'|'.join(UNITS)})?", re.ASCII)


def resident_bytes() -> int:
    """How much memory this process uses now; where the system does not tell, the most it ever used."""
    try:
        return int(_STATM.read_text().split()[1]) * _page_bytes()
    except (OSError, IndexError, ValueError):
        return int(peak_mib() * (1 << 20))


def peak_mib() -> float:
    """The largest amount of memory this process has used so far, in MiB; 0 where the system does not tell."""
    try:  # what `resource` says counts what the parent held when this process was born
        told = _STATUS.read_text().partition("VmHWM:")[2].split()[0]
        return int(told) / (1 << 10)
    except (OSError, IndexError, ValueError):
        return _peak_mib_told_by_resource()


def _peak_mib_told_by_resource() -> float:
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1 << 20) if sys.platform == "darwin" else used / (1 << 10)


def parse_bytes(text: str) -> int:
    """The bytes that are meant by 8GiB, 500 MB or 1000000. Raises ValueError for anything else.

    >>> parse_bytes("1.5GiB") == 3 * 2**29
    True
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    each = UNITS[match[3] or "B"]
    return int(match[1]) * each + int(float(match[2] or 0) * each)


def size_text(size_bytes: int) -> str:
    """A size in the largest unit that makes it a whole number.

    >>> size_text(2**33), size_text(500_000_000), size_text(3 * 2**29), size_text(7)
    ('8 GiB', '500 MB', '1536 MiB', '7 B')
    """
    unit = next(unit for unit, each in UNITS.items() if size_bytes % each == 0)
    return f"{size_bytes // UNITS[unit]} {unit}"


@cache
def _page_bytes() -> int:
    import resource  # noqa: PLC0415  (not on Windows)

    return resource.getpagesize()
