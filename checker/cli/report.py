"""The report of a check: what was checked, every verdict, the stories, what it rests on, and what to try next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from attrs import frozen

from clusterproof.checker.cli.advice import next_steps
from clusterproof.checker.cli.evidence_files import Evidence
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.cli.words import command_of, counted
from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.result import CheckResult, PropertyResult
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import Verdict

FACTS_COLUMN = 14
VERDICT_COLUMN = 16
WIDEST_NAME = 60
WORDS = {0: "ok", 1: "refuted", 2: "nothing was checked", 3: "undetermined", 4: "error"}


def warnings_of(subject: Subject, result: CheckResult) -> list[str]:
    """What `--strict` takes amiss: what was asked for and made no difference."""
    fired = [name for name in result.never_fired if not subject.is_cluster or name.startswith("user.")]
    warnings = [f"not modelled: {line}" for line in subject.warnings]
    warnings += [f"the fault {name.rpartition('.')[2].replace('_', '-')} never struck" for name in result.never_struck]
    return warnings + [f"{name} never did anything" for name in fired]


@frozen(kw_only=True)
class Report:
    """Everything the report is made from."""

    subject: Subject
    result: CheckResult
    evidence: Evidence
    exit_code: int
    terminal: Terminal

    def text(self) -> str:
        """The whole report."""
        sections = [
            self._heading(),
            self._verdicts(),
            *([story] for story in self._stories()),
            self._counts(),
            self._foundations(),
            self._next(),
            [self._summary()],
        ]
        return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"

    # ---------------------------------------------------------------- what was checked
    def _heading(self) -> Iterator[str]:
        yield printable(command_of(self.subject.request, self.subject.title))
        yield ""
        for heading, text in self.subject.facts:
            yield from self.terminal.row(heading, printable(text), FACTS_COLUMN, indent=2)

    # ---------------------------------------------------------------- verdicts
    def _verdicts(self) -> Iterator[str]:
        checked = [one for one in self.result.properties if one.verdict is not None]
        names = [len(_name(one)) for one in checked if len(_name(one)) <= WIDEST_NAME]
        column = VERDICT_COLUMN + max(names, default=0) + 2
        for one in checked:
            yield from self._verdict(one, column)
        missing: dict[str, list[str]] = {}
        for one in self.result.not_checked:
            missing.setdefault(one.reason, []).append(_name(one))
        for reason, left_out in missing.items():
            text = f"{', '.join(left_out)}: {printable(reason)}"
            lines = self.terminal.row("not checked", text, VERDICT_COLUMN)
            yield from (self.terminal.paint(line, "not checked") for line in lines)

    def _verdict(self, one: PropertyResult, column: int) -> Iterator[str]:
        assert one.verdict is not None
        word = one.verdict.value
        told = one.doc if one.verdict is Verdict.PROVED else one.reason or one.doc
        text = printable(" ".join(told.split()))
        if self.terminal.width - column < 30:  # narrow: the sentence goes below the name
            lines = [f"{word:<{VERDICT_COLUMN}}{_name(one)}", *self.terminal.row("", text, 4)]
        elif len(_name(one)) > WIDEST_NAME:
            lines = [f"{word:<{VERDICT_COLUMN}}{_name(one)}", *self.terminal.row("", text, column)]
        else:
            lines = self.terminal.row(f"{word:<{VERDICT_COLUMN}}{_name(one)}", text, column)
        yield self.terminal.paint(word, word) + lines[0][len(word) :]
        yield from lines[1:]

    # ---------------------------------------------------------------- stories
    def _stories(self) -> Iterator[str]:
        for one in self.result.properties:
            if one.verdict is Verdict.REFUTED:
                for trace in one.traces:
                    yield trace_text(trace, self._replay(trace), self.terminal.width).rstrip("\n")
                if not one.traces:
                    yield f"REFUTED {_name(one)}: no state of the whole scope does it"

    def _replay(self, trace: Trace) -> str:
        path = self.evidence.traces.get(id(trace))
        if path is not None:
            return f"clusterproof replay {shlex.quote(str(path))}"
        return f"{command_of(self.subject.request, self.subject.title)} --out traces   writes what `replay` takes"

    # ---------------------------------------------------------------- counts and foundations
    def _counts(self) -> Iterator[str]:
        result = self.result
        parts = [
            counted(result.states, "state"),
            counted(result.transitions, "transition"),
            f"depth {result.depth}",
            f"{result.seconds:.1f} s",
            f"{result.peak_mib:.0f} MiB",
            f"engine {result.engine}",
        ]
        if len(result.explorations) > 1:
            parts.insert(0, f"{len(result.explorations)} slices")
        yield from self.terminal.row("searched", ", ".join(parts), FACTS_COLUMN, indent=2)
        yield from self.terminal.row("", self._extent(), FACTS_COLUMN, indent=2)
        if self.evidence.files:
            text = ", ".join(str(path) for path in self.evidence.files)
            yield from self.terminal.row("wrote", printable(text), FACTS_COLUMN, indent=2)
        if self.evidence.message:
            yield from self.terminal.row("", printable(self.evidence.message), FACTS_COLUMN, indent=2)

    def _extent(self) -> str:
        result = self.result
        if not result.explorations:
            return "nothing was explored"
        if result.exhaustive and not self.subject.incomplete:
            return "exhaustive: every state of this scope was seen"
        reasons = [self.subject.incomplete, *(one.cut or "" for one in result.explorations)]
        reasons += [f"no id left in {pool}" for one in result.explorations for pool in one.exhausted]
        return "not exhaustive: " + "; ".join(dict.fromkeys(filter(None, reasons)))

    def _foundations(self) -> Iterator[str]:
        lists = (
            ("assuming", [*self.result.assumptions]),
            ("warnings", warnings_of(self.subject, self.result)),
            ("idle", [", ".join(self._idle())] if self._idle() else []),
            ("not covered", list(self.result.marks_missing)),
            ("worth a look", list(self.result.diagnostics)),
        )
        for heading, lines in lists:
            shown = [line for line in lines if not line.startswith(("budget ", "not modelled: "))]
            kept = lines if heading == "warnings" else shown
            for number, line in enumerate(kept):
                text = f"- {printable(line)}" if len(kept) > 1 else printable(line)
                yield from self.terminal.row("" if number else heading, text, FACTS_COLUMN, indent=2)

    def _idle(self) -> list[str]:
        """Actions that never did anything, and are no warning."""
        if not self.subject.is_cluster:
            return []
        return [name for name in self.result.never_fired if not name.startswith("user.")]

    # ---------------------------------------------------------------- what now
    def _next(self) -> Iterator[str]:
        steps = list(next_steps(self.subject, self.result, self.evidence))
        column = FACTS_COLUMN + max((len(command) for command, _ in steps), default=0) + 3
        for number, (command, text) in enumerate(steps):
            head = f"  {'' if number else 'next':<{FACTS_COLUMN - 2}}{printable(command)}"
            yield from ([f"{head}", *self.terminal.row("", text, FACTS_COLUMN + 2)] if column > 80
                        else self.terminal.row(head, text, column))  # fmt: skip

    def _summary(self) -> str:
        verdicts = [one.verdict for one in self.result.properties if one.verdict is not None]
        counts = [f"{verdicts.count(each)} {each.value}" for each in Verdict if each in verdicts]
        left_out = len(self.result.not_checked)
        counts += [f"{left_out} not checked"] if left_out else []
        gravest = self.result.verdict
        word = "NOTHING CHECKED" if gravest is None else gravest.value
        note = WORDS[self.exit_code]
        if self.exit_code == 3 and gravest is Verdict.PROVED:
            note = "there are warnings, and --strict was given"
        elif self.exit_code == 0 and gravest is Verdict.UNDETERMINED:
            note = "undetermined is allowed"
        return f"{self.terminal.paint(word, word)}   {', '.join(counts)}   exit code {self.exit_code}: {note}"


def _name(one: PropertyResult) -> str:
    return printable(f"{one.name} [{one.object_name}]" if one.object_name else one.name)
