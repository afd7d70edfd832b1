"""Every run of a scheduler that follows scores is a run of one that takes any feasible node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes_systems import WORKER, deployment, pod, small_system, stateful_set

from clusterproof import System, evolve
from clusterproof.checker.memo import remember
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import scheduler
from clusterproof.models.kubernetes.state import Cluster

Edge = tuple[Cluster, str, str, Cluster]

VITAL = pod("priority: 10", name="vital")
HOSTNAME = "topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}"
AVOIDING = (
    "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
    f"[{{weight: 100, podAffinityTerm: {{{HOSTNAME}}}}}]}}}}"
)


def edges(system: System[Any], scope: Any) -> Iterator[Edge]:
    """Yield all steps of a system between its reachable states, which are told as of this scope."""
    compiled = Compiled(system)
    remember(compiled)
    todo = compiled.initial_rows()
    seen = set(todo)
    while todo:
        row = todo.pop()
        before = evolve(compiled.schema.state(row), scope=scope)
        for step in compiled.steps(row).steps:
            yield before, str(step.instance), step.label, evolve(compiled.schema.state(step.row), scope=scope)
            if step.row not in seen:
                seen.add(step.row)
                todo.append(step.row)


@pytest.mark.parametrize(
    ("documents", "options", "loses"),
    [
        ((deployment(1, spec=AVOIDING), pod()), {"start": "apply"}, True),
        ((deployment(1), pod(name="other")), {"faults": {"crash-node": 1}}, True),
        ((stateful_set(2),), {"actions": {"delete-pod": 1}}, True),
        ((pod(), pod(name="other"), VITAL), {"start": "apply", "pods": 1}, False),
        ((deployment(1), pod(name="other")), {"drains": [WORKER], "actions": {"drain": 1, "uncordon": 1}}, True),
    ],
    ids=["preferred anti-affinity", "a node crashes", "ordinals", "preemption, with one place each", "a drain"],
)
def test_a_run_by_scores_is_a_run(documents: tuple[str, ...], options: dict[str, Any], loses: bool) -> None:
    """Every step between reachable states is one that the default has, too; it has more, where there is a choice."""
    system = small_system(*documents, workers=2, properties=(), **options)
    by_score = small_system(*documents, workers=2, properties=(), scheduler="highest-score", **options)
    scope = system.initial_states[0].scope
    taken, allowed = set(edges(by_score, scope)), set(edges(system, scope))

    assert taken <= allowed
    assert (len(taken) < len(allowed)) is loses


def test_whoever_fits_is_bound() -> None:
    """In each state a pod that fits somewhere is bound somewhere: scores choose among nodes, and refuse none."""
    documents = pod(AVOIDING, name="a"), pod(AVOIDING, name="b")
    system = small_system(*documents, workers=2, start="apply", properties=())
    by_score = small_system(*documents, workers=2, start="apply", properties=(), scheduler="highest-score")
    scope = by_score.initial_states[0].scope
    states = {before for before, *_ in edges(system, system.initial_states[0].scope)}
    chosen = 0
    for c in states:
        for p in c.pods:
            any_node = scheduler.bind.outcomes(c, p)
            best = scheduler.bind.outcomes(evolve(c, scope=scope), p)
            assert set(best) <= set(any_node)
            assert bool(best) == bool(any_node)
            chosen += len(best) < len(any_node)

    assert chosen > 0
