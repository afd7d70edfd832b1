"""The process of a controller: it crashes, loses what it remembers, and is started again; and who deletes its objects.

A controller's process is no pod of the model: it runs wherever the cluster can run it.
Source: staging/src/k8s.io/client-go/tools/cache/reflector.go (ListAndWatch: a new informer lists every object)
"""

from __future__ import annotations

from collections.abc import Mapping

from clusterproof import Action, Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, etcd, watch
from clusterproof.models.kubernetes.names import ControllerId, CustomObjectId
from clusterproof.models.kubernetes.state import Cluster

faults = Component("controller-fault", urgent=False)
repair = Component("controller-repair", fair=weak, urgent=False)
user = Component("custom-object-user", runs_when=apiserver.is_serving, urgent=False)


@faults.fault
def crash_controller(c: Cluster, k: ControllerId) -> None:
    """The process of a controller dies: its work queue, its timers and what it remembered are gone."""
    require(c.controller_processes[k].running)
    c.controller_processes[k].running = False
    for o, scope in c.scope.custom_objects.items():
        if scope.controller == k:
            item = c.work_items[o]
            item.queued = False
            item.requeue = Timer()
            for name, value in scope.first_memory.items():
                item.memory[name] = value


@repair.action
def start_controller(c: Cluster, k: ControllerId) -> None:
    """The process is started again; its informers list what exists, and every object is queued."""
    require(not c.controller_processes[k].running and apiserver.is_serving(c))
    c.controller_processes[k].running = True
    for o, scope in c.scope.custom_objects.items():
        if scope.controller == k:
            watch.enqueue(c, o)


@user.action
def delete_custom_object(c: Cluster, o: CustomObjectId) -> None:
    """`kubectl delete` of a custom object, in the background: what it owns is left to the garbage collector."""
    require(c.custom_objects[o].exists)
    etcd.commit(c)
    apiserver.forget_custom_object(c, o)


COMPONENTS = (faults, repair, user)

BUDGETED: Mapping[str, Action[...]] = {
    "crash-controller": crash_controller,
    "delete-custom-object": delete_custom_object,
}
"""What happens only within a budget, by the name users write."""
