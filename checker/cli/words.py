"""Words that several commands print."""

from __future__ import annotations

import shlex

from clusterproof.checker.cli.request import Request


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "state"), counted(12345, "state")
    ('1 state', '12,345 states')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def command_of(request: Request, title: str, command: str = "check") -> str:
    """The command that asks for the same again."""
    words = ["clusterproof", command]
    if title not in request.manifests and (request.target or not request.manifests):
        words.append(title)
    elif request.manifests and title in request.manifests:
        words.append(title)
    words += [part for path in request.manifests if path != title for part in ("-f", path)]
    return " ".join(map(shlex.quote, words))
