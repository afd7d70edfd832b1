"""One instant of a run: the state, and how it came about.

Ages, and the times at which containers ended, are not in a state; they are read from the steps before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from attrs import frozen

from clusterproof.models.kubernetes.printers.table import START
from clusterproof.models.kubernetes.state import Cluster

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@frozen(kw_only=True)
class PastStep:
    """A step that led to the instant.

    action: `component.action`. arguments: as text. at_seconds: since the start, None in an untimed run.
    """

    action: str
    arguments: tuple[str, ...]
    at_seconds: int | None
    before: Cluster
    after: Cluster


@frozen(kw_only=True)
class Instant:
    """A state, the seconds since the start of its run (None: untimed), and the steps that led to it."""

    cluster: Cluster
    at_seconds: int | None = None
    past: tuple[PastStep, ...] = ()

    @property
    def now(self) -> datetime:
        """What a clock on the wall says; an untimed run stays at its start."""
        return START + timedelta(seconds=self.at_seconds or 0)

    def since(self, holds: Callable[[Cluster], bool]) -> str | None:
        """The timestamp since which something holds without a break; None in an untimed run.

        What holds since the start may hold for longer: nothing is known from before.
        """
        if self.at_seconds is None or not holds(self.cluster):
            return None
        begun = 0
        for step in self.past:
            if not holds(step.before) and holds(step.after):
                begun = step.at_seconds or 0
        return timestamp(begun)

    def last(self, happens: Callable[[PastStep], bool]) -> str | None:
        """The timestamp of the last step of a kind; None where there was none, and in an untimed run."""
        times = [step.at_seconds for step in self.steps(happens)]
        return timestamp(times[-1]) if times and times[-1] is not None else None

    def steps(self, happens: Callable[[PastStep], bool]) -> Iterator[PastStep]:
        """The steps of a kind, in their order."""
        return (step for step in self.past if happens(step))


def timestamp(at_seconds: int) -> str:
    """A second of a run as the API writes instants."""
    return (START + timedelta(seconds=at_seconds)).strftime(TIME_FORMAT)
