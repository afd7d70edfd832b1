"""How runs end: at rest or in a loop, and whether that breaks a liveness property.

A walk alone says nothing about liveness. So it is let settle: nobody disturbs it any more, and of the steps that are
promised the one that has waited longest is taken. Then the states it came to are looked at as a graph, all their steps
known, with the same search for fair runs as in an exhaustive check: what that finds is a true counterexample.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from attrs import define, field

from clusterproof.checker import judging, liveness
from clusterproof.checker.answers import Counterexample, fairness_of, promise_of
from clusterproof.checker.explore.terrain import Terrain
from clusterproof.checker.explore.walk import Walk
from clusterproof.checker.graph import Graph
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.search import Path, Stepped
from clusterproof.compiled import PropertyInstance
from clusterproof.errors import ImpureError, UserCodeError

MOST_STATES = 300
"""How many states of a run that does not come to rest are looked at as a graph."""


def settled(walk: Walk, chance: random.Random, most_steps: int) -> Path:
    """The way from the end of a walk to rest, or as far as so many steps lead, or until every state has recurred."""
    terrain = walk.terrain
    row = walk.rows[-1]
    rows, steps = [row], list[Stepped]()
    enabled = terrain.enabled_at(row)
    waiting: dict[int, int] = {}
    met = {row}
    recurred = 0
    for now in range(most_steps):
        promised = [(i, e) for i, e in enabled.all() if i.fairness is not None and not i.fault]
        found = None
        for possible in sorted(promised, key=lambda one: waiting.get(one[0].number, -1)):
            found = terrain.taken_by(row, possible, chance)
            if found is not None and found[0].row != row:
                break
            found = None
        found = found or terrain.clock_step(row, enabled.all())
        if found is None:
            break
        step, changed = found
        waiting[step.instance.number] = now
        row = step.row
        rows.append(row)
        steps.append((step.instance, step.label))
        recurred = recurred + 1 if row in met else 0
        if recurred > len(met):
            break
        met.add(row)
        enabled.moved(row, changed)
    return Path(steps=tuple(steps), rows=tuple(rows))


@define(eq=False)
class Ending:
    """The states of a way, as a graph with all steps of each."""

    terrain: Terrain
    way: Path
    rows: list[str] = field(init=False)
    graph: Graph = field(init=False, factory=Graph)
    _stepped: dict[tuple[int, int, int], Stepped] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        kept = self.way.rows[-MOST_STATES:]
        self.rows = list(dict.fromkeys(kept))
        numbers = {row: number for number, row in enumerate(self.rows)}
        for number in range(len(self.rows)):
            self.graph.add_state(initial=number == 0)
        for source, row in enumerate(self.rows):
            self.graph.expand(source, self._edges(source, row, numbers))

    def _edges(self, source: int, row: str, numbers: dict[str, int]) -> list[tuple[int, int]]:
        found = self.terrain.compiled.steps(row)
        edges: list[tuple[int, int]] = []
        for step in found.steps:
            if step.row != row:
                target = numbers.get(step.row)
                if target is None:
                    target = numbers[step.row] = self.graph.add_state()
                self._stepped[source, step.instance.number, target] = (step.instance, step.label)
                edges.append((step.instance.number, target))
        if found.exhausted:
            unknown = self.graph.add_state()
            hits = [i for i in self.terrain.compiled.instances if self.terrain.memo.evaluate(row, i).exhausted]
            edges += [(instance.number, unknown) for instance in hits]
        return edges

    def violation(self, about: PropertyInstance, *, pending: bool = False) -> Counterexample | None:
        """A fair run among these states that breaks a liveness property; its path begins with the first of them.

        pending: `given` held before, and `then` has not held since.
        """
        promises = fairness_of(self.terrain.compiled)
        judgements = [self.terrain.memo.judge(about, row) for row in self.rows]
        if about.judged.kind == "leads_to":
            responses = [judgement.response for judgement in judgements]
            given = [response is not None and response.given for response in responses]
            then = [response is not None and response.then for response in responses]
            given[0] = given[0] or pending
            found = liveness.find_leads_to_violation(self.graph, promises, given, then)
        else:
            good = [judgement.holds for judgement in judgements]
            search = {
                "eventually_always": liveness.find_eventually_always_violation,
                "always_eventually": liveness.find_always_eventually_violation,
            }[about.judged.kind]
            found = search(self.graph, promises, good)
        return None if found is None else self._counterexample(about, found)

    def _counterexample(self, about: PropertyInstance, found: liveness.FairLoop) -> Counterexample:
        stem = self._way_to(found.stem_state)
        path = Path(steps=(), rows=(self.rows[0],))
        at = 0
        for label, target in (*stem, *found.path, *found.loop):
            path = path.then(self._stepped[at, label, target], self.rows[target])
            at = target
        return Counterexample(
            about=about,
            says=promise_of(about),
            path=path,
            loop_from=len(stem) + len(found.path) if found.loop else None,
            stutters=not found.loop,
            starved=found.starved,
        )

    def _way_to(self, state: int) -> list[tuple[int, int]]:
        """The shortest way inside the graph from its first state."""
        came_by: dict[int, tuple[int, int]] = {0: (-1, -1)}
        queue = [0]
        for here in queue:  # grows while it is read
            if here == state:
                break
            for label, target in self.graph.edges(here):
                if target < len(self.rows) and target not in came_by:
                    came_by[target] = here, label
                    queue.append(target)
        way: list[tuple[int, int]] = []
        while state != 0:
            before, label = came_by[state]
            way.append((label, state))
            state = before
        return way[::-1]


def broken_in_the_end(walk: Walk, way: Path) -> list[Counterexample]:
    """The liveness properties that a walk breaks when it goes on in this way."""
    terrain = walk.terrain
    at_rest = len(set(way.rows)) == len(way.rows)
    ending: Ending | None = None
    found: list[Counterexample] = []
    for opinion in terrain.judges.opinions:
        if opinion.kind not in LIVENESS or opinion.broken or opinion.error is not None:
            continue
        opinion.said.add(promise_of(opinion.about))
        violation: Counterexample | None = None
        try:
            if is_suspicious(terrain, opinion.about, way.rows[-1:] if at_rest else _again(way.rows)):
                ending = ending or Ending(terrain, way if not at_rest else Path(steps=(), rows=way.rows[-1:]))
                before = (*walk.path.rows, *way.rows[1 : way.rows.index(ending.rows[0]) + 1])
                pending = opinion.kind == "leads_to" and is_pending(terrain, opinion.about, before)
                violation = ending.violation(opinion.about, pending=pending)
        except (UserCodeError, ImpureError) as error:
            raised = _raised(walk, way, opinion.about)
            if raised is None:
                raise  # an action's, not the property's
            opinion.error = error
            found.append(raised)
        if violation is not None:
            opinion.broken.add(violation.says)
            found.append(_after(walk, way, violation))
    return found


def _raised(walk: Walk, way: Path, about: PropertyInstance) -> Counterexample | None:
    """The way to where a property raises, if it does; it breaks no claim."""
    before = walk.path
    steps, rows = (*before.steps, *way.steps), (*before.rows, *way.rows[1:])
    for number, row in enumerate(rows):
        try:
            walk.terrain.memo.judge(about, row)
        except (UserCodeError, ImpureError):
            return Counterexample(about=about, says="", path=Path(steps=steps[:number], rows=rows[: number + 1]))
    return None


def _again(rows: Sequence[str]) -> list[str]:
    """The states that recur."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for row in rows:
        if row in seen:
            again[row] = None
        seen.add(row)
    return list(again) or list(rows[-1:])


def is_suspicious(terrain: Terrain, about: PropertyInstance, tail: Sequence[str]) -> bool:
    """Whether the last states of a run are not all as promised."""
    judgements = [terrain.memo.judge(about, row) for row in tail]
    if about.judged.kind == "leads_to":
        return not any(judgement.response is not None and judgement.response.then for judgement in judgements)
    if about.judged.kind == "always_eventually":
        return not any(judgement.holds for judgement in judgements)
    return not all(judgement.holds for judgement in judgements)


def is_pending(terrain: Terrain, about: PropertyInstance, rows: Sequence[str]) -> bool:
    """Whether `given` held on the way and `then` has not held since."""
    return judging.is_pending(terrain.memo.judge(about, row).response for row in rows)


def _after(walk: Walk, way: Path, violation: Counterexample) -> Counterexample:
    """The counterexample with the way that leads to its first state."""
    before = walk.path
    first = way.rows.index(violation.path.rows[0])
    steps = (*before.steps, *way.steps[:first])
    rows = (*before.rows, *way.rows[1 : first + 1])
    return Counterexample(
        about=violation.about,
        says=violation.says,
        path=Path(steps=(*steps, *violation.path.steps), rows=(*rows, *violation.path.rows[1:])),
        loop_from=None if violation.loop_from is None else violation.loop_from + len(steps),
        stutters=violation.stutters,
        starved=violation.starved,
    )
