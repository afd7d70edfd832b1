"""Watches: a write of an object wakes the controllers of custom objects that asked to hear of its kind.

A watch event does nothing but put the key of a custom object into its controller's work queue, at most once.
A cluster without custom objects has nobody to wake: nothing is read and nothing written here.
Source: sigs.k8s.io/controller-runtime/pkg/builder (For, Owns, Watches) and pkg/handler/enqueue_owner.go;
staging/src/k8s.io/client-go/util/workqueue/queue.go (a key is in the queue once)
"""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.job_state import CronJob, Job
from clusterproof.models.kubernetes.names import CustomObjectId
from clusterproof.models.kubernetes.state import (
    Cluster,
    ConfigMap,
    CustomObject,
    DaemonSet,
    Deployment,
    Pod,
    ReplicaSet,
    Service,
    StatefulSet,
)

KINDS: tuple[type[object], ...] = (
    Pod,
    ReplicaSet,
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Service,
    ConfigMap,
)
"""The kinds of Kubernetes itself that a controller may own or watch."""


def send(c: Cluster, written: Any) -> None:
    """Wake every running controller that watches the kind of what was just written."""
    for o, scope in c.scope.custom_objects.items():
        if isinstance(written, CustomObject):
            if written is c.custom_objects[o]:
                enqueue(c, o)
            continue
        kind = next((known.__name__ for known in KINDS if isinstance(written, known)), "")
        owned = kind in scope.owns and isinstance(written, Pod) and written.owner == o
        if owned or kind in scope.watches:
            enqueue(c, o)


def enqueue(c: Cluster, o: CustomObjectId) -> None:
    """Put an object's key into its controller's work queue; lost if the process does not run."""
    if c.controller_processes[c.scope.custom_objects[o].controller].running and c.custom_objects[o].exists:
        c.work_items[o].queued = True
