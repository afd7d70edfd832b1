"""Values with a meaning of their own: timers on the virtual clock, and serial numbers that only grow."""

from __future__ import annotations

from typing import Annotated, Final, NoReturn

from attrs import frozen

from clusterproof.errors import SpecError
from clusterproof.recorder import current_recorder


@frozen
class Timer:
    """A timer on the virtual clock: off, or so many seconds to go.

    seconds: time to go; None is off, 0 is due. Assign `Timer(50)` to arm it and `Timer()` to switch it off; the clock
    counts it down. With untimed scopes an armed timer may fire at any moment, as long as its cause lasts.
    """

    seconds: int | None = None

    def __attrs_post_init__(self) -> None:
        given: object = self.seconds
        if given is not None and not (isinstance(given, int) and given >= 0):
            raise SpecError(
                f"Timer({self.seconds!r}): write whole seconds, 0 or more, or Timer() for a timer that is off"
            )

    @property
    def armed(self) -> bool:
        """Whether the timer runs or is due."""
        return self.seconds is not None

    def due(self, *, cause: bool = True) -> bool:
        """Whether what waits for the timer may happen now.

        cause: what armed the timer still lasts now; looked at in untimed scopes only.
        """
        recorder = current_recorder()
        if recorder is None or recorder.timed:
            return self.seconds == 0
        return self.seconds is not None and cause

    def __str__(self) -> str:
        return "off" if self.seconds is None else "due" if self.seconds == 0 else f"{self.seconds}s"


@frozen(repr=False)
class _SerialKind:
    held: bool


Serial = Annotated[int, _SerialKind(held=False)]
"""A number of the series that only grows (a revision, a uid). Assign `fresh` to issue the next one.

Only the order relative to the numbers that are still held (`HeldSerial`) is kept from step to step, so that the
series is finite; step properties see the numbers themselves, of which too nothing counts but the order.
"""

HeldSerial = Annotated[int | None, _SerialKind(held=True)]
"""A serial number somebody remembers, to compare it later (a resourceVersion that a client has read)."""


class _Fresh(int):
    """Larger than every number; equal only to itself; nothing to calculate with."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __lt__(self, other: int) -> bool:
        return False

    def __le__(self, other: int) -> bool:
        return self is other

    def __gt__(self, other: int) -> bool:
        return self is not other

    def __ge__(self, other: int) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("fresh")

    def _no_number(self, _other: object = None) -> NoReturn:
        message = "fresh is the next number of the series, whichever that is: it cannot be calculated with.\n"
        raise SpecError(message + "  assign it as it is, and compare")

    __add__ = __radd__ = __sub__ = __rsub__ = _no_number
    __index__ = __int__ = _no_number

    def __repr__(self) -> str:
        return "fresh"

    __str__ = __repr__


fresh: Final[int] = _Fresh(-1)
"""The next number of the series: larger than every number issued so far."""


def is_fresh(value: object) -> bool:
    """Whether a written value stands for the next number of the series."""
    return value is fresh
