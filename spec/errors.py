"""What a wrong specification raises."""

from __future__ import annotations


class SpecError(Exception):
    """The specification is wrong; the message says what was written and what to write instead."""


class ImpureError(SpecError):
    """A function depends on more than the state it is given: equal states, different answers."""


class UserCodeError(Exception):
    """A function of the specification raised an exception of its own; the message names the step or property."""

    def __init__(self, who: str, cause: BaseException) -> None:
        super().__init__(f"{who} raised {type(cause).__name__}: {cause}")
        self.who = who
