"""From a counterexample as a walk found it to one that a person reads: fewer steps, then fewer faults, fewer changes
of lane, and objects that come first. Every step back is taken by the functions themselves.

Source: A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 2002).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from attrs import define

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.explore.attempt import attempt, stem_of
from clusterproof.checker.explore.renaming import renamed_examples
from clusterproof.checker.explore.shorten import shortened
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.search import Stepped
from clusterproof.errors import ImpureError, UserCodeError

SHORTENING_SECONDS = 3.0

DETOURS = (2, 3, 4)
"""Pieces so short are left out wherever they begin: a step astray and the one that makes up for it go together."""

Size = tuple[int, int, int, tuple[int, ...]]


def size_of(example: Counterexample) -> Size:
    """What makes one counterexample better than another: steps, faults, changes of lane, later arguments."""
    steps = example.path.steps
    lanes = [instance.lane for instance, _ in steps]
    switches = sum(lane != before for before, lane in pairwise(lanes))
    return len(steps), sum(i.fault for i, _ in steps), switches, tuple(instance.number for instance, _ in steps)


def shrunk(
    terrain: Terrain,
    example: Counterexample,
    deadline: float,
    interrupted: Sequence[bool] = (),
    most_states: int = 200_000,
) -> Counterexample:
    """The best counterexample to the same claim that is found until a moment (of the monotonic clock).

    interrupted: as soon as something stands there, that is the end, too. most_states: how many states are looked at for
    a shorter way.
    """
    return _Shrinking(terrain, example, deadline, interrupted, most_states).run()


@define(eq=False)
class _Shrinking:
    terrain: Terrain
    best: Counterexample
    deadline: float
    interrupted: Sequence[bool]
    most_states: int

    def run(self) -> Counterexample:
        self._fewer_steps()
        until = min(self.deadline, time.monotonic() + SHORTENING_SECONDS)
        self._take(shortened(self.terrain, self.best, until, self.most_states))
        before: Size | None = None
        while before != size_of(self.best) and self._time_is_left():
            before = size_of(self.best)
            self._fewer_steps()
            self._fewer_faults()
            self._fewer_changes_of_lane()
            self._earlier_objects()
        return self.best

    def _time_is_left(self) -> bool:
        return time.monotonic() < self.deadline and not self.interrupted

    def _take(self, found: Counterexample | None) -> bool:
        """Make it the best, if it is better."""
        if found is None or size_of(found) >= size_of(self.best):
            return False
        self.best = found
        return True

    def _try(self, steps: Sequence[Stepped]) -> bool:
        try:
            return self._take(attempt(self.terrain, self.best, steps))
        except (UserCodeError, ImpureError):  # a way on which a function raises shows nothing of the claim
            return False

    def _fewer_steps(self) -> None:
        """Leave out all faults, then each of them, then longer and shorter pieces, until no single step is too many."""
        self._try([step for step in stem_of(self.best) if not step[0].fault])
        self._without_each(lambda step: step[0].fault)
        pieces = 2
        while self._time_is_left():
            stem = stem_of(self.best)
            length = max(len(stem) // pieces, 1)
            if self._without_a_piece(length):
                pieces = max(pieces - 1, 2)
            elif length <= 1:
                if not any(self._without_a_piece(detour) for detour in DETOURS):
                    return
            else:
                pieces = min(pieces * 2, len(stem))

    def _without_each(self, wanted: Callable[[Stepped], bool]) -> None:
        at = 0
        while at < len(stem := stem_of(self.best)) and self._time_is_left():
            if not (wanted(stem[at]) and self._try((*stem[:at], *stem[at + 1 :]))):
                at += 1

    def _without_a_piece(self, length: int) -> bool:
        """Leave out pieces of so many steps, the last ones first: what came late is needed least."""
        found = False
        end = len(stem_of(self.best))
        while end > 0 and self._time_is_left():
            stem = stem_of(self.best)
            end = min(end, len(stem))
            if self._try((*stem[: max(end - length, 0)], *stem[end:])):
                found = True
            end -= 1 if length in DETOURS else length
        return found

    def _fewer_faults(self) -> None:
        """Take something else that is possible in the place of a fault."""
        at = 0
        while at < len(stem := stem_of(self.best)):
            if stem[at][0].fault:
                for instance, evaluation in self.terrain.memo.enabled(self.best.path.rows[at]):
                    labels = [] if instance.fault else [outcome.label for outcome in evaluation.outcomes]
                    if not self._time_is_left() or any(self._instead(at, (instance, label)) for label in labels):
                        break
            at += 1

    def _instead(self, at: int, stepped: Stepped) -> bool:
        stem = stem_of(self.best)
        return self._try((*stem[:at], stepped, *stem[at + 1 :]))

    def _fewer_changes_of_lane(self) -> None:
        """Move steps next to others of their lane."""
        for moved in self._moves():
            if not self._time_is_left():
                return
            self._try(moved)

    def _moves(self) -> Iterator[Sequence[Stepped]]:
        at = 1
        while at < len(stem := stem_of(self.best)):
            lane = stem[at][0].lane
            earlier = [number for number in range(at - 1) if stem[number][0].lane == lane]
            if earlier and stem[at - 1][0].lane != lane:
                to = earlier[-1] + 1
                yield (*stem[:to], stem[at], *stem[to:at], *stem[at + 1 :])
            at += 1

    def _earlier_objects(self) -> None:
        for steps in renamed_examples(self.terrain.compiled, self.best):
            if not self._time_is_left():
                return
            self._try(steps)
