"""Check files as pytest sees them: a collector per file, and an item per property and object."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import pytest

from clusterproof.checker.check import instances_of, selected
from clusterproof.checker.cli.check_command import checked, prepared
from clusterproof.checker.cli.command_line import told
from clusterproof.checker.cli.evidence_files import trace_files
from clusterproof.checker.cli.progress import ProgressLine
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.targets import expanded
from clusterproof.checker.cli.words import command_of, from_here
from clusterproof.checker.judging import NO_DEADLOCK
from clusterproof.checker.render.escape import file_stem, printable
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.result import CheckResult, PropertyResult
from clusterproof.checker.testing import WIDTH, PropertyFailed
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

Key = tuple[str, str]
"""The name of a property, and of the object it is about."""


class CheckFile(pytest.File):
    """A check file. It is checked once per process, when the first of its items runs."""

    @cached_property
    def subject(self) -> Subject:
        """The system. Raises whatever is wrong with the file."""
        asked = Request(target=from_here(self.path))
        return prepared(asked, expanded(asked), ProgressLine())

    def collect(self) -> Iterator[PropertyItem]:
        """An item per property and object, in their declared order. Raises CollectError with one line."""
        try:
            subject = self.subject
            properties = selected(subject.system, subject.named or None)
            abouts = instances_of(Compiled(subject.system), properties)
        except Exception as error:  # noqa: BLE001  (whatever it is, a user sees one line)
            raise self.CollectError(told(error)[0]) from None
        for name, object_name in dict.fromkeys((about.judged.name, about.object_name) for about in abouts):
            shown = f"{name}[{object_name}]" if object_name else name
            yield PropertyItem.from_parent(self, name=printable(shown), key=(name, object_name))

    @cached_property
    def result(self) -> CheckResult:
        """The result for the properties that were selected, by `-k`, by name, or all."""
        wanted = {item.key[0] for item in self.session.items if isinstance(item, PropertyItem) and item.parent is self}
        return checked(_only(self.subject, wanted), ProgressLine())

    @cached_property
    def verdicts(self) -> dict[Key, PropertyResult]:
        """The results by property and object."""
        return {(one.name, one.object_name): one for one in self.result.properties}

    @cached_property
    def trace_files(self) -> dict[int, Path]:
        """The traces by identity, each in a file that `clusterproof replay` takes."""
        directory = self._directory()
        return {} if directory is None else dict(trace_files(self.result.traces, directory))

    def _directory(self) -> Path | None:
        given = self.config.getoption("--clusterproof-out")
        if given is not None:
            return Path(given) / file_stem(self.nodeid)
        cache = getattr(self.config, "cache", None)  # missing under -p no:cacheprovider
        return None if cache is None else Path(cache.mkdir("clusterproof")) / file_stem(self.nodeid)


class PropertyItem(pytest.Item):
    """One property and object of a check file."""

    parent: CheckFile

    def __init__(self, *, key: Key, **options: Any) -> None:
        super().__init__(**options)
        self.key = key
        if self.config.pluginmanager.hasplugin("xdist"):  # under --dist loadgroup one process checks the file
            self.add_marker(pytest.mark.xdist_group(self.parent.nodeid))

    def runtest(self) -> None:
        """Judge by the verdict. Raises PropertyFailed, and skips what was not checked."""
        one = self.parent.verdicts[self.key]
        if one.verdict is None:
            pytest.skip(f"not checked: {one.reason}")
        self.user_properties += [("verdict", one.verdict.value), ("states", self.parent.result.states)]
        if one.reason:
            self.user_properties.append(("reason", one.reason))
        allowed = one.verdict is Verdict.UNDETERMINED and self.parent.subject.request.allow_undetermined
        if one.verdict is not Verdict.PROVED and not allowed:
            raise PropertyFailed(self._failure(one))

    def _failure(self, one: PropertyResult) -> str:
        if one.verdict is Verdict.REFUTED and one.traces:
            return "\n".join(map(self._story, one.traces))
        return f"{one}\n  check   {self._command()}"

    def _story(self, trace: Trace) -> str:
        path = self.parent.trace_files.get(id(trace))
        if path is None:
            return trace_text(trace, self._command("--out", "traces"), WIDTH)
        shown = shlex.quote(from_here(path))
        return trace_text(trace, f"clusterproof replay {shown}", WIDTH) + f"  pin     clusterproof pin {shown} DIR"

    def _command(self, *more: str) -> str:
        """The command that checks this property again."""
        return command_of(Request(target=from_here(self.path), properties=self.key[:1]), "check", *more)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The story, and nothing of what lies beneath it."""
        if isinstance(excinfo.value, PropertyFailed):
            return str(excinfo.value)
        if isinstance(excinfo.value, Exception) and not self.config.getoption("fulltrace"):
            return told(excinfo.value)[0]
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands: the file, and the name of the item."""
        return self.path, None, self.name


def _only(subject: Subject, names: Iterable[str]) -> Subject:
    """The subject with these properties alone; none of them counts as asked for by name unless the file does."""
    wanted = set(names)
    properties = [judged for judged in subject.system.properties if judged.name in wanted | {subject.rooms}]
    system = attrs.evolve(
        subject.system,
        properties=properties,
        deadlock=subject.system.deadlock if NO_DEADLOCK.name in wanted else "allowed",
    )
    return attrs.evolve(
        subject,
        system=system,
        named=tuple(name for name in subject.named if name in wanted),
        apart=tuple(_only(one, wanted) for one in subject.apart),
    )
