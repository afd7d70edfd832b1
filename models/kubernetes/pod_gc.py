"""The pod garbage collector: pods that no kubelet will ever take leave of are marked Failed, and deleted by force.

It looks every 20 seconds, which is at once here; the two writes about one pod are one step, unless a finalizer holds
the object. Source: pkg/controller/podgc/gc_controller.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import admission, apiserver, node_objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import pod_gc as decisions
from clusterproof.models.kubernetes.decisions.pod_gc import Deletion, GcNode, GcPod
from clusterproof.models.kubernetes.names import JobPodId, NodeId, PodId, RemovableNodeId
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase

controller = Component("pod-garbage-collector", runs_when=controllers_run, fair=weak)


def _view(p: PodId, pod: Pod) -> GcPod:
    return GcPod(name=p, node=pod.node or "", phase=pod.phase.value, deleting=pod.deleting)


@controller.action(writes=("pods.phase", "pods.resource_version", *apiserver.COMMIT))
def fail_unscheduled_pod(c: Cluster, p: JobPodId) -> None:
    """A pod without a node that is to go, and that a finalizer holds, becomes Failed.

    Deleting it is left to whoever removes the finalizer; a pod that nothing holds has gone before.
    Source: gcUnscheduledTerminating, markFailedAndDeletePodWithCondition
    """
    pod = require(c.pods.get(p))
    deletions = decisions.gc_unscheduled_terminating([_view(p, pod)])
    require(any(deletion.mark_failed for deletion in deletions))
    pod.phase = PodPhase.FAILED
    apiserver.update(c, pod)


# ---------------------------------------------------------------- Nodes that are gone


def _is_bound_to(p: PodId, c: Cluster, n: NodeId) -> bool:
    return c.pods[p].node == n


@controller.action(writes=node_objects.MEMORY)
def quarantine(c: Cluster, n: RemovableNodeId) -> None:
    """A pod is bound to a Node that is gone: the collector looks again in 40 seconds. Source: discoverDeletedNodes"""
    removable = c.removable_nodes[n]
    require(not removable.exists and not removable.quarantine.armed)
    bound = c.pods.matching(_is_bound_to, c, n)
    looked = decisions.gc_orphaned([_view(p, c.pods[p]) for p in bound], (), {}, 0, lambda _: False)
    removable.quarantine = Timer(round(require(looked.quarantine.get(n))))


@controller.action(writes=node_objects.MEMORY)
def end_quarantine(c: Cluster, n: RemovableNodeId) -> None:
    """The 40 seconds are over, and the Node is there again, or no pod is bound to it any more."""
    removable = c.removable_nodes[n]
    require(removable.quarantine.due())
    require(removable.exists or not c.pods.matching(_is_bound_to, c, n))
    removable.quarantine = Timer()


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_orphaned_pod(c: Cluster, p: PodId, n: RemovableNodeId) -> None:
    """The pod of a Node that is still gone after its quarantine goes. Source: gcOrphaned"""
    pod = require(c.pods.get(p))
    removable = c.removable_nodes[n]
    require(pod.node == n and removable.quarantine.due())
    over = {str(n): 0.0}
    look = decisions.gc_orphaned([_view(p, pod)], (), over, 0, lambda _: removable.exists)
    _delete(c, p, pod, look.deletions)


# ---------------------------------------------------------------- nodes out of service


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod_out_of_service(c: Cluster, p: PodId, n: RemovableNodeId) -> None:
    """A terminating pod on a node that is out of service and not ready goes. Source: gcTerminating"""
    pod = require(c.pods.get(p))
    require(pod.node == n and pod.deleting and node_objects.is_out_of_service(c, n))
    node = GcNode(ready=node_objects.is_ready(c, n), taint_keys=[decisions.OUT_OF_SERVICE_TAINT_KEY])
    _delete(c, p, pod, decisions.gc_terminating([_view(p, pod)], {n: node}))


def _delete(c: Cluster, p: PodId, pod: Pod, deletions: tuple[Deletion, ...]) -> None:
    """PATCH the phase to Failed, and DELETE with a grace of 0; what a finalizer holds stays until that is removed.

    Source: markFailedAndDeletePodWithCondition
    """
    require(bool(deletions))
    if not apiserver.is_held(c, p):
        apiserver.remove_pod(c, p)
        return
    require(deletions[0].mark_failed or not pod.deleting)
    admission.admit_deletion(c, p)
    if deletions[0].mark_failed:
        pod.phase = PodPhase.FAILED
    pod.deleting = True
    apiserver.update(c, pod)
