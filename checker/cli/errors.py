"""What a user typed wrong: one line, with what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from clusterproof.checker.render.escape import printable

LONGEST_WORD = 100
"""Of what is longer, nobody looks for the nearest name: comparing takes its length squared."""
LONGEST_TEXT = 1000


class UsageError(Exception):
    """The command cannot be carried out as it was written; its text is one line."""


def unknown(kind: str, word: str, known: Iterable[str], place: str = "") -> UsageError:
    """The error about a name that nobody knows, with the nearest one that somebody does.

    >>> print(unknown("fault", "crash-nod", ["crash-node", "reboot-node"]))
    there is no fault 'crash-nod'; did you mean crash-node?
    >>> print(unknown("model", "zzz", ["philosophers"], "check.yaml:3: target"))
    check.yaml:3: target: there is no model 'zzz'; there are: philosophers
    """
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(dashed(word), names, 1, 0.6) if len(word) <= LONGEST_WORD else []
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}"
    return UsageError(f"{place}: there is no {kind} {word!r}; {hint}".removeprefix(": "))


def dashed(name: str) -> str:
    """A name as commands and verdicts write it: dashes for underscores."""
    return name.replace("_", "-")


def one_line(error: BaseException) -> str:
    """The text of an error, its lines joined, harmless to print, and its middle left out where it is very long."""
    text = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
    return shown(text or type(error).__name__)


def shown(text: str) -> str:
    r"""A line without control characters, its middle left out where it is very long: the advice stands at the end.

    >>> shown("web\x1b[31m")
    'web\\x1b[31m'
    """
    half = LONGEST_TEXT // 2
    return printable(text if len(text) <= LONGEST_TEXT else f"{text[:half]} ... {text[-half:]}")
