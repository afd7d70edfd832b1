"""What a check answers, how answers combine, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal

from clusterproof.errors import ImpureError, SpecError

FailOn = Literal["undetermined", "refuted"]

NOTHING_CHECKED = 2


class Verdict(Enum):
    """The answer for one property.

    PROVED: exhaustive for the printed scope. REFUTED: with a trace that replays. UNDETERMINED: the reason says why.
    ERROR: user code raised or is impure, or the checker is wrong.
    """

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNDETERMINED = "UNDETERMINED"
    ERROR = "ERROR"

    @property
    def exit_code(self) -> int:
        """The exit code of a run in which this is the gravest verdict."""
        return {Verdict.PROVED: 0, Verdict.REFUTED: 1, Verdict.UNDETERMINED: 3, Verdict.ERROR: 4}[self]


_GRAVEST_FIRST = (Verdict.ERROR, Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.PROVED)


def combined(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The gravest verdict, None when nothing was checked.

    verdicts: those of the properties; None stands for a property that was not checked, and counts for nothing.

    >>> combined([Verdict.PROVED, None, Verdict.UNDETERMINED])
    <Verdict.UNDETERMINED: 'UNDETERMINED'>
    >>> combined([Verdict.UNDETERMINED, Verdict.REFUTED])
    <Verdict.REFUTED: 'REFUTED'>
    >>> combined([None]) is None and combined([]) is None
    True
    """
    given = set(verdicts)
    return next((verdict for verdict in _GRAVEST_FIRST if verdict in given), None)


def exit_code(verdicts: Iterable[Verdict | None], fail_on: FailOn = "undetermined") -> int:
    """The exit code of a run: 0 all proved, 1 refuted, 2 nothing checked, 3 undetermined, 4 error.

    fail_on: "refuted" turns 3 into 0.

    >>> exit_code([Verdict.PROVED, Verdict.PROVED]), exit_code([Verdict.PROVED, Verdict.UNDETERMINED]), exit_code([])
    (0, 3, 2)
    >>> exit_code([Verdict.UNDETERMINED, Verdict.REFUTED]), exit_code([Verdict.REFUTED, Verdict.ERROR])
    (1, 4)
    >>> exit_code([Verdict.UNDETERMINED], fail_on="refuted"), exit_code([None], fail_on="refuted")
    (0, 2)
    """
    gravest = combined(verdicts)
    if gravest is None:
        return NOTHING_CHECKED
    if gravest is Verdict.UNDETERMINED and fail_on == "refuted":
        return 0
    return gravest.exit_code


def exit_code_of_error(error: BaseException) -> int:
    """The exit code for what a run raised: 2 for a wrong specification or usage, else 4.

    >>> [exit_code_of_error(error) for error in (SpecError("a typo"), ImpureError("a global"), KeyError())]
    [2, 4, 4]
    """
    return 2 if isinstance(error, SpecError) and not isinstance(error, ImpureError) else 4


def text_of_verdict(verdict: Verdict | None, reason: str) -> str:
    """The verdict in words.

    >>> text_of_verdict(Verdict.UNDETERMINED, "the bound of 100 states"), text_of_verdict(None, "needs drain")
    ('UNDETERMINED: the bound of 100 states', 'not checked: needs drain')
    """
    word = "not checked" if verdict is None else verdict.value
    return f"{word}: {reason}" if reason else word
