"""Finding the TARGET: a built-in name, else an existing path, else `module:system` or `FILE.py:system`.

Only a target that was typed runs Python; one that a check file names is refused, for check files are data.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import attrs

from clusterproof.checker.cli import builtins, clusters
from clusterproof.checker.cli.check_file import read_check_file
from clusterproof.checker.cli.errors import UsageError, dashed, unknown
from clusterproof.checker.cli.python_targets import load_object, python_subject
from clusterproof.checker.cli.ranges import refuse_ranges
from clusterproof.checker.cli.request import Request, merged
from clusterproof.checker.cli.subject import Preparation, Subject


def expanded(request: Request) -> Request:
    """The request with the check file, directory or manifest that its target names taken into it.

    Raises UsageError for a target that nobody knows, and ManifestError for a check file that cannot be read.
    """
    target = request.target
    if request.check_file:
        return _with_check_file(attrs.evolve(request, check_file=""), Path(request.check_file))
    if not target or dashed(target) in builtins.names() or is_python(target):
        return request
    path = Path(target)
    if path.is_dir():
        return attrs.evolve(request, target="", manifests=(target, *request.manifests))
    if path.suffix == ".py" and path.is_file():
        raise UsageError(f"{target}: which attribute is the system? write {target}:system")
    if path.is_file():
        found = read_check_file(path)
        if found is None:
            return attrs.evolve(request, target="", manifests=(target, *request.manifests))
        return _merged(found, attrs.evolve(request, target=""))
    if os.sep in target or path.suffix in (".yaml", ".yml", ".json"):
        raise UsageError(f"there is no file or directory {target!r}; check the path")
    raise unknown("model", target, builtins.names(), request.place("target"))


def _with_check_file(request: Request, path: Path) -> Request:
    """The request with a check file taken into it; the target, if there is one, was typed beside it."""
    found = read_check_file(path) if path.is_file() else None
    if found is None:
        raise UsageError(f"--target {request.target}: stands beside a check file or a trace, and {path} is neither")
    return _merged(found, request)


def _merged(found: Request, over: Request) -> Request:
    if not over.target and found.target:
        if is_python(found.target):
            raise UsageError(f"{found.place('target')}: {runs_no_python('a check file', found.target)}")
        if Path(found.target).is_file():
            raise UsageError(f"{found.place('target')}: a check file cannot stand on another one; name a system")
    return expanded(merged(found, over))


def is_python(target: str) -> bool:
    """Whether a target would run code: `module:system` or `FILE.py:system`."""
    return ":" in target and not Path(target).exists()


def runs_no_python(who: str, target: str) -> str:
    """Why a target that a file names is refused, and what to type to have it run."""
    return f"{who} runs no Python; if you trust {target}, add --target {shlex.quote(target)}"


def is_cluster(request: Request) -> bool:
    """Whether an expanded request is about a cluster."""
    return not request.target or dashed(request.target) in builtins.CLUSTERS


def _refuse_large_numbers(name: str, request: Request) -> None:
    for key, text in request.settings.items():
        if text.isdecimal() and (len(text) > 9 or int(text) > builtins.MOST):
            place = request.place("scope", key) or f"--set {key}={text}"
            raise UsageError(f"{place}: {name} takes at most {builtins.MOST} here; write a smaller number")


def resolve(request: Request, preparation: Preparation | None = None, *, title: str = "") -> Subject:
    """The system that a request is about.

    preparation: how long the search for initial states may take. title: what to call it, found out unless told.
    """
    typed = request.target
    request = expanded(request)
    refuse_ranges(request)
    name = dashed(request.target)
    preparation = preparation or Preparation()
    if name in builtins.CLASSICS:
        _refuse_large_numbers(name, request)
        return python_subject(title or name, request, builtins.classic(name))
    if not is_cluster(request):
        return python_subject(title or request.target, request, load_object(request.target))
    if name in builtins.CLUSTERS or not request.manifests:
        name = name or builtins.DEFAULT
        request = attrs.evolve(request, target=name)
        subject = clusters.cluster_subject(title or name, clusters.built_in_request(name, request), preparation)
        return attrs.evolve(subject, request=request)
    shown = typed or clusters.manifests_title(request.manifests)
    return clusters.cluster_subject(title or shown, request, preparation)
