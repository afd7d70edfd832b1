"""The states that walks have come to: each once, with a way to it, and in how many walks it was met."""

from __future__ import annotations

from array import array

from attrs import define, field, frozen

from clusterproof.checker.search import Path, Stepped

MOST_BYTES = 1 << 30
BYTES_PER_STATE = 250  # besides the row: what a dict, a list and three arrays keep of it


@frozen(kw_only=True)
class Estimate:
    """How much was seen, and at least how much there is.

    seen: distinct states. at_least: Chao's lower bound for all of them, from how many states were met in one walk only
    and in two. new_share: of the states that the last walks met, the share that no walk had met before. full: more
    states were met than are remembered. Source: A. Chao, "Estimating the population size for capture-recapture data
    with unequal catchability" (Biometrics 1987).
    """

    seen: int
    at_least: int
    new_share: float
    full: bool = False


@define(eq=False)
class Sightings:
    """What was seen of one system. States are numbered in the order in which they were met first.

    most: how many are remembered; walks go on beyond them, and what they find is judged, but no way to it is kept.
    """

    most: int
    rows: list[str] = field(init=False, factory=list)
    walks: int = field(init=False, default=0)
    met_beyond: int = field(init=False, default=0)
    _numbers: dict[str, int] = field(init=False, factory=dict)
    _parents: array[int] = field(init=False, factory=lambda: array("i"))
    _taken: list[Stepped | None] = field(init=False, factory=list)
    _walks_met_in: array[int] = field(init=False, factory=lambda: array("H"))
    _last_walk: array[int] = field(init=False, factory=lambda: array("I"))
    _recent: list[tuple[int, int]] = field(init=False, factory=list)
    _met: int = field(init=False, default=0)
    _new: int = field(init=False, default=0)

    @classmethod
    def of_rows_as_long_as(cls, row: str) -> Sightings:
        """With as many states as a gigabyte holds."""
        return cls(most=MOST_BYTES // (BYTES_PER_STATE + len(row)))

    def begin_walk(self) -> None:
        """A walk begins."""
        if self.walks:
            self._recent = [*self._recent[-99:], (self._met, self._new)]
        self.walks += 1
        self._met = self._new = 0

    def meet(self, row: str, before: int, taken: Stepped | None) -> tuple[int, bool]:
        """The number of the state that a walk has come to, and whether it is new; -1 beyond what is remembered.

        before: the number of the state it came from, -1 at a start or where that is not remembered.
        """
        number = self._numbers.get(row)
        if number is None:
            self._met += 1
            self._new += 1
            if len(self.rows) >= self.most or (before < 0 and taken is not None):
                self.met_beyond += 1
                return -1, True
            number = self._numbers[row] = len(self.rows)
            self.rows.append(row)
            self._parents.append(before)
            self._taken.append(taken)
            self._walks_met_in.append(1)
            self._last_walk.append(self.walks)
            return number, True
        if self._last_walk[number] != self.walks:
            self._met += 1
            self._last_walk[number] = self.walks
            self._walks_met_in[number] = min(self._walks_met_in[number] + 1, 3)
        return number, False

    @property
    def seen(self) -> int:
        """How many distinct states were met; beyond what is remembered some may count twice."""
        return len(self.rows) + self.met_beyond

    def is_start(self, number: int) -> bool:
        """Whether a state was met first at a start."""
        return self._taken[number] is None

    def path(self, number: int) -> Path:
        """The way by which a state was met first, from a start."""
        steps: list[Stepped] = []
        rows = [self.rows[number]]
        while (taken := self._taken[number]) is not None:
            steps.append(taken)
            number = self._parents[number]
            rows.append(self.rows[number])
        return Path(steps=tuple(reversed(steps)), rows=tuple(reversed(rows)))

    def estimate(self) -> Estimate:
        """What can be said of all the states there are."""
        once = sum(1 for count in self._walks_met_in if count == 1)
        twice = sum(1 for count in self._walks_met_in if count == 2)
        seen = self.seen
        unseen = once * once / (2 * twice) if twice else once * (once - 1) / 2
        recent = [*self._recent, (self._met, self._new)]
        met = sum(met for met, _ in recent)
        return Estimate(
            seen=seen,
            at_least=seen + int(unseen),
            new_share=sum(new for _, new in recent) / met if met else 0.0,
            full=self.met_beyond > 0,
        )
