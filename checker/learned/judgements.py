"""The leaves of the property trees: what properties said, and where it was first said."""

from __future__ import annotations

import numpy as np
from attrs import define, field

from clusterproof.checker.judging import Finding
from clusterproof.checker.learned.growing import Growing
from clusterproof.evaluation import Judgement

GOOD = 1
"""Value of a state that is as a liveness property promises (leads_to: in which `then` holds)."""

GIVEN = 2
"""Value of a state in which the `given` of a leads_to holds."""


@define(eq=False)
class Judgements:
    """Everything that the properties of one forest said so far.

    said: per leaf the property and its judgement. value, seen, places: per leaf see StateTrees and StepTrees.
    """

    said: list[tuple[Finding, Judgement]] = field(init=False, factory=list)
    value: Growing = field(init=False)
    seen: Growing = field(init=False)
    places: Growing = field(init=False)
    _leaves: dict[object, int] = field(init=False, factory=dict)
    _open: set[int] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self.value, self.seen = Growing(np.uint8), Growing(np.uint8)
        self.places = Growing(np.int64, 2)

    def leaf(self, finding: Finding, judgement: Judgement) -> int:
        """The number of the leaf for a judgement; judgements that say the same share one."""
        key = id(finding), tuple(made for made, _ in judgement.claims), judgement.response
        known = self._leaves.get(key)
        if known is None:
            known = self._leaves[key] = len(self.said)
            self.said.append((finding, judgement))
            response = judgement.response
            good, given = (judgement.holds, False) if response is None else (response.then, response.given)
            self.value.append(GOOD * good + GIVEN * given)
            self.seen.append(0)
            self.places.append((0, 0))
            self._open.add(known)
        return known

    def newly_seen(self) -> list[int]:
        """The leaves that some state (or step) had for the first time since this was asked last."""
        fresh = [leaf for leaf in self._open if self.seen.array[leaf]]
        self._open.difference_update(fresh)
        return fresh
