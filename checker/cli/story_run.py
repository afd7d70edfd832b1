"""The run that a story tells: from apply until nothing moves any more, and what a fault does to it then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
from attrs import define, field, frozen

from clusterproof.checker.cli.errors import UsageError, dashed
from clusterproof.checker.differences import Differences
from clusterproof.checker.memo import Memo
from clusterproof.checker.trace import Change
from clusterproof.compiled import Compiled, Instance, Step

MOST_STEPS = 5000


@frozen(kw_only=True)
class Moment:
    """One step of the run: who took it, when, and what it changed. before, after: the rows."""

    instance: Instance
    label: str
    at_seconds: int
    changes: tuple[Change, ...]
    before: str
    after: str

    @property
    def name(self) -> str:
        """Component and action."""
        return f"{self.instance.component}.{self.instance.name}"


@define
class StoryRun:
    """A run of a cluster, one step after the other in one canonical order; pods are spread over the nodes.

    most_seconds: how long it may take, on the user's clock. Raises UsageError when it does not come to rest.
    """

    compiled: Compiled
    most_seconds: float | None = None
    row: str = field(init=False)
    moments: list[Moment] = field(init=False, factory=list)
    seconds: int = field(init=False, default=0)
    _differences: Differences = field(init=False)
    _bound: dict[str, int] = field(init=False, factory=dict)
    _heals: frozenset[str] = field(init=False)
    _started: float = field(init=False, factory=time.monotonic)

    def __attrs_post_init__(self) -> None:
        from clusterproof.models.kubernetes.cluster import HEALS

        self.compiled.evaluate_with = Memo(self.compiled).evaluate
        self.row = self.compiled.initial_rows()[0]
        self._differences = Differences(self.compiled)
        self._heals = frozenset(str(action) for action in HEALS.values())

    @property
    def state(self) -> Any:
        """The state of the cluster now."""
        return self.compiled.schema.state(self.row)

    def settle(self) -> list[Moment]:
        """Go on, without faults and heals, until nothing moves any more."""
        return self._go(lambda i: not (i.fault or i.component == "user" or self._is_heal(i)))

    def strike(self, fault: str) -> Moment | None:
        """Let a fault strike where it first can; None when it cannot."""
        return self._first(lambda i: i.fault and dashed(i.name) == fault)

    def heal(self) -> Moment | None:
        """Let something be repaired; None when nothing is broken."""
        return self._first(self._is_heal)

    def _is_heal(self, instance: Instance) -> bool:
        return f"{instance.component}.{instance.name}" in self._heals

    def _go(self, wanted: Callable[[Instance], bool]) -> list[Moment]:
        from clusterproof.models.kubernetes.deployed import canonical

        begun = len(self.moments)
        pinned = self.state.scope.pinned_pods
        while steps := canonical([step for step in self._steps() if wanted(step.instance)], pinned):
            self._take(self._spread(steps))
            if len(self.moments) > MOST_STEPS:
                raise UsageError(f"after {MOST_STEPS} steps something still moves; this makes no story")
            if self.most_seconds is not None and time.monotonic() - self._started > self.most_seconds:
                raise UsageError(
                    f"the story is not at its end after {self.most_seconds:g} seconds; "
                    "write fewer replicas, or --bound seconds=N for more time"
                )
        return self.moments[begun:]

    def _first(self, wanted: Callable[[Instance], bool]) -> Moment | None:
        for step in self._steps():
            if wanted(step.instance):
                return self._take(step)
        return None

    def _steps(self) -> list[Step]:
        return self.compiled.steps(self.row).steps

    def _spread(self, steps: Sequence[Step]) -> Step:
        """Of several ways a step may go: of scheduling the node with the fewest pods so far, else the first."""
        first = [step for step in steps if step.instance is steps[0].instance]
        if first[0].instance.component != "scheduler":
            return first[0]
        step = min(first, key=lambda one: self._bound.get(one.label, 0))
        self._bound[step.label] = self._bound.get(step.label, 0) + 1
        return step

    def _take(self, step: Step) -> Moment:
        if step.instance is self.compiled.clock:
            self.seconds += int(step.label.strip("+s"))
        moment = Moment(
            instance=step.instance,
            label=step.label,
            at_seconds=self.seconds,
            changes=tuple(_told(self._differences.between(self.row, step.row))),
            before=self.row,
            after=step.row,
        )
        self.moments.append(moment)
        self.row = step.row
        return moment


def _told(changes: Sequence[Change]) -> Iterator[Change]:
    """The changes as a story tells them: what begins to exist is new, and nobody counts documents."""
    for change in changes:
        if change.object_name == "kubectl":
            continue
        if (change.path, change.after) == (".exists", "true") or (change.path, change.before) == (".data", "0"):
            yield attrs.evolve(change, path="", before=None, after="")
        else:
            yield change
