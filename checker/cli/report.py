"""The report of a check: what was checked, every verdict, the stories, what it rests on, and what to try next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from attrs import frozen

from clusterproof.checker.cli.advice import next_steps
from clusterproof.checker.cli.coverage_rows import coverage_rows
from clusterproof.checker.cli.evidence_files import Evidence
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.cli.words import command_of, counted, file_command
from clusterproof.checker.coverage import PROVES_NOTHING, Coverage
from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.result import CheckResult, Exploration, PropertyResult
from clusterproof.checker.statistics import statistics_rows
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import Verdict

FACTS_COLUMN = 16
VERDICT_COLUMN = 16
MOST_OBJECTS = 4
MOST_LEFT_OUT = 2
WORDS = {0: "ok", 1: "refuted", 2: "nothing was checked", 3: "undetermined", 4: "error"}


def warnings_of(subject: Subject, result: CheckResult) -> list[str]:
    """What `--strict` takes amiss: what was asked for and made no difference."""
    warnings = [f"not modelled: {line}" for line in subject.warnings]
    if not result.exhaustive:
        return warnings  # what never happened may only be farther away
    fired = [name for name in result.never_fired if name not in subject.machinery]
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
    command: str = "check"
    more: Sequence[str] = ()
    statistics: bool = False

    def text(self) -> str:
        """The whole report."""
        sections = [
            self._heading(),
            self._verdicts(),
            *([story] for story in self._stories()),
            *([run] for run in self._runs()),
            self._counts() if self.result.coverage is None else self._coverage(self.result.coverage),
            self._statistics() if self.statistics else (),
            self._foundations(),
            self._next(),
            [self._summary()],
        ]
        return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"

    @property
    def _asked(self) -> Request:
        return self.subject.asked or self.subject.request

    # ---------------------------------------------------------------- what was checked
    def _heading(self) -> Iterator[str]:
        yield printable(command_of(self._asked, self.command, *self.more))
        yield ""
        for heading, text in self.subject.facts:
            yield from self.terminal.row(heading, printable(text), FACTS_COLUMN, indent=2)

    # ---------------------------------------------------------------- verdicts
    def _verdicts(self) -> Iterator[str]:
        groups: dict[tuple[str, Verdict | None, str], list[PropertyResult]] = {}
        for one in self.result.properties:
            groups.setdefault((one.name, one.verdict, _told(one)), []).append(one)
        checked = [key for key in groups if key[1] is not None]
        column = VERDICT_COLUMN + max((len(name) for name, *_ in groups), default=0) + 3
        for key in checked:
            yield from self._verdict(groups[key], column)
        left_out = [key for key in groups if key[1] is None]
        if left_out and checked:
            yield ""
        for name, _, reason in left_out:
            objects = _listed([one.object_name for one in groups[name, None, reason]], MOST_LEFT_OUT)
            text = printable(f"{reason}: {objects}" if objects else reason)
            lines = self.terminal.row(f"{'not checked':<{VERDICT_COLUMN}}{printable(name)}", text, column)
            yield from (self.terminal.paint(line, "dim") for line in lines)

    def _verdict(self, group: Sequence[PropertyResult], column: int) -> Iterator[str]:
        """The objects beside the property, and below what it says or why there is no better answer."""
        one = group[0]
        assert one.verdict is not None
        word = one.verdict.value
        objects = printable(_listed([each.object_name for each in group], MOST_OBJECTS))
        lines = self.terminal.row(f"{word:<{VERDICT_COLUMN}}{printable(one.name)}", objects, column)
        yield self.terminal.paint(word, word) + lines[0][len(word) :]
        yield from lines[1:]
        for line in self.terminal.row("", printable(_told(one)), VERDICT_COLUMN + 2):
            yield self.terminal.paint(line, "dim" if one.verdict is Verdict.PROVED else "")

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
            return file_command("replay", path, self.subject.request.target)
        return (
            command_of(self._asked, self.command, "--out", "traces") + ", which writes what `clusterproof replay` takes"
        )

    def _runs(self) -> Iterator[str]:
        """Runs that broke nothing, where they were asked for."""
        for trace in self.result.coverage.runs if self.result.coverage is not None else ():
            yield trace_text(trace, "", self.terminal.width).rstrip("\n")

    # ---------------------------------------------------------------- counts and foundations
    def _coverage(self, coverage: Coverage) -> Iterator[str]:
        for heading, text in coverage_rows(self.result, coverage):
            yield from self.terminal.row(heading, printable(text), FACTS_COLUMN, indent=2)
        yield from self._wrote()

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
            sliced = any(one.part != "whole" for one in result.explorations)
            parts.insert(0, f"{len(result.explorations)} {'slices' if sliced else 'explorations'}")
        yield from self.terminal.row("searched", ", ".join(parts), FACTS_COLUMN, indent=2)
        yield from self.terminal.row("", self._extent(), FACTS_COLUMN, indent=2)
        if result.symmetry != "none":
            text = f"by symmetry ({result.symmetry} are interchangeable)"
            if result.full_states:
                text += f": without it up to {counted(result.full_states, 'state')}"
            yield from self.terminal.row("", printable(text), FACTS_COLUMN, indent=2)
        if result.chance_missed:
            text = f"by fingerprints: the chance that a state was missed is {result.chance_missed:.0e}"
            yield from self.terminal.row("", text, FACTS_COLUMN, indent=2)
        if result.verified:
            yield from self.terminal.row("verified", printable(result.verified), FACTS_COLUMN, indent=2)
        yield from self._wrote()

    def _wrote(self) -> Iterator[str]:
        if self.evidence.files:
            text = ", ".join(str(path) for path in self.evidence.files)
            yield from self.terminal.row("wrote", printable(text), FACTS_COLUMN, indent=2)
        if self.evidence.message:
            yield from self.terminal.row("", printable(self.evidence.message), FACTS_COLUMN, indent=2)

    def _statistics(self) -> Iterator[str]:
        for number, text in enumerate(statistics_rows(self.result.statistics)):
            yield from self.terminal.row("" if number else "functions", printable(text), FACTS_COLUMN, indent=2)

    def _extent(self) -> str:
        result = self.result
        if not result.explorations:
            return "nothing was explored"
        if result.exhaustive and not self.subject.incomplete:
            return "exhaustive: every state of this scope was seen"
        reasons = [self.subject.incomplete, *(one.cut or "" for one in result.explorations if not one.first_look)]
        reasons += [f"no id left in {pool}" for one in result.explorations for pool in one.exhausted]
        return "not exhaustive: " + "; ".join(dict.fromkeys(filter(None, reasons)))

    def _foundations(self) -> Iterator[str]:
        result = self.result
        assumed = [line for line in result.assumptions if not line.startswith(("budget ", "not modelled: "))]
        sections = (
            ("assuming", assumed),
            ("warnings", warnings_of(self.subject, result)),
            ("not covered", [f"cover: {mark}" for mark in result.marks_missing]),
            ("worth a look", list(result.diagnostics)),
            ("never fired", self._idle()),
            ("sliced away", [_sliced_away(one, result.never_fired) for one in result.explorations if one.cut_away]),
        )
        for heading, lines in sections:
            for number, line in enumerate(lines):
                head = f"{'' if number else heading:<{FACTS_COLUMN - 2}}- "
                yield from self.terminal.row(head, printable(line), FACTS_COLUMN + 2, indent=2)

    def _idle(self) -> list[str]:
        """Actions that never did anything and are no warning, by component."""
        idle = _by_component(name for name in self.result.never_fired if name in self.subject.machinery)
        return [idle] if idle else []

    # ---------------------------------------------------------------- what now
    def _next(self) -> Iterator[str]:
        steps = list(next_steps(self.subject, self.result, self.evidence, self.command))
        column = FACTS_COLUMN + max((len(command) for command, _ in steps), default=0) + 3
        for number, (command, text) in enumerate(steps):
            head = f"  {'' if number else 'next':<{FACTS_COLUMN - 2}}{printable(command)}"
            yield from ([f"{head}", *self.terminal.row("", text, FACTS_COLUMN + 2)] if column > 80
                        else self.terminal.row(head, text, column))  # fmt: skip

    def _summary(self) -> str:
        verdicts = [one.verdict for one in self.result.properties if one.verdict is not None]
        counts = [f"{verdicts.count(each)} {each.value.lower()}" for each in Verdict if each in verdicts]
        left_out = len(self.result.not_checked)
        counts += [f"{left_out} not checked"] if left_out else []
        gravest = self.result.verdict
        word = "NOTHING CHECKED" if gravest is None else gravest.value
        note = WORDS[self.exit_code]
        if self.result.coverage is not None and gravest is Verdict.UNDETERMINED:
            note += ", for a sample proves nothing"
            return f"NO COUNTEREXAMPLE   {', '.join(counts)}   exit code {self.exit_code}: {note}"
        if self.exit_code == 3 and gravest is Verdict.PROVED:
            note = "there are warnings, and --strict was given"
        elif self.exit_code == 0 and gravest is Verdict.UNDETERMINED:
            note = "undetermined is allowed"
        return f"{self.terminal.paint(word, word)}   {', '.join(counts)}   exit code {self.exit_code}: {note}"


def _told(one: PropertyResult) -> str:
    """What a verdict is about, or why it is not PROVED."""
    if one.verdict is Verdict.PROVED:
        return one.doc
    if one.verdict is Verdict.UNDETERMINED and one.reason.endswith(PROVES_NOTHING):
        return one.reason.partition(" in ")[0]
    if one.verdict is Verdict.REFUTED and one.traces:
        broken = dict.fromkeys(f"{_claim(trace)} ({counted(len(trace.steps), 'step')})" for trace in one.traces)
        return f"broken: {'; '.join(broken)}"
    return " ".join((one.reason or one.doc).split())


def _claim(trace: Trace) -> str:
    return (trace.why.says if trace.why else trace.says).rstrip(".")


def _listed(names: Sequence[str], most: int) -> str:
    """Some names, and how many more there are."""
    given = [name for name in names if name]
    between = "; " if any(", " in name for name in given) else ", "
    if len(given) <= most:
        return between.join(given)
    return f"{between.join(given[: most - 1])} and {len(given) - most + 1} more"


def _name(one: PropertyResult) -> str:
    return printable(f"{one.name} [{one.object_name}]" if one.object_name else one.name)


def _sliced_away(exploration: Exploration, never_fired: Collection[str]) -> str:
    """What a slice leaves out whole, by component, and for which properties; not what does nothing anyway."""
    # With a colon, some instances of an action are left out, and some are not.
    without = _by_component(name for name in exploration.cut_away if ":" not in name and name not in never_fired)
    return f"for {', '.join(exploration.properties)}: {without or 'some instances of actions'}"


def _by_component(names: Iterable[str]) -> str:
    """Actions, each with its component before the last dot, as a list per component."""
    actions: dict[str, list[str]] = {}
    for name in names:
        component, _, action = name.rpartition(".")
        actions.setdefault(component, []).append(action)
    return "; ".join(f"{component}: {', '.join(listed)}" for component, listed in actions.items())
