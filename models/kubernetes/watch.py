"""Watch events for controllers of your own: what is written puts the keys of those who watch it into their work queues.

A controller that does not run hears nothing; when it starts, it lists everything (`custom/process.py`). In a cluster
without custom objects nothing of this exists.
Source: client-go's informers and work queues (tools/cache, util/workqueue); controller-runtime pkg/handler
"""

from __future__ import annotations

from clusterproof.models.kubernetes.names import CustomId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster, ConfigMap, Deployment, Pod, ReplicaSet, Service

WATCHED = (ConfigMap, Deployment, ReplicaSet, Service)
"""The kinds that can be watched, besides pods."""


def written(c: Cluster, stored: object) -> None:
    """An object was updated."""
    if not c.scope.custom_objects:
        return
    if isinstance(stored, Pod):
        pod_of(c, stored.owner)
        return
    for cls in WATCHED:
        if isinstance(stored, cls):
            kind(c, cls.__name__)


def pod_of(c: Cluster, owner: ReplicaSetId | None) -> None:
    """A pod of this owner was created, changed or deleted."""
    kind(c, "Pod")
    if owner is not None and owner in c.scope.owners_that_watch:
        enqueue(c, CustomId(owner))


def kind(c: Cluster, name: str) -> None:
    """Some object of a kind was created, changed or deleted."""
    for k in c.scope.watchers.get(name, ()):
        enqueue(c, k)


def enqueue(c: Cluster, k: CustomId) -> None:
    """Put a key into the work queue of its controller; one that waits there already waits once."""
    if c.controllers[c.scope.custom_objects[k].controller].running and not c.custom[k].queued:
        c.custom[k].queued = True
