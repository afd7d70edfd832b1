"""The rows behind the states of a search that merged some, for liveness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from math import factorial, prod

import numpy as np
from attrs import define, field

from clusterproof.checker.judging import Finding
from clusterproof.checker.learned.orbits import Classes, OrbitArrays, all_renamings
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.learned.vectorised.table import find, nonzero
from clusterproof.checker.memo import Memo
from clusterproof.checker.renaming import Renamer
from clusterproof.compiled import Compiled
from clusterproof.evaluation import Judgement

FEWEST_STATES, COST = 2_000, 100
"""So many rows are looked at for one property at least. Looking at one costs as much as exploring so many."""

MOST_RENAMINGS = 720
"""Of how many renamings of a state each is looked at."""

UNKNOWN = ""
"""What stands for the state behind a step that wanted an id from an exhausted pool."""


class TooManyStatesError(Exception):
    """Too many states would have to be told apart."""


@define(eq=False, slots=False)
class FullRows:
    """See FullStates: a full state is a row."""

    search: LearnedSearch
    classes: Classes
    orbits: OrbitArrays
    finding: Finding
    commutes: bool = field(init=False)
    _most: int = field(init=False)
    _looked_at: int = field(init=False, default=0)
    _walker: Compiled = field(init=False)
    _memo: Memo = field(init=False)
    _successors: dict[str, list[tuple[int, str]]] = field(init=False, factory=dict)
    _numbers: dict[str, int] = field(init=False, factory=dict)
    _rows: dict[int, str] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        compiled = self.search.compiled
        self.commutes = not any(each.pooled for each in self.classes.of)
        self._most = max(FEWEST_STATES, (self.search.full_states or self.search.states) // COST)
        kept = (slot for slot in range(len(compiled.schema.slots)) if slot not in compiled.cut)
        self._walker = compiled.sliced(kept, compiled.instances, compiled.nameless)
        self._memo = Memo(self._walker)
        self._walker.evaluate_with, self._walker.enabled_with = self._memo.evaluate, self._memo.enabled

    def orbit(self, number: int) -> Iterator[str]:
        """The renamings of a state, itself first."""
        row = self.reached(number)
        yield row
        if self.commutes:
            return
        for renamer in self._renamers:
            self._spend()
            yield renamer.row(row)

    def reached(self, number: int) -> str:
        """The row that was kept: it was reached by steps as they are."""
        return UNKNOWN if number == self.search.states else self.search.trail.row(number, self._rows)

    def successors(self, state: str) -> Iterable[tuple[int, str]]:
        """All steps from a row, those to the unknown included."""
        known = self._successors.get(state)
        if known is None:
            self._spend()
            known = self._successors[state] = [] if state == UNKNOWN else self._steps(state)
            self._look_up([target for _, target in known])
        return known

    def number(self, state: str) -> int:
        """The number of the kept state that a row was merged into, or -1."""
        if state not in self._numbers:
            self._look_up([state])
        return self._numbers[state]

    def good(self, state: str) -> bool:
        """Whether a row is as the property promises."""
        if state == UNKNOWN:
            return True
        judgement = self._judgement(state)
        return judgement.holds if judgement.response is None else judgement.response.then

    def given(self, state: str) -> bool:
        """Whether `given` holds in a row."""
        response = None if state == UNKNOWN else self._judgement(state).response
        return response is not None and response.given

    # ---------------------------------------------------------------- inside
    def _spend(self) -> None:
        """Count a row that is looked at. Raises TooManyStatesError when it is one too many."""
        self._looked_at += 1
        if self._looked_at > self._most:
            raise TooManyStatesError(f"more than {self._most:,} states have to be told apart")

    def _judgement(self, row: str) -> Judgement:
        return self._memo.judge(self.finding.about, row)

    def _steps(self, row: str) -> list[tuple[int, str]]:
        found = self._walker.steps(row)
        steps = [(step.instance.number, step.row) for step in found.steps if step.row != row]
        if found.exhausted:
            wanting = (i for i in self._walker.instances if self._memo.evaluate(row, i).exhausted)
            steps += [(instance.number, UNKNOWN) for instance in wanting]
        return steps

    def _look_up(self, rows: list[str]) -> None:
        new = [row for row in dict.fromkeys(rows) if row not in self._numbers]
        if UNKNOWN in new:
            new.remove(UNKNOWN)
            self._numbers[UNKNOWN] = self.search.states if self.search.exhausted else -1
        if not new:
            return
        table, keys = self.search.rooms.table, self.orbits.fingerprints(new)
        place = find(table, nonzero(keys[:, 0]), keys[:, 1])
        numbers = np.where(table.first[place] == 0, -1, table.state[place].astype(np.int64))
        self._numbers.update(zip(new, numbers.tolist(), strict=True))

    @cached_property
    def _renamers(self) -> list[Renamer]:
        """All renamings but the one that changes nothing."""
        classes = self.classes.of
        if prod(factorial(len(each.ids)) for each in classes) > MOST_RENAMINGS:
            raise TooManyStatesError(f"a state has more than {MOST_RENAMINGS} renamings")
        return [Renamer(self._walker, renaming) for renaming in islice(all_renamings(classes), 1, None)]
