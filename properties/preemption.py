"""Preemption: pods that matter more get their room, at the cost of pods that matter less and of no others.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, eventually_always, step
from clusterproof.models.kubernetes.names import PodId, PreemptingPodId
from clusterproof.models.kubernetes.preemption import candidates
from clusterproof.models.kubernetes.scheduler import priority_of
from clusterproof.models.kubernetes.state import Cluster


@eventually_always(name="preemption-makes-room")
def preemption_makes_room(c: Cluster, p: PreemptingPodId) -> Claims:
    """Once faults stop, no pod waits for a node that it would get if less important pods went (preemptionPolicy aside).

    It may still wait for good where room is not what keeps it away.
    """
    pod = c.pods.get(p)
    if pod is not None:
        waits = pod.node is None and not pod.deleting
        yield claim(not (waits and candidates(c, p, pod)), "no less important pod keeps it from a node", p)


def _goes(p: PodId, before: Cluster, after: Cluster) -> bool:
    return not before.pods[p].deleting and (p not in after.pods or after.pods[p].deleting)


@step(name="preemption-spares-the-important")
def preemption_spares_the_important(before: Cluster, after: Cluster, by: StepInfo, p: PreemptingPodId) -> Claims:
    """Who goes for another pod matters less than that one."""
    if (by.component, by.action) != ("scheduler", "preempt") or by.arguments[0] != p:
        return
    mine = priority_of(before, p, before.pods[p])
    for victim in before.pods.matching(_goes, before, after):
        theirs = priority_of(before, victim, before.pods[victim])
        yield claim(theirs < mine, "a victim has a lower priority", victim, p)
