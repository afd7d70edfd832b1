"""The processes of controllers of your own: one that dies forgets what it had in memory, and lists everything when it
is started again.

They run somewhere outside the machines of the model, and reach the apiserver whenever it serves.
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes.names import ControllerId, CustomId
from clusterproof.models.kubernetes.state import Cluster

processes = Component("controller-process", fair=weak, urgent=False)


def _objects_of(c: Cluster, controller: ControllerId) -> list[CustomId]:
    return [k for k, custom in c.scope.custom_objects.items() if custom.controller == controller]


@processes.fault
def crash_controller(c: Cluster, controller: ControllerId) -> None:
    """The process dies: its work queue, its timers and its memory are gone."""
    require(c.controllers[controller].running)
    c.controllers[controller].running = False
    for k in _objects_of(c, controller):
        custom = c.custom[k]
        custom.queued = False
        custom.requeue = Timer()
        for name, value in c.scope.custom_objects[k].memory.items():
            custom.memory[name] = value


@processes.action
def start_controller(c: Cluster, controller: ControllerId) -> None:
    """The process is started again: its informers list all objects, and each is queued."""
    require(not c.controllers[controller].running)
    c.controllers[controller].running = True
    for k in _objects_of(c, controller):
        c.custom[k].queued = c.custom[k].exists
