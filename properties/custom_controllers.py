"""Controllers of one's own: what every one of them should keep, whatever it is about.

Source: Anvil, Sun et al., OSDI 2024 (eventually stable reconciliation);
https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/controllers.md
"""

from __future__ import annotations

from typing import Any

from clusterproof import Claims, Property, StepInfo, always, claim, eventually_always, step
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.names import CustomObjectId, PodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Pod

_PODS = "exactly the pods that the object asks for are there"


def _owned(c: Cluster, o: CustomObjectId) -> list[tuple[PodId, Pod]]:
    found = ((p, c.pods.get(p)) for p in c.scope.custom_objects[o].pods)
    return [(p, pod) for p, pod in found if pod is not None and pod.owner == o]


def _wanted(c: Cluster, o: CustomObjectId) -> int:
    wanted = c.scope.custom_objects[o].pods_wanted
    return wanted[c.custom_objects[o].version if len(wanted) > 1 else 0]


def _says_so(c: Cluster, o: CustomObjectId) -> bool:
    converged = c.scope.custom_objects[o].converged
    return converged is None or converged(c, o)


@eventually_always
def eventually_stable_reconciliation(c: Cluster, o: CustomObjectId) -> Claims:
    """Once faults stop, exactly the wanted pods run, and what the controller calls converged is true, for ever.

    Source: Anvil, section 3: eventually always, the desired state is the actual one.
    """
    if not c.custom_objects[o].exists:
        return
    staying = [(p, pod) for p, pod in _owned(c, o) if not pod.deleting]
    running = [p for p, _ in staying if p in c.containers and c.containers[p].state is ContainerState.RUNNING]
    ready = [p for p, pod in staying if p in running and pod.ready]
    yield claim(len(ready) == len(staying) == _wanted(c, o), "exactly the pods that the object asks for run", o)
    yield claim(_says_so(c, o), "the object is converged, as its controller defines it", o)


@always
def one_converged_state(c: Cluster, o: CustomObjectId) -> Claims:
    """Wherever its controller has nothing left to do, an object has the one state that its spec asks for.

    Nothing to do: the process runs, the key is neither queued nor to be queued later, the apiserver answers, and every
    pod of the object is ready, for it may wait for one that is coming or going.
    Source: level-triggered reconciliation; the order of events must not matter.
    """
    process = c.controller_processes[c.scope.custom_objects[o].controller]
    item = c.work_items[o]
    if not c.custom_objects[o].exists or not process.running or item.queued or item.requeue.armed:
        return
    owned = _owned(c, o)
    if apiserver.is_serving(c) and all(pod.ready and not pod.deleting for _, pod in owned):
        yield claim(len(owned) == _wanted(c, o), _PODS, o, *(p for p, _ in owned))
        yield claim(_says_so(c, o), "the object is converged, as its controller defines it", o)


@step
def no_write_at_a_fixpoint(before: Cluster, after: Cluster, by: StepInfo, o: CustomObjectId) -> Claims:
    """A controller that is called for an object which is as wanted writes nothing.

    Source: controllers.md: a sync of what is already right must be a no-op, or controllers wake each other for ever.
    """
    if by.component != before.scope.custom_objects[o].controller or by.arguments != (o,) or by.action != "reconcile":
        return
    staying = [p for p, pod in _owned(before, o) if not pod.deleting]
    if len(staying) == _wanted(before, o) and _says_so(before, o):
        yield claim(before.etcd.revision == after.etcd.revision, "what is as wanted is not written", o)


@always
def at_most_n_creates(c: Cluster, o: CustomObjectId) -> Claims:
    """For no object are more pods created than the scope allows (`most_creates`).

    Source: https://kubernetes.io/docs/concepts/architecture/controller/: a controller makes what is missing, no more.
    """
    most = c.scope.most_creates
    if most is not None:
        yield claim(c.creates[o] <= most, f"pods are created at most {most} times", o)


@eventually_always(needs=("delete_custom_object",))
def owned_objects_are_collected(c: Cluster, o: CustomObjectId) -> Claims:
    """The pods of an object that was deleted are gone in the end.

    Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
    """
    if not c.custom_objects[o].exists:
        yield claim(not _owned(c, o), "no pod outlives its owner", o, *(p for p, _ in _owned(c, o)))


CONTROLLER_PROPERTIES: tuple[Property[Any], ...] = (
    eventually_stable_reconciliation,
    one_converged_state,
    no_write_at_a_fixpoint,
    at_most_n_creates,
    owned_objects_are_collected,
)
"""All of them; each says `not checked` where the scope does not hold what it is about."""
