"""The calls of a learner in their order: repeated in another process, they make the same learner.

Values get their numbers in the order in which they are first met, columns and leaves likewise. So nothing that was
learned is written down, only on which rows which functions were called; and functions depend on the row alone. What
came of it is compared with `digest_of`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.learned.model_hash import canonical, digest
from clusterproof.errors import ImpureError, UserCodeError

if TYPE_CHECKING:
    from clusterproof.checker.learned.learner import Learner
    from clusterproof.checker.learned.transitions import Transition
    from clusterproof.compiled import Compiled

ASK, LEARN, TELL, STATE, STEP, GIVE_UP, JUDGE, RENAME = range(8)
"""The kinds of calls; LEARN puts all that was asked since into the trees, RENAME makes values of images of values."""


@define(eq=False)
class Journal:
    """Which calls were made.

    first_row: the state that the rows of calls are written down as differences from.
    kinds, roots, ways: per call. ends: per call where its part of slots and values ends. slots, values: what is other
    there than in the first row.
    """

    first_row: str
    kinds: array[int] = field(init=False, factory=lambda: array("B"))
    roots: array[int] = field(init=False, factory=lambda: array("i"))
    ways: array[int] = field(init=False, factory=lambda: array("i"))
    ends: array[int] = field(init=False, factory=lambda: array("q"))
    slots: array[int] = field(init=False, factory=lambda: array("I"))
    values: array[int] = field(init=False, factory=lambda: array("I"))

    def note(self, kind: int, root: int = -1, row: str = "", way: int = -1) -> None:
        """Add one call."""
        for slot, character in enumerate(row):
            if character != self.first_row[slot]:
                self.slots.append(slot)
                self.values.append(ord(character))
        self.kinds.append(kind)
        self.roots.append(root)
        self.ways.append(way)
        self.ends.append(len(self.slots))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything, as arrays by name."""
        calls = np.array([self.kinds, self.roots, self.ways, self.ends], np.int64)
        return {"calls": calls, "differences": np.array([self.slots, self.values], np.uint32)}


def replay(
    learner: Learner, calls: NDArray[np.int64], differences: NDArray[np.uint32], rename: Callable[[], None]
) -> None:
    """Make the same calls again. Raises what a function raises that raised nothing before."""
    pending: list[tuple[int, str, Transition]] = []
    for kind, root, way, row in _rows(learner.initial_rows[0], calls, differences):
        if kind == ASK:
            pending.append((root, row, learner.ask(root, row)))
        elif kind == LEARN:
            learner.learn_actions(pending)
            pending = []
        elif kind == TELL:
            learner.tell(root, row)
        elif kind == RENAME:
            rename()
        elif kind == GIVE_UP:
            learner.give_up(root, of_states=bool(way))
        else:
            finding = learner.finding_of_step(root) if kind == STEP else learner.state_findings[root]
            try:
                if kind == STATE:
                    learner.learn_state(root, row)
                elif kind == JUDGE:
                    learner.judge_directly(root, row)
                else:
                    learner.learn_step(root, row, way)
            except (UserCodeError, ImpureError) as error:
                finding.error = error


def _rows(
    first_row: str, calls: NDArray[np.int64], differences: NDArray[np.uint32]
) -> Iterator[tuple[int, int, int, str]]:
    """Kind, root, way and row of every call."""
    start = 0
    for kind, root, way, end in calls.T.tolist():
        characters = list(first_row)
        for slot, value in differences[:, start:end].T.tolist():
            characters[slot] = chr(value)
        start = end
        yield kind, root, way, "".join(characters)


def digest_of(learner: Learner) -> str:
    """A hash over all that compiled code sees of a learner, and over what its numbers stand for."""
    return digest(_texts(learner))


def _texts(learner: Learner) -> Iterator[str | bytes]:
    yield repr((learner.columns.slots, learner.columns.capacity))
    for forest in (learner.actions, learner.states, learner.steps):
        yield repr(forest.direct)
        yield forest.roots.tobytes()
        yield forest.nodes.tobytes()
    ways = learner.ways.arrays()
    for part in (ways.leaves, ways.ways, ways.writes, ways.raw, ways.delta):
        yield part.tobytes()
    for instance, way in learner.ways.taken:
        yield repr((instance.number, way.number, way.label, way.writes, way.raw, way.marks, way.awaited))
    for judgements in (learner.state_judgements, learner.step_judgements):
        yield judgements.value.items.tobytes()
        for finding, judgement in judgements.said:
            claims = [(made.says, made.holds) for made, _ in judgement.claims]
            yield repr((finding.about.judged.name, finding.about.object_name, claims, judgement.response))
    yield repr(sorted(judged.name for judged in learner.told_apart))
    yield from numbering_of(learner.compiled)


def numbering_of(compiled: Compiled) -> Iterator[str]:
    """Which values the numbers in rows stand for."""
    for slot, values in enumerate(compiled.schema.decode):
        yield f"{slot} {len(values)}"
        yield from map(canonical, values)
