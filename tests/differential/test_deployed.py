"""`start: deployed` takes most steps in one canonical order: it finds the same states as taking them in every order."""

from __future__ import annotations

import pytest
from kubernetes_systems import (
    daemon_set,
    deployment,
    disruption_budget,
    pod,
    replica_set,
    service,
    small_system,
    stateful_set,
)

from clusterproof.checker.memo import remember
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes.cluster import FAULTS, USER_ACTIONS
from clusterproof.models.kubernetes.deployed import (
    canonical,
    canonical_steps,
    deployed_states,
    first_deployed_state,
    sampled_states,
)
from clusterproof.models.kubernetes.initial_placements import why_in_any_placement

HOSTNAME = "topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}"
LARGE_POD = "overhead: {cpu: 3, memory: 1Gi}"
TOGETHER = (
    "affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
    f"[{{weight: 9, podAffinityTerm: {{{HOSTNAME}}}}}]}}}}"
)
APART = f"affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{{HOSTNAME}}}]}}}}"


def fault_free(*documents, workers, **options):
    """Return the system from apply, without faults and user actions."""
    system = small_system(*documents, workers=workers, start="apply", properties=(), **options)
    return evolve_budgets(system)


def evolve_budgets(system):
    """Return the same system in which nobody strikes and nobody acts."""
    nothing = dict.fromkeys((*FAULTS.values(), *USER_ACTIONS.values()), 0)
    return type(system)(
        system.initial, components=system.components, domains=system.domains, timing=system.timing, budgets=nothing
    )


def quiescent_in_every_order(system):
    """Return the states without steps that any order of all steps leads to."""
    compiled = Compiled(system)
    remember(compiled)
    todo = compiled.initial_rows()
    seen, found = set(todo), set()
    while todo:
        row = todo.pop()
        steps = compiled.steps(row).steps
        if not steps:
            found.add(compiled.schema.state(row))
        for step in steps:
            if step.row not in seen:
                seen.add(step.row)
                todo.append(step.row)
    return found


CLUSTERS = pytest.mark.parametrize(
    ("documents", "workers"),
    [
        ([deployment(1)], 2),
        ([deployment(2)], 1),
        ([deployment(1), service()], 1),
        ([deployment(1), disruption_budget("maxUnavailable: 1")], 2),
        ([deployment(2, spec=APART)], 1),
        ([stateful_set(2)], 2),
        ([stateful_set(2, spec="podManagementPolicy: Parallel")], 2),
        ([daemon_set(), deployment(1)], 2),
        ([daemon_set(pod="hostNetwork: true"), daemon_set(pod="hostNetwork: true").replace("agent", "other")], 1),
    ],
    ids=[
        "one pod, two workers",
        "two pods, one worker",
        "a service",
        "a budget",
        "a pod that fits nowhere",
        "ordinals",
        "parallel ordinals",
        "a daemon and a pod",
        "two daemons",
    ],
)


@CLUSTERS
def test_one_canonical_order_is_enough(documents, workers):
    """Branching on choices and on the order of scheduling alone finds every quiescent state."""
    system = fault_free(*documents, workers=workers)

    assert set(deployed_states(system).states) == quiescent_in_every_order(system)


@pytest.mark.parametrize(
    "documents",
    [
        [deployment(2)],
        [replica_set(1), pod(LARGE_POD, name="large", app="other")],
        [pod(TOGETHER, name="fond"), pod(), pod(LARGE_POD, name="large", app="other")],
        [stateful_set(2), pod()],
        [daemon_set(pod="nodeSelector: {kubernetes.io/hostname: kind-worker}"), pod()],
    ],
    ids=["replicas", "large and small", "who prefers company", "ordinals and a pod", "a daemon and a pod"],
)
def test_one_canonical_order_is_enough_where_scores_decide(documents):
    """Every order of steps ends where scores lead in the canonical one, for all orders of scheduling are tried."""
    system = fault_free(*documents, workers=2, scheduler="highest-score")
    scope = system.initial_states[0].scope
    found = set(deployed_states(system, remember=remember).states)

    assert why_in_any_placement(scope, 1) == ""
    assert found == quiescent_in_every_order(system)


@CLUSTERS
def test_the_first_is_found_alone(documents, workers):
    """A walk that takes every first way ends in the first of all quiescent states."""
    system = fault_free(*documents, workers=workers)

    assert list(first_deployed_state(system).states) == list(deployed_states(system).states[:1])
    assert first_deployed_state(system, keep_going=lambda states: states < 3).states == []


@CLUSTERS
def test_canonical_steps_are_found_without_the_others(documents, workers):
    """Evaluating instances one after the other gives the steps that are canonical among all of them."""
    compiled = Compiled(fault_free(*documents, workers=workers))
    remember(compiled)
    todo = compiled.initial_rows()
    seen = set(todo)
    for row in todo:  # grows while it is read
        steps = canonical_steps(compiled, row)
        assert steps == canonical(compiled.steps(row).steps)
        todo += dict.fromkeys(step.row for step in steps if step.row not in seen)
        seen.update(step.row for step in steps)


@CLUSTERS
def test_sampled_states_are_deployed_ones(documents, workers):
    """Sampling finds some of the quiescent states, and the same ones every time."""
    system = fault_free(*documents, workers=workers)
    sampled = sampled_states(system, remember=remember)

    assert set(sampled.states) <= set(deployed_states(system, remember=remember).states)
    assert sampled.states
    assert sampled == sampled_states(system, remember=remember)
