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


@step(name="preemption-spares-the-important")
def preemption_spares_the_important(before: Cluster, after: Cluster, by: StepInfo, p: PodId) -> Claims:
    """Who goes for another pod matters less than that one."""
    old, new = before.pods.get(p), after.pods.get(p)
    if (by.component, by.action) != ("scheduler", "preempt") or old is None or old.deleting:
        return
    if new is None or new.deleting:
        waiting = PodId(str(by.arguments[0]))
        mine, theirs = priority_of(before, p, old), priority_of(before, waiting, before.pods[waiting])
        yield claim(mine < theirs, "a victim has a lower priority", p, waiting)
