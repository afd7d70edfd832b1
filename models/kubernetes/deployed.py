"""`start: deployed`: every quiescent state that the fault-free run from apply can end in, hence every placement.

Only choices and the order of scheduling are branched on; all other steps are taken in one canonical order (the
components' order), the binding of a pod among them that can go to one node only and that nobody else feels. That is an
assumption, printed with the verdict, and tested against all orders on small cases.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TypeVar

from attrs import frozen

from clusterproof import System
from clusterproof.compiled import Compiled, Instance, Step
from clusterproof.models.kubernetes.alike_nodes import EmptyNodes, alike_nodes
from clusterproof.models.kubernetes.calm_run import CalmRun
from clusterproof.models.kubernetes.names import PodId
from clusterproof.models.kubernetes.state import Cluster

T = TypeVar("T")

SAMPLES = 12
"""How many placements `start: sampled` draws."""

MOST_LOOKED_AT = 200_000
"""Of larger clusters fewer are drawn: so many actions, with their arguments, are looked at in all of them."""


@frozen
class Deployed:
    """The quiescent states, how many states were looked at, and whether a bound cut the search short."""

    states: Sequence[Cluster]
    looked_at: int
    complete: bool = True


def deployed_states(
    fault_free: System[Cluster],
    *,
    most_states: int = 100_000,
    keep_going: Callable[[int], bool] = lambda _: True,
    remember: Callable[[Compiled], object] = lambda _: None,
) -> Deployed:
    """Run a system without faults until nothing moves any more, in every way that choices and scheduling allow.

    Of workers that are alike and empty the first one is taken.
    most_states: give up after so many. keep_going: asked now and then with the number of states, may say stop.
    remember: may put a cache in front of the system's functions (same answers, faster).
    """
    compiled = Compiled(fault_free)
    remember(compiled)
    pinned = _pinned(fault_free)
    empty = EmptyNodes(compiled, alike_nodes(fault_free.initial_states[0].scope))
    todo = compiled.initial_rows()
    seen = set(todo)
    quiescent: list[str] = []
    while todo:
        if len(seen) > most_states or not keep_going(len(seen)):
            return Deployed([compiled.schema.state(row) for row in quiescent], len(seen), complete=False)
        row = todo.pop()
        steps = canonical_steps(compiled, row, pinned)
        if not steps:
            quiescent.append(row)
        if empty.classes and any(_is_branched_on(step.instance, pinned) for step in steps):
            refused = {f"node={n}" for n in empty.superfluous(row)}
            steps = [step for step in steps if step.label not in refused]
        for step in reversed(steps):
            if step.row not in seen:
                seen.add(step.row)
                todo.append(step.row)
    return Deployed([compiled.schema.state(row) for row in quiescent], len(seen))


def first_deployed_state(
    fault_free: System[Cluster],
    *,
    keep_going: Callable[[int], bool] = lambda _: True,
    remember: Callable[[Compiled], object] = lambda _: None,
) -> Deployed:
    """The quiescent state that `deployed_states` finds first, without looking for the others.

    Every choice takes its first way, and the first pod is scheduled first. The other arguments are those of
    `deployed_states`.
    """
    compiled = Compiled(fault_free)
    remember(compiled)
    run = CalmRun(compiled, compiled.initial_rows()[0], partial(_is_branched_on, pinned=_pinned(fault_free)))
    looked_at = 1
    while run.take_step():
        looked_at += 1
        if not keep_going(looked_at):
            return Deployed([], looked_at, complete=False)
    return Deployed([compiled.schema.state(run.row)], looked_at, complete=False)


def _pinned(fault_free: System[Cluster]) -> Collection[PodId]:
    return fault_free.initial_states[0].scope.pinned_pods


def canonical(steps: Sequence[Step], pinned: Collection[PodId] = ()) -> list[Step]:
    """Of the steps enabled in a state: all outcomes of the first one that is not scheduling, else all scheduling.

    pinned: pods whose placement is settled, so that it does not matter when they are bound.
    """
    for step in steps:
        if not _is_branched_on(step.instance, pinned):
            return [other for other in steps if other.instance is step.instance]
    return list(steps)


def _is_branched_on(instance: Instance, pinned: Collection[PodId]) -> bool:
    return instance.component == "scheduler" and instance.arguments[0] not in pinned


def canonical_steps(compiled: Compiled, row: str, pinned: Collection[PodId] = ()) -> list[Step]:
    """What `canonical` takes of all steps of a row, without evaluating the others."""
    scheduling: list[Step] = []
    for instance, evaluation in compiled.enabled_with(row):
        steps = [step for outcome in evaluation.outcomes if (step := compiled.step(row, instance, outcome)) is not None]
        if steps and not _is_branched_on(instance, pinned):
            return steps
        scheduling += steps
    return scheduling or compiled.steps(row).steps  # what is left is the clock


def _shuffled(chance: random.Random, those: Sequence[T]) -> Sequence[T]:
    return chance.sample(those, len(those))


def sampled_states(
    fault_free: System[Cluster],
    *,
    samples: int = SAMPLES,
    keep_going: Callable[[int], bool] = lambda _: True,
    remember: Callable[[Compiled], object] = lambda _: None,
) -> Deployed:
    """Some quiescent states, each the end of one run that takes choices and the order of scheduling at random.

    The same ones every time, so that a trace that begins in one of them can be replayed. The other arguments are those
    of `deployed_states`.
    """
    compiled = Compiled(fault_free)
    remember(compiled)
    starts = compiled.initial_rows()
    quiescent: dict[str, None] = {}
    looked_at = 0
    for number in range(min(samples, _affordable(compiled))):
        chance = random.Random(number)  # noqa: S311  (a sample, not a secret)
        run = CalmRun(
            compiled,
            starts[number % len(starts)],
            partial(_is_branched_on, pinned=_pinned(fault_free)),
            ordered=partial(_shuffled, chance),
        )
        while run.take_step():
            looked_at += 1
            if not keep_going(looked_at):
                return Deployed([compiled.schema.state(row) for row in quiescent], looked_at, complete=False)
        quiescent[run.row] = None
    return Deployed([compiled.schema.state(row) for row in quiescent], looked_at)


def _affordable(compiled: Compiled) -> int:
    """How many placements may be drawn without making anybody wait: one in the largest clusters."""
    return max(1, MOST_LOOKED_AT // len(compiled.instances))
