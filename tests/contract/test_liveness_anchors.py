"""Whether a deletion comes to an end on the mini cluster, with exact counts: what fairness each answer needs."""

from __future__ import annotations

import attrs
import pytest

from clusterproof import Component, System, Whenever, leads_to, strong, unbounded, weak
from clusterproof.checker.verdict import Verdict
from clusterproof.components import Fairness
from clusterproof.models import mini_cluster
from clusterproof.models.mini_cluster import Cluster, Phase, PodId

ALWAYS_WEAK = ("start_control_plane", "recover_node")


@leads_to
def a_deletion_ends(c: Cluster) -> Whenever:
    """The first pod, once it is terminating, stops being so."""
    pod = c.pods.get(PodId("pod-0"))
    terminating = pod is not None and pod.phase is Phase.TERMINATING
    return Whenever(given=terminating, then=not terminating)


def promised(system: System[Cluster], fairness: Fairness) -> System[Cluster]:
    """The same system, with fairness promised of all but the user and faults."""
    components, budgets = [], {}
    for given in system.components:
        component = Component(given.name, runs_when=given.runs_when)
        components.append(component)
        for action in given.actions:
            if action.fault:
                budgets[component.fault(action.function)] = unbounded
                continue
            fair = weak if action.name in ALWAYS_WEAK else fairness
            component.action(fair=None if given.name == "user" else fair)(action.function)
    return attrs.evolve(system, components=components, budgets=budgets, properties=[a_deletion_ends])


@pytest.mark.parametrize("fairness", [weak, strong], ids=lambda fairness: fairness.value)
@pytest.mark.parametrize("nodes_down", [0, 1])
def test_whether_a_deletion_ends(check, nodes_down, fairness):
    """While nodes may crash again and again it need not; else it does if what comes and goes is taken at last."""
    result = check(promised(mini_cluster.system(maxdown=nodes_down), fairness))
    proved = nodes_down == 0 and fairness is strong

    assert result.properties[0].verdict is (Verdict.PROVED if proved else Verdict.REFUTED)
    assert (result.states, result.transitions) == [(29_816, 144_224), (61_944, 374_144)][nodes_down]
