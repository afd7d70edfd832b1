"""Building a system from the words of a test: those of a request, with paths relative to the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from clusterproof.checker.cli.command_line import told
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import SHARE_OF_SECONDS, Preparation
from clusterproof.checker.cli.targets import resolve
from clusterproof.checker.cli.words import from_here
from clusterproof.system import Bounds, System


def built(words: Mapping[str, Any], seconds: float, beside: str) -> System[Any]:
    """The system that a request asks for.

    words: the request as JSON. seconds: the most that the search for the initial states may take. beside: the file that
    paths are relative to, empty for here.
    Raises UsageError with one line when it cannot be built, or not all its initial states were found.
    """
    __tracebackhide__ = True
    directory = Path(beside).resolve().parent if beside else Path()
    try:
        request = _with_paths(Request.from_json(_in_full(words)), directory)
        subject = resolve(request, Preparation(bounds=Bounds(seconds=seconds / SHARE_OF_SECONDS)))
    except Exception as error:  # noqa: BLE001  (whatever it is, a test says it in one line)
        raise UsageError(told(error)[0]) from None
    if subject.incomplete:
        raise UsageError(f"{subject.incomplete}; give it more seconds")
    return subject.system


def _in_full(words: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a request with what they leave out, as `Request.to_json` writes it."""
    action = {"sizes": [], "only_if_down": False, "budget": 1, "place": ""}
    return {
        **Request().to_json(),
        "group": [],
        **words,
        "faults": {name: {"heals": True, **each} for name, each in words.get("faults", {}).items()},
        "actions": [{**action, **each} for each in words.get("actions", ())],
    }


def _with_paths(request: Request, directory: Path) -> Request:
    """The request with its paths from the directory that they are relative to, as one types them here."""

    def path(text: str) -> str:
        return text and from_here(directory / text)

    target = request.target
    file, colon, attribute = target.rpartition(":")
    if colon and file.endswith(".py"):
        target = f"{path(file)}:{attribute}"
    elif (directory / target).exists():
        target = path(target)
    return attrs.evolve(
        request,
        target=target,
        manifests=tuple(map(path, request.manifests)),
        cluster=path(request.cluster),
        actions=tuple(
            attrs.evolve(each, object_name=path(each.object_name)) if each.action == "apply" else each
            for each in request.actions
        ),
    )
