"""Words that several commands print."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.targets import is_python
from clusterproof.checker.memory import size_text


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "state"), counted(12345, "state")
    ('1 state', '12,345 states')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def command_of(asked: Request, command: str = "check", *more: str) -> str:
    """The command line that asks for the same again, with some words more.

    >>> command_of(Request(target="philosophers", settings={"n": "5"}), "check", "--out", "traces")
    'clusterproof check philosophers --set n=5 --out traces'
    """
    return " ".join(["clusterproof", command, *map(shlex.quote, _words(asked)), *more])


def file_command(command: str, path: Path, target: str) -> str:
    """The command line that does something with a trace file; Python runs only where it is named there again.

    >>> file_command("replay", Path("a.json"), "bridge.py:system")
    'clusterproof replay a.json --target bridge.py:system'
    """
    words = [str(path), *(["--target", target] if is_python(target) else [])]
    return " ".join(["clusterproof", command, *map(shlex.quote, words)])


def _words(asked: Request) -> Iterator[str]:
    if asked.check_file:
        yield asked.check_file
    if asked.target:
        yield from ("--target", asked.target) if asked.check_file else (asked.target,)
    for path in asked.manifests:
        yield from ("-f", path)
    if asked.cluster:
        yield from ("--cluster", asked.cluster)
    for name, choice in asked.faults.items():
        yield from ("--fault", f"{name}={choice.budget}")
    for name in asked.properties:
        yield from ("--property", name)
    for key, text in asked.settings.items():
        yield from ("--set", f"{key}={text}")
    for name, value in asked.bounds.items():
        yield from ("--bound", f"{name}={_bound(name, value)}")


def _bound(name: str, value: float | None) -> str:
    if value is None:
        return "unbounded"
    if name == "memory":
        return size_text(int(value)).replace(" ", "")
    return format(value, "g") if name == "seconds" else str(int(value))


def from_here(path: Path) -> str:
    """A path as one types it here: relative to the current directory, unless it lies elsewhere."""
    relative = os.path.relpath(path)
    return str(path.resolve()) if relative.startswith(os.pardir) else relative
