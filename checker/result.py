"""The result of a check: a verdict per property and object, what was explored, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import frozen

from clusterproof.checker.coverage import Coverage
from clusterproof.checker.statistics import FunctionStatistics
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import FailOn, Verdict, combined, exit_code, text_of_verdict

VERSION = 1
"""The version of the JSON of a run."""


@frozen(kw_only=True)
class PropertyResult:
    """The verdict on one property and object.

    verdict: None when it was not checked; the reason says what was missing, and `needs` names it in a word.
    reason: why, for every verdict but PROVED. traces: the shortest one for each refuted claim, the shortest first; for
    `reachable` the witnesses.
    """

    name: str
    object_name: str = ""
    kind: str = "always"
    doc: str = ""
    verdict: Verdict | None = None
    reason: str = ""
    needs: str = ""
    traces: tuple[Trace, ...] = ()

    def __str__(self) -> str:
        about = f" [{self.object_name}]" if self.object_name else ""
        return f"{self.name}{about}: {text_of_verdict(self.verdict, self.reason)}"


@frozen(kw_only=True)
class Exploration:
    """One search.

    part: "whole", or what the slice keeps. properties: the names of those that were judged. cut_away: the actions that
    the slice leaves out, as nothing that they change matters. symmetry: the ids that states were merged by, "none"
    where they were not. full_states: how many states those seen stand for at most, exactly so many where all ids start
    alike and none comes from a pool; 0 where nobody counted. cut: why it stopped early, None when it was exhaustive.
    first_look: it only looked for what is near, and slices answered the rest. chance_missed: that a state was taken for
    another. resumed: a checkpoint said what came of it, and nothing was explored.
    """

    part: str = "whole"
    properties: tuple[str, ...] = ()
    cut_away: tuple[str, ...] = ()
    symmetry: str = "none"
    full_states: int = 0
    states: int
    transitions: int
    stuttering: int
    depth: int
    seconds: float
    cut: str | None = None
    exhausted: tuple[str, ...] = ()
    first_look: bool = False
    chance_missed: float = 0.0
    resumed: bool = False

    @property
    def exhaustive(self) -> bool:
        """Whether it saw every state of the scope."""
        return self.cut is None and not self.exhausted


@frozen(kw_only=True)
class CheckResult:
    """Everything a check found out. Counts sum the explorations.

    never_fired: actions that changed nothing anywhere; never_struck: the same for faults. marks_missing: `cover` marks
    that were never reached. diagnostics: what is worth a look although no verdict depends on it. coverage: of an
    exploration at random. verified: what a verification compared, where one was asked for. statistics: how well
    learning went, by function.
    """

    engine: str
    timing: str
    properties: tuple[PropertyResult, ...] = ()
    explorations: tuple[Exploration, ...] = ()
    assumptions: tuple[str, ...] = ()
    never_fired: tuple[str, ...] = ()
    never_struck: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    marks_missing: tuple[str, ...] = ()
    diagnostics: tuple[str, ...] = ()
    seconds: float = 0.0
    peak_mib: float = 0.0
    coverage: Coverage | None = None
    verified: str = ""
    statistics: tuple[FunctionStatistics, ...] = ()

    @property
    def states(self) -> int:
        """How many states were found."""
        return sum(one.states for one in self.explorations)

    @property
    def symmetry(self) -> str:
        """The ids that states were merged by, "none" where they were not."""
        found = dict.fromkeys(one.symmetry for one in self.explorations if one.symmetry != "none")
        return "; ".join(found) or "none"

    @property
    def full_states(self) -> int:
        """How many states there would be without merging, at most; 0 where nobody counted."""
        counted = all(one.full_states for one in self.explorations if one.symmetry != "none")
        return sum(one.full_states or one.states for one in self.explorations) if counted else 0

    @property
    def transitions(self) -> int:
        """How many outcomes changed the state, equal successors counted separately."""
        return sum(one.transitions for one in self.explorations)

    @property
    def stuttering(self) -> int:
        """How many outcomes changed nothing."""
        return sum(one.stuttering for one in self.explorations)

    @property
    def depth(self) -> int:
        """How many steps the farthest state is away from the start."""
        return max((one.depth for one in self.explorations), default=0)

    @property
    def chance_missed(self) -> float:
        """The chance that states were taken for others, and so missed."""
        return sum(one.chance_missed for one in self.explorations)

    @property
    def exhaustive(self) -> bool:
        """Whether every exploration saw every state of its scope."""
        decisive = [one for one in self.explorations if not one.first_look]
        return bool(decisive) and all(one.exhaustive for one in decisive)

    @property
    def verdict(self) -> Verdict | None:
        """The gravest verdict, None when nothing was checked."""
        return combined(one.verdict for one in self.properties)

    @property
    def not_checked(self) -> tuple[PropertyResult, ...]:
        """The properties that count for nothing here."""
        return tuple(one for one in self.properties if one.verdict is None)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """All traces, in the order of the properties."""
        return tuple(trace for one in self.properties for trace in one.traces)

    def exit_code(self, fail_on: FailOn = "undetermined") -> int:
        """The exit code of the run."""
        return exit_code((one.verdict for one in self.properties), fail_on)

    def to_json(
        self, fail_on: FailOn = "undetermined", trace_json: Callable[[Trace], Any] | None = None
    ) -> dict[str, Any]:
        """The run as JSON. trace_json: how a trace is written; its plain fields unless told otherwise."""
        written = trace_json or trace_fields
        covered = {} if self.coverage is None else {"coverage": self.coverage.to_json()}
        verified = {"verified": self.verified} if self.verified else {}
        return {
            "version": VERSION,
            "exit_code": self.exit_code(fail_on),
            "engine": self.engine,
            "exhaustive": self.exhaustive,
            "timing": self.timing,
            "states": self.states,
            "transitions": self.transitions,
            "stuttering": self.stuttering,
            "depth": self.depth,
            "seconds": round(self.seconds, 3),
            "peak_mib": round(self.peak_mib, 1),
            "chance_missed": self.chance_missed,
            "assumptions": list(self.assumptions),
            "explorations": [
                {
                    "slice": one.part,
                    "properties": list(one.properties),
                    "cut_away": list(one.cut_away),
                    "symmetry": one.symmetry,
                    "states": one.states,
                    **_full(one),
                }
                for one in self.explorations
            ],
            "not_checked": [
                {"name": one.name, "object": one.object_name, "needs": one.needs or one.reason}
                for one in self.not_checked
            ],
            "properties": [
                {
                    "name": one.name,
                    "object": one.object_name,
                    "verdict": one.verdict.value,
                    "reason": one.reason,
                    "trace": written(one.traces[0]) if one.traces else None,
                }
                for one in self.properties
                if one.verdict is not None
            ],
            **covered,
            **verified,
        }


def _full(one: Exploration) -> dict[str, int]:
    return {"full_states": one.full_states} if one.full_states else {}


def trace_fields(trace: Trace) -> dict[str, Any]:
    """The fields of a trace as JSON takes them."""
    fields: dict[str, Any] = _plain(attrs.asdict(trace))
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
