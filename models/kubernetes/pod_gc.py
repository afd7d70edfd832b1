"""The pod garbage collector: pods that no kubelet will ever take leave of are marked Failed, and deleted by force.

It looks every 20 seconds, which is at once here. Source: pkg/controller/podgc/gc_controller.go
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions.pod_gc import GcPod, gc_unscheduled_terminating
from clusterproof.models.kubernetes.names import JobPodId, PodId
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
    require(any(deletion.mark_failed for deletion in gc_unscheduled_terminating([_view(p, pod)])))
    pod.phase = PodPhase.FAILED
    apiserver.update(c, pod)
