"""Make names harmless before they are shown: a specification, or a trace file from elsewhere, may hold anything."""

from __future__ import annotations

import re

MAX_STEM = 100
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


def printable(text: str) -> str:
    r"""Write everything that is not printable as an escape, on one line: terminal codes, newlines, bidirectional marks.

    >>> print(printable("web\x1b[31m\n"))
    web\x1b[31m\n
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    number = ord(letter)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def file_stem(text: str) -> str:
    """Turn a name into the stem of a file's name, safe in every file system.

    >>> file_stem("replicas-converge Deployment/web")
    'replicas-converge-Deployment-web'
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:MAX_STEM].strip("-.")
    if not stem:
        return "trace"
    # Windows opens a device, whatever follows the first dot.
    return f"_{stem}" if stem.split(".")[0].upper() in _DEVICES else stem
