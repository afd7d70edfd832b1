"""`clusterproof pin`: write a counterexample as a regression test, which fails until the bug is fixed.

Everything in the test that comes from the trace file is written as data, for the file may be a stranger's.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.reexecution import Reexecuted, reexecute
from clusterproof.checker.cli.request import ActionChoice
from clusterproof.checker.pinned import broken_along, properties_named
from clusterproof.checker.render.escape import file_stem, printable
from clusterproof.checker.render.phrases import since_text
from clusterproof.checker.replay import step_text
from clusterproof.checker.trace import Trace
from clusterproof.compiled import Compiled

WIDTH = 100


def run(options: argparse.Namespace) -> int:
    """Write the test, unless it is there already."""
    directory = Path(options.directory)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is no directory")
    done = reexecute(Path(options.trace), options.python)
    if done.recorded.kind == "reachable":
        raise UsageError(f"{options.trace}: shows that something is possible, there is nothing to fix")
    text = pinned_test(done, directory)
    path, known = _place(directory, done.recorded, text)
    if known:
        print(f"{path} is there already")
        return 0
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path} fails until it is fixed; run it with: python -m pytest {path}")
    return 0


def pinned_test(done: Reexecuted, directory: Path) -> str:
    """The text of the test. Raises UsageError when the steps alone do not show the bug again."""
    run = done.trace.run
    arguments = {
        "property_name": done.trace.property_name,
        "object_name": done.trace.object_name,
        "says": done.trace.says,
        "loop_from": run["loop_from"],
        "sliced": bool(run["sliced"]),
    }
    steps = [step_text(name, label) for name, label in run["steps"]]
    _require_failing(done, steps, arguments)
    given = {key: value for key, value in arguments.items() if value not in ("", None, False)}
    words = _system_words(done, directory)
    name = _identifier(f"{done.trace.property_name} {done.trace.object_name}")
    return "\n".join(
        [
            f'"""{_in_docstring(done.trace.property_name)} once broke like this; the test fails until it is fixed.',
            "",
            *(_in_docstring(line) for line in _story(done.trace)),
            '"""',
            "",
            "from __future__ import annotations",
            "",
            "from clusterproof.checker.testing import assert_fixed, system_from",
            "",
            *(["STEPS = [", *(f"    {_source(step)}," for step in steps), "]"] if steps else ["STEPS: list[str] = []"]),
            "",
            "",
            f"def test_{name}() -> None:",
            '    """The steps cannot be taken any more, or they break nothing."""',
            "    system = system_from(",
            *(f"        {key}={value}," for key, value in words),
            "        beside=__file__,",
            "    )",
            "    assert_fixed(",
            "        system,",
            "        STEPS,",
            *(f"        {key}={_source(value)}," for key, value in given.items()),
            "    )",
            "",
        ]
    )


def _require_failing(done: Reexecuted, steps: list[str], arguments: Mapping[str, Any]) -> None:
    """A test that passes at once would pin nothing."""
    whole = Compiled(done.subject.system)
    about = {key: arguments[key] for key in ("says", "loop_from", "sliced")}
    parts = properties_named(whole, arguments["property_name"], arguments["object_name"])
    if not any(broken_along(whole, part, steps, **about) for part in parts):
        raise UsageError("the steps do not break the whole system; check again with --slicing off, and pin that trace")


# ---------------------------------------------------------------- what the test says


def _story(trace: Trace) -> Iterator[str]:
    """The trace in words: what each step was, when, and why it matters."""
    if trace.initial:
        yield printable(f"0. {', '.join(trace.initial)}")
    for number, step in enumerate(trace.steps, start=1):
        at = "" if step.at_seconds is None else f"+{step.at_seconds}s  "
        yield printable(f"{number}. {at}{step}{f': {step.doc}' if step.doc else ''}")
    yield ""
    yield printable(f"Broken: {trace.why.says if trace.why else trace.says}")
    if trace.why:
        for witness in trace.why.witnesses:
            yield printable(f"- {witness.text}, {since_text(witness)}")
        for note in trace.why.notes:
            yield printable(f"  {note}")


def _in_docstring(text: str) -> str:
    """A line that cannot end a docstring, and means nothing else in it."""
    return printable(text).replace("\\", "\\\\").replace('"', "'").rstrip()


def _source(value: Any, indent: str = "") -> str:
    """Data as Python source, and nothing but data; what is too long for a line has an item on each."""
    if isinstance(value, str):
        return f'"{repr(value)[1:-1]}"' if repr(value).startswith("'") and '"' not in value else repr(value)
    if not isinstance(value, (list, dict)):
        return repr(value)
    inner = f"{indent}    "
    if isinstance(value, dict):
        items = [f"{_source(key)}: {_source(each, inner)}" for key, each in value.items()]
    else:
        items = [_source(each, inner) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    line = f"{opening}{', '.join(items)}{closing}"
    if len(indent) + len(line) <= WIDTH and "\n" not in line:
        return line
    return "\n".join([opening, *(f"{inner}{item}," for item in items), f"{indent}{closing}"])


def _system_words(done: Reexecuted, directory: Path) -> Iterator[tuple[str, str]]:
    """What builds the system, as arguments of `system_from`, with paths from the test; defaults are left out."""
    request = done.subject.request

    def path(text: str) -> str:
        return text and Path(os.path.relpath(done.base / text, directory)).as_posix()

    file, colon, attribute = request.target.rpartition(":")
    is_file = bool(colon) and file.endswith(".py")
    words: dict[str, Any] = {
        "target": f"{path(file)}:{attribute}" if is_file else request.target,
        "manifests": [path(each) for each in request.manifests],
        "group": list(request.group),
        "cluster": path(request.cluster),
        "faults": {n: c.budget if c.heals else {"budget": c.budget, "heals": False} for n, c in request.faults.items()},
        "actions": [_action(each, path) for each in request.actions],
        "settings": dict(request.settings),
        "properties": [done.trace.property_name] if done.subject.is_cluster else [],
    }
    for key, value in words.items():
        if value:
            yield key, _source(value, " " * 8)


def _action(choice: ActionChoice, path: Callable[[str], str]) -> dict[str, Any]:
    """An action of the user as `system_from` takes it."""
    name = path(choice.object_name) if choice.action == "apply" else choice.object_name
    found: dict[str, Any] = {"action": choice.action, "object_name": name}
    if choice.sizes:
        found["sizes"] = list(choice.sizes)
    if choice.to_revision:
        found["to_revision"] = choice.to_revision
    if choice.cascade:
        found["cascade"] = choice.cascade
    if choice.only_if_down:
        found["only_if_down"] = True
    if choice.budget != 1:
        found["budget"] = choice.budget
    return found


# ---------------------------------------------------------------- where it goes


def _place(directory: Path, trace: Trace, text: str) -> tuple[Path, bool]:
    """The file of the test, and whether the same test is in it already; one of another trace is never touched."""
    stem = f"test_{_identifier(f'{trace.property_name} {trace.object_name}')}"
    number, path = 1, directory / f"{stem}.py"
    while path.exists():
        if path.read_text(encoding="utf-8", errors="replace") == text:
            return path, True
        number += 1
        path = directory / f"{stem}_{number}.py"
    return path, False


def _identifier(text: str) -> str:
    """A name that may be a part of one in Python, and of a file's."""
    return re.sub(r"[^A-Za-z0-9]+", "_", file_stem(text)).strip("_").lower() or "trace"
